import type { Clock } from '../../contract/index.js'

/** The shortest and the longest pause, in milliseconds. */
export interface BackoffLimits {
  readonly first: number
  readonly longest: number
}

/** Retries after pauses that double from `first` to `longest`. At most one pause runs at a time. */
export class Backoff {
  readonly #clock: Clock
  readonly #limits: BackoffLimits
  readonly #retry: () => void
  #next: number
  #undo: (() => void) | null = null

  /**
   * @param clock of the host
   * @param retry called when a pause is over
   */
  constructor(clock: Clock, limits: BackoffLimits, retry: () => void) {
    this.#clock = clock
    this.#limits = limits
    this.#retry = retry
    this.#next = limits.first
  }

  /** Whether the next pause is the longest. */
  get isLong(): boolean {
    return this.#next >= this.#limits.longest
  }

  /** Starts a pause, unless one is running. Each is twice as long as the one before. */
  start(): void {
    if (this.#undo !== null) return
    this.#undo = this.#clock.after(this.#next, () => {
      this.#undo = null
      this.#retry()
    })
    this.#next = Math.min(this.#next * 2, this.#limits.longest)
  }

  /** Cancels the pause that runs. The next one is as long as it would have been. */
  cancel(): void {
    this.#undo?.()
    this.#undo = null
  }

  /** Cancels the pause that runs, and starts the next one from `first` again. */
  reset(): void {
    this.cancel()
    this.#next = this.#limits.first
  }
}

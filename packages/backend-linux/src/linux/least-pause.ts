import type { Clock } from '@roamkit/core/contract'

/** Runs something on request, but not more often than after a pause: what is requested meanwhile is run once, at its end. */
export class LeastPause {
  readonly #clock: Clock
  readonly #ms: number
  readonly #run: () => void
  #last = Number.NEGATIVE_INFINITY
  #undo: (() => void) | null = null

  /**
   * @param clock of the host
   * @param ms the pause, in milliseconds
   */
  constructor(clock: Clock, ms: number, run: () => void) {
    this.#clock = clock
    this.#ms = ms
    this.#run = run
  }

  request(): void {
    if (this.#undo !== null) return
    const left = this.#last + this.#ms - this.#clock.now()
    if (left <= 0) return this.#runNow()
    this.#undo = this.#clock.after(left, () => {
      this.#undo = null
      this.#runNow()
    })
  }

  /** Forgets a request that waits. */
  cancel(): void {
    this.#undo?.()
    this.#undo = null
  }

  #runNow(): void {
    this.#last = this.#clock.now()
    this.#run()
  }
}

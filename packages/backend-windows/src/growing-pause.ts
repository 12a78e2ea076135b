import type { Clock } from '@roamkit/core/contract'

/** The first and the longest pause before somebody is asked again, in milliseconds. */
const FIRST = 100
const LONGEST = 5000

/** Asks again whoever does not answer, after pauses that grow from 100 ms to 5 s. Its timer keeps no process alive. */
export class GrowingPause {
  readonly #clock: Clock
  readonly #ask: () => void
  #next = FIRST
  #undo: (() => void) | null = null

  /**
   * @param clock of the host
   * @param ask what to do when a pause is over
   */
  constructor(clock: Clock, ask: () => void) {
    this.#clock = clock
    this.#ask = ask
  }

  /** Whether it has grown to its longest: whoever did not answer by now will hardly do so at once. */
  get isLong(): boolean {
    return this.#next >= LONGEST
  }

  /** Begins a pause, if none is under way: twice as long as the one before. */
  begin(): void {
    if (this.#undo !== null) return
    this.#undo = this.#clock.after(this.#next, () => {
      this.#undo = null
      this.#ask()
    })
    this.#next = Math.min(this.#next * 2, LONGEST)
  }

  /** Ends the pause under way without asking; the next one is the shortest again. */
  end(): void {
    this.#undo?.()
    this.#undo = null
    this.#next = FIRST
  }
}

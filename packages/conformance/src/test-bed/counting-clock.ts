import type { Clock } from '@roamkit/core/contract'

/** A clock that knows how many of its timers wait: 0 where nothing leaks and nobody polls. */
export class CountingClock implements Clock {
  readonly #clock: Clock
  readonly #waiting = new Set<object>()

  /** @param clock whose time it is */
  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** As the clock whose time it is. */
  get isVirtual(): boolean {
    return this.#clock.isVirtual ?? false
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  now(): number {
    return this.#clock.now()
  }

  after(ms: number, run: () => void): () => void {
    const timer = {}
    this.#waiting.add(timer)
    const undo = this.#clock.after(ms, () => {
      this.#waiting.delete(timer)
      run()
    })
    return () => {
      this.#waiting.delete(timer)
      undo()
    }
  }
}

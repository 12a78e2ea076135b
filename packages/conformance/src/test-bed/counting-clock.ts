import type { Clock } from '@roamkit/core/contract'

/** A clock that counts its pending timers: 0 if nothing leaks and the backend does not poll. */
export class CountingClock implements Clock {
  readonly #clock: Clock
  readonly #waiting = new Set<object>()

  private constructor(clock: Clock) {
    this.#clock = clock
    // A backend may take the methods apart from the clock.
    this.now = this.now.bind(this)
    this.after = this.after.bind(this)
  }

  /**
   * @internal
   * @param clock supplies the time and runs the timers
   */
  static create(clock: Clock): CountingClock {
    return new CountingClock(clock)
  }

  /** Whether the underlying clock is virtual. */
  get isVirtual(): boolean {
    return this.#clock.isVirtual ?? false
  }

  /** How many timers are pending. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Milliseconds on the underlying clock. */
  now(): number {
    return this.#clock.now()
  }

  /** Runs once, `ms` milliseconds from now. Returns a function that cancels it. */
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

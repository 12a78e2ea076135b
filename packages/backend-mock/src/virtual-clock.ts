import type { Clock } from '@roamkit/core/contract'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** A clock whose time advances only on request, so that tests of deadlines are fast and deterministic. */
export class VirtualClock implements Clock {
  /** A backend on this clock does not keep the process alive. */
  readonly isVirtual = true
  #now = 0
  #slept = 0
  /** In the order in which they run: by time, then by creation. */
  readonly #timers: Timer[] = []

  /** The number of pending timers: 0 if nothing leaks. */
  get pending(): number {
    return this.#timers.length
  }

  /** Milliseconds since the clock was created. */
  now(): number {
    return this.#now
  }

  /** Milliseconds since the clock was created, time asleep included. */
  wall(): number {
    return this.#now + this.#slept
  }

  /**
   * Lets the machine sleep for `ms` milliseconds: the wall clock advances, nothing else does, and no timer runs (rule L4).
   * @throws RangeError unless `ms` is finite and 0 or more
   */
  sleep(ms: number): void {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY))
      throw new RangeError(`VirtualClock: the machine cannot sleep for ${ms} ms`)
    this.#slept += ms
  }

  /**
   * Runs a function once, when time has advanced by `ms`. Does not keep the process alive.
   * @returns cancels it; idempotent
   * @throws RangeError if `ms` is not a number
   */
  after(ms: number, run: () => void): () => void {
    if (Number.isNaN(Number(ms))) throw new RangeError(`VirtualClock: a delay must be a number, not ${ms}`)
    const timer: Timer = { at: this.#now + Math.max(0, ms), run }
    const later = this.#timers.findIndex((other) => other.at > timer.at)
    this.#timers.splice(later < 0 ? this.#timers.length : later, 0, timer)
    return () => this.#remove(timer)
  }

  /**
   * Advances time by `ms` milliseconds. Runs the due timers in order, each at its own time, including those that they start. All pending
   * promise jobs run before the first timer, after each and at the end. Make one call at a time.
   * @throws (rejects) with the error that a timer throws, and time stops there; with a RangeError unless `ms` is finite and 0 or more
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY))
      throw new RangeError(`VirtualClock: time cannot advance by ${ms} ms`)
    const end = this.#now + ms
    const turns = eventLoopTurns()
    try {
      await turns.next()
      for (let timer = this.#timers[0]; timer !== undefined && timer.at <= end; timer = this.#timers[0]) {
        this.#remove(timer)
        this.#now = Math.max(this.#now, timer.at)
        timer.run()
        await turns.next()
      }
      this.#now = Math.max(this.#now, end)
    } finally {
      turns.close()
    }
  }

  /** Runs all pending promise jobs and the timers that are due now: `advance(0)`. */
  flush(): Promise<void> {
    return this.advance(0)
  }

  #remove(timer: Timer): void {
    const index = this.#timers.indexOf(timer)
    if (index >= 0) this.#timers.splice(index, 1)
  }
}

/**
 * Waits for turns of the event loop. When a turn begins, all promise jobs have run, however long the chains are. Uses a message channel
 * because every platform has it, nesting does not slow it down (browsers throttle `setTimeout`), and fake timers leave it alone. Close it,
 * or Node waits for messages forever.
 */
function eventLoopTurns(): { next(): Promise<void>; close(): void } {
  const { port1, port2 } = new MessageChannel()
  let begin = () => {}
  port1.onmessage = () => begin()
  return {
    next: () =>
      new Promise((resolve) => {
        begin = resolve
        port2.postMessage(null)
      }),
    close: () => port1.close(),
  }
}

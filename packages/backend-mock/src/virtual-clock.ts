import type { Clock } from '@roamkit/core/contract'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** Time that stands still until it is told to go on, so that a test of a deadline takes no time and no luck. */
export class VirtualClock implements Clock {
  #now = 0
  /** In the order of running: by time, then by asking. */
  readonly #timers: Timer[] = []

  /** How many timers wait: 0 where nothing leaks. */
  get pending(): number {
    return this.#timers.length
  }

  /** Milliseconds since the clock was made. */
  now(): number {
    return this.#now
  }

  /** Runs once, when the time has been advanced by `ms`; returns the undo. Keeps no process alive. */
  after(ms: number, run: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), run }
    const later = this.#timers.findIndex((other) => other.at > timer.at)
    this.#timers.splice(later < 0 ? this.#timers.length : later, 0, timer)
    return () => this.#remove(timer)
  }

  /**
   * Lets `ms` pass: runs the due timers in order of time, those that they start included, each at its own time. Before the
   * first, after each and at the end everything that promises have to do gets done. One call at a time. Rejects with what
   * a timer throws; the time stands still there.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`VirtualClock: time cannot advance by ${ms} ms`)
    const end = this.#now + ms
    await settled()
    for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
      this.#remove(next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await settled()
    }
    this.#now = Math.max(this.#now, end)
  }

  /** Lets promises do what they have to do, and runs what is due now: `advance(0)`. */
  flush(): Promise<void> {
    return this.advance(0)
  }

  #remove(timer: Timer): void {
    const index = this.#timers.indexOf(timer)
    if (index >= 0) this.#timers.splice(index, 1)
  }
}

/**
 * The next turn of the event loop: by then the queue of promise jobs is empty, however long the chains are. A message
 * channel, because it is in every platform, is not slowed down when nested and is left alone by fake timers.
 */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

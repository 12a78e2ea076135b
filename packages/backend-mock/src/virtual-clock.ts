import type { Clock } from '@roamkit/core/contract'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** Time that stands still until it is told to go on, so that a test of a deadline takes no time and no luck. */
export class VirtualClock implements Clock {
  /** A backend keeps no process alive on it. */
  readonly isVirtual = true
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
    if (Number.isNaN(Number(ms))) throw new RangeError(`VirtualClock: nothing can be due in ${ms} ms`)
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
 * Waits for turns of the event loop: when one begins, the queue of promise jobs has been emptied, however long the chains
 * are. By message channel, because it is in every platform, is not slowed down when nested (`setTimeout` is, in browsers)
 * and is left alone by fake timers. To be closed, or Node waits for messages for ever.
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

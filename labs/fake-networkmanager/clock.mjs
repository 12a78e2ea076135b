// The fake's time: real, or virtual for tests that do not wait.
import { setTimeout as delay } from 'node:timers/promises'

/**
 * @typedef {object} Clock
 * @property {(milliseconds: number, signal: AbortSignal) => Promise<void>} pause rejects with the signal's reason
 */

/** Real time, faster by a factor. @implements {Clock} */
export class RealClock {
  #pace

  /** @param {number} [pace] how many of the fake's milliseconds are one */
  constructor(pace = 1) {
    this.#pace = pace
  }

  /** @param {number} milliseconds @param {AbortSignal} signal */
  async pause(milliseconds, signal) {
    await delay(milliseconds / this.#pace, undefined, { signal, ref: false }).catch(() =>
      signal.throwIfAborted(),
    )
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Time that only passes when a test advances it, for the fake and for the managers on it (core's `Clock`). @implements {Clock} */
export class VirtualClock {
  isVirtual = true
  #now = 0
  /** @type {{ at: number, run: () => void }[]} in the order of their time */
  #waiting = []
  #settled

  /** @param {() => Promise<unknown>} [untilSettled] what to wait for after each step: that everybody has done what follows at once */
  constructor(untilSettled = settled) {
    this.#settled = untilSettled
  }

  /** Milliseconds since the beginning. */
  now() {
    return this.#now
  }

  /** When the next one is due; infinity if nothing waits. */
  get next() {
    return this.#waiting[0]?.at ?? Number.POSITIVE_INFINITY
  }

  /** Runs something later; returns the undo. @param {number} milliseconds @param {() => void} run */
  after(milliseconds, run) {
    const entry = { at: this.#now + Math.max(milliseconds, 0), run }
    const place = this.#waiting.findIndex(({ at }) => at > entry.at)
    this.#waiting.splice(place < 0 ? this.#waiting.length : place, 0, entry)
    return () => {
      this.#waiting = this.#waiting.filter((one) => one !== entry)
    }
  }

  /** @param {number} milliseconds @param {AbortSignal} signal @returns {Promise<void>} */
  pause(milliseconds, signal) {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const cancel = this.after(milliseconds, () => {
        signal.removeEventListener('abort', give)
        resolve()
      })
      const give = () => {
        cancel()
        reject(signal.reason)
      }
      signal.addEventListener('abort', give, { once: true })
    })
  }

  /** Lets so much time pass. @param {number} milliseconds */
  async advance(milliseconds) {
    const end = this.#now + milliseconds
    await this.#settled()
    while (this.next <= end) await this.step()
    this.#now = end
  }

  /** Runs the next one, and waits for what follows at once. */
  async step() {
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.#now = Math.max(next.at, this.#now)
    next.run()
    await this.#settled()
  }
}

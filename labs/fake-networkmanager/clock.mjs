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

/** Time that only passes when somebody advances it. @implements {Clock} */
export class VirtualClock {
  #now = 0
  /** @type {{ at: number, wake: () => void }[]} in the order of waking */
  #waiting = []

  /** @param {number} milliseconds @param {AbortSignal} signal @returns {Promise<void>} */
  pause(milliseconds, signal) {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const entry = { at: this.#now + milliseconds, wake: () => resolve() }
      const place = this.#waiting.findIndex(({ at }) => at > entry.at)
      this.#waiting.splice(place < 0 ? this.#waiting.length : place, 0, entry)
      const give = () => {
        this.#waiting = this.#waiting.filter((one) => one !== entry)
        reject(signal.reason)
      }
      signal.addEventListener('abort', give, { once: true })
      entry.wake = () => {
        signal.removeEventListener('abort', give)
        resolve()
      }
    })
  }

  /** Milliseconds since the beginning. */
  get now() {
    return this.#now
  }

  /** When the next one wakes; infinity if nothing waits. */
  get next() {
    return this.#waiting[0]?.at ?? Number.POSITIVE_INFINITY
  }

  /** Lets time pass until nothing waits any more, or for so long. @param {number} [milliseconds] */
  async advance(milliseconds = Number.POSITIVE_INFINITY) {
    const end = this.#now + milliseconds
    await settled()
    while (this.next <= end && this.#waiting.length > 0) await this.step()
    if (end !== Number.POSITIVE_INFINITY) this.#now = end
  }

  /** Wakes the next one, and waits for what follows at once. */
  async step() {
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.#now = next.at
    next.wake()
    await settled()
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

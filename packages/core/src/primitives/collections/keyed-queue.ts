import { orAborted } from '../time/waits.js'

interface Line {
  /** Settles when the last one in line is done. */
  last: Promise<void>
  /** How many have the turn or wait for it. */
  length: number
}

/** One task at a time for each key, in the order in which they asked. */
export class KeyedQueue {
  readonly #lines = new Map<string, Line>()

  /** Whether a task has the turn of that key or waits for it. */
  isTaken(key: string): boolean {
    return this.#lines.has(key)
  }

  /**
   * Waits for the turn of a key. If a task stops waiting, those behind it do not run early.
   * @returns ends the turn; call it once
   * @throws (rejects) with the signal's reason
   */
  async take(key: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    const line = this.#lines.get(key) ?? { last: Promise.resolve(), length: 0 }
    this.#lines.set(key, line)
    const before = line.last
    let done = () => {}
    const turn = new Promise<void>((resolve) => {
      done = resolve
    })
    line.last = before.then(() => turn)
    line.length += 1
    const end = () => {
      done()
      line.length -= 1
      if (line.length === 0) this.#lines.delete(key)
    }
    try {
      await orAborted(before, signal)
    } catch (reason) {
      end()
      throw reason
    }
    return end
  }
}

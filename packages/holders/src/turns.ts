import { LocalMembers } from './local-members.js'
import { orAborted } from './waiting.js'

/** Everybody in this process who has a key's turn or waits for it. */
interface Queue {
  /** Settles when the last one in the queue is done. */
  last: Promise<void>
  /** How many have the turn or wait for it. */
  length: number
}

/**
 * One turn at a time for each key, in the order of asking. Those of one process queue here before one of them goes for the
 * lock that all processes share: it is fairer, cheaper, and needs no lock that tells the threads of a process apart.
 */
export class Turns {
  /**
   * Who of this process is a member of what.
   * @internal
   */
  readonly members = new LocalMembers()
  readonly #queues = new Map<string, Queue>()

  /** Whether somebody has the turn of a key or waits for it. */
  isTaken(key: string): boolean {
    return this.#queues.has(key)
  }

  /**
   * Waits for the turn; resolves to what ends it. Whoever gives up waiting lets nobody in before its time.
   * @throws (rejects) with the signal's reason
   */
  async take(key: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    const queue = this.#queues.get(key) ?? { last: Promise.resolve(), length: 0 }
    this.#queues.set(key, queue)
    const before = queue.last
    let done = () => {}
    const turn = new Promise<void>((resolve) => {
      done = resolve
    })
    queue.last = before.then(() => turn)
    queue.length += 1
    const end = () => {
      done()
      queue.length -= 1
      if (queue.length === 0) this.#queues.delete(key)
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

import { protect } from '../report-error.js'

/** The subscribers that are notified when a store has another snapshot. */
export class SnapshotSubscribers {
  readonly #entries = new Set<() => void>()

  /** How many there are. */
  get count(): number {
    return this.#entries.size
  }

  /**
   * Adds a subscriber. It is notified of each snapshot that is another object than the last one of this source.
   * @returns the undo
   */
  add(source: { getSnapshot(): unknown }, listener: () => void): () => void {
    let last = source.getSnapshot()
    // An entry of its own, so that the same function can subscribe twice.
    const entry = () => {
      const now = source.getSnapshot()
      if (now === last) return
      last = now
      protect(listener)
    }
    this.#entries.add(entry)
    return () => {
      this.#entries.delete(entry)
    }
  }

  /**
   * Notifies every subscriber that has a new snapshot. One that is added meanwhile has that snapshot already, and one that is removed meanwhile
   * is not called any more (rule S19).
   */
  notify(): void {
    for (const entry of [...this.#entries]) if (this.#entries.has(entry)) entry()
  }

  /** Removes all listeners. */
  clear(): void {
    this.#entries.clear()
  }
}

import { deferred } from '../deferred.js'

/** A store: something to subscribe to, with a current value that is the same object until it changes. */
export interface SnapshotSource<T> {
  /** The current value. */
  getSnapshot(): T
  /** Calls the listener when there is another value. Returns the undo. */
  subscribe(listener: () => void): () => void
}

/**
 * Yields the current value immediately, then each newer one. A slow consumer gets the newest value and misses those in between; nothing
 * piles up. Ends with the source, or when the loop ends.
 * @param onEnd registers a listener for the end of the source, and returns the undo
 */
export async function* snapshots<T>(
  source: SnapshotSource<T>,
  onEnd: (listener: () => void) => () => void,
): AsyncGenerator<T, void> {
  let isOver = false
  let news = deferred()
  const undoEnd = onEnd(() => {
    isOver = true
    news.resolve()
  })
  const undo = source.subscribe(() => news.resolve())
  try {
    let last: T | null = null
    while (!isOver) {
      news = deferred()
      const value = source.getSnapshot()
      if (value !== last) {
        last = value
        yield value
      } else await news.promise
    }
  } finally {
    undo()
    undoEnd()
  }
}

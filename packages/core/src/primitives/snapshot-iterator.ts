import { deferred } from './deferred.js'

/** A store: something to subscribe to, with a current value that is the same object until it changes. */
export interface SnapshotSource<T> {
  getSnapshot(): T
  subscribe(listener: () => void): () => void
}

/**
 * The current value at once, then each newer one. Whoever is slow gets the newest and misses what lay between; nothing
 * piles up. Ends with the source, or when the loop is left.
 * @param onEnd registers who wants to know of the source's end, and returns the undo
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
    let told: T | null = null
    while (!isOver) {
      news = deferred()
      const value = source.getSnapshot()
      if (value !== told) {
        told = value
        yield value
      } else await news.promise
    }
  } finally {
    undo()
    undoEnd()
  }
}

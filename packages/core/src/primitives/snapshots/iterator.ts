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
 * piles up. Ends with the source, or when the loop ends. `return()` and `throw()` also end it at once while it waits for a value.
 * @param onEnd registers a listener for the end of the source, and returns the undo
 */
export function snapshots<T>(
  source: SnapshotSource<T>,
  onEnd: (listener: () => void) => () => void,
): AsyncGenerator<T, void> {
  let isOver = false
  let news = deferred()
  const end = () => {
    isOver = true
    news.resolve()
  }
  async function* values(): AsyncGenerator<T, void> {
    const undo = [onEnd(end), source.subscribe(() => news.resolve())]
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
      for (const each of undo) each()
    }
  }
  const generator = values()
  const [leave, fail] = [generator.return.bind(generator), generator.throw.bind(generator)]
  // By itself, a generator takes these calls only when it has its next value.
  generator.return = (value) => {
    end()
    return leave(value)
  }
  generator.throw = (error) => {
    end()
    return fail(error)
  }
  return generator
}

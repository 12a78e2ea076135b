import { checkArgument, type Expected, expected } from '../arguments.js'
import { protect } from '../report-error.js'
import type { SnapshotSource } from './iterator.js'

/** Receives snapshots. Both members are optional. */
export interface SnapshotObserver<T> {
  /** Here is the current one, or a newer one. */
  next?(snapshot: T): void
  /** There will be no further snapshots: the manager is closed. */
  complete?(): void
}

/** What other libraries accept as an observable: RxJS with `from(session)`, and any library with the same protocol. */
export interface SnapshotObservable<T> {
  /**
   * The current snapshot at once, then each newer one, then the end; never an error. A function is an observer with only `next`.
   * @throws TypeError for anything else than an object or a function
   */
  subscribe(observer: SnapshotObserver<T> | ((snapshot: T) => void)): SnapshotSubscription
}

/** A subscription to snapshots. */
export interface SnapshotSubscription {
  /** Unsubscribes. Idempotent. */
  unsubscribe(): void
}

/**
 * The key by which libraries find an observable: `Symbol.observable` if it was defined before this module was loaded, otherwise
 * `@@observable`, as in RxJS itself.
 */
export const observable: '@@observable' =
  (Symbol as unknown as { readonly observable?: '@@observable' }).observable ?? '@@observable'

const OBSERVER: Expected = /* @__PURE__ */ expected.orFunction({ ...expected.object, wants: 'an observer' })

/**
 * The snapshots of a source as an observable. A subscriber gets the current one before `subscribe` returns. If an observer throws, the error
 * becomes an uncaught exception, and the other observers are still called (rule S16).
 * @param onEnd registers a listener for the end of the source, and returns the undo
 */
export function snapshotObservable<T>(
  source: SnapshotSource<T>,
  onEnd: (listener: () => void) => () => void,
): SnapshotObservable<T> {
  return {
    subscribe(given) {
      checkArgument('the observer of subscribe()', given, OBSERVER)
      const observer: SnapshotObserver<T> = typeof given === 'function' ? { next: given } : given
      let last: T | null = null
      let isOver = false
      const undo: (() => void)[] = []
      const unsubscribe = () => {
        isOver = true
        for (const each of undo.splice(0)) each()
      }
      const look = () => {
        const snapshot = source.getSnapshot()
        if (isOver || snapshot === last) return
        last = snapshot
        protect(() => observer.next?.(snapshot))
      }
      // Register first, so that a change that the first notification causes is not missed.
      undo.push(source.subscribe(look))
      look()
      if (isOver) return { unsubscribe }
      const undoEnd = onEnd(() => {
        look()
        if (isOver) return
        unsubscribe()
        protect(() => observer.complete?.())
      })
      if (isOver) undoEnd()
      else undo.push(undoEnd)
      return { unsubscribe }
    },
  }
}

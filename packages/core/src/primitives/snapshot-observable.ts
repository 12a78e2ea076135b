import { protect } from './report-error.js'
import type { SnapshotSource } from './snapshot-iterator.js'

/** Receives snapshots. Both members are optional. */
export interface SnapshotObserver<T> {
  /** Here is the current one, or a newer one. */
  next?(snapshot: T): void
  /** Nothing will come any more: the manager is closed. */
  complete?(): void
}

/** What other libraries take for an observable: RxJS by `from(session)`, and any library with the same protocol. */
export interface SnapshotObservable<T> {
  /** The current snapshot at once, then each newer one, then the end; never an error. */
  subscribe(observer: SnapshotObserver<T>): SnapshotSubscription
}

/** A subscription to snapshots. */
export interface SnapshotSubscription {
  /** Unsubscribes. Idempotent. */
  unsubscribe(): void
}

/**
 * By which libraries find an observable: `Symbol.observable` where something has defined it before this was loaded, and
 * `@@observable` otherwise, as in RxJS itself.
 */
export const observable: '@@observable' =
  (Symbol as unknown as { readonly observable?: '@@observable' }).observable ?? '@@observable'

/**
 * The snapshots of a source as an observable. A subscriber gets the current one before `subscribe` returns; what an observer
 * throws surfaces as an uncaught exception and stops no other (rule S16).
 * @param onEnd registers who wants to know of the source's end, and returns the undo
 */
export function snapshotObservable<T>(
  source: SnapshotSource<T>,
  onEnd: (listener: () => void) => () => void,
): SnapshotObservable<T> {
  return {
    subscribe(observer) {
      let told: T | null = null
      let isOver = false
      const undo: (() => void)[] = []
      const unsubscribe = () => {
        isOver = true
        for (const each of undo.splice(0)) each()
      }
      const look = () => {
        const snapshot = source.getSnapshot()
        if (isOver || snapshot === told) return
        told = snapshot
        protect(() => observer.next?.(snapshot))
      }
      // First of all, so that a change that the first telling sets off is not missed.
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

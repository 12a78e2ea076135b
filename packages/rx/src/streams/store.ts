import { type Observable, Subject, type Subscription } from 'rxjs'

/** What `useSyncExternalStore` and its like take. Both functions can be handed on by themselves. */
export interface Store<Value> {
  /** Calls back after `getSnapshot()` has become another one; returns the undo. */
  readonly subscribe: (listener: () => void) => () => void
  /** The current value. Throws what the stream failed with, and a TypeError where it has no value at once. */
  readonly getSnapshot: () => Value
}

/**
 * A state stream as a store, with one subscription for all listeners, and none while there is no listener. The stream must
 * have a value at once, and the same object while nothing changed: `map` to new objects only before `distinctUntilChanged`.
 * Reading the store without a listener subscribes for a moment: keep a `session$` subscribed elsewhere, or that opens one.
 */
export function toStore<Value>(state: Observable<Value>): Store<Value> {
  // One that throws stops no other: RxJS reports what it throws.
  const listeners = new Subject<void>()
  let subscription: Subscription | null = null
  let current = missing as () => Value

  const subscribeTo = (notify: () => void) =>
    state.subscribe({
      next(value) {
        current = () => value
        notify()
      },
      error(error) {
        current = () => {
          throw error
        }
        notify()
      },
    })
  return {
    subscribe(listener) {
      subscription ??= subscribeTo(() => listeners.next())
      const entry = listeners.subscribe(() => listener())
      return () => {
        entry.unsubscribe()
        if (listeners.observed) return
        subscription?.unsubscribe()
        subscription = null
      }
    },
    getSnapshot() {
      if (subscription === null) {
        current = missing
        subscribeTo(() => {}).unsubscribe()
      }
      return current()
    },
  }
}

function missing(): never {
  throw new TypeError('a store needs a stream that has a value at once, as state streams do')
}

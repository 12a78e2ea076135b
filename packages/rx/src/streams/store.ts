import { checkArgument, expected } from '@roamkit/core/backend-kit'
import { type Observable, Subject, type Subscription } from 'rxjs'
import { check } from '../arguments.js'
import { memoize, sameMembers } from '../snapshots/memoize.js'

/** A store for `useSyncExternalStore` and similar functions. Both members work when detached from the object. */
export interface Store<Value> {
  /** Calls the listener after the value of `getSnapshot()` has changed. Returns a function that unsubscribes; idempotent. */
  readonly subscribe: (listener: () => void) => () => void
  /** The current value. Throws the error of the stream if it has failed, and a TypeError if the stream does not emit at once. */
  readonly getSnapshot: () => Value
}

/**
 * Turns a state stream into a store. All listeners share one subscription, which ends with the last listener. The stream must emit at once.
 * As long as a plain object or an array has identical members, the store has the same one, also if the stream makes another. Reading the
 * store without a listener subscribes for a moment, so keep a `session$` subscribed elsewhere, or each read opens a session.
 */
export function toStore<Value>(state: Observable<Value>): Store<Value> {
  check('toStore', 'stream', state)
  // A subject isolates listeners: RxJS reports an error of one and calls the others.
  const listeners = new Subject<void>()
  let subscription: Subscription | null = null
  let current = missing as () => Value
  // Each read without a listener is a subscription of its own, for which the stream may make another object.
  const keep = memoize((value: Value) => value, sameMembers)

  const subscribeTo = (notify: () => void) =>
    state.subscribe({
      next(value) {
        const kept = keep(value)
        current = () => kept
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
      checkArgument('the listener of subscribe()', listener, expected.callback)
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
  throw new TypeError('a store needs a stream that emits at once, as state streams do')
}

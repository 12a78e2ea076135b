import type { ManagerLike, ManagerSnapshot, SessionLike, SessionSnapshot } from '@roamkit/core'
import { distinctUntilChanged, map, type Observable } from 'rxjs'
import { check } from '../arguments.js'
import { memoize, sameMembers } from './memoize.js'
import { type Source, stateStream } from './snapshot-hub.js'

/**
 * The whole state of a session or a manager at one instant. Take values from here if you need them to be consistent with each other. Emits
 * after the other streams of the same change.
 */
export function snapshot$(source: SessionLike): Observable<SessionSnapshot>
export function snapshot$(source: ManagerLike): Observable<ManagerSnapshot>
export function snapshot$(source: Source<unknown>): Observable<unknown> {
  check('snapshot$', 'source', source)
  return stateStream(source, { key: 'snapshot', order: 'snapshot', read: (snapshot) => snapshot })
}

/**
 * Emits what `read` selects from the snapshot, whenever that changes. Plain objects and arrays are compared by their members, other values
 * with `Object.is`. Unlike `combineLatest`, it never combines a fact from before a change with one from after it. Fails with the error that
 * `read` throws.
 */
export function select$<Selected>(
  source: SessionLike,
  read: (snapshot: SessionSnapshot) => Selected,
): Observable<Selected>
export function select$<Selected>(
  source: ManagerLike,
  read: (snapshot: ManagerSnapshot) => Selected,
): Observable<Selected>
export function select$<Selected>(
  source: Source<unknown>,
  read: (snapshot: never) => Selected,
): Observable<Selected> {
  check('select$', 'source', source)
  check('select$', 'function', read)
  return snapshot$(source as SessionLike).pipe(
    map(memoize((snapshot) => read(snapshot as never), sameMembers)),
    distinctUntilChanged(Object.is),
  )
}

import type {
  ManagerSnapshot,
  NetworkConfigurationManager,
  NetworkSession,
  SessionSnapshot,
} from '@roamkit/core'
import { distinctUntilChanged, map, type Observable } from 'rxjs'
import { memoize, sameMembers } from './memoize.js'
import { type Source, stateStream } from './snapshot-hub.js'

/**
 * Everything about a session or a manager at one instant: what belongs together and must never be seen apart is taken
 * from here. Told after the other streams of the same change.
 */
export function snapshot$(source: NetworkSession): Observable<SessionSnapshot>
export function snapshot$(source: NetworkConfigurationManager): Observable<ManagerSnapshot>
export function snapshot$(source: Source<unknown>): Observable<unknown> {
  return stateStream(source, { key: 'snapshot', order: 'snapshot', read: (snapshot) => snapshot })
}

/**
 * Several facts that belong together, or one of them, as one value: what `read` takes of the snapshot, whenever that is
 * another value. Plain objects and arrays are compared by their members, anything else as `Object.is` does. Unlike
 * `combineLatest` it never shows one fact of before a change with another of after it. Fails with what `read` throws.
 */
export function select$<Selected>(
  source: NetworkSession,
  read: (snapshot: SessionSnapshot) => Selected,
): Observable<Selected>
export function select$<Selected>(
  source: NetworkConfigurationManager,
  read: (snapshot: ManagerSnapshot) => Selected,
): Observable<Selected>
export function select$<Selected>(
  source: Source<unknown>,
  read: (snapshot: never) => Selected,
): Observable<Selected> {
  return snapshot$(source as NetworkSession).pipe(
    map(memoize((snapshot) => read(snapshot as never), sameMembers)),
    distinctUntilChanged(Object.is),
  )
}

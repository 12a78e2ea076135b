import type { SessionLike } from '@roamkit/core'
import {
  dematerialize,
  distinctUntilChanged,
  isObservable,
  map,
  materialize,
  type Observable,
  of,
  switchMap,
} from 'rxjs'
import { checkFollowed } from '../arguments.js'
import type { OpenedSession } from './opened-session.js'

/** A session, a `session$`, or a stream of plain values that stand for what a session would emit. */
export type Followed<Plain> = SessionLike | Observable<Plain | OpenedSession<SessionLike>>

/**
 * Emits the facts of a session, or those of each session that a `session$` has. All streams of one session emit in one order, whether they
 * follow it directly or through a `session$`. Ends with the `session$`, or with the manager.
 */
export function followSession<Plain, Fact>(
  followed: Followed<Plain>,
  factsOf: (session: SessionLike) => Observable<Fact>,
  factOf: (value: Plain) => Fact,
): Observable<Fact> {
  if (!isObservable(followed)) return factsOf(followed)
  return followed.pipe(
    distinctUntilChanged(Object.is, (value) => sessionOf(value) ?? value),
    map((value) => {
      const session = sessionOf(value)
      return session === null ? of(factOf(value as Plain)) : factsOf(session)
    }),
    // Materialized, the end of the `session$` passes through switchMap, which would otherwise wait for the end of the manager.
    materialize(),
    switchMap((note) =>
      note.kind === 'N' ? note.value.pipe(map((value) => ({ kind: 'N', value }) as const)) : of(note),
    ),
    dematerialize(),
  )
}

/** What a stream of a session follows: the session, or each one that a `session$` opens. */
export type SessionSource = SessionLike | Observable<OpenedSession<SessionLike>>

/** A stream of a session, or of those that a `session$` opens. @throws TypeError if the source is neither */
export function streamOf<Value>(
  call: string,
  source: SessionSource,
  stream: (session: SessionLike) => Observable<Value>,
): Observable<Value> {
  checkFollowed(call, source)
  return followSession<never, Value>(source, stream, (value) => {
    throw new TypeError(`${call}() needs what session$ returns, not a stream of ${typeof value}`)
  })
}

/** The session of a value of `session$`; `null` for a plain value. */
function sessionOf(value: unknown): SessionLike | null {
  return typeof value === 'object' && value !== null ? (value as OpenedSession<SessionLike>).session : null
}

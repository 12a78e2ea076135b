import type { SessionLike } from '@roamkit/core'
import type { Clock } from '@roamkit/core/contract'
import { distinctUntilChanged, map, type Observable } from 'rxjs'
import { followSession } from '../streams/followed-session.js'
import type { OpenedSession } from '../streams/opened-session.js'
import { connected$ } from '../streams/session-streams.js'

/**
 * Reports to an operator when it is connected: a session or what `session$` returns, connected while the session is ready for sockets
 * (`connected$`), or any stream of booleans, such as the state of your own connection. Not connected until the first value. A gate that
 * completes keeps its last value. If it fails, the operator fails with its error. An operator subscribes to its gate once, for as long as
 * it has a subscriber: a `session$` is open for that long.
 */
export type Gate = SessionLike | Observable<boolean | OpenedSession<SessionLike>>

/** The state of a gate. */
export interface GateState {
  readonly isConnected: boolean
  /** The clock of the session; `null` if the gate is a stream of booleans. */
  readonly clock: Clock | null
}

/** The states of a gate: a new one when it opens or shuts. */
export function gateOf(gate: Gate): Observable<GateState> {
  return followSession<boolean, GateState>(
    gate,
    (session) => connected$(session).pipe(map((isConnected) => ({ isConnected, clock: session.clock }))),
    (isConnected) => ({ isConnected, clock: null }),
  ).pipe(distinctUntilChanged(Object.is, ({ isConnected }) => isConnected))
}

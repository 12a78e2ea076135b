import type { NetworkSession } from '@roamkit/core'
import { distinctUntilChanged, isObservable, type Observable } from 'rxjs'
import { connected$ } from '../streams/session-streams.js'

/**
 * Reports to an operator when it is connected: a session, connected while it is ready for sockets (`connected$`), or any stream of booleans, such
 * as the state of your own connection. Not connected until the first value. A gate that completes keeps its last value.
 */
export type Gate = NetworkSession | Observable<boolean>

/** A gate as a stream of booleans. */
export function gateOf(gate: Gate): Observable<boolean> {
  return isObservable(gate) ? gate.pipe(distinctUntilChanged()) : connected$(gate)
}

import type { NetworkSession } from '@roamkit/core'
import { distinctUntilChanged, isObservable, type Observable } from 'rxjs'
import { connected$ } from '../streams/session-streams.js'

/**
 * What opens and shuts: a session, open while it is ready for sockets (`connected$`), or any stream of booleans, such as
 * whether one's own connection is up. Shut until it says otherwise; one that completes stays as it is.
 */
export type Gate = NetworkSession | Observable<boolean>

/** The gate as a stream. */
export function gateOf(gate: Gate): Observable<boolean> {
  return isObservable(gate) ? gate.pipe(distinctUntilChanged()) : connected$(gate)
}

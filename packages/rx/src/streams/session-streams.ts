import type {
  NetworkSession,
  NetworkSessionError,
  RoamingOffer,
  RoamingTrial,
  SessionSnapshot,
  SessionState,
  UsagePolicy,
} from '@roamkit/core'
import type { LinkInterface } from '@roamkit/core/contract'
import type { Observable } from 'rxjs'
import { eventStream, type Slice, stateStream } from '../snapshots/snapshot-hub.js'

/** A slice that is one member of the snapshot. */
function member<Name extends keyof SessionSnapshot>(
  name: Name,
): Slice<SessionSnapshot, SessionSnapshot[Name]> {
  return { key: name, order: name === 'state' ? 'state' : 'fact', read: (snapshot) => snapshot[name] }
}

/**
 * The link's state, also of a session that nobody opened; `invalid` at the end. Told after the facts of the same change:
 * a subscriber that gets a new state has already got the interface and the access point that belong to it.
 */
export function state$(session: NetworkSession): Observable<SessionState> {
  return stateStream(session, member('state'))
}

/** Whether the session holds its link; stays true while the link is lost for a moment (rule S12). */
export function isOpen$(session: NetworkSession): Observable<boolean> {
  return stateStream(session, member('isOpen'))
}

/** Whether the session is ready for sockets: open and `connected`. Told after `state$`. */
export function connected$(session: NetworkSession): Observable<boolean> {
  return stateStream(session, {
    key: 'connected',
    order: 'gate',
    read: ({ isOpen, state }) => isOpen && state === 'connected',
  })
}

/** The network interface in use, while connected or in trial; the same object until something in it changes. */
export function interface$(session: NetworkSession): Observable<LinkInterface | null> {
  return stateStream(session, member('interface'))
}

/** The identifier of the access point in use; empty while the session is not open. */
export function activeConfiguration$(session: NetworkSession): Observable<string> {
  return stateStream(session, member('activeConfiguration'))
}

/** What the link asks of those who use it. */
export function usagePolicies$(session: NetworkSession): Observable<readonly UsagePolicy[]> {
  return stateStream(session, member('usagePolicies'))
}

/** The offer that waits for an answer. Subscribing does not make the session consulted: `roamingOffers$` does. */
export function offer$(session: NetworkSession): Observable<RoamingOffer | null> {
  return stateStream(session, { key: 'offer', order: 'fact', read: () => session.offer })
}

/** The trial that waits for a verdict. */
export function trial$(session: NetworkSession): Observable<RoamingTrial | null> {
  return stateStream(session, { key: 'trial', order: 'fact', read: () => session.trial })
}

/** The session's errors from now on, which no other stream of it carries. */
export function errors$(session: NetworkSession): Observable<NetworkSessionError> {
  return eventStream(session, (emit) => session.on('error', emit))
}

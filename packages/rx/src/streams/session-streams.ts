import type {
  NetworkSession,
  NetworkSessionError,
  RoamingOffer,
  RoamingStart,
  RoamingTrial,
  SessionSnapshot,
  SessionState,
  UsagePolicy,
} from '@roamkit/core'
import type { LinkInterface } from '@roamkit/core/contract'
import type { Observable } from 'rxjs'
import { check } from '../arguments.js'
import { eventStream, type Slice, stateStream } from '../snapshots/snapshot-hub.js'

/** The slice for one member of the snapshot. */
function member<Name extends keyof SessionSnapshot>(
  name: Name,
): Slice<SessionSnapshot, SessionSnapshot[Name]> {
  return { key: name, order: name === 'state' ? 'state' : 'fact', read: (snapshot) => snapshot[name] }
}

/**
 * The state of the session's link, even if the session is not open; `invalid` at the end. Emits after the facts of the same change, so that
 * a subscriber that gets a new state already has the interface and the access point that belong to it.
 */
export function state$(session: NetworkSession): Observable<SessionState> {
  check('state$', 'session', session)
  return stateStream(session, member('state'))
}

/** Whether the session holds its link. Stays `true` while the link is lost for a moment (rule S12). */
export function isOpen$(session: NetworkSession): Observable<boolean> {
  check('isOpen$', 'session', session)
  return stateStream(session, member('isOpen'))
}

/** Whether the session is ready for sockets: open and `connected`. Emits after `state$`. */
export function connected$(session: NetworkSession): Observable<boolean> {
  check('connected$', 'session', session)
  return stateStream(session, {
    key: 'isConnected',
    order: 'gate',
    read: ({ isConnected }) => isConnected,
  })
}

/** The network interface in use while connected or on trial, otherwise `null`. The same object until something in it changes. */
export function interface$(session: NetworkSession): Observable<LinkInterface | null> {
  check('interface$', 'session', session)
  return stateStream(session, member('interface'))
}

/** The identifier of the access point in use. Empty while the session is not open. */
export function activeConfiguration$(session: NetworkSession): Observable<string> {
  check('activeConfiguration$', 'session', session)
  return stateStream(session, member('activeConfiguration'))
}

/** The usage policies of the link in use, such as to save data on a metered link. */
export function usagePolicies$(session: NetworkSession): Observable<readonly UsagePolicy[]> {
  check('usagePolicies$', 'session', session)
  return stateStream(session, member('usagePolicies'))
}

/** The offer that is waiting for an answer, or `null`. Subscribing does not make the session ask; `roamingOffers$` does. */
export function offer$(session: NetworkSession): Observable<RoamingOffer | null> {
  check('offer$', 'session', session)
  return stateStream(session, { key: 'offer', order: 'fact', read: () => session.offer })
}

/** The trial that is waiting for a verdict, or `null`. */
export function trial$(session: NetworkSession): Observable<RoamingTrial | null> {
  check('trial$', 'session', session)
  return stateStream(session, { key: 'trial', order: 'fact', read: () => session.trial })
}

/**
 * Emits each roam that begins from now on: from which access point, to which, and why. An offer follows if the session asks, otherwise it
 * roams at once. Subscribing does not make the session ask; `roamingOffers$` does.
 */
export function roamingStarted$(session: NetworkSession): Observable<RoamingStart> {
  check('roamingStarted$', 'session', session)
  return eventStream(session, (emit) => session.on('roamingStarted', emit))
}

/** The session's errors from now on. No other stream of the session emits or fails with them. */
export function errors$(session: NetworkSession): Observable<NetworkSessionError> {
  check('errors$', 'session', session)
  return eventStream(session, (emit) => session.on('error', emit))
}

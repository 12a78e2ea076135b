import type {
  Health,
  InterfaceChange,
  NetworkSessionError,
  RoamingOffer,
  RoamingStart,
  RoamingTrial,
  SessionLike,
  SessionSnapshot,
  SessionState,
  UsagePolicy,
} from '@roamkit/core'
import type { LinkInterface } from '@roamkit/core/contract'
import type { Observable } from 'rxjs'
import { eventStream, stateStream } from '../snapshots/snapshot-hub.js'
import { type SessionSource, streamOf } from './followed-session.js'

/** The stream of one member of the snapshot. */
function memberStream<Name extends keyof SessionSnapshot>(
  name: Name,
): (session: SessionLike) => Observable<SessionSnapshot[Name]> {
  const order = name === 'state' ? 'state' : 'fact'
  return (session) => stateStream(session, { key: name, order, read: (snapshot) => snapshot[name] })
}

/**
 * The state of the session's link, even if the session is not open; `invalid` at the end. Emits after the facts of the same change, so that
 * a subscriber that gets a new state already has the interface and the access point that belong to it.
 */
export function state$(session: SessionSource): Observable<SessionState> {
  return streamOf('state$', session, memberStream('state'))
}

/** Whether the session holds its link. Stays `true` while the link is lost for a moment (rule S12). */
export function isOpen$(session: SessionSource): Observable<boolean> {
  return streamOf('isOpen$', session, memberStream('isOpen'))
}

/** Whether the session is ready for sockets: open and `connected`. Emits after `state$`. */
export function connected$(session: SessionSource): Observable<boolean> {
  return streamOf('connected$', session, (one) =>
    stateStream(one, { key: 'isConnected', order: 'gate', read: ({ isConnected }) => isConnected }),
  )
}

/** The network interface in use while connected or on trial, otherwise `null`. The same object until something in it changes. */
export function interface$(session: SessionSource): Observable<LinkInterface | null> {
  return streamOf('interface$', session, memberStream('interface'))
}

/** The identifier of the access point in use. Empty while the session is not open. */
export function activeConfiguration$(session: SessionSource): Observable<string> {
  return streamOf('activeConfiguration$', session, memberStream('activeConfiguration'))
}

/** The usage policies of the link in use, such as to save data on a metered link. */
export function usagePolicies$(session: SessionSource): Observable<readonly UsagePolicy[]> {
  return streamOf('usagePolicies$', session, memberStream('usagePolicies'))
}

/**
 * Whether what the application wants to reach through the link in use can be reached, as far as its checks and `session.report()` say (rule
 * L1). `unknown` without evidence, and while the session is not open. What the checks cost is in `session.healthCost`.
 */
export function health$(session: SessionSource): Observable<Health> {
  return streamOf('health$', session, memberStream('health'))
}

/** The offer that is waiting for an answer, or `null`. Subscribing does not make the session ask; `roamingOffers$` does. */
export function offer$(session: SessionSource): Observable<RoamingOffer | null> {
  return streamOf('offer$', session, (one) =>
    stateStream(one, { key: 'offer', order: 'fact', read: () => one.offer }),
  )
}

/** The trial that is waiting for a verdict, or `null`. */
export function trial$(session: SessionSource): Observable<RoamingTrial | null> {
  return streamOf('trial$', session, (one) =>
    stateStream(one, { key: 'trial', order: 'fact', read: () => one.trial }),
  )
}

/**
 * Emits each roam that begins from now on: from which access point, to which, and why. An offer follows if the session asks, otherwise it
 * roams at once. Subscribing does not make the session ask; `roamingOffers$` does.
 */
export function roamingStarted$(session: SessionSource): Observable<RoamingStart> {
  return streamOf('roamingStarted$', session, (one) =>
    eventStream(one, (emit) => one.on('roamingStarted', emit)),
  )
}

/** A change of the interface that a session uses. */
export interface ChangedInterface extends InterfaceChange {
  /** The interface in use now. */
  readonly now: LinkInterface
  /** The one that was in use before. */
  readonly before: LinkInterface
}

/**
 * Emits when the interface in use has other addresses, gateways or DNS servers than before, on the same link or on another one, from now on.
 * Connections from an address in `addressesGone` fall silent. Link-local addresses do not count, nor do privacy addresses (rule T7).
 */
export function interfaceChanges$(session: SessionSource): Observable<ChangedInterface> {
  return streamOf('interfaceChanges$', session, (one) =>
    eventStream(one, (emit) =>
      one.on('interfaceChanged', (now, before, change) => emit({ ...change, now, before })),
    ),
  )
}

/** The session's errors from now on. No other stream of the session emits or fails with them. */
export function errors$(session: SessionSource): Observable<NetworkSessionError> {
  return streamOf('errors$', session, (one) => eventStream(one, (emit) => one.on('error', emit)))
}

import type { ManagerLike, ManagerSnapshot, SessionSnapshot } from '@roamkit/core'
import { isObservable, type Observable } from 'rxjs'
import { check } from '../arguments.js'
import { type Source, stateStream } from '../snapshots/snapshot-hub.js'
import { type SessionSource, streamOf } from './followed-session.js'

/**
 * Whether traffic costs money. For a session: on the link that it uses now, which follows roams; `null` while it is not open. For a
 * manager: on the default configuration. `null` if the backend does not know. A guess of the backend counts. They differ if the session
 * does not use the default route, such as during a trial.
 */
export function metered$(source: SessionSource | ManagerLike): Observable<boolean | null> {
  if (isObservable(source)) return streamOf('metered$', source, metered$)
  check('metered$', 'source', source)
  return stateStream(source as Source<SessionSnapshot | ManagerSnapshot>, {
    key: 'metered',
    order: 'fact',
    read: (snapshot) => ('isMetered' in snapshot ? snapshot.isMetered : isLinkMetered(snapshot)),
  })
}

function isLinkMetered(snapshot: SessionSnapshot): boolean | null {
  const { isOpen, activeConfiguration, configuration, usagePolicies } = snapshot
  if (!isOpen) return null
  // Known of the user's choice, too, whose link is not among its own configurations.
  if (usagePolicies.includes('noBackgroundTraffic')) return true
  const used = [configuration, ...configuration.children].find(
    (one) => one.identifier === activeConfiguration,
  )
  return used?.metered?.value ?? null
}

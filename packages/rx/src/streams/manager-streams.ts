import type {
  Capabilities,
  ConfigurationState,
  ManagerLike,
  ManagerSnapshot,
  NetworkConfiguration,
  Reachability,
  TransportMedium,
} from '@roamkit/core'
import { checkArgument, expected } from '@roamkit/core/backend-kit'
import type { Observable } from 'rxjs'
import { check } from '../arguments.js'
import { memoize } from '../snapshots/memoize.js'
import { eventStream, type Slice, stateStream } from '../snapshots/snapshot-hub.js'

type Key = keyof ManagerSnapshot

const FILTER = expected.oneOf('undefined', 'defined', 'discovered', 'active')

/** The slice for one member of the snapshot. */
function member<Name extends Key>(name: Name): Slice<ManagerSnapshot, ManagerSnapshot[Name]> {
  return { key: name, order: 'fact', read: (snapshot) => snapshot[name] }
}

/** The configurations with at least that state, sorted by identifier (rule C7). The same array until one of them changes. */
export function configurations$(
  manager: ManagerLike,
  filter?: ConfigurationState,
): Observable<readonly NetworkConfiguration[]> {
  check('configurations$', 'manager', manager)
  if (filter !== undefined) checkArgument('the filter of configurations$()', filter, FILTER)
  if (filter === undefined) return stateStream(manager, member('configurations'))
  return stateStream(manager, {
    key: `configurations ${filter}`,
    order: 'fact',
    read: memoize(
      ({ configurations }) => configurations.filter((configuration) => configuration.is(filter)),
      (before, after) => before.length === after.length && before.every((one, index) => one === after[index]),
    ),
  })
}

/** The configuration with that identifier. An invalid one while it does not exist (rules C7, C8). */
export function configuration$(manager: ManagerLike, identifier: string): Observable<NetworkConfiguration> {
  check('configuration$', 'manager', manager)
  checkArgument('the identifier of configuration$()', identifier, expected.text)
  return stateStream(manager, {
    key: `configuration ${identifier}`,
    order: 'fact',
    read: () => manager.configurationFromIdentifier(identifier),
  })
}

/** The default configuration; `null` while there is none (rule M2). */
export function defaultConfiguration$(manager: ManagerLike): Observable<NetworkConfiguration | null> {
  check('defaultConfiguration$', 'manager', manager)
  return stateStream(manager, member('defaultConfiguration'))
}

/** Whether at least one uplink is active (rule M1). Does not say that a request would succeed. */
export function online$(manager: ManagerLike): Observable<boolean> {
  check('online$', 'manager', manager)
  return stateStream(manager, member('isOnline'))
}

/** How much of the network this host can reach (rule M1). */
export function reachability$(manager: ManagerLike): Observable<Reachability> {
  check('reachability$', 'manager', manager)
  return stateStream(manager, member('reachability'))
}

/** Whether the default configuration is behind a captive portal; `null` if the backend does not know. */
export function captivePortal$(manager: ManagerLike): Observable<boolean | null> {
  check('captivePortal$', 'manager', manager)
  return stateStream(manager, member('isBehindCaptivePortal'))
}

/** The medium of the default configuration (rule M1). */
export function transportMedium$(manager: ManagerLike): Observable<TransportMedium> {
  check('transportMedium$', 'manager', manager)
  return stateStream(manager, member('transportMedium'))
}

/** What the backend can do on this machine now (rule M4). */
export function capabilities$(manager: ManagerLike): Observable<Capabilities> {
  check('capabilities$', 'manager', manager)
  return stateStream(manager, member('capabilities'))
}

/** `ready`, or `lost` while the network service is not available (rule S14). */
export function service$(manager: ManagerLike): Observable<'ready' | 'lost'> {
  check('service$', 'manager', manager)
  return stateStream(manager, member('service'))
}

/**
 * Emits the milliseconds that the machine has slept, each time that it wakes up, from now on. Links that did not survive count as lost only
 * after `wakeGrace` (rule L4).
 */
export function resumed$(manager: ManagerLike): Observable<number> {
  check('resumed$', 'manager', manager)
  return eventStream(manager, (emit) => manager.on('resumed', emit))
}

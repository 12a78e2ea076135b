import type {
  Capabilities,
  ConfigurationState,
  ManagerSnapshot,
  NetworkConfiguration,
  NetworkConfigurationManager,
  Reachability,
  TransportMedium,
} from '@roamkit/core'
import type { Observable } from 'rxjs'
import { memoize } from '../snapshots/memoize.js'
import { type Slice, stateStream } from '../snapshots/snapshot-hub.js'

type Key = keyof ManagerSnapshot

/** A slice that is one member of the snapshot. */
function member<Name extends Key>(name: Name): Slice<ManagerSnapshot, ManagerSnapshot[Name]> {
  return { key: name, order: 'fact', read: (snapshot) => snapshot[name] }
}

/** The configurations that have at least that state, in the order of their identifiers (rule C7); the same array until one changes. */
export function configurations$(
  manager: NetworkConfigurationManager,
  filter?: ConfigurationState,
): Observable<readonly NetworkConfiguration[]> {
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

/** The configuration with that identifier; an invalid one while there is none (rules C7, C8). */
export function configuration$(
  manager: NetworkConfigurationManager,
  identifier: string,
): Observable<NetworkConfiguration> {
  return stateStream(manager, {
    key: `configuration ${identifier}`,
    order: 'fact',
    read: memoize(
      () => manager.configurationFromIdentifier(identifier),
      // Without one, a new invalid object comes with each reading.
      (before, after) => before === after || !(before.isValid || after.isValid),
    ),
  })
}

/** The configuration to use by default; `null` while there is none (rule M2). */
export function defaultConfiguration$(
  manager: NetworkConfigurationManager,
): Observable<NetworkConfiguration | null> {
  return stateStream(manager, member('defaultConfiguration'))
}

/** Whether at least one uplink is active (rule M1). Not whether a request would succeed. */
export function online$(manager: NetworkConfigurationManager): Observable<boolean> {
  return stateStream(manager, member('isOnline'))
}

/** How far this host can reach (rule M1). */
export function reachability$(manager: NetworkConfigurationManager): Observable<Reachability> {
  return stateStream(manager, member('reachability'))
}

/** Whether traffic on the default configuration costs money; `null` where the backend cannot tell. */
export function metered$(manager: NetworkConfigurationManager): Observable<boolean | null> {
  return stateStream(manager, member('isMetered'))
}

/** Whether the default configuration is behind a captive portal; `null` where the backend cannot tell. */
export function captivePortal$(manager: NetworkConfigurationManager): Observable<boolean | null> {
  return stateStream(manager, member('isBehindCaptivePortal'))
}

/** What carries the default configuration's traffic (rule M1). */
export function transportMedium$(manager: NetworkConfigurationManager): Observable<TransportMedium> {
  return stateStream(manager, member('transportMedium'))
}

/** What can be done here and now (rule M4). */
export function capabilities$(manager: NetworkConfigurationManager): Observable<Capabilities> {
  return stateStream(manager, member('capabilities'))
}

/** `lost` while the daemon is away (rule S14). */
export function service$(manager: NetworkConfigurationManager): Observable<'ready' | 'lost'> {
  return stateStream(manager, member('service'))
}

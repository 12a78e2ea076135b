import type { TransportMedium } from './configurations/bearer-names.js'
import type { Capabilities } from './configurations/capabilities.js'
import type { CatalogueChange } from './configurations/catalogue.js'
import { type NetworkConfiguration, unknownConfiguration } from './configurations/network-configuration.js'
import type { Reachability } from './configurations/overview.js'
import type { Emitter } from './primitives/emitter.js'

/** The events of a manager, with Qt's names if Qt has the event, and the arguments of their listeners. */
export type ManagerEvents = {
  configurationAdded: readonly [configuration: NetworkConfiguration]
  configurationChanged: readonly [configuration: NetworkConfiguration]
  /** The last snapshot, invalid now (rule C8). */
  configurationRemoved: readonly [configuration: NetworkConfiguration]
  /** An invalid configuration if there is none (rule M2). */
  defaultConfigurationChanged: readonly [configuration: NetworkConfiguration]
  onlineStateChanged: readonly [isOnline: boolean]
  /** Once for each `updateConfigurations()` (rule M3). */
  updateCompleted: readonly []
  reachabilityChanged: readonly [reachability: Reachability]
  captivePortalChanged: readonly [isBehindCaptivePortal: boolean | null]
  meteredChanged: readonly [isMetered: boolean | null]
  transportMediumChanged: readonly [transportMedium: TransportMedium]
  capabilitiesChanged: readonly [capabilities: Capabilities]
  /** The machine has woken up after that many milliseconds. Links that did not survive count as lost only after `wakeGrace` (rule L4). */
  resumed: readonly [msAsleep: number]
  /** The daemon has become unavailable, or is back (rule S14). */
  serviceChanged: readonly [service: 'ready' | 'lost']
}

/** The names of the events, so that a misspelt one throws. */
export const MANAGER_EVENTS: Readonly<Record<keyof ManagerEvents, true>> = {
  configurationAdded: true,
  configurationChanged: true,
  configurationRemoved: true,
  defaultConfigurationChanged: true,
  onlineStateChanged: true,
  updateCompleted: true,
  reachabilityChanged: true,
  captivePortalChanged: true,
  meteredChanged: true,
  transportMediumChanged: true,
  capabilitiesChanged: true,
  resumed: true,
  serviceChanged: true,
}

/** The events of a change, in their order: configurations first, then the machine as a whole. */
export function managerEvents(
  { added, changed, removed, before, after }: CatalogueChange,
  emitter: Emitter<ManagerEvents>,
): readonly (() => void)[] {
  const events: (() => void)[] = []
  const emit = <Name extends keyof ManagerEvents>(name: Name, ...values: ManagerEvents[Name]) =>
    events.push(() => emitter.emit(name, ...values))
  for (const one of added) emit('configurationAdded', one)
  for (const one of changed) emit('configurationChanged', one)
  for (const one of removed) emit('configurationRemoved', one)
  if (before.defaultConfiguration?.identifier !== after.defaultConfiguration?.identifier)
    emit('defaultConfigurationChanged', after.defaultConfiguration ?? unknownConfiguration(''))
  if (before.isOnline !== after.isOnline) emit('onlineStateChanged', after.isOnline)
  if (before.reachability !== after.reachability) emit('reachabilityChanged', after.reachability)
  if (before.isBehindCaptivePortal !== after.isBehindCaptivePortal)
    emit('captivePortalChanged', after.isBehindCaptivePortal)
  if (before.isMetered !== after.isMetered) emit('meteredChanged', after.isMetered)
  if (before.transportMedium !== after.transportMedium) emit('transportMediumChanged', after.transportMedium)
  if (before.capabilities !== after.capabilities) emit('capabilitiesChanged', after.capabilities)
  if (before.service !== after.service) emit('serviceChanged', after.service)
  return events
}

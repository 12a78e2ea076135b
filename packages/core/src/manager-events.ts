import type { TransportMedium } from './configurations/bearer-names.js'
import type { Capabilities } from './configurations/capabilities.js'
import type { CatalogueChange } from './configurations/catalogue.js'
import { type NetworkConfiguration, unknownConfiguration } from './configurations/network-configuration.js'
import type { Reachability } from './configurations/overview.js'
import type { PickedBackend } from './contract/index.js'
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
  /**
   * Another backend has taken over, for example because the daemon in use was stopped for good, or a better one was started. The events of
   * what it changes come after it.
   */
  backendChanged: readonly [backend: PickedBackend, before: PickedBackend]
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
  backendChanged: true,
}

/** Emits what is different after a change: configurations first, then the machine as a whole. */
export function emitManagerEvents(
  { added, changed, removed, before, after }: CatalogueChange,
  emitter: Emitter<ManagerEvents>,
): void {
  for (const one of added) emitter.emit('configurationAdded', one)
  for (const one of changed) emitter.emit('configurationChanged', one)
  for (const one of removed) emitter.emit('configurationRemoved', one)
  if (before.defaultConfiguration?.identifier !== after.defaultConfiguration?.identifier)
    emitter.emit('defaultConfigurationChanged', after.defaultConfiguration ?? unknownConfiguration(''))
  if (before.isOnline !== after.isOnline) emitter.emit('onlineStateChanged', after.isOnline)
  if (before.reachability !== after.reachability) emitter.emit('reachabilityChanged', after.reachability)
  if (before.isBehindCaptivePortal !== after.isBehindCaptivePortal)
    emitter.emit('captivePortalChanged', after.isBehindCaptivePortal)
  if (before.isMetered !== after.isMetered) emitter.emit('meteredChanged', after.isMetered)
  if (before.transportMedium !== after.transportMedium)
    emitter.emit('transportMediumChanged', after.transportMedium)
  if (before.capabilities !== after.capabilities) emitter.emit('capabilitiesChanged', after.capabilities)
  if (before.service !== after.service) emitter.emit('serviceChanged', after.service)
}

import type { ManagerEvents, ManagerSnapshot, PickedBackend } from '@roamkit/core'
import type { Emitter } from '@roamkit/core/backend-kit'
import type { ManagerEventMessage } from '../protocol/messages.js'
import type { ConfigurationChanges, ConfigurationTable } from './configuration-table.js'

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

/** What is different about a manager. */
export interface ManagerChange extends ConfigurationChanges {
  readonly before: ManagerSnapshot
  readonly after: ManagerSnapshot
  readonly backend: { readonly before: PickedBackend; readonly after: PickedBackend }
  readonly events: readonly ManagerEventMessage[]
}

/** Emits the events of a change, in the order of a manager: the backend, the configurations, then the machine as a whole. */
export function emitManagerEvents(
  emitter: Emitter<ManagerEvents>,
  { added, changed, removed, before, after, backend, events }: ManagerChange,
  table: ConfigurationTable,
): void {
  if (backend.before !== backend.after) emitter.emit('backendChanged', backend.after, backend.before)
  for (const one of added) emitter.emit('configurationAdded', one)
  for (const one of changed) emitter.emit('configurationChanged', one)
  for (const one of removed) emitter.emit('configurationRemoved', one)
  if (before.defaultConfiguration?.identifier !== after.defaultConfiguration?.identifier)
    emitter.emit('defaultConfigurationChanged', after.defaultConfiguration ?? table.get(''))
  if (before.isOnline !== after.isOnline) emitter.emit('onlineStateChanged', after.isOnline)
  if (before.reachability !== after.reachability) emitter.emit('reachabilityChanged', after.reachability)
  if (before.isBehindCaptivePortal !== after.isBehindCaptivePortal)
    emitter.emit('captivePortalChanged', after.isBehindCaptivePortal)
  if (before.isMetered !== after.isMetered) emitter.emit('meteredChanged', after.isMetered)
  if (before.transportMedium !== after.transportMedium)
    emitter.emit('transportMediumChanged', after.transportMedium)
  if (before.capabilities !== after.capabilities) emitter.emit('capabilitiesChanged', after.capabilities)
  if (before.service !== after.service) emitter.emit('serviceChanged', after.service)
  for (const [name, ...values] of events) emitter.emit(name, ...(values as never))
}

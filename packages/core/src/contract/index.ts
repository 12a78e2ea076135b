/**
 * What a backend implements: facts about links, and a few commands. Core does everything that concerns sessions and roaming. A backend calls
 * `host.changed()`; then core reads `snapshot()` and finds out what is different.
 *
 * @packageDocumentation
 */
export { type ActivationNames, activationNames } from './activation-names.js'
export { asyncDispose } from './async-dispose.js'
export { BackendError, type BackendErrorCode, type BackendErrorData } from './backend-error.js'
export type { Bearer, Purpose } from './bearer.js'
export type { Call, Clock } from './call.js'
export { type ConfigurationChanges, replaceConfigurations } from './configuration-list.js'
export type {
  Activate,
  Backend,
  BackendHost,
  Driver,
  PassedOver,
  PickedBackend,
  SecretRequest,
} from './driver.js'
export type { Held, Holder, Holders, LockCall } from './holders.js'
export { keepAlive } from './keep-alive.js'
export { shareStructure } from './sharing.js'
export { ssidText } from './ssid.js'
export type {
  Cellular,
  Connectivity,
  Ended,
  LinkConfiguration,
  LinkInterface,
  LinkPhase,
  Metered,
  Permission,
  Power,
  Proxy,
  Reason,
  Traffic,
  Wifi,
  World,
} from './world.js'
export { factFaults, reasonFault, worldFaults } from './world-faults.js'

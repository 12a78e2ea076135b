/**
 * Roamkit for reactive applications: the state of sessions and managers as streams that have a value at once, roaming as
 * questions that are answered by policy, sessions that live as long as their subscription, and operators for what
 * applications do with a connection that comes and goes. RxJS 7; imports nothing of Node; does nothing on import.
 *
 * @packageDocumentation
 */
export { BufferFullError, type BufferOptions, bufferUntilConnected } from './buffer-until-connected.js'
export type { TimeOptions } from './delay.js'
export type { Gate } from './gate.js'
export {
  capabilities$,
  captivePortal$,
  configuration$,
  configurations$,
  defaultConfiguration$,
  metered$,
  online$,
  reachability$,
  service$,
  transportMedium$,
} from './manager-streams.js'
export { type OpenedSession, type Reopening, type SessionOptions, session$ } from './opened-session.js'
export { pauseWhileDisconnected } from './pause-while-disconnected.js'
export { type RestartOptions, restartOnRoam } from './restart-on-roam.js'
export { type RetryOptions, retryWhenConnected } from './retry-when-connected.js'
export {
  decideRoaming,
  type OfferAnswer,
  type Opinion,
  type PolicyCall,
  type RoamingDecision,
  type RoamingPolicy,
  type TrialAnswer,
} from './roaming-decisions.js'
export {
  acceptWhen,
  ignoreMetered,
  ignoreUnlessSeamless,
  type MeteredOptions,
  migrateWhen,
} from './roaming-policies.js'
export {
  type OfferQuestion,
  type RoamingQuestion,
  roamingOffers$,
  type TrialQuestion,
} from './roaming-questions.js'
export {
  activeConfiguration$,
  connected$,
  errors$,
  interface$,
  isOpen$,
  offer$,
  state$,
  trial$,
  usagePolicies$,
} from './session-streams.js'
export { select$, snapshot$ } from './snapshot-stream.js'
export { type Store, toStore } from './store.js'
export { type TrafficOptions, traffic$ } from './traffic.js'
export { whileConnected } from './while-connected.js'

/**
 * Roamkit as RxJS observables: the state of sessions and managers as streams that emit at once, roaming as questions that policies answer,
 * sessions that live as long as their subscription, and operators for connections that come and go. Needs RxJS 7. Imports nothing of Node,
 * and importing it has no side effects.
 *
 * @packageDocumentation
 */

export { clockScheduler } from './clock-scheduler.js'
export type { TimeOptions } from './delay.js'
export {
  BufferFullError,
  type BufferOptions,
  bufferUntilConnected,
} from './operators/buffer-until-connected.js'
export type { Gate } from './operators/gate.js'
export { pauseWhileDisconnected } from './operators/pause-while-disconnected.js'
export { type RestartOptions, restartOnRoam } from './operators/restart-on-roam.js'
export { type RetryOptions, retryWhenConnected } from './operators/retry-when-connected.js'
export { type SettleOptions, whileConnected } from './operators/while-connected.js'
export {
  decideRoaming,
  type OfferAnswer,
  type Opinion,
  type PolicyCall,
  type RoamingDecision,
  type RoamingPolicy,
  type TrialAnswer,
} from './roaming/roaming-decisions.js'
export {
  acceptWhen,
  ignoreMetered,
  ignoreUnlessSeamless,
  type MeteredOptions,
  migrateWhen,
} from './roaming/roaming-policies.js'
export {
  type OfferQuestion,
  type Question,
  type RoamingQuestion,
  roamingOffers$,
  type TrialQuestion,
} from './roaming/roaming-questions.js'
export { select$, snapshot$ } from './snapshots/snapshot-stream.js'
export type { TrafficOptions } from './streams/byte-counts.js'
export type { SessionSource } from './streams/followed-session.js'
export {
  capabilities$,
  captivePortal$,
  configuration$,
  configurations$,
  defaultConfiguration$,
  online$,
  reachability$,
  resumed$,
  service$,
  transportMedium$,
} from './streams/manager-streams.js'
export { metered$ } from './streams/metered.js'
export {
  type OpenedSession,
  type Reopening,
  type SessionOptions,
  session$,
} from './streams/opened-session.js'
export {
  activeConfiguration$,
  type ChangedInterface,
  connected$,
  errors$,
  health$,
  interface$,
  interfaceChanges$,
  isOpen$,
  offer$,
  roamingStarted$,
  state$,
  trial$,
  usagePolicies$,
} from './streams/session-streams.js'
export { type Store, toStore } from './streams/store.js'
export { rate$, type TrafficRate, traffic$ } from './streams/traffic.js'

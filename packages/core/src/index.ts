/**
 * Network sessions, independent of platform: which network configurations there are, and sessions that bring a link up,
 * keep it while anybody uses it, and tell the truth about it. Give {@link NetworkConfigurationManager.open} a backend's
 * driver. Imports nothing of Node: it runs in a browser.
 *
 * @packageDocumentation
 */
export type { TransportMedium } from './bearer-names.js'
export type { Capabilities, HolderReach } from './capabilities.js'
export type * from './contract/index.js'
export { asyncDispose, BackendError } from './contract/index.js'
export {
  type Diagnosis,
  type DiagnosisFacts,
  diagnose,
  type Finding,
  type FindingCode,
  type LastFailure,
  type Severity,
} from './diagnosis.js'
export { adviceInWords } from './diagnosis-words.js'
export type { ListenOptions } from './emitter.js'
export { type HolderEntry, type HolderRegistry, inProcessHolders } from './holders.js'
export {
  type CapabilityDiagnosis,
  diagnoseHost,
  type HostAction,
  type HostDiagnosis,
  type HostFindingCode,
  type HostPermission,
} from './host-diagnosis.js'
export type { ManagerEvents } from './manager-events.js'
export {
  type ConfigurationFacts,
  type ConfigurationState,
  type ConfigurationType,
  NetworkConfiguration,
} from './network-configuration.js'
export {
  type ManagerSnapshot,
  NetworkConfigurationManager,
} from './network-configuration-manager.js'
export {
  type CallOptions,
  NetworkSession,
  type OpenOptions,
  type SessionProperties,
} from './network-session.js'
export type { LastClose, ManagerOptions } from './options.js'
export type { Overview, Reachability } from './overview.js'
export {
  byBearer,
  byConnectivity,
  byMetered,
  byOrder,
  bySignal,
  bySystemChoice,
  type Criterion,
  defaultRanking,
  type Explanation,
  type RankedChild,
  type RankingPolicy,
  type SignalOptions,
} from './ranking.js'
export type { OfferData, RoamingOffer, RoamingTrial, TrialData } from './roaming-offer.js'
export { allUplinks, type Members, type ServiceNetworkDefinition } from './service-network.js'
export {
  NetworkSessionError,
  type NetworkSessionErrorData,
  reasonInWords,
  type SessionErrorCode,
  type SessionErrorReason,
} from './session-error.js'
export type { SessionEvents } from './session-record.js'
export type { SessionSnapshot } from './session-snapshot.js'
export type { SessionState } from './session-state.js'
export {
  observable,
  type SnapshotObservable,
  type SnapshotObserver,
  type SnapshotSubscription,
} from './snapshot-observable.js'
export { systemClock } from './system-clock.js'
export type { UsagePolicy } from './usage-policy.js'
export type { Chooser } from './user-choice.js'

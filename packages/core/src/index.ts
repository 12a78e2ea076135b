/**
 * Network sessions, independent of the platform. A manager lists the network configurations of a machine. A session brings a link up, keeps
 * it up while a program uses it, and reports its state. To begin, pass the driver of a backend to {@link NetworkConfigurationManager.open}. This
 * package imports nothing of Node, so it also runs in a browser.
 *
 * @packageDocumentation
 */

export type { TransportMedium } from './configurations/bearer-names.js'
export type { Capabilities, HolderSpan } from './configurations/capabilities.js'
export type {
  CheckedLink,
  CheckResult,
  Health,
  HealthCheck,
  HealthOptions,
} from './configurations/health-options.js'
export {
  type ConfigurationFacts,
  type ConfigurationState,
  type ConfigurationType,
  NetworkConfiguration,
} from './configurations/network-configuration.js'
export type { Overview, Reachability } from './configurations/overview.js'
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
} from './configurations/ranking.js'
export type { SecretsProvider, SecretsRequest } from './configurations/secrets.js'
export { allUplinks, type Members, type ServiceNetworkDefinition } from './configurations/service-network.js'
export type { UsagePolicy } from './configurations/usage-policy.js'
export type { Chooser } from './configurations/user-choice.js'
export {
  asyncDispose,
  BackendError,
  type BackendErrorCode,
  type BackendErrorData,
  type Bearer,
  type Cellular,
  type Clock,
  type Connectivity,
  type Driver,
  type Holder,
  type LinkInterface,
  type Metered,
  type PassedOver,
  type Permission,
  type PickedBackend,
  type Proxy,
  type Purpose,
  type Reason,
  type Traffic,
  type Wifi,
} from './contract/index.js'
export type { Diagnosis, Finding, FindingCode, Severity } from './diagnosis/diagnosis.js'
export { adviceInWords } from './diagnosis/diagnosis-words.js'
export type {
  CapabilityDiagnosis,
  MachineAction,
  MachineDiagnosis,
  MachineFindingCode,
  MachinePermission,
} from './diagnosis/machine-diagnosis.js'
export type { HealthCost } from './engine/sessions/health-runner.js'
export type { SessionEvents } from './engine/sessions/session-record.js'
export type { WhenConnectedOptions } from './engine/sessions/session-waits.js'
export type { SessionErrorReason } from './links/failure.js'
export type { LastClose } from './links/last-close.js'
export type { ManagerEvents } from './manager-events.js'
export type { ManagerLike } from './manager-like.js'
export type { ManagerOptions } from './manager-options.js'
export { type ManagerSnapshot, NetworkConfigurationManager } from './network-configuration-manager.js'
export { NetworkSession } from './network-session.js'
export type { ListenOptions } from './primitives/emitter.js'
export {
  observable,
  type SnapshotObservable,
  type SnapshotObserver,
  type SnapshotSubscription,
} from './primitives/snapshots/observable.js'
export { systemClock } from './primitives/time/system-clock.js'
export type {
  OfferData,
  RoamingOffer,
  RoamingStart,
  RoamingTrial,
  TrialData,
} from './roaming/roaming-offer.js'
export type { SessionLike } from './session-like.js'
export { sessionOfTrial, sessionOn } from './session-links.js'
export type { CallOptions, OpenOptions, SessionOptions, SessionProperties } from './session-options.js'
export type { SessionSnapshot } from './session-snapshot.js'
export {
  NetworkSessionError,
  type NetworkSessionErrorData,
  reasonInWords,
  type SessionErrorCode,
} from './sessions/session-error.js'
export type { SessionState } from './sessions/session-state.js'
export { whenConnected } from './when-connected.js'
export type { InterfaceChange } from './world/interface-change.js'

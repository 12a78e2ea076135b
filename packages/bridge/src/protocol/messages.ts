import type {
  BackendErrorData,
  ConfigurationFacts,
  InterfaceChange,
  LinkInterface,
  ManagerSnapshot,
  NetworkSessionErrorData,
  OfferData,
  PickedBackend,
  RoamingStart,
  SessionErrorReason,
  SessionSnapshot,
  Traffic,
  TrialData,
} from '@roamkit/core'

/** The version of these messages. Host and guest must have the same. */
export const VERSION = 1

/** A configuration by its identifier if the guest knows this very snapshot, otherwise with its facts. */
export type ConfigurationReference = string | ConfigurationMessage

/** A configuration as it is sent. */
export interface ConfigurationMessage extends Omit<ConfigurationFacts, 'children'> {
  readonly children: readonly ConfigurationReference[]
}

/** The same facts, with references in the place of configurations. */
type Referring<Facts, Names extends keyof Facts> = Omit<Facts, Names> &
  Readonly<Record<Names, ConfigurationReference>>

export type OfferMessage = Referring<OfferData, 'configuration'>
export type TrialMessage = Referring<TrialData, 'configuration' | 'from'>
type StartMessage = Referring<RoamingStart, 'from' | 'to'>

/** What manager facts besides the configurations a message can have. */
export type OverviewMessage = Omit<ManagerSnapshot, 'configurations' | 'defaultConfiguration'> & {
  readonly defaultConfiguration: ConfigurationReference | null
}

/** What is new about a manager. */
export interface ManagerMessage {
  /** Access points come before the service networks that refer to them. */
  readonly configurations: readonly ConfigurationMessage[]
  /** All identifiers in order, if one came or went. */
  readonly order: readonly string[] | null
  readonly overview: Partial<OverviewMessage>
  readonly backend: PickedBackend | null
  readonly events: readonly ManagerEventMessage[]
}

/** An event of a manager that does not follow from its facts. */
export type ManagerEventMessage =
  | readonly [name: 'updateCompleted']
  | readonly [name: 'resumed', msAsleep: number]

/** The facts of a session, as they are in its snapshot. */
export type SnapshotMessage = Omit<SessionSnapshot, 'configuration' | 'offer' | 'trial'> & {
  readonly configuration: ConfigurationReference
  readonly offer: OfferMessage | null
  readonly trial: TrialMessage | null
}

/** What is new about a session. */
export interface SessionMessage {
  readonly session: number
  readonly snapshot: Partial<SnapshotMessage>
  readonly traffic: Traffic
  readonly events: readonly SessionEventMessage[]
}

/**
 * An event of a session. Events that tell of a fact have only a name: the guest takes the fact from the snapshot, so that its getters never
 * differ from what it tells.
 */
export type SessionEventMessage =
  | readonly [
      name:
        | 'opened'
        | 'closed'
        | 'stateChanged'
        | 'healthChanged'
        | 'usagePoliciesChanged'
        | 'activeConfigurationChanged'
        | 'offerWithdrawn',
    ]
  | readonly [name: 'error', error: NetworkSessionErrorData]
  | readonly [name: 'roamingStarted', start: StartMessage]
  | readonly [name: 'newConfigurationActivated', trial: TrialMessage]
  | readonly [name: 'reopening', attempt: number, delay: number, reason: SessionErrorReason | null]
  | readonly [name: 'interfaceChanged', before: LinkInterface, change: InterfaceChange]
  | readonly [name: 'resumed', msAsleep: number]

/** An error as it is sent. */
export type ErrorMessage =
  | NetworkSessionErrorData
  | BackendErrorData
  | { readonly name: 'Error'; readonly message: string }

/** How a call ended. `denied`: the host has not carried it out. */
export type ResultMessage =
  | { readonly call: number; readonly value: boolean | Traffic | null }
  | { readonly call: number; readonly error: ErrorMessage; readonly denied: boolean }

/** Everything that is new for a guest. The guest acknowledges each one, and until then gets no other. */
export interface UpdateMessage {
  readonly roamkit: 'update'
  /** Random, so that only a guest that has read it can acknowledge it. */
  readonly sequence: number
  readonly manager: ManagerMessage | null
  readonly sessions: readonly SessionMessage[]
  /** Sessions that the host did not create, because the guest has too many. */
  readonly refused: readonly number[]
  readonly results: readonly ResultMessage[]
}

/** The first message of a host. The first update follows. */
export interface WelcomeMessage {
  readonly roamkit: 'welcome'
  readonly version: number
  /** The time of the manager's clock. */
  readonly now: number
  /** How many calls may be pending. */
  readonly maxCalls: number
  /** The names of shared sessions. The first one has the number -1, the next one -2, and so on. */
  readonly shared: readonly string[]
  /** The configuration `userChoice`, if the manager has a chooser. It is never listed. */
  readonly userChoice: ConfigurationMessage | null
}

/** A question to a guest. */
export type QuestionMessage =
  | {
      readonly roamkit: 'question'
      readonly question: number
      readonly kind: 'secrets'
      readonly session: number
      readonly configuration: ConfigurationReference
      readonly fields: readonly string[]
      readonly attempt: number
    }
  | {
      readonly roamkit: 'question'
      readonly question: number
      readonly kind: 'choose'
      readonly candidates: readonly ConfigurationReference[]
    }

/** Everything that a host sends. */
export type HostMessage =
  | WelcomeMessage
  | UpdateMessage
  | QuestionMessage
  | { readonly roamkit: 'questionOver'; readonly question: number }
  | { readonly roamkit: 'refused'; readonly version: number }
  | { readonly roamkit: 'bye' }

/** The calls of a session and their arguments. */
export interface SessionCalls {
  readonly open: OpenArguments
  readonly close: null
  readonly stop: null
  readonly migrate: number | null
  readonly ignore: number | null
  readonly accept: number | null
  readonly reject: number | null
  readonly requireDecision: number
  readonly report: 'alive' | 'failed'
  readonly holdOff: number
  readonly traffic: null
}

/** The arguments of `open()`. */
export interface OpenArguments {
  readonly keepOpen: boolean | 'always'
  readonly lastClose: 'down' | 'leave' | 'restore' | null
  readonly connectInBackground: boolean | null
}

/** The calls of a manager, and the configuration that each is about. */
export interface ManagerCalls {
  readonly updateConfigurations: null
  readonly recheckConnectivity: string
  readonly saveNetwork: string
  readonly forgetNetwork: string
}

type CallOf<Calls, Session> = {
  readonly [Action in keyof Calls]: {
    readonly roamkit: 'call'
    readonly call: number
    readonly action: Action
    readonly session: Session
    readonly argument: Calls[Action]
  }
}[keyof Calls]

export type SessionCallMessage = CallOf<SessionCalls, number>
export type ManagerCallMessage = CallOf<ManagerCalls, null>

/** What a guest answers to a question; `failed`: its provider has thrown. */
export type AnswerMessage = {
  readonly roamkit: 'answer'
  readonly question: number
  readonly answer: string | Readonly<Record<string, string>> | null
  readonly failed: boolean
}

/** Everything that a guest sends. */
export type GuestMessage =
  | {
      readonly roamkit: 'hello'
      readonly version: number
      readonly hasChooser: boolean
      /** Names the lock that the guest holds while it lives; `null` if it has none. */
      readonly presence: string | null
    }
  | { readonly roamkit: 'received'; readonly sequence: number }
  | {
      readonly roamkit: 'create'
      readonly session: number
      readonly configuration: string
      readonly hasSecrets: boolean
    }
  | { readonly roamkit: 'release'; readonly session: number }
  | { readonly roamkit: 'consult'; readonly session: number; readonly isOn: boolean }
  | SessionCallMessage
  | ManagerCallMessage
  | { readonly roamkit: 'abort'; readonly call: number }
  | AnswerMessage
  | { readonly roamkit: 'bye' }

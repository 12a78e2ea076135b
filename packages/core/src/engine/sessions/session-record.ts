import type { Health, HealthPlan } from '../../configurations/health-options.js'
import type { NetworkConfiguration } from '../../configurations/network-configuration.js'
import { Recoveries } from '../../configurations/recovery.js'
import type { SecretsProvider } from '../../configurations/secrets.js'
import { NO_POLICY, type UsagePolicy } from '../../configurations/usage-policy.js'
import type { Choosing } from '../../configurations/user-choice.js'
import type { LinkInterface } from '../../contract/index.js'
import type { SessionErrorReason } from '../../links/failure.js'
import type { LastClose } from '../../links/last-close.js'
import type { SessionId } from '../../links/session-id.js'
import { Emitter } from '../../primitives/emitter.js'
import { SnapshotSubscribers } from '../../primitives/snapshots/subscribers.js'
import type {
  OfferData,
  RoamingOffer,
  RoamingStart,
  RoamingTrial,
  TrialData,
} from '../../roaming/roaming-offer.js'
import {
  activeChild,
  closedRoaming,
  isRoamingAtRest,
  type RoamingState,
} from '../../roaming/roaming-state.js'
import type { CallId } from '../../sessions/lifecycle.js'
import type { NetworkSessionError } from '../../sessions/session-error.js'
import { closedSession, isAtRest, type SessionMachine } from '../../sessions/session-machine.js'
import type { SessionState } from '../../sessions/session-state.js'
import type { InterfaceChange } from '../../world/interface-change.js'

/** The events of a session, by Qt's names, and what a listener of each is called with. */
export type SessionEvents = {
  /** The session is ready for sockets while also `connected`. */
  opened: readonly []
  /** It is not any more: exactly once for each `opened`. */
  closed: readonly []
  stateChanged: readonly [state: SessionState]
  error: readonly [error: NetworkSessionError]
  /** It offers to roam, or roams, and why. Before the offer's own event. */
  roamingStarted: readonly [roaming: RoamingStart]
  /** A better access point is there: answer with `migrate()` or `ignore()`. */
  preferredConfigurationChanged: readonly [
    configuration: NetworkConfiguration,
    isSeamless: boolean,
    offer: RoamingOffer,
  ]
  /** That offer stands no longer. */
  offerWithdrawn: readonly [configuration: NetworkConfiguration]
  /** The new access point is up: answer with `accept()` or `reject()`. */
  newConfigurationActivated: readonly [trial: RoamingTrial]
  /** It ended against its will and is kept open: it is opened again after `delay` milliseconds (`keepOpen`). */
  reopening: readonly [attempt: number, delay: number, reason: SessionErrorReason | null]
  /**
   * The interface in use has other addresses, gateways or DNS servers than before, on the same link or another one (rule T7). What is bound
   * to an address in `change.addressesGone` has lost it.
   */
  interfaceChanged: readonly [now: LinkInterface, before: LinkInterface, change: InterfaceChange]
  /** The link in use works, or does not, as far as the evidence of the application says (rule L1). */
  healthChanged: readonly [health: Health, configuration: NetworkConfiguration]
  /** What is asked of those who use the link is something else. */
  usagePoliciesChanged: readonly [usagePolicies: readonly UsagePolicy[]]
  /** `activeConfiguration` is another one. */
  activeConfigurationChanged: readonly [identifier: string]
  /** The machine was asleep, for that many milliseconds. What waited for an answer meanwhile may wait in vain (rule L4). */
  resumed: readonly [msAsleep: number]
}

/** Their names, so that a misspelt one is noticed. */
export const SESSION_EVENTS: Readonly<Record<keyof SessionEvents, true>> = {
  opened: true,
  closed: true,
  stateChanged: true,
  error: true,
  roamingStarted: true,
  preferredConfigurationChanged: true,
  offerWithdrawn: true,
  newConfigurationActivated: true,
  reopening: true,
  interfaceChanged: true,
  healthChanged: true,
  usagePoliciesChanged: true,
  activeConfigurationChanged: true,
  resumed: true,
}

/** A promise handed out by `open()`, `close()` or `stop()`. */
export interface PendingCall {
  readonly doing: 'open' | 'close' | 'stop'
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
  readonly signal: AbortSignal | undefined
  /** Removes the listener from the caller's signal. */
  readonly release: () => void
}

/** A session on an access point. */
export interface AccessPointUse {
  readonly kind: 'accessPoint'
  machine: SessionMachine
}

/** A session on a service network. */
export interface ServiceNetworkUse {
  readonly kind: 'serviceNetwork'
  machine: RoamingState
  /** The last ones: as the snapshot has them, and as listeners get them; `isEmitted`: they have heard of it. */
  offer: { readonly data: OfferData; readonly handle: RoamingOffer; isEmitted: boolean } | null
  trial: { readonly data: TrialData; readonly handle: RoamingTrial } | null
  emittedActive: string
}

export type SessionUse = AccessPointUse | ServiceNetworkUse

/** What a session has from the beginning. */
export interface SessionRecordStart {
  readonly error: NetworkSessionError | null
  readonly health: HealthPlan | null
  readonly secrets: SecretsProvider | null
}

/** What the engine keeps for one session. */
export class SessionRecord {
  readonly by: SessionId
  readonly identifier: string
  readonly emitter: Emitter<SessionEvents>
  /** They hear of every step that changed something about the session. */
  readonly subscribers = new SnapshotSubscribers()
  readonly calls = new Map<CallId, PendingCall>()
  /** Those who wait in `waitForOpened`. */
  readonly waiters = new Set<(isOpen: boolean) => void>()
  readonly properties = new Map<string, unknown>()
  /** What the session is on: the identifier, or what the user's choice was resolved to (rule M6). */
  target: string
  /** The question that is being asked, on the user's choice. */
  choosing: Choosing | null = null
  /** The links that it is notified about. */
  links: ReadonlySet<string> = new Set()
  /** Answers to offers and trials that are not settled yet (rule R22). */
  readonly answers = new Map<CallId, (tookEffect: boolean) => void>()
  /** The state that was emitted last; `null` while there is no listener. */
  emittedState: SessionState | null = null
  error: NetworkSessionError | null
  /** When the session became connected, in the clock's milliseconds. */
  connectedSince: number | null = null
  /** When AutoCloseSessionTimeout is over, in the clock's milliseconds. */
  autoCloseAt: number | null = null
  /** What becomes of the link when this session is its last to close. */
  lastClose: LastClose = 'restore'
  emittedPolicies: readonly UsagePolicy[] = NO_POLICY
  /** What it is on, with the machine for that: `settle` changes it. */
  use: SessionUse
  /** Those of a service network that it was on before (rule R19). */
  #strikes: RoamingState['strikes'] = new Map()

  emittedHealth: Health = 'unknown'
  /** The link that it was about. */
  healthOf: string
  /** The interface that was in use last, and whose it is; `null` while the session is not open. */
  interfaceInUse: { readonly link: string; readonly facts: LinkInterface } | null = null
  /** How its own health is found out; `null`: with that of the other sessions on its service network, or not at all (rule L1). */
  readonly health: HealthPlan | null
  /** The children that its own evidence found bad while it used them; `null`: it has none of its own (rules L1, L3). */
  readonly ownRecoveries: Recoveries | null

  /** Gives the secrets that the system asks for while it brings a link up for this session (rule N3). */
  readonly secrets: SecretsProvider | null

  /** @param interest called when a listener came or went */
  constructor(
    by: SessionId,
    identifier: string,
    { error, health, secrets }: SessionRecordStart,
    interest: (record: SessionRecord) => void,
  ) {
    this.by = by
    this.identifier = identifier
    this.error = error
    this.health = health
    this.secrets = secrets
    this.ownRecoveries = health === null ? null : new Recoveries()
    this.target = identifier
    this.healthOf = identifier
    this.use = { kind: 'accessPoint', machine: closedSession(by) }
    this.emitter = new Emitter(() => interest(this))
  }

  /** What it is on, if that is a service network. */
  get network(): ServiceNetworkUse | null {
    return this.use.kind === 'serviceNetwork' ? this.use : null
  }

  /** Says what it is on; only while it can be settled. If it waits to be opened again, it goes on waiting. */
  settle(kind: SessionUse['kind']): void {
    if (this.use.kind === kind) return
    const { by, network } = this
    if (network !== null) this.#strikes = network.machine.strikes
    const { opens, keepOpen, wasOpen, reopenings, deadlines } = this.use.machine
    const reopen = deadlines.get('reopen')
    const times = new Map(reopen === undefined ? [] : [['reopen', reopen] as const])
    const waiting = { opens, keepOpen, wasOpen, reopenings, deadlines: times }
    this.use =
      kind === 'accessPoint'
        ? { kind, machine: { ...closedSession(by), ...waiting } }
        : {
            kind,
            machine: { ...closedRoaming(by), ...waiting, strikes: this.#strikes },
            offer: null,
            trial: null,
            emittedActive: '',
          }
  }

  /** The access point that its traffic goes through; `null` while it is not open. */
  get active(): string | null {
    const { network } = this
    if (network !== null) return activeChild(network.machine)
    return this.phase === 'open' ? this.target : null
  }

  /** Whether it is open, and its link was up when that was emitted last. */
  get isConnected(): boolean {
    return this.phase === 'open' && this.emittedState === 'connected'
  }

  /** Whether it is opening, open or neither. */
  get phase(): 'closed' | 'opening' | 'open' {
    return this.choosing === null ? this.use.machine.phase : 'opening'
  }

  /** Whether its machine has nothing under way; the user may be asked all the same. */
  get isIdle(): boolean {
    const { use } = this
    return use.kind === 'accessPoint' ? isAtRest(use.machine) : isRoamingAtRest(use.machine)
  }

  /** Whether it can become one on something else: it is idle, or only waits to be opened again (rule L6). */
  get canSettle(): boolean {
    const { use } = this
    if (use.machine.phase !== 'closed') return false
    const reopenings = 0
    return use.kind === 'accessPoint'
      ? isAtRest({ ...use.machine, reopenings })
      : isRoamingAtRest({ ...use.machine, reopenings })
  }

  /** Whether its machine needs no inputs while the session has no listener. */
  get isAtRest(): boolean {
    return this.choosing === null && this.isIdle
  }

  /** Whether to keep it informed: it has a listener, or something is under way. */
  get isWanted(): boolean {
    return this.emitter.count() > 0 || this.subscribers.count > 0 || this.calls.size > 0 || !this.isAtRest
  }
}

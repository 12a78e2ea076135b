import type { NetworkConfiguration } from '../configurations/network-configuration.js'
import { NO_POLICY, type UsagePolicy } from '../configurations/usage-policy.js'
import type { Choosing } from '../configurations/user-choice.js'
import type { LastClose } from '../links/last-close.js'
import type { SessionId } from '../links/session-id.js'
import { Emitter } from '../primitives/emitter.js'
import { SnapshotSubscribers } from '../primitives/snapshot-subscribers.js'
import type {
  OfferData,
  RoamingOffer,
  RoamingStart,
  RoamingTrial,
  TrialData,
} from '../roaming/roaming-offer.js'
import { closedRoaming, isRoamingAtRest, type RoamingState } from '../roaming/roaming-state.js'
import type { CallId } from '../sessions/lifecycle.js'
import type { NetworkSessionError } from '../sessions/session-error.js'
import { closedSession, isAtRest, type SessionMachine } from '../sessions/session-machine.js'
import type { SessionState } from '../sessions/session-state.js'

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
  reopening: readonly [attempt: number, delay: number]
  /** What is asked of those who use the link is something else. */
  usagePoliciesChanged: readonly [usagePolicies: readonly UsagePolicy[]]
  /** `activeConfiguration` is another one. */
  activeConfigurationChanged: readonly [identifier: string]
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
  usagePoliciesChanged: true,
  activeConfigurationChanged: true,
}

/** A promise handed out by `open()`, `close()` or `stop()`. */
export interface PendingCall {
  readonly doing: 'open' | 'close' | 'stop'
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
  readonly signal: AbortSignal | undefined
  /** Lets go of the caller's signal. */
  readonly release: () => void
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
  /** On an access point. */
  machine: SessionMachine
  /** On a service network. */
  roaming: RoamingState
  /** What the session is on: the identifier, or what the user's choice was resolved to (rule M6). */
  target: string
  /** The question that is being asked, on the user's choice. */
  choosing: Choosing | null = null
  /** Which of the two; settled anew whenever nothing is under way. */
  isOnNetwork = false
  /** The links that it is told of. */
  links: ReadonlySet<string> = new Set()
  /** Answers to offers and trials that are not settled yet (rule R22). */
  readonly answers = new Map<CallId, (tookEffect: boolean) => void>()
  offer: RoamingOffer | null = null
  trial: RoamingTrial | null = null
  /** What is known of them, as the snapshot has it. */
  offerData: OfferData | null = null
  trialData: TrialData | null = null
  /** Whether listeners have heard of the last offer. */
  isOfferEmitted = false
  emittedActive = ''
  /** The state that was emitted last; `null` while nobody listens. */
  emittedState: SessionState | null = null
  error: NetworkSessionError | null
  /** When the session became connected, in the clock's milliseconds. */
  connectedSince: number | null = null
  /** When AutoCloseSessionTimeout is over, in the clock's milliseconds. */
  autoCloseAt: number | null = null
  /** What becomes of the link when this session is its last to close. */
  lastClose: LastClose = 'restore'
  emittedPolicies: readonly UsagePolicy[] = NO_POLICY

  /** @param interest called when a listener came or went */
  constructor(
    by: SessionId,
    identifier: string,
    error: NetworkSessionError | null,
    interest: (record: SessionRecord) => void,
  ) {
    this.by = by
    this.identifier = identifier
    this.error = error
    this.target = identifier
    this.machine = closedSession(by)
    this.roaming = closedRoaming(by)
    this.emitter = new Emitter(() => interest(this))
  }

  /** Whether it is opening, open or neither. */
  get phase(): 'closed' | 'opening' | 'open' {
    if (this.choosing !== null) return 'opening'
    return this.isOnNetwork ? this.roaming.phase : this.machine.phase
  }

  /** Whether neither of its machines has anything under way; the user may be asked all the same. */
  get isIdle(): boolean {
    return isAtRest(this.machine) && isRoamingAtRest(this.roaming)
  }

  /** Whether its machine has to be told what happens even if nobody listens. */
  get isAtRest(): boolean {
    return this.choosing === null && this.isIdle
  }

  /** Whether it is to be kept informed: somebody listens, or something is under way. */
  get isWanted(): boolean {
    return (
      this.emitter.count() > 0 ||
      this.subscribers.count > 0 ||
      this.calls.size > 0 ||
      this.waiters.size > 0 ||
      this.answers.size > 0 ||
      this.autoCloseAt !== null ||
      !this.isAtRest
    )
  }
}

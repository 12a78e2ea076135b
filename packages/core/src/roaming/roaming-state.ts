import type { Health } from '../configurations/health-options.js'
import type { ConfigurationState } from '../configurations/network-configuration.js'
import type { Preference } from '../configurations/ranking.js'
import type { Failure } from '../links/failure.js'
import type { SessionId } from '../links/session-id.js'
import { type Deadlines, NO_DEADLINES } from '../primitives/time/deadlines.js'
import type { CallId, Lifecycle } from '../sessions/lifecycle.js'
import type { LinkView } from '../sessions/link-view.js'
import type { SessionState } from '../sessions/session-state.js'

/** What a session on a service network sees of one child. */
export interface ChildView {
  readonly id: string
  /** The link's state, as a session on that child alone would have it. */
  readonly state: SessionState
  readonly carrying: boolean
  readonly present: boolean
  /** What the evidence of the application says (rule L1). */
  readonly health: Health
  /** It is in range, as far as is known, and not only hidden perhaps (rule L8). */
  readonly isSeen: boolean
  /** Why it is down; `null` if it is not, or if that is unknown. */
  readonly downBecause: LinkView['downBecause']
  /** A `stop()` of any session is taking it down, or has done so (rule S10). */
  readonly stopping: boolean
  /** The activation is one that our sessions brought up (rule H1). */
  readonly isOurs: boolean
  /** Whether it can be brought up: `displacing` takes the device from a link that is not only ours, which roaming must not (rule H5). */
  readonly eligible: 'yes' | 'displacing' | 'no'
  readonly device: string | null
  readonly network: string | null
  /** It rides on another link (rule T2). */
  readonly isTunnel: boolean
  /** The child or link that it rides on; `null` if it is no tunnel, or if that is unknown. */
  readonly over: string | null
  /** Which activations its device carries, as one text. */
  readonly rivals: string
}

/** What the state of a session is made of. */
export interface ShownNetwork {
  /** The service network is defined. */
  readonly present: boolean
  /** The summary of its children (rule C5). */
  readonly summary: ConfigurationState
  /** At least those of `shownChildren()` that are there. */
  readonly children: readonly ChildView[]
}

/** What a session on a service network sees of the world, after each step. */
export interface NetworkView extends ShownNetwork {
  /** All of them, best first. */
  readonly children: readonly ChildView[]
  /** The service answers (rule S14). */
  readonly ready: boolean
  /** It was not back in time: no link counts as up (rule S14). */
  readonly lapsed: boolean
  /** The machine sleeps, or has just woken up: nothing is decided, and no time runs (rule L4). */
  readonly isResting: boolean
  /** Children that the policy prefers to the one in use, best first, with the reason. */
  readonly better: readonly Preference[]
  /** How long an `open()` waits for a service that is away, in milliseconds. */
  readonly openTimeout: number
  /** `preferredConfigurationChanged` has a listener, and the backend allows asking (rule R23). */
  readonly consulted: boolean
  /** The backend allows roaming without asking (rule R23). */
  readonly forced: boolean
}

/** What is under way besides using `current`. */
export type Roam =
  /** A better child, or after a loss any other, is offered to the application (rules R3, R11). */
  | {
      readonly kind: 'offer'
      readonly candidate: string
      readonly isSeamless: boolean
      readonly loss: boolean
    }
  /** The candidate is being brought up (rules R4, R5). `calls`: those of `migrate()`, which wait for that (rule R22). */
  | {
      readonly kind: 'migrating'
      readonly candidate: string
      readonly forced: boolean
      readonly loss: boolean
      /** Whether the candidate carried since then: if it carries no longer, it is lost, and not on its way up. */
      readonly wasUp: boolean
      /** Whether the current child's link was ours when the candidate took its device (rule R12). */
      readonly currentWasOurs: boolean
      readonly calls: readonly CallId[]
    }
  /** The candidate is up, and the application tries it (rule R6). */
  | {
      readonly kind: 'trial'
      readonly candidate: string
      readonly loss: boolean
      readonly currentWasOurs: boolean
      /** What becomes of it at its deadline: rejected, if a check or a policy was asked and has not answered (rules R13, L7). */
      readonly undecided: 'accepted' | 'rejected'
    }
  /** The old child, which had to go, is being brought up again (rules R8, R12). `calls`: those that wait for that (rule R22). */
  | { readonly kind: 'returning'; readonly rejected: boolean; readonly calls: readonly CallId[] }
  /** The child is lost, and what comes of that waits for the service to be back, with the rest of an offer's time (rule S14). */
  | { readonly kind: 'paused'; readonly hadCandidate: boolean }
  /** The child is lost and there is nothing to roam to, for the moment (rule R11). */
  | { readonly kind: 'lost'; readonly hadCandidate: boolean; readonly ignored: boolean }

export type Migration = Extract<Roam, { readonly kind: 'migrating' }>

/** On the way to a candidate, which is held besides the current child. */
export type Move = Migration | Extract<Roam, { readonly kind: 'trial' }>

/** Why a child is no candidate for a while (rules R19, S10, H5). */
export interface Exclusion {
  readonly reason: 'failed' | 'rejected' | 'stopped' | 'busy'
  /** When the time of `retryAfter` is over; `null` if it is, or if none was set. */
  readonly servedAt: number | null
  /** It is over; a rejected one also has to stop being preferred. */
  readonly isServed: boolean
  /** What its device carried then. */
  readonly rivals: string
}

/** The times of a session on a service network; `wait` bounds an `open()` while the service is away. */
export type RoamingTimer = 'wait' | 'grace' | 'offer' | 'trial' | 'dwell' | 'holdOff' | 'reopen'

/** What a session on a service network has in every phase. */
interface Common extends Lifecycle<RoamingTimer> {
  readonly by: SessionId
  /** The times of its phase: none of them outlives that. */
  readonly deadlines: Deadlines<RoamingTimer>
  /** How often each child failed or was rejected since it was last roamed to, which doubles its time (rule R19). */
  readonly strikes: ReadonlyMap<string, number>
  /** Children whose wind-down `close()` and `stop()` wait for. */
  readonly leaving: ReadonlySet<string>
  readonly wasAway: boolean
  /** How many children could be brought up when it began to wait, or was looked at since: one that comes into range is tried at once (`keepOpen`). */
  readonly openable: number
}

/** What it has in one phase. */
export type Stage = ClosedStage | OpeningStage | OpenStage

interface ClosedStage {
  readonly phase: 'closed'
  /** The child whose end is shown before the summary (rule R2). */
  readonly ending: { readonly id: string; readonly isDown: boolean } | null
}

interface OpeningStage {
  readonly phase: 'opening'
  /** The child that is being opened; `null` while it waits for the service, or for the end of what was open. */
  readonly current: string | null
  /** Whether that child carried since it is being opened. */
  readonly wasUp: boolean
  readonly tried: readonly string[]
  readonly failures: readonly Failure[]
  /** It was stopped and has been opened again meanwhile, which begins in a step of its own, after the end was emitted (rule S19). */
  readonly isRestarting: boolean
}

interface OpenStage {
  readonly phase: 'open'
  /** The child in use; the old one during a roam. */
  readonly current: string
  readonly roam: Roam | null
  /** Children tried since a loss. */
  readonly tried: readonly string[]
  /** The children that the application does not want to be offered while they stay preferred (rule R9). */
  readonly ignored: readonly string[]
  readonly excluded: ReadonlyMap<string, Exclusion>
  /** The preferred child whose dwell time runs, or is over. */
  readonly dwelling: string | null
  /** A `stop()` of this session is under way (rule R18). */
  readonly isStopping: boolean
  /** The machine rested when this was looked at last (rule L4). */
  readonly wasResting: boolean
  /** The child was found lost when the service was back: there is no lossGrace for that (rule S14). */
  readonly isGraceSpent: boolean
  readonly wasConsulted: boolean
}

export type ClosedRoaming = Common & ClosedStage
export type OpeningRoaming = Common & OpeningStage
export type OpenRoaming = Common & OpenStage

/** A session on a service network. Pure data: the roaming machine is its only author. */
export type RoamingState = ClosedRoaming | OpeningRoaming | OpenRoaming

/** A session on a service network that was never opened. */
export function closedRoaming(by: SessionId): ClosedRoaming {
  return {
    by,
    phase: 'closed',
    opens: [],
    again: [],
    closes: [],
    stops: [],
    deadlines: NO_DEADLINES,
    strikes: new Map(),
    leaving: new Set(),
    ending: null,
    keepOpen: false,
    wasOpen: false,
    reopenings: 0,
    wasAway: false,
    openable: 0,
  }
}

/** Whether the machine needs no inputs while the session has no listener. */
export function isRoamingAtRest(session: RoamingState): boolean {
  const { phase, closes, stops, leaving, reopenings } = session
  if (phase !== 'closed' || session.ending !== null || leaving.size > 0 || reopenings > 0) return false
  return closes.length === 0 && stops.length === 0
}

/** What is under way besides using the current child; `null` while not open. */
export function roamOf(session: RoamingState): Roam | null {
  return session.phase === 'open' ? session.roam : null
}

/** The way to a candidate that it is on. */
export function moveOf(session: RoamingState): Move | null {
  const roam = roamOf(session)
  return roam?.kind === 'migrating' || roam?.kind === 'trial' ? roam : null
}

/** The children that are no candidates for a while; none while not open. */
export function exclusionsOf(session: RoamingState): ReadonlyMap<string, Exclusion> {
  return session.phase === 'open' ? session.excluded : NO_EXCLUSIONS
}

const NO_EXCLUSIONS: ReadonlyMap<string, Exclusion> = new Map()

/** The child in use, or being opened; the old one during a roam. */
export function currentChild(session: RoamingState): string | null {
  return session.phase === 'closed' ? null : session.current
}

/** The children that it holds, or wants to: the candidate first. */
export function heldChildren(session: RoamingState): readonly string[] {
  return [moveOf(session)?.candidate, currentChild(session)].filter((child) => typeof child === 'string')
}

/** The child that the application's traffic goes through: in a trial the new one (rule R6). `null` while not open. */
export function activeChild(session: OpenRoaming): string
export function activeChild(session: RoamingState): string | null
export function activeChild(session: RoamingState): string | null {
  if (session.phase !== 'open') return null
  return session.roam?.kind === 'trial' ? session.roam.candidate : session.current
}

/** The children that the state of a session depends on. */
export function shownChildren(session: RoamingState): readonly string[] {
  const ending = session.phase === 'closed' ? (session.ending?.id ?? null) : null
  return [currentChild(session), activeChild(session), ending].filter((child) => child !== null)
}

/** The state of a session on a service network (rule R2). */
export function roamingSessionState(session: RoamingState, view: ShownNetwork): SessionState {
  if (!view.present) return 'invalid'
  const child = (shown: string | null) => view.children.find(({ id }) => id === shown)
  switch (session.phase) {
    case 'closed':
      return endState(session, view) ?? summaryState(view)
    case 'opening':
      return child(session.current)?.carrying ? 'connected' : 'connecting'
    case 'open':
      return openState(session, child(session.isStopping ? activeChild(session) : session.current))
  }
}

/** While what was open winds down: as its link; then `disconnected`, which is emitted before the summary. */
function endState({ ending }: ClosedRoaming, { children }: ShownNetwork): SessionState | null {
  if (ending === null) return null
  if (ending.isDown) return 'disconnected'
  const child = children.find(({ id }) => id === ending.id)
  if (child?.state === 'closing') return 'closing'
  return child?.carrying ? 'connected' : null
}

function openState({ roam, isStopping }: OpenRoaming, child: ChildView | undefined): SessionState {
  if (isStopping) {
    if (child?.state === 'closing') return 'closing'
    if (child?.state !== 'connected') return 'disconnected'
    return roam === null ? 'connected' : 'roaming'
  }
  if (roam?.kind === 'lost') return 'disconnected'
  if (roam !== null && (roam.kind !== 'offer' || roam.loss)) return 'roaming'
  return child?.state ?? 'disconnected'
}

function summaryState({ summary }: ShownNetwork): SessionState {
  switch (summary) {
    case 'active':
      return 'connected'
    case 'discovered':
      return 'disconnected'
    case 'defined':
    case 'undefined':
      return 'notAvailable'
  }
}

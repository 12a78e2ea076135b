import type { Health } from '../configurations/health-options.js'
import type { ConfigurationState } from '../configurations/network-configuration.js'
import type { Preference } from '../configurations/ranking.js'
import type { Failure } from '../links/failure.js'
import type { SessionId } from '../links/session-id.js'
import type { Deadlines } from '../primitives/deadlines.js'
import type { CallId, Lifecycle } from '../sessions/lifecycle.js'
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
  /** Going down, or gone, by somebody's `stop()` (rule S10). */
  readonly stopping: boolean
  /** The activation is one that our sessions brought up (rule H1). */
  readonly isOurs: boolean
  /** Whether it can be brought up: `displacing` takes the device from a link that is not only ours, which roaming must not (rule H5). */
  readonly eligible: 'yes' | 'displacing' | 'no'
  readonly device: string | null
  readonly network: string | null
  /** Which activations its device carries, as one text. */
  readonly rivals: string
}

/** What a session on a service network sees of the world, after each step. */
export interface NetworkView {
  /** The service network is defined. */
  readonly present: boolean
  /** The summary of its children (rule C5). */
  readonly summary: ConfigurationState
  /** The service answers (rule S14). */
  readonly ready: boolean
  /** It was not back in time: no link counts as up (rule S14). */
  readonly lapsed: boolean
  /** The machine sleeps, or has just woken up: nothing is decided, and no time runs (rule L4). */
  readonly isResting: boolean
  /** Best first. */
  readonly children: readonly ChildView[]
  /** Children that the policy prefers to the one in use, best first, with the reason. */
  readonly better: readonly Preference[]
  /** How long an `open()` waits for a service that is away, in milliseconds. */
  readonly openTimeout: number
  /** Somebody listens to `preferredConfigurationChanged`, and asking can be done (rule R23). */
  readonly consulted: boolean
  /** Roaming without asking can be done (rule R23). */
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
  /** The candidate is being brought up (rules R4, R5). */
  | {
      readonly kind: 'migrating'
      readonly candidate: string
      readonly forced: boolean
      readonly loss: boolean
    }
  /** The candidate is up, and the application tries it (rule R6). */
  | { readonly kind: 'trial'; readonly candidate: string; readonly loss: boolean }
  /** The old child, which had to go, is being brought up again (rules R8, R12). */
  | { readonly kind: 'returning'; readonly rejected: boolean }
  /** The child is lost, and what comes of that waits for the service to be back, with the rest of an offer's time (rule S14). */
  | { readonly kind: 'paused'; readonly hadCandidate: boolean }
  /** The child is lost and there is nothing to roam to, for the moment (rule R11). */
  | { readonly kind: 'lost'; readonly hadCandidate: boolean; readonly ignored: boolean }

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
export type RoamingTimer = 'wait' | 'grace' | 'offer' | 'trial' | 'dwell' | 'reopen'

/** A session on a service network. Pure data: the roaming machine is its only author. */
export interface RoamingState extends Lifecycle {
  readonly by: SessionId
  /** Callers of `migrate()` and `reject()` whose promise waits for the outcome (rule R22). */
  readonly roamCalls: readonly CallId[]
  /** The child in use, or being opened; the old one during a roam. */
  readonly current: string | null
  /** Whether the current child's link was the system's when a candidate took its device (rule R12). */
  readonly currentWasOurs: boolean
  readonly roam: Roam | null
  readonly deadlines: Deadlines<RoamingTimer>
  /** Children tried in this opening, or since this loss. */
  readonly tried: readonly string[]
  readonly failures: readonly Failure[]
  /** The children that the application does not want to be offered while they stay preferred (rule R9). */
  readonly ignored: readonly string[]
  readonly excluded: ReadonlyMap<string, Exclusion>
  /** How often each child failed or was rejected since it was last roamed to, which doubles its time (rule R19). */
  readonly strikes: ReadonlyMap<string, number>
  /** The preferred child whose dwell time runs, and whether it is over. */
  readonly dwelling: { readonly id: string; readonly isOver: boolean } | null
  /** A `stop()` of this session is under way (rule R18). */
  readonly isStopping: boolean
  /** It was stopped and has been opened again meanwhile, which begins in a step of its own, when the end was told (rule S19). */
  readonly isRestarting: boolean
  /** Children whose wind-down `close()` and `stop()` wait for. */
  readonly leaving: ReadonlySet<string>
  /** The child whose end is shown before the summary (rule R2). */
  readonly ending: { readonly id: string; readonly isDown: boolean } | null
  readonly wasAway: boolean
  /** The machine rested when this was looked at last (rule L4). */
  readonly wasResting: boolean
  /** The child was found lost when the service was back: there is no lossGrace for that (rule S14). */
  readonly isGraceSpent: boolean
  readonly wasConsulted: boolean
}

/** A session on a service network that nobody has opened. */
export function closedRoaming(by: SessionId): RoamingState {
  return {
    by,
    phase: 'closed',
    opens: [],
    again: [],
    closes: [],
    stops: [],
    roamCalls: [],
    current: null,
    currentWasOurs: false,
    roam: null,
    deadlines: new Map(),
    tried: [],
    failures: [],
    ignored: [],
    excluded: new Map(),
    strikes: new Map(),
    dwelling: null,
    isStopping: false,
    isRestarting: false,
    leaving: new Set(),
    ending: null,
    keepOpen: false,
    reopenings: 0,
    wasAway: false,
    wasResting: false,
    isGraceSpent: false,
    wasConsulted: false,
  }
}

/** Whether the machine has to be told what happens even if nobody listens. */
export function isRoamingAtRest(session: RoamingState): boolean {
  const { phase, closes, stops, ending, leaving, reopenings } = session
  if (phase !== 'closed' || ending !== null || leaving.size > 0 || reopenings > 0) return false
  return closes.length === 0 && stops.length === 0
}

/** The child that the application's traffic goes through: in a trial the new one (rule R6). `null` while not open. */
export function activeChild({ phase, current, roam }: RoamingState): string | null {
  if (phase !== 'open') return null
  return roam?.kind === 'trial' ? roam.candidate : current
}

/** The state of a session on a service network (rule R2). */
export function roamingSessionState(session: RoamingState, view: NetworkView): SessionState {
  if (!view.present) return 'invalid'
  const shown = session.isStopping ? activeChild(session) : session.current
  const child = view.children.find(({ id }) => id === shown)
  switch (session.phase) {
    case 'closed':
      return endState(session, view) ?? summaryState(view)
    case 'opening':
      return child?.carrying ? 'connected' : 'connecting'
    case 'open':
      return openState(session, child)
  }
}

/** While what was open winds down: as its link; then `disconnected`, which is told before the summary. */
function endState({ ending }: RoamingState, { children }: NetworkView): SessionState | null {
  if (ending === null) return null
  if (ending.isDown) return 'disconnected'
  const child = children.find(({ id }) => id === ending.id)
  if (child?.state === 'closing') return 'closing'
  return child?.carrying ? 'connected' : null
}

function openState({ roam, isStopping }: RoamingState, child: ChildView | undefined): SessionState {
  if (isStopping) {
    if (child?.state === 'closing') return 'closing'
    if (child?.state !== 'connected') return 'disconnected'
    return roam === null ? 'connected' : 'roaming'
  }
  if (roam?.kind === 'lost') return 'disconnected'
  if (roam !== null && (roam.kind !== 'offer' || roam.loss)) return 'roaming'
  return child?.state ?? 'disconnected'
}

function summaryState({ summary }: NetworkView): SessionState {
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

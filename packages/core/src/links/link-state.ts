import { stateOf } from '../configurations/network-configuration.js'
import type { LinkConfiguration } from '../contract/index.js'
import type { Deadlines } from '../primitives/deadlines.js'
import { PersistentMap } from '../primitives/persistent-map.js'
import { carries } from '../world/link-facts.js'
import { type Failure, failure } from './failure.js'
import { Holds } from './holds.js'
import type { LastClose } from './last-close.js'
import type { SessionId } from './session-id.js'

/** The times that a link is bounded by: an activation, a wind-down, and how long another manager's word of a stop is believed. */
export type LinkTimer = 'activation' | 'teardown' | 'stopWord'

/** The effort to bring a link up that the sessions of this manager share (rules S3, S6, H7). */
export interface ActivationAttempt {
  /** `due`: to be asked for. `requested`: asked, not yet answered. `activating`: accepted or joined, not yet up. */
  readonly phase: 'due' | 'requested' | 'activating'
  /** The activation waited for; `null` until it is known. */
  readonly activation: string | null
  /** Whether the activation was asked for by us; somebody else's that fails is followed by one of ours (rule S2). */
  readonly own: boolean
  /** Whether a snapshot has shown that activation. */
  readonly seen: boolean
}

/** A link being taken down by us. */
export interface Teardown {
  /** `null` while an answer to our request for it is still awaited. */
  readonly activation: string | null
  /** Whether it is taken down for good, by `stop()` (rule S10), and by whose. */
  readonly stoppers: readonly SessionId[]
}

/** What the sessions of one manager do with one link. Pure data: the link machine is its only author. */
export interface LinkState {
  readonly id: string
  /** The last facts known; `null` where the configuration is gone. */
  readonly facts: LinkConfiguration | null
  /** Whether the service answers; while it does not, `facts` may be old (rule S14). */
  readonly ready: boolean
  /** Whether it is away for longer than its grace: nothing is known any more (rule S14). */
  readonly lapsed: boolean
  /** `wanted`: waits for the link to come up. `held`: had it. Both count as holding (rule H6). */
  readonly holds: Holds
  /**
   * Holders whose link was lost and who want one activation tried (rule S6), and whose it is to be: the system's, where the
   * link was the system's before (rule R12).
   */
  readonly retries: PersistentMap<SessionId, 'ours' | 'system'>
  /** Holders that roam here, and may not take the device from a link of the system's (rule H5). */
  readonly roaming: PersistentMap<SessionId, true>
  readonly activationAttempt: ActivationAttempt | null
  readonly teardown: Teardown | null
  /** Sessions that asked for a stop which is not commanded yet. */
  readonly stops: readonly SessionId[]
  /** The command under way; one at a time (rule H7). */
  readonly command: 'join' | 'activate' | 'deactivate' | 'stop' | null
  /** Whether the command under way is one to bring the link up that still waits for its locks (rule C6). */
  readonly waitsForLock: boolean
  /** The activation that holders brought up, as far as we were told: whose it is decides the lock (rule H1). */
  readonly owned: string | null
  /** The activation that holders had brought up, and that has ended: what it was is not taken down again (rule H1). */
  readonly over: string | null
  /** Whether we are counted among the link's holders. */
  readonly joined: boolean
  /** The activation that another manager is stopping on purpose (rule S10). */
  readonly stoppedElsewhere: string | null
  /** What is to become of the link when its last holder leaves (rule H1), by the one who left last. */
  readonly lastClose: LastClose
  readonly deadlines: Deadlines<LinkTimer>
  /** Sessions that wait for the wind-down to end (rule S8). */
  readonly leaving: PersistentMap<SessionId, true>
}

/** A link that nobody does anything with. */
export function idleLink(
  id: string,
  facts: LinkConfiguration | null,
  ready: boolean,
  lapsed = false,
): LinkState {
  return {
    id,
    facts,
    ready,
    lapsed,
    holds: new Holds(),
    retries: new PersistentMap(),
    roaming: new PersistentMap(),
    activationAttempt: null,
    teardown: null,
    stops: [],
    command: null,
    waitsForLock: false,
    owned: null,
    over: null,
    joined: false,
    stoppedElsewhere: null,
    lastClose: 'restore',
    deadlines: new Map(),
    leaving: new PersistentMap(),
  }
}

/**
 * Why an activation need not even be tried (rules S4, S5); `null` where it is worth trying, or not needed. Where the facts say
 * that it is not allowed the backend is asked all the same: only it can tell why.
 */
export function refusalToActivate(facts: LinkConfiguration | null): Failure | null {
  if (facts === null) return failure('ERR_UNKNOWN_CONFIGURATION', 'unknownConfiguration')
  if (carries(facts) || facts.link === 'activating' || facts.link === 'deactivating') return null
  const unreachable = stateOf(facts) === 'defined' && facts.activate !== 'yes'
  return unreachable ? failure('ERR_UNKNOWN_CONFIGURATION', 'outOfRange') : null
}

/** Whether a link that stopped carrying did so on purpose, by a `stop()` here or elsewhere (rule S10). */
export function isBeingStopped({ facts, stops, teardown, stoppedElsewhere }: LinkState): boolean {
  if (stops.length > 0 || (teardown?.stoppers.length ?? 0) > 0) return true
  return stoppedElsewhere !== null && facts?.link !== 'up'
}

/** Whether nothing is left to do or to remember, so that the link can be forgotten. */
export function isIdle(link: LinkState): boolean {
  return (
    link.holds.size === 0 &&
    link.command === null &&
    link.teardown === null &&
    link.stops.length === 0 &&
    link.leaving.size === 0 &&
    !link.joined
  )
}

import { stateOf } from '../configurations/network-configuration.js'
import type { LinkConfiguration } from '../contract/index.js'
import { PersistentMap } from '../primitives/collections/persistent-map.js'
import { type Deadlines, NO_DEADLINES } from '../primitives/time/deadlines.js'
import { type Failure, failure } from './failure.js'
import { Holds } from './holds.js'
import type { LastClose } from './last-close.js'
import type { SessionId } from './session-id.js'

/** The timeouts of a link: for an activation, for a teardown, and for how long another manager's notice of a stop is believed. */
export type LinkTimer = 'activation' | 'teardown' | 'stopWord'

/** The attempt to bring a link up, which the sessions of this manager share (rules S3, S6, H7). */
export interface ActivationAttempt {
  /** `due`: not requested yet. `requested`: not answered yet. `activating`: accepted or joined, not up yet. */
  readonly phase: 'due' | 'requested' | 'activating'
  /** The activation that the sessions wait for; `null` until it is known. */
  readonly activation: string | null
  /** Whether we requested the activation. If one that another program requested fails, we request our own (rule S2). */
  readonly own: boolean
  /** Whether a snapshot has shown that activation. */
  readonly seen: boolean
}

/** A link that we are taking down. */
export interface Teardown {
  /** `null` until our request for it is answered. */
  readonly activation: string | null
  /** Whether a `stop()` takes it down for everyone (rule S10), and whose. */
  readonly stoppers: readonly SessionId[]
}

/** What the sessions of one manager do with one link. Pure data: the link machine is its only author. */
export interface LinkState {
  readonly id: string
  /** The last known facts; `null` if the configuration was removed. */
  readonly facts: LinkConfiguration | null
  /** Whether the service answers; while it does not, `facts` may be old (rule S14). */
  readonly ready: boolean
  /** Whether the service has been unavailable for longer than its grace: nothing is known any more (rule S14). */
  readonly lapsed: boolean
  /** `wanted`: the session waits for the link to come up. `held`: it had the link. Both count as holding (rule H6). */
  readonly holds: Holds
  /**
   * Sessions that lost the link that they hold and want one activation tried (rule S6), and whose activation it is to be: the system's, if the link was
   * the system's before (rule R12).
   */
  readonly retries: PersistentMap<SessionId, 'ours' | 'system'>
  /** Sessions that roam to this link, and may not take the device from a link of the system (rule H5). */
  readonly roaming: PersistentMap<SessionId, true>
  readonly activationAttempt: ActivationAttempt | null
  /** Whether a session is being asked for a secret of the attempt, or how the last question failed (rule N4). */
  readonly secretQuestion: 'asked' | Failure | null
  readonly teardown: Teardown | null
  /** Sessions that asked for a stop that has not been requested yet. */
  readonly stops: readonly SessionId[]
  /** The command in progress; one at a time (rule H7). */
  readonly command: 'join' | 'activate' | 'deactivate' | 'stop' | null
  /** Whether the command in progress is to bring the link up and still waits for its locks (rule C6). */
  readonly waitsForLock: boolean
  /** The activation that holders brought up, as far as we know. Whose it is gets decided under the lock (rule H1). */
  readonly owned: string | null
  /** The activation that holders brought up and that has ended. It is not taken down again (rule H1). */
  readonly over: string | null
  /** Whether this manager is one of the link's holders. */
  readonly joined: boolean
  /** The activation that another manager is stopping on purpose (rule S10). */
  readonly stoppedElsewhere: string | null
  /** What is to become of the link when its last session releases it (rule H1), as that session wants it. */
  readonly lastClose: LastClose
  readonly deadlines: Deadlines<LinkTimer>
  /** Sessions that wait for the end of the teardown (rule S8). */
  readonly leaving: PersistentMap<SessionId, true>
}

/** A link that no session uses. */
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
    secretQuestion: null,
    teardown: null,
    stops: [],
    command: null,
    waitsForLock: false,
    owned: null,
    over: null,
    joined: false,
    stoppedElsewhere: null,
    lastClose: 'restore',
    deadlines: NO_DEADLINES,
    leaving: new PersistentMap(),
  }
}

/**
 * Why an activation need not even be tried (rules S4, S5); `null` if it is worth trying, or not needed. If the facts say that it is not
 * permitted, the backend is asked all the same: only the backend knows why.
 */
export function refusalToActivate(facts: LinkConfiguration | null): Failure | null {
  if (facts === null) return failure('ERR_UNKNOWN_CONFIGURATION', 'unknownConfiguration')
  // What is on its way down is waited for.
  if (facts.link === 'deactivating') return null
  const unreachable = stateOf(facts) === 'defined' && facts.activate !== 'yes'
  return unreachable ? failure('ERR_UNKNOWN_CONFIGURATION', 'outOfRange') : null
}

/** Whether a link stopped carrying traffic on purpose, because of a `stop()` here or elsewhere (rule S10). */
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

import type { Ended } from '../contract/index.js'
import { type Failure, failure } from '../links/failure.js'
import { isBeingStopped, type LinkState } from '../links/link-state.js'
import { carries } from '../world/link-facts.js'
import { linkSessionState, type SessionState } from './session-state.js'

/** What a session sees of its link, after each step. */
export interface LinkView {
  readonly state: SessionState
  /** The configuration exists. */
  readonly present: boolean
  /** The link carries traffic. */
  readonly carrying: boolean
  /** The service answers, or may still be back in time (rule S14). */
  readonly ready: boolean
  /** It was not back in time: no link counts as up (rule S14). */
  readonly lapsed: boolean
  /** A `stop()` of any session is taking the link down, or has done so. */
  readonly stopping: boolean
  /** Why the link is down; `null` if it is not, or if that is unknown. */
  readonly downBecause: Pick<Ended, 'reason' | 'native'> | null
}

/** What the sessions of a link see of it. */
export function viewOf(link: LinkState): LinkView {
  return {
    state: linkSessionState(link),
    present: link.facts !== null,
    carrying: carries(link.facts),
    ready: link.ready,
    lapsed: link.lapsed,
    stopping: isBeingStopped(link),
    downBecause: downBecause(link),
  }
}

/** Why a link is down; `null` if it is not, or if that is unknown. */
export function downBecause({ facts }: LinkState): LinkView['downBecause'] {
  return facts?.link === 'down' ? facts.ended : null
}

/** Why the link of an open session did not come back (rule S12). A radio that is off explains itself; every other reason is a loss, in the system's words. */
export function lossFailure(because: LinkView['downBecause']): Failure {
  return failure('ERR_CLOSED', because?.reason === 'radioOff' ? 'radioOff' : 'lost', because?.native ?? null)
}

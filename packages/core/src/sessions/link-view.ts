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
  /** The system's own word for why the link is down, or `null`. */
  readonly downBecause: string | null
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
    downBecause: link.facts?.link === 'down' ? (link.facts.ended?.native ?? null) : null,
  }
}

import type { SessionLike } from '@roamkit/core'
import { checkOptions, expected } from '@roamkit/core/backend-kit'
import type { MonoTypeOperatorFunction, Observable } from 'rxjs'
import { check } from '../arguments.js'
import { TIME, type TimeOptions } from '../delay.js'
import type { OpenedSession } from '../streams/opened-session.js'
import { positionsOn } from './link-position.js'
import { relay } from './relay.js'

/** Options of {@link restartOnRoam}. */
export interface RestartOptions extends TimeOptions {
  /**
   * When to move to a new link: when the session is `connected` on it, or as soon as it is on trial (rule R6).
   * @defaultValue 'connected'
   */
  readonly from?: 'connected' | 'trial'
  /**
   * Make before break: whether the old subscription goes on until the new one has its first value. It ends earlier if the old link goes, if
   * it ends by itself, or after `overlapTimeout`. Values of both are emitted in the meantime. If the session goes back to the old link
   * before that, as after a rejected trial, the old subscription just continues. A new subscription that fails during the overlap fails the
   * stream when the overlap is over, unless the session has gone back.
   * @defaultValue false: the old subscription ends before the new one starts
   */
  readonly overlap?: boolean
  /**
   * The longest overlap, in milliseconds.
   * @defaultValue 10000
   */
  readonly overlapTimeout?: number
}

const OPTIONS = {
  ...TIME.options,
  from: expected.oneOf('connected', 'trial'),
  overlap: expected.flag,
  overlapTimeout: TIME.milliseconds,
}

/**
 * Subscribes to the source again for each link that the session roams to. A source that connects on subscription
 * (`defer(() => connect(session.interface))`) thus moves to the new link, if possible while the old one is still up. Waits for the first
 * link, keeps the subscription while the link is lost for a moment or the session is between two links, and unsubscribes when the session
 * is closed. The access point identifies a link: one that was lost and came up again is the same link.
 *
 * Subscribes again on the same link, too, when an address that the link had when the subscription started is gone (rule T7). Link-local
 * addresses do not count, nor do addresses that come, nor IPv6 addresses that go beside one that stays in the same network, as privacy
 * addresses do. If the link has no address left, the subscription waits for the next one. In that case nothing overlaps.
 *
 * Ends when the source does. Unsubscribing unsubscribes from the source and the links.
 * @param links a session or a `session$`, or a stream of strings that identify links, `null` for none
 * @throws RangeError for an invalid `overlapTimeout`; TypeError or RangeError for other invalid arguments
 */
export function restartOnRoam<Value>(
  links: SessionLike | Observable<string | null | OpenedSession<SessionLike>>,
  options: RestartOptions = {},
): MonoTypeOperatorFunction<Value> {
  check('restartOnRoam', 'links', links)
  checkOptions('restartOnRoam()', options, OPTIONS)
  const { from = 'connected', overlap = false, overlapTimeout = 10_000, scheduler } = options
  return (source) =>
    relay(source, positionsOn(links, from), { overlap: overlap ? overlapTimeout : null, scheduler })
}

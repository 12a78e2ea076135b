import type { NetworkSession, SessionSnapshot } from '@roamkit/core'
import { checkOptions, expected } from '@roamkit/core/backend-kit'
import {
  dematerialize,
  distinctUntilChanged,
  EMPTY,
  isObservable,
  type MonoTypeOperatorFunction,
  materialize,
  type Observable,
  scan,
  switchMap,
} from 'rxjs'
import { check } from '../arguments.js'
import { memoize, sameMembers } from '../snapshots/memoize.js'
import { type Slice, stateStream } from '../snapshots/snapshot-hub.js'

/** Options of {@link restartOnRoam}. */
export interface RestartOptions {
  /**
   * When to move to a new link: when the session is `connected` on it, or as soon as it is on trial (rule R6).
   * @defaultValue 'connected'
   */
  readonly from?: 'connected' | 'trial'
}

/**
 * Subscribes to the source again for each link that the session roams to. A source that connects on subscription
 * (`defer(() => connect(session.interface))`) thus moves to the new link, if possible while the old one is still up. Waits for the first
 * link, keeps the subscription while the link is lost for a moment or the session is between two links, and unsubscribes when the session
 * is closed. The access point identifies a link: one that was lost and came up again is the same link.
 * @param links an open session, or a stream of strings that identify links, `null` for none
 */
export function restartOnRoam<Value>(
  links: NetworkSession | Observable<string | null>,
  options: RestartOptions = {},
): MonoTypeOperatorFunction<Value> {
  check('restartOnRoam', 'links', links)
  checkOptions('restartOnRoam()', options, { from: expected.oneOf('connected', 'trial') })
  const { from = 'connected' } = options
  const link$ = isObservable(links) ? links : stateStream(links, linkSlice()).pipe(scan(follow(from), null))
  return (source) =>
    link$.pipe(
      distinctUntilChanged(),
      switchMap((link) => (link === null ? EMPTY : source.pipe(materialize()))),
      dematerialize(),
    )
}

type LinkFacts = Pick<SessionSnapshot, 'isOpen' | 'state' | 'trial' | 'activeConfiguration'>

/** The facts that decide which link to be on. */
function linkSlice(): Slice<SessionSnapshot, LinkFacts> {
  return {
    key: 'link',
    order: 'link',
    read: memoize(
      ({ isOpen, state, trial, activeConfiguration }) => ({ isOpen, state, trial, activeConfiguration }),
      sameMembers,
    ),
  }
}

/** Computes the link to be on from the previous one. */
function follow(from: 'connected' | 'trial') {
  return (before: string | null, { isOpen, state, trial, activeConfiguration }: LinkFacts) => {
    if (!isOpen) return null
    const isThere = state === 'connected' || (from === 'trial' && trial !== null)
    return isThere ? activeConfiguration : before
  }
}

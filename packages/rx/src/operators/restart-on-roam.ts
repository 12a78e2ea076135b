import type { NetworkSession, SessionSnapshot } from '@roamkit/core'
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
import { memoize, sameMembers } from '../snapshots/memoize.js'
import { type Slice, stateStream } from '../snapshots/snapshot-hub.js'

/** Options of {@link restartOnRoam}. */
export interface RestartOptions {
  /** When the new link counts: when the session is `connected` on it, which is the default, or already on trial (rule R6). */
  readonly from?: 'connected' | 'trial'
}

/**
 * Subscribes to the source anew for each link that the session roams to, so that a source which connects when it is
 * subscribed to (`defer(() => connect(session.interface))`) moves to the new link, while the old one is still up where
 * that is possible. Waits for the first link; keeps the subscription while the link is only lost for a moment, and while
 * the session is between two links; unsubscribes when the session is closed. Links are told apart by their access point:
 * one that was lost and brought up again is the same one.
 * @param links an open session, or a stream of anything that tells links apart, `null` for none
 */
export function restartOnRoam<Value>(
  links: NetworkSession | Observable<string | null>,
  { from = 'connected' }: RestartOptions = {},
): MonoTypeOperatorFunction<Value> {
  const link$ = isObservable(links) ? links : stateStream(links, linkSlice()).pipe(scan(follow(from), null))
  return (source) =>
    link$.pipe(
      distinctUntilChanged(),
      switchMap((link) => (link === null ? EMPTY : source.pipe(materialize()))),
      dematerialize(),
    )
}

type LinkFacts = Pick<SessionSnapshot, 'isOpen' | 'state' | 'trial' | 'activeConfiguration'>

/** What decides which link to be on. */
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

/** The link to be on, given the one before. */
function follow(from: 'connected' | 'trial') {
  return (before: string | null, { isOpen, state, trial, activeConfiguration }: LinkFacts) => {
    if (!isOpen) return null
    const isThere = state === 'connected' || (from === 'trial' && trial !== null)
    return isThere ? activeConfiguration : before
  }
}

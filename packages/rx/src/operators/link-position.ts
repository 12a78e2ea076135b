import type { SessionLike, SessionSnapshot } from '@roamkit/core'
import { isLinkLocal, lostAddresses } from '@roamkit/core/backend-kit'
import type { Clock, LinkInterface } from '@roamkit/core/contract'
import { map, type Observable, scan } from 'rxjs'
import { memoize, sameMembers } from '../snapshots/memoize.js'
import { type Slice, stateStream } from '../snapshots/snapshot-hub.js'
import { type Followed, followSession } from '../streams/followed-session.js'

/** A link to run a source on. Each new object is a new subscription. */
export interface Run {
  readonly link: string
  /** The addresses that the link had when the source started, without link-local ones. */
  readonly addresses: readonly string[]
}

/** Where a source is to run now. */
export interface Position {
  /** `null` while the session is closed, and before its first link. */
  readonly run: Run | null
  /** The addresses of the link in use, without link-local ones. */
  readonly addresses: readonly string[]
  /** The links that are up; `null` if that is not known. */
  readonly up: readonly string[] | null
  /** The clock of the session; `null` without a session. */
  readonly clock: Clock | null
}

/** What a session, or a stream of links, says about the link in use. */
interface Sighting extends Omit<Position, 'run'> {
  /** `null` if there is none. */
  readonly link: string | null
  /** Whether the link can be used now. */
  readonly isReady: boolean
}

/** Emits the position of a source that follows those links, and again when a part of it changes. */
export function positionsOn(
  links: Followed<string | null>,
  from: 'connected' | 'trial',
): Observable<Position> {
  const sightings = followSession<string | null, Sighting>(
    links,
    (session) => stateStream(session, linkSlice()).pipe(map((facts) => sightingOf(session, facts, from))),
    (link) => ({ link, isReady: true, addresses: [], up: null, clock: null }),
  )
  return sightings.pipe(scan(follow, { run: null, addresses: [], up: null, clock: null } as Position))
}

/**
 * Stays on the run while the link is lost for a moment, and while it has no address at all. Another run for another link, and when an
 * address that the source may use is gone.
 */
function follow({ run, addresses }: Position, sighting: Sighting): Position {
  const { link, isReady, addresses: now, up, clock } = sighting
  if (link === null) return { run: null, addresses: now, up, clock }
  if (!isReady) return { run, addresses, up, clock }
  const isSame = run?.link === link && (now.length === 0 || keepsAddresses(run, now))
  return { run: isSame ? run : { link, addresses: now }, addresses: now, up, clock }
}

/** Whether the link still has all addresses with which a source started on it, as far as they count (rule T7). */
export function keepsAddresses(run: Run, addresses: readonly string[]): boolean {
  return lostAddresses(run.addresses, addresses).length === 0
}

type LinkFacts = Pick<SessionSnapshot, 'isOpen' | 'state' | 'trial' | 'activeConfiguration' | 'interface'> & {
  readonly up: readonly string[]
}

/** The facts that decide which link to be on. Each has a memory of its own. */
function linkSlice(): Slice<SessionSnapshot, LinkFacts> {
  const upOf = memoize(
    ({ configuration }: SessionSnapshot) =>
      configuration.children.filter((one) => one.is('active')).map(({ identifier }) => identifier),
    sameMembers,
  )
  return {
    key: 'link',
    order: 'link',
    read: memoize((snapshot) => {
      const { isOpen, state, trial, activeConfiguration, interface: link } = snapshot
      return { isOpen, state, trial, activeConfiguration, interface: link, up: upOf(snapshot) }
    }, sameMembers),
  }
}

function sightingOf({ clock }: SessionLike, facts: LinkFacts, from: 'connected' | 'trial'): Sighting {
  const { isOpen, state, trial, activeConfiguration, up } = facts
  return {
    link: isOpen ? activeConfiguration : null,
    isReady: state === 'connected' || (from === 'trial' && trial !== null),
    addresses: addressesOf(facts.interface),
    up,
    clock,
  }
}

/** The addresses that others can reach: link-local ones (169.254/16, fe80::/10) come and go without harm. */
function addressesOf(link: LinkInterface | null): readonly string[] {
  return (link?.addresses ?? []).filter((address) => !isLinkLocal(address))
}

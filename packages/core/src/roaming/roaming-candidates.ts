import type { Preference } from '../configurations/ranking.js'
import { type Failure, failure } from '../links/failure.js'
import type { ChildView, Exclusion, NetworkView, OpeningRoaming, OpenRoaming } from './roaming-state.js'

/** One child, as the session sees it; `null` if it is not in the service network. */
export function childOf({ children }: NetworkView, id: string | null): ChildView | null {
  return children.find((child) => child.id === id) ?? null
}

/** How many children could be brought up. */
export function countOpenable({ children }: NetworkView): number {
  return children.filter(({ eligible }) => eligible !== 'no').length
}

/** The best child that was not tried yet; those that take a device from the system come later, and hidden ones last (rules R1, H5, L8). */
export function nextToOpen({ tried }: OpeningRoaming, { children }: NetworkView): ChildView | null {
  const left = children.filter(({ id }) => !tried.includes(id))
  const seen = left.filter(({ isSeen }) => isSeen)
  return firstToOpen(seen) ?? firstToOpen(left)
}

function firstToOpen(children: readonly ChildView[]): ChildView | null {
  const free = children.find(({ eligible }) => eligible === 'yes')
  return free ?? children.find(({ eligible }) => eligible === 'displacing') ?? null
}

/** The best child that is better than the current one and may be roamed to (rules R3, R9, R19). */
export function preferredChild(session: OpenRoaming, view: NetworkView): Preference | null {
  return (
    view.better.find(
      ({ identifier }) => !session.ignored.includes(identifier) && isCandidate(session, view, identifier),
    ) ?? null
  )
}

/** The child to go to after a loss: within one loss each is tried once, and what may be hidden comes last (rules R11, R19, L8). */
export function candidateAfterLoss(session: OpenRoaming, view: NetworkView): ChildView | null {
  if (!view.consulted && !view.forced) return null
  const left = view.children.filter(({ id }) => isCandidate(session, view, id) && !session.tried.includes(id))
  return left.find(({ isSeen }) => isSeen) ?? left[0] ?? null
}

function isCandidate(session: OpenRoaming, view: NetworkView, id: string): boolean {
  const { current, excluded, leaving } = session
  const child = childOf(view, id)
  if (child?.eligible !== 'yes' || id === current || excluded.has(id)) return false
  if (mayRideOn(child, childOf(view, current))) return false
  // What we are letting go of still has its device: its fellows there are candidates when it is down.
  return !view.children.some(
    (other) => other.id !== id && leaving.has(other.id) && other.carrying && isSameDevice(other, child),
  )
}

/** Whether a tunnel rides on that link, or may do so: while it is down, it is unknown on what. It never takes the place of its base (rule T2). */
function mayRideOn({ isTunnel, over }: ChildView, base: ChildView | null): boolean {
  if (!isTunnel || base === null) return false
  return over === null ? !base.isTunnel : over === base.id
}

/** Whether an excluded child is a candidate again: its time is over, it was seen up, or its device carries something else (rules R19, S10, H5). */
export function isReadmitted(
  id: string,
  { reason, isServed, rivals }: Exclusion,
  view: NetworkView,
): boolean {
  const child = childOf(view, id)
  const isUp = child?.carrying === true
  switch (reason) {
    case 'busy':
      // The device may have changed hands before the refusal arrived.
      return child !== null && (isUp || child.rivals === '' || child.rivals !== rivals)
    case 'stopped':
      return isUp
    case 'failed':
      return isServed || isUp
    case 'rejected':
      return isServed && !view.better.some(({ identifier }) => identifier === id)
  }
}

/** Whether a child that was up is up no longer, and not by a `stop()` that is still under way. */
export function isLost(child: ChildView | null): boolean {
  if (child === null || !child.present) return true
  return !child.carrying && !child.stopping
}

/** Whether a child could be brought up, but for another link on its device (rule H5). */
function isOnBusyDevice({ state, isSeen, rivals }: ChildView): boolean {
  return state === 'disconnected' && isSeen && rivals !== ''
}

/** Links on one device exclude each other. */
export function isSameDevice(one: ChildView, other: ChildView): boolean {
  return one.device !== null && one.device === other.device
}

/** Rule R15: the local addresses stay, on the same device in the same link-layer network. */
export function isSameLink(one: ChildView | null, other: ChildView): boolean {
  return one !== null && isSameDevice(one, other) && one.network !== null && one.network === other.network
}

/** Rule R1: the error of the first failure, all of them as causes; none eligible: what is in the way. */
export function failureOfAll(failures: readonly Failure[], { children }: NetworkView): Failure {
  const [first, ...others] = failures
  if (first === undefined) {
    const reason = children.some(isOnBusyDevice) ? 'deviceBusy' : 'outOfRange'
    return failure('ERR_UNKNOWN_CONFIGURATION', reason)
  }
  if (others.length === 0) return first
  const causes = failures.map(({ reason, native, cause }) => cause ?? new Error(native ?? reason))
  return { ...first, cause: new AggregateError(causes, 'every access point of the service network failed') }
}

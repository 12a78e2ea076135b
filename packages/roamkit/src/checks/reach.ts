import { isIP } from 'node:net'
import type { LinkInterface } from '@roamkit/core'
import { onAbort, orAborted } from '@roamkit/core/backend-kit'
import { elapsed } from '../cli/elapsed.js'
import { addressesOf, firstUsable } from '../probe/addresses.js'
import { isBindError, withBestBinding } from '../probe/best-binding.js'
import type { Attempt, Path } from '../probe/probe-attempt.js'
import { isOfTheSystem, reasonOf } from '../probe/reasons.js'
import type { Remote, Route } from '../probe/route.js'
import { decide, type FullResult, type Task } from './decide.js'
import { nameServersLead } from './name-servers.js'

/** Tries the far end of a path. Resolves to whether its answer will do. @throws an error of the system, LinkError if it cannot be bound as wanted */
export type TryPath = (path: Path, attempt: Attempt) => Promise<boolean>

/** The addresses of a host, as seen through a link. */
export type Addresses = (link: LinkInterface, signal: AbortSignal) => Promise<readonly string[]>

/** How long the host's first family of addresses is tried alone, in milliseconds (RFC 8305). */
const HEAD_START = 250

/**
 * Looks a host's addresses up through a link. If the system's resolver has to be asked, that cannot be aborted and occupies a thread of Node's pool, so
 * a new look-up begins only when the one before has ended.
 */
export function hostAddresses(host: string): Addresses {
  const pending = new Map<string, Promise<readonly string[]>>()
  const never = new AbortController().signal
  return (link, signal) => {
    if (link.dns.length > 0) return addressesOf(link, host, signal)
    const { name } = link
    const asked = pending.get(name) ?? addressesOf(link, host, never).finally(() => pending.delete(name))
    pending.set(name, asked)
    return orAborted(asked, signal)
  }
}

/**
 * Whether a host is alive through a link, on the first address of either family: the second one is tried as soon as the first one has
 * failed, or has not answered for a moment, as applications do.
 */
export async function reach(
  link: LinkInterface,
  { addresses, port }: { readonly addresses: Addresses; readonly port: number },
  tries: TryPath,
  signal: AbortSignal,
): Promise<FullResult> {
  if (signal.aborted) return UNTOLD
  let found: readonly string[]
  try {
    found = await addresses(link, signal)
  } catch (error) {
    if (signal.aborted) return UNTOLD
    if (!isOfTheSystem(error)) throw error
    if (reasonOf(error) !== 'nameUnknown') return UNTOLD
    return { alive: (await nameServersLead(link)) ? false : null, bytes: 0 }
  }
  const remotes = [...new Set(found.map((address) => isIP(address)))].flatMap(
    (family) =>
      firstUsable(
        link,
        found.filter((address) => isIP(address) === family),
      ) ?? [],
  )
  // No address of the link can reach the host.
  if (remotes.length === 0) return { alive: false, bytes: 0 }
  return decide(
    1,
    oneAfterTheOther(remotes.map((address) => (over) => reachBy(link, { address, port }, tries, over))),
    signal,
  )
}

/** Each begins when the one before has settled, or has had its head start. */
function oneAfterTheOther(tasks: readonly Task[]): readonly Task[] {
  let before: AbortSignal | null = null
  return tasks.map((task) => {
    const waitsFor = before
    const settled = new AbortController()
    before = settled.signal
    return async (signal) => {
      const undo = onAbort(signal, () => settled.abort())
      try {
        if (waitsFor !== null) await elapsed(HEAD_START, waitsFor)
        return await task(signal)
      } finally {
        undo()
        settled.abort()
      }
    }
  })
}

/**
 * Whether a far end is alive through a link. Nothing is sent if sockets cannot be bound to the link's device and the system's routes lead there through
 * another link: neither an answer nor silence would be evidence.
 * @throws (rejects) what is no error of the system
 */
export async function reachBy(
  link: LinkInterface,
  remote: Remote,
  tries: TryPath,
  signal: AbortSignal,
): Promise<FullResult> {
  if (signal.aborted) return UNTOLD
  return withBestBinding(link, remote, async ({ binding, route }) => {
    const before = await route()
    if (signal.aborted || before === 'other') return UNTOLD
    let bytes = 0
    const carried = (more: number) => {
      bytes += more
    }
    let outcome: Outcome
    try {
      outcome = await tries({ link, address: remote.address, binding }, { signal, carried })
    } catch (error) {
      if (signal.aborted) return { alive: null, bytes }
      if (!isOfTheSystem(error) || (binding === 'device' && isBindError(error))) throw error
      outcome = error
    }
    return { alive: judge(outcome, before, await route()), bytes }
  })
}

/** Cannot be told, and nothing was sent. */
const UNTOLD: FullResult = { alive: null, bytes: 0 }

/** What a try comes to: whether the answer will do, or the system's error. */
type Outcome = boolean | { readonly code: string }

/**
 * Errors of this machine, not of the link: no descriptor or memory left, a firewall of its own, an address that has changed since the
 * link was looked at, so that sockets cannot be bound to it.
 */
const LOCAL: readonly string[] = [
  'EACCES',
  'EADDRINUSE',
  'EADDRNOTAVAIL',
  'EINVAL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EPERM',
  'ERR_BIND_DENIED',
  'ERR_BIND_FAILED',
]

/** Whether the outcome, between the routes before and after, is evidence about the link. */
export function judge(outcome: Outcome, before: Route, after: Route): boolean | null {
  if (outcome === true) return before === 'through' && after === 'through' ? true : null
  if (outcome !== false && LOCAL.includes(outcome.code)) return null
  // The route may have gone with the link; it cannot have led through another one.
  if (before === 'through') return after === 'other' ? null : false
  // Without any route, this link leads nowhere either. Anything else comes from a route that is chosen by source address.
  const isUnreachable = outcome !== false && reasonOf(outcome) === 'unreachable'
  return before === 'none' && after === 'none' && isUnreachable ? false : null
}

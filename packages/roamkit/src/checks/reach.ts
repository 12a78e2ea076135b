import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { LinkInterface } from '@roamkit/core'
import { onAbort, orAborted } from '@roamkit/core/backend-kit'
import { elapsed } from '../cli/elapsed.js'
import type { Attempt } from '../probe/probe-attempt.js'
import { isOfTheSystem, reasonOf } from '../probe/reasons.js'
import { type Route, routeTo } from '../probe/route.js'
import { type Way, wayBetween } from '../probe/way.js'
import { decide, type FullResult, type Task } from './decide.js'
import { nameServersLead } from './name-servers.js'

/** Tries the far end of a way. Resolves to whether its answer will do. @throws an error of the system */
export type TryWay = (way: Way, attempt: Attempt) => Promise<boolean>

/** The addresses of a host. */
export type Addresses = () => Promise<readonly string[]>

/** How long the host's first family of addresses is tried alone, in milliseconds (RFC 8305). */
const HEAD_START = 250

/**
 * Looks a host's addresses up with the system's resolver. A look-up cannot be aborted and occupies a thread of Node's pool, so a new
 * one begins only when the one before has ended.
 */
export function addressesOf(host: string): Addresses {
  if (isIP(host)) return async () => [host]
  let pending: Promise<readonly string[]> | null = null
  return () => {
    pending ??= lookup(host, { all: true })
      .then((found) => found.map(({ address }) => address))
      .finally(() => {
        pending = null
      })
    return pending
  }
}

/**
 * Whether a host is alive through a link, on the first address of either family: the second one is tried as soon as the first one has
 * failed, or has not answered for a moment, as applications do.
 */
export async function reach(
  link: LinkInterface,
  { addresses, port }: { readonly addresses: Addresses; readonly port: number },
  tries: TryWay,
  signal: AbortSignal,
): Promise<FullResult> {
  if (signal.aborted) return UNTOLD
  let found: readonly string[]
  try {
    found = await orAborted(addresses(), signal)
  } catch (error) {
    if (signal.aborted) return UNTOLD
    if (!isOfTheSystem(error)) throw error
    if (reasonOf(error) !== 'nameUnknown') return UNTOLD
    return { alive: (await nameServersLead(link)) ? false : null, bytes: 0 }
  }
  const ways = [...new Set(found.map((address) => isIP(address)))].flatMap((family) => {
    const ofFamily = found.filter((address) => isIP(address) === family)
    return ofFamily.map((address) => wayBetween(link, address)).find((way) => way !== null) ?? []
  })
  // No address of the link can reach the host.
  if (ways.length === 0) return { alive: false, bytes: 0 }
  return decide(
    1,
    oneAfterTheOther(ways.map((way) => (over) => reachBy(link, way, port, tries, over))),
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
 * Whether the far end of a way is alive through a link. Nothing is sent if the system's routes lead there through another link: neither
 * an answer nor silence would be evidence.
 * @throws (rejects) what is no error of the system
 */
export async function reachBy(
  link: LinkInterface,
  way: Way,
  port: number,
  tries: TryWay,
  signal: AbortSignal,
): Promise<FullResult> {
  if (signal.aborted) return UNTOLD
  const before = await routeTo(link, way, port)
  if (signal.aborted || before === 'other') return UNTOLD
  let bytes = 0
  const carried = (more: number) => {
    bytes += more
  }
  let outcome: Outcome
  try {
    outcome = await tries(way, { signal, carried, seen: () => {} })
  } catch (error) {
    if (signal.aborted) return { alive: null, bytes }
    if (!isOfTheSystem(error)) throw error
    outcome = error
  }
  return { alive: judge(outcome, before, await routeTo(link, way, port)), bytes }
}

/** Cannot be told, and nothing was sent. */
const UNTOLD: FullResult = { alive: null, bytes: 0 }

/** What a try comes to: whether the answer will do, or the system's error. */
type Outcome = boolean | { readonly code: string }

/**
 * Errors of this machine, not of the link: no descriptor or memory left, a firewall of its own, an address that has changed since the
 * link was looked at.
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

import { lookup } from 'node:dns/promises'
import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { connect, isIP } from 'node:net'
import type { LinkInterface } from '@roamkit/core/contract'
import { elapsed } from './elapsed.js'

/** What is tried through a link: a TCP port, or a URL of `http:` or `https:`. */
export type ProbeTarget = { readonly host: string; readonly port: number } | URL | string

/** Why a probe came to nothing. */
export type ProbeReason =
  /** The link has no address (any more) of the family that the target has. */
  | 'noAddress'
  /** The target's name does not resolve. */
  | 'nameUnknown'
  | 'refused'
  | 'unreachable'
  | 'timedOut'
  /** There was an answer, and `expect` does not take it. */
  | 'unexpectedStatus'
  /** Anything else, a certificate for instance: `native` says what. */
  | 'failed'

/** What a probe came to. Plain data. */
export interface ProbeResult {
  readonly ok: boolean
  /** Milliseconds until that was known. */
  readonly ms: number
  /** `null`: it is ok. */
  readonly reason: ProbeReason | null
  /** The local address that it was tried from; `null` where it did not come to that. */
  readonly address: string | null
  /** What HTTP answered; `null` without an answer. */
  readonly status: number | null
  /** The system's own words where it failed; `null` otherwise. Hostile text. */
  readonly native: string | null
}

/** Options of {@link probe}. */
export interface ProbeOptions {
  /** Ends it: it rejects with `signal.reason`. */
  readonly signal?: AbortSignal
  /** How long all of it may take, in milliseconds; default 10000. */
  readonly timeout?: number
  /** Which HTTP status will do; default: anything below 500. A login page answers too: ask for 204, say, to tell it. */
  readonly expect?: (status: number) => boolean
}

/**
 * Tries a target from a link's own address, so that an application knows what a candidate is worth before it accepts it:
 * `await probe(session.interface, { host: 'example.org', port: 443 })` in `newConfigurationActivated`.
 *
 * A TCP port is ok when it can be connected to, a URL when its answer will do: redirects are not followed, bodies are not
 * read, proxies are not used. A name is resolved first, by the system's resolver (`getaddrinfo`), which may ask through
 * another link; of what it says the first address is tried that the link has a family for, and no other.
 *
 * What is bound is the address, not the device: Node cannot do more. Where several links are up, the system's routes
 * still decide which of them is taken; only what is on the link's own network (its gateway) is certain to be tried
 * through it. The routes of a link that was just lost stay for a while (NetworkManager: 6 s) and lead nowhere, so what is
 * unreachable is tried again until the time is up.
 *
 * @param link `session.interface`; `null`, as it is while there is none, is `noAddress`
 * @returns what it came to, once every socket is destroyed; it never rejects for the network
 * @throws `signal.reason`; TypeError, RangeError for what is no target or no time; what `expect` throws
 */
export async function probe(
  link: LinkInterface | null,
  target: ProbeTarget,
  options: ProbeOptions = {},
): Promise<ProbeResult> {
  const aim = aimOf(target)
  const { signal, timeout = 10_000, expect = (status) => status < 500 } = options
  if (typeof timeout !== 'number' || !(timeout >= 0 && timeout <= LONGEST))
    throw new RangeError(`timeout must be milliseconds from 0 to ${LONGEST}, not ${String(timeout)}`)
  signal?.throwIfAborted()
  const started = performance.now()
  let address: string | null = null
  const result = (reason: ProbeReason | null, more: Partial<ProbeResult> = {}): ProbeResult => ({
    ok: reason === null,
    ms: performance.now() - started,
    reason,
    address,
    status: null,
    native: null,
    ...more,
  })
  const blocked: Error[] = []
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), timeout)
  const end = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal])
  try {
    const way = await unlessAborted(wayTo(aim.host, link), end)
    if (way === null) return result('noAddress')
    address = way.local
    const status = await reachable(() => attempt(way, aim, end), { signal: end, blocked })
    return result(status === null || expect(status) ? null : 'unexpectedStatus', { status })
  } catch (error) {
    signal?.throwIfAborted()
    if (deadline.signal.aborted) {
      const noWay = blocked.at(-1)
      return noWay === undefined ? result('timedOut') : result('unreachable', { native: noWay.message })
    }
    if (!isOfTheSystem(error)) throw error
    return result(reasonOf(error), { native: error.message })
  } finally {
    clearTimeout(timer)
  }
}

/** The longest time that a timer understands. */
const LONGEST = 2 ** 31 - 1

const REASONS: Readonly<Record<string, ProbeReason>> = {
  EADDRNOTAVAIL: 'noAddress',
  EAI_AGAIN: 'nameUnknown',
  EAI_NODATA: 'nameUnknown',
  ENOTFOUND: 'nameUnknown',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timedOut',
}

function reasonOf({ code }: { readonly code: string }): ProbeReason {
  return REASONS[code] ?? 'failed'
}

/** A target that makes sense; without `url` it is a port. */
type Aim =
  | { readonly host: string; readonly port: number; readonly url: null }
  | { readonly host: string; readonly url: URL }

function aimOf(target: ProbeTarget): Aim {
  if (typeof target === 'string' || target instanceof URL) {
    const url = new URL(target)
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new TypeError(`a probe takes http: and https: URLs, not '${url.href}'`)
    return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), url }
  }
  const { host, port } = target ?? {}
  if (typeof host !== 'string' || host === '') throw new TypeError('a probe needs a host, or a URL')
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new TypeError(`a probe needs a port from 1 to 65535, not ${String(port)}`)
  return { host, port, url: null }
}

/** From which address to which. */
interface Way {
  readonly local: string
  readonly remote: string
  readonly family: 4 | 6
}

async function wayTo(host: string, link: LinkInterface | null): Promise<Way | null> {
  if (link === null) return null
  const literal = isIP(host)
  const addresses = literal ? [{ address: host, family: literal }] : await lookup(host, { all: true })
  for (const { address, family } of addresses) {
    const way = wayBetween(link, address, family === 6 ? 6 : 4)
    if (way !== null) return way
  }
  return null
}

/** What is link-local is so on both ends, and is scoped to this link. */
function wayBetween({ name, addresses }: LinkInterface, remote: string, family: 4 | 6): Way | null {
  const locals = addresses.map((cidr) => cidr.replace(/\/\d+$/, ''))
  const local = locals.find((one) => isIP(one) === family && isLinkLocal(one) === isLinkLocal(remote))
  if (local === undefined) return null
  const scoped = (address: string) =>
    isLinkLocal(address) && !address.includes('%') ? `${address}%${name}` : address
  return { local: scoped(local), remote: scoped(remote), family }
}

/** Of IPv6 only: for IPv4 the kernel finds its way. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab][\da-f]:/i.test(address)
}

/** The pause after an attempt that found no way, in milliseconds. */
const PAUSE = 250

/** What an attempt comes to, repeated while there is no way to the target, each of which is added to `blocked`. */
async function reachable<Value>(
  attemptOnce: () => Promise<Value>,
  { signal, blocked }: { readonly signal: AbortSignal; readonly blocked: Error[] },
): Promise<Value> {
  for (;;) {
    try {
      return await attemptOnce()
    } catch (error) {
      if (!isOfTheSystem(error) || reasonOf(error) !== 'unreachable') throw error
      blocked.push(error)
    }
    await elapsed(PAUSE, signal)
    signal.throwIfAborted()
  }
}

/** Resolves to the status; `null`: a port has none. */
async function attempt(way: Way, aim: Aim, signal: AbortSignal): Promise<number | null> {
  if (aim.url !== null) return statusOf(way, aim.url, signal)
  await connectTo(way, aim.port, signal)
  return null
}

function connectTo({ local, remote, family }: Way, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: remote, port, localAddress: local, family, signal })
    socket.on('error', reject)
    socket.on('connect', () => {
      socket.destroy()
      resolve()
    })
  })
}

function statusOf({ local, remote, family }: Way, url: URL, signal: AbortSignal): Promise<number> {
  const start = url.protocol === 'https:' ? requestSecure : requestPlain
  return new Promise((resolve, reject) => {
    const request = start(url, {
      agent: false,
      signal,
      localAddress: local,
      family,
      // Resolved already; the name stays for the certificate and the Host header.
      lookup: (_name, _options, done) => done(null, remote, family),
    })
    request.on('error', reject)
    request.on('response', ({ statusCode = 0 }) => {
      request.destroy()
      resolve(statusCode)
    })
    request.end()
  })
}

/** For what cannot be aborted: it goes on, and nobody hears of it. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason)
    if (signal.aborted) return aborted()
    signal.addEventListener('abort', aborted)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted))
  })
}

/** Node's own errors have a code; what an `expect` throws is the caller's. */
function isOfTheSystem(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'string'
}

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { checkArgument, checkOptions, type Expected, expected } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'
import { elapsed } from '../cli/elapsed.js'
import { type Aim, type Attempt, tryOnce } from './probe-attempt.js'
import { aimOf, type ProbeTarget } from './probe-target.js'
import { isOfTheSystem, type ProbeReason, reasonOf } from './reasons.js'
import { leadsThrough } from './route.js'
import { type Way, wayBetween } from './way.js'

/**
 * What a probe says of a link. `ok`: the target answered, and the system's routes led there through this link. `failed`: it
 * did not answer, or its answer will not do. `ambiguous`: it answered, but perhaps through another link.
 */
export type ProbeVerdict = 'ok' | 'failed' | 'ambiguous'

/** What a probe found. Plain data. */
export interface ProbeResult {
  readonly verdict: ProbeVerdict
  /** Whether the verdict is `ok`. */
  readonly ok: boolean
  /** Milliseconds until that was known. */
  readonly ms: number
  /** `null`: it is ok. */
  readonly reason: ProbeReason | null
  /** The local address that the probe used; `null` if it did not get that far. */
  readonly address: string | null
  /** What HTTP answered; `null` without an answer. */
  readonly status: number | null
  /** The system's error message if it failed, or how far it got if it timed out; `null` otherwise. Untrusted text. */
  readonly native: string | null
  /** Bytes that the connections carried both ways. What the packets themselves add, and the TLS of an `https:` URL, is not in it. */
  readonly bytes: number
}

/** Options of {@link probe}. */
export interface ProbeOptions {
  /**
   * Ends it: it rejects with `signal.reason`.
   *
   * @defaultValue never aborted
   */
  readonly signal?: AbortSignal
  /**
   * How long all of it may take, in milliseconds.
   *
   * @defaultValue 10000
   */
  readonly timeout?: number
  /**
   * Which HTTP status counts as success. A login page answers, too. To exclude it, expect 204, for example.
   *
   * @defaultValue any status below 500
   */
  readonly expect?: (status: number) => boolean
}

/**
 * Tries a target from a link's own address, so that an application knows what a candidate is worth before it accepts it:
 * `await probe(session.interface, { host: 'example.org', port: 443 })` in `newConfigurationActivated`.
 *
 * A TCP port answers when it can be connected to, a URL with its status: redirects are not followed, bodies are not read,
 * proxies are not used, 101 (Switching Protocols) counts and other informational answers do not. A name is resolved first,
 * by the system's resolver (`getaddrinfo`), which may ask through another link; of what it says the first address is tried
 * that the link has a family for, and no other.
 *
 * The probe binds the link's address, not its device: Node cannot do more. Where several links are up, the system's routes
 * decide which of them is taken. So the probe asks the system where they lead, before and after the answer, and says
 * `ambiguous` unless they lead through this link: another link that owns the default route may have carried the answer
 * although this one is dead. For targets on the link's own network, such as its gateway, the answer is never `ambiguous`.
 *
 * The routes of a link that was just lost stay for a while (NetworkManager: 6 s) and lead nowhere, so what is unreachable
 * is tried again until the time is up.
 *
 * @param link `session.interface`; `null`, as it is while there is none, is `noAddress`
 * @returns what it found, once every socket is destroyed; it never rejects for the network, and always settles in its time
 * @throws `signal.reason`; TypeError for an invalid target, RangeError for an invalid timeout; what `expect` throws
 */
export async function probe(
  link: LinkInterface | null,
  target: ProbeTarget,
  options: ProbeOptions = {},
): Promise<ProbeResult> {
  checkArgument('the link of probe()', link, LINK)
  const aim = aimOf(target)
  checkOptions('probe()', options, OPTIONS)
  const { signal, timeout = 10_000, expect = (status) => status < 500 } = options
  signal?.throwIfAborted()
  const started = performance.now()
  let address: string | null = null
  let bytes = 0
  const result = (reason: ProbeReason | null, more: Partial<ProbeResult> = {}): ProbeResult => ({
    verdict: verdictOf(reason),
    ok: reason === null,
    ms: performance.now() - started,
    reason,
    address,
    status: null,
    native: null,
    bytes,
    ...more,
  })
  const blocked: Error[] = []
  let seen: string | null = null
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), timeout)
  const end = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal])
  try {
    const way = await unlessAborted(wayTo(aim.host, link), end)
    if (link === null || way === null) return result('noAddress')
    address = way.local
    const attempt: Attempt = {
      signal: end,
      seen: (words) => {
        seen = words
      },
      carried: (more) => {
        bytes += more
      },
    }
    for (;;) {
      const answer = await reachable(() => answerOf(link, way, aim, attempt), { signal: end, blocked })
      const { status, ledBefore, leadsAfter } = answer
      if (status !== null && !expect(status)) return result('unexpectedStatus', { status })
      if (!leadsAfter) return result('otherRoute', { status })
      if (ledBefore) return result(null, { status })
      // The routes have changed meanwhile, as they do some seconds after a loss. Another attempt gives a clear answer.
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (deadline.signal.aborted) {
      const noWay = blocked.at(-1)
      if (noWay === undefined || seen !== null) return result('timedOut', { native: seen })
      return result('unreachable', { native: noWay.message })
    }
    if (!isOfTheSystem(error)) throw error
    return result(reasonOf(error), { native: error.message })
  } finally {
    clearTimeout(timer)
  }
}

function verdictOf(reason: ProbeReason | null): ProbeVerdict {
  if (reason === null) return 'ok'
  return reason === 'otherRoute' ? 'ambiguous' : 'failed'
}

interface Answer {
  readonly status: number | null
  /** Whether the system's routes led through the link before it was tried. */
  readonly ledBefore: boolean
  /** And whether they still do. */
  readonly leadsAfter: boolean
}

async function answerOf(link: LinkInterface, way: Way, aim: Aim, attempt: Attempt): Promise<Answer> {
  const ledBefore = await leadsThrough(link, way, aim.port)
  const status = await tryOnce(way, aim, attempt)
  return { status, ledBefore, leadsAfter: await leadsThrough(link, way, aim.port) }
}

/** The longest time that a timer understands. */
const LONGEST = 2 ** 31 - 1

const LINK: Expected = {
  wants: 'an interface, such as session.interface, or null',
  holds: (value) => value === null || Array.isArray((value as Partial<LinkInterface> | undefined)?.addresses),
}

const OPTIONS = {
  signal: expected.signal,
  timeout: {
    wants: `a number of milliseconds from 0 to ${LONGEST}`,
    isRange: true,
    holds: (value: unknown) => typeof value === 'number' && value >= 0 && value <= LONGEST,
  },
  expect: expected.callback,
} as const

async function wayTo(host: string, link: LinkInterface | null): Promise<Way | null> {
  if (link === null) return null
  const addresses = isIP(host) ? [{ address: host }] : await lookup(host, { all: true })
  for (const { address } of addresses) {
    const way = wayBetween(link, address)
    if (way !== null) return way
  }
  return null
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

/** For work that cannot be aborted: it goes on, and its result is ignored. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason)
    if (signal.aborted) return aborted()
    signal.addEventListener('abort', aborted)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted))
  })
}

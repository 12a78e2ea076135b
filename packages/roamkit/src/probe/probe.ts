import { checkArgument, checkOptions, type Expected, expected } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'
import { localAddress } from '@roamkit/sockets'
import { addressesOf, firstUsable } from './addresses.js'
import { isBindError, type Way, withBestBinding } from './best-binding.js'
import { type Attempt, tryOnce } from './probe-attempt.js'
import { type Aim, aimOf, type ProbeTarget } from './probe-target.js'
import { reachable } from './reachable.js'
import { isOfTheSystem, type ProbeReason, reasonOf } from './reasons.js'
import { ownersOf } from './this-machine.js'

/**
 * What a probe says of a link. `ok`: the target answered through this link. `failed`: it did not answer, or its answer will not do. `ambiguous`: it
 * answered, but perhaps through another link.
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
  /**
   * How the probe's socket was bound to the link. `device`: it used exactly this link. `address`: the system's routes decided which link it used.
   * `none`: the probe did not get that far.
   */
  readonly binding: 'device' | 'address' | 'none'
  /**
   * The local address of the probe's connection; if there was none, the link's address for this target. `null` if the probe did not get that far.
   */
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
 * Tries a target through a link, so that an application knows what a candidate is worth before it accepts it:
 * `await probe(session.interface, { host: 'example.org', port: 443 })` in `newConfigurationActivated`.
 *
 * A TCP port answers when it can be connected to, a URL with its status: redirects are not followed, bodies are not read, proxies are not used, 101
 * (Switching Protocols) counts and other informational answers do not. The probe first resolves a name through the link, as `lookup()` of
 * `@roamkit/sockets` does, and tries the first address for which the link has one of the same family.
 *
 * Where it can, the probe binds its socket to the link's device (`binding` is `device`): Linux 5.7 and later, with koffi. Then it tests exactly this
 * link, whatever the system's routes say. Elsewhere it binds the link's address, and the routes decide which link is used. It then asks the system where
 * they lead, before and after the answer, and says `ambiguous` unless they lead through this link alone: another link that owns the default route may
 * have carried the answer although this one is dead. A target on this machine itself tests no link: `ambiguous`, unless the link is the loopback.
 *
 * What is unreachable is tried again: for 4 s with `device`, because a new link may get its routes a moment after its address; until the time is up with
 * `address`, because the routes of a link that was just lost stay for a while (NetworkManager: 6 s) and lead nowhere.
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
  let binding: ProbeResult['binding'] = 'none'
  let bytes = 0
  const result = (reason: ProbeReason | null, more: Partial<ProbeResult> = {}): ProbeResult => ({
    verdict: verdictOf(reason),
    ok: reason === null,
    ms: performance.now() - started,
    reason,
    binding,
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
    if (link === null) return result('noAddress')
    seen = 'the name was not resolved'
    const remote = firstUsable(link, await addressesOf(link, aim.host, end))
    seen = null
    if (remote === null) return result('noAddress')
    const expected = localAddress(link, remote)
    address = expected
    const attempt: Attempt = {
      signal: end,
      seen: (words) => {
        seen = words
      },
      carried: (more) => {
        bytes += more
      },
      bound: (how, local) => {
        binding = how
        address = local ?? expected
      },
    }
    for (;;) {
      const answer = await reachable(
        () =>
          withBestBinding(link, { address: remote, port: aim.port }, (way) =>
            answerOf({ link, address: remote, way }, aim, attempt),
          ),
        { signal: end, blocked, isBound: () => binding === 'device' },
      )
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
    const isGone = isBindError(error) && address !== null && ownersOf(address).length === 0
    return result(isGone ? 'noAddress' : reasonOf(error), { native: error.message })
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

async function answerOf(
  { link, address, way }: { readonly link: LinkInterface; readonly address: string; readonly way: Way },
  aim: Aim,
  attempt: Attempt,
): Promise<Answer> {
  const ledBefore = (await way.route()) === 'through'
  const status = await tryOnce({ link, address, binding: way.binding }, aim, attempt)
  return { status, ledBefore, leadsAfter: (await way.route()) === 'through' }
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

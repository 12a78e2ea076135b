import type { LinkInterface } from '@roamkit/core/contract'
import { localAddress } from '@roamkit/sockets'
import { addressesOf, firstUsable } from './addresses.js'
import { isBindError, type Way, withBestBinding } from './best-binding.js'
import { type Attempt, tryOnce } from './probe-attempt.js'
import type { ProbeOptions, ProbeResult, ProbeVerdict } from './probe-result.js'
import type { Aim } from './probe-target.js'
import { reachable } from './reachable.js'
import { isOfTheSystem, type ProbeReason, reasonOf } from './reasons.js'
import { ownersOf } from './this-machine.js'

/** What `probe()` does, with arguments that were checked. */
export async function runProbe(
  link: LinkInterface | null,
  aim: Aim,
  options: ProbeOptions,
): Promise<ProbeResult> {
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

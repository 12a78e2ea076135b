import { checkArgument, checkOptions, type Expected, expected } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'
import type { ProbeOptions, ProbeResult } from './probe-result.js'
import { aimOf, type ProbeTarget } from './probe-target.js'

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
  options.signal?.throwIfAborted()
  // Loaded when it is needed: it takes most of Node's network modules with it.
  const { runProbe } = await import('./run-probe.js')
  return runProbe(link, aim, options)
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

import { orAborted } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'
import { withZone } from '../binding/local-address.js'
import { inOrder } from './address-order.js'
import { parseHost } from './host-name.js'
import { askLinkServers, serversOf } from './link-servers.js'
import { localAddresses } from './local-names.js'
import { lookupError } from './lookup-error.js'
import { type NameSources, systemSources } from './name-sources.js'
import type { Outcome, ResolvedAddress } from './outcome.js'
import { askSystem } from './system-resolver.js'
import { askResolved } from './systemd-resolved.js'

export type { ResolvedAddress } from './outcome.js'

/** What is asked for. */
export interface NameQuery {
  readonly host: string
  /** 0: both families. */
  readonly family: 0 | 4 | 6
  readonly signal: AbortSignal
}

/**
 * The addresses of a host, in the order in which to try them.
 *
 * A name is looked for in the hosts file, then by systemd-resolved for this link, then by the link's own name servers. If systemd-resolved knows
 * none and the link has none, the system's resolver is asked, which may ask through another link.
 *
 * @throws (rejects) LookupError `ENOTFOUND` or `EAI_AGAIN`; LinkError if sockets cannot be bound to the link; `signal.reason`
 */
export function resolveName(link: LinkInterface, query: NameQuery): Promise<readonly ResolvedAddress[]> {
  return resolveNameBy(link, query, systemSources())
}

/** @internal {@link resolveName} by other sources: for tests. */
export async function resolveNameBy(
  link: LinkInterface,
  { host, family, signal }: NameQuery,
  sources: NameSources,
): Promise<readonly ResolvedAddress[]> {
  signal.throwIfAborted()
  const parsed = parseHost(host)
  if (parsed === null) throw lookupError('ENOTFOUND', host, 'this is not the name of a host')
  if (parsed.kind === 'address') return [{ address: withZone(link, parsed.address), family: parsed.family }]
  const { name, isAbsolute } = parsed
  const own = await orAborted(localAddresses(name, family, sources.hostsFile), signal)
  if (own.length > 0) return zonedInOrder(link, own)
  const outcome = await ask(link, { name, isAbsolute, family, host, sources, signal })
  if (outcome.kind === 'found') return zonedInOrder(link, outcome.addresses)
  const code = outcome.kind === 'noName' ? 'ENOTFOUND' : 'EAI_AGAIN'
  throw lookupError(code, host, `${WORDS[outcome.kind]} (asked through ${JSON.stringify(link.name)})`)
}

/** A family as `dns.lookup()` takes it. */
export function familyOf(family: number | 'IPv4' | 'IPv6' | undefined): 0 | 4 | 6 {
  if (family === 4 || family === 'IPv4') return 4
  return family === 6 || family === 'IPv6' ? 6 : 0
}

const WORDS = {
  noName: 'there is no such name, or it has no such address',
  serverFailure: 'the name servers could not find out',
  noReply: 'no name server has answered',
} as const

interface Ask extends NameQuery {
  /** In ASCII. */
  readonly name: string
  readonly isAbsolute: boolean
  readonly sources: NameSources
}

/** Asks whom the link uses. */
async function ask(
  link: LinkInterface,
  { host, name, isAbsolute, family, sources, signal }: Ask,
): Promise<Outcome> {
  const { resolved: socket, resolvedTimeout: timeout, port } = sources
  const families = family === 0 ? familiesOf(link) : [family]
  const [only = 4, ...others] = families
  if (socket !== null && link.index !== null) {
    const one = others.length === 0 ? only : 0
    const outcome = await askResolved({
      socket,
      name,
      isAbsolute,
      family: one,
      index: link.index,
      timeout,
      signal,
    })
    if (outcome !== null) return outcome
  }
  const servers = serversOf(link, port)
  if (servers.length > 0)
    return askLinkServers(link, servers, { name, isAbsolute, families, sources, signal })
  return { kind: 'found', addresses: await askSystem(host, family, signal) }
}

/** The families for which a link has an address that reaches beyond it; both if there is none. */
function familiesOf({ addresses }: LinkInterface): readonly (4 | 6)[] {
  const has4 = addresses.some((one) => one.includes('.') && !one.includes(':'))
  const has6 = addresses.some((one) => one.includes(':') && !/^fe[89ab]/i.test(one))
  if (has4 === has6) return [6, 4]
  return has6 ? [6] : [4]
}

function zonedInOrder(
  link: LinkInterface,
  addresses: readonly ResolvedAddress[],
): readonly ResolvedAddress[] {
  return inOrder(
    link,
    addresses.map(({ address, family }) => ({ address: withZone(link, address), family })),
  )
}

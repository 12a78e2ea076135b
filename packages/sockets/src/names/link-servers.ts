import { isIP } from 'node:net'
import { isLoopback } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'
import { planBinding } from '../binding/binding.js'
import { localAddress, withZone } from '../binding/local-address.js'
import { type Asking, askServers } from './ask-servers.js'
import { namesToTry } from './host-name.js'
import type { NameSources } from './name-sources.js'
import type { Outcome } from './outcome.js'
import type { Server } from './transport.js'

/** More name servers than resolvers use are not asked. */
const MOST_SERVERS = 3

/** A name that is looked up by name servers of a link. */
export interface ServerQuery {
  readonly name: string
  readonly isAbsolute: boolean
  /** Not empty. */
  readonly families: readonly (4 | 6)[]
  readonly sources: NameSources
  readonly signal: AbortSignal
}

/** The name servers of a link that can be asked through it. */
export function serversOf(link: LinkInterface, port: number): readonly Server[] {
  const plan = planBinding(link.name, undefined)
  const servers = link.dns
    .filter((one) => isIP(one) !== 0 && (!isLoopback(one) || link.addresses.some(isLoopback)))
    .map((one) => withZone(link, one))
    .filter((address) => plan.binding !== 'address' || localAddress(link, address) !== null)
    .map((address): Server => ({ link, plan, address, port, family: isIP(address) === 6 ? 6 : 4 }))
  return servers.slice(0, MOST_SERVERS)
}

/**
 * Looks a name up by name servers of a link, in the link's search domains too.
 * @param servers not empty
 * @throws (rejects) LinkError if sockets cannot be bound to the link; `signal.reason`
 */
export async function askLinkServers(
  link: LinkInterface,
  servers: readonly Server[],
  { name, isAbsolute, families, sources, signal }: ServerQuery,
): Promise<Outcome> {
  const asking = { servers, times: sources, signal }
  let outcome: Outcome = { kind: 'noName' }
  for (const candidate of namesToTry({ name, isAbsolute }, link.searchDomains)) {
    const found = await askFamilies(asking, candidate, families)
    // Servers that do not answer do not answer for another name either.
    if (found.kind === 'found' || found.kind === 'noReply') return found
    if (found.kind === 'serverFailure') outcome = found
  }
  return outcome
}

/** Asks for the addresses of all families at the same time. What one of them could not find out does not matter if another has addresses. */
async function askFamilies(asking: Asking, name: string, families: readonly (4 | 6)[]): Promise<Outcome> {
  const outcomes = await Promise.all(families.map((family) => askServers(asking, name, family)))
  const addresses = outcomes.flatMap((one) => (one.kind === 'found' ? one.addresses : []))
  if (addresses.length > 0) return { kind: 'found', addresses }
  const kinds = ['noReply', 'serverFailure', 'noName'] as const
  return { kind: kinds.find((kind) => outcomes.some((one) => one.kind === kind)) ?? 'noName' }
}

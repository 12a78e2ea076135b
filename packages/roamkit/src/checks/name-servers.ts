import { getServers } from 'node:dns'
import { isIP } from 'node:net'
import type { LinkInterface } from '@roamkit/core'
import { bindsToDevice } from '../probe/best-binding.js'
import { routeTo } from '../probe/route.js'
import { isThisMachine } from '../probe/this-machine.js'

/** The port of name servers. */
const DNS_PORT = 53

/**
 * Whether a name that cannot be resolved is evidence about a link: it was asked for through the link, or no name server is reached through another one.
 * A server on this machine forwards to those of the links.
 */
export async function nameServersLead(link: LinkInterface): Promise<boolean> {
  const own = remoteOnes(link, link.dns)
  if (own.length > 0 && (await bindsToDevice(link))) return true
  const known = new Set([...own, ...remoteOnes(link, getServers().map(withoutPort))])
  const routes = await Promise.all([...known].map((address) => routeTo(link, { address, port: DNS_PORT })))
  return routes.length > 0 && !routes.includes('other')
}

function remoteOnes(link: LinkInterface, servers: readonly string[]): readonly string[] {
  return servers.filter((one) => isIP(one) !== 0 && !isThisMachine(link, one))
}

/** Of `[2001:db8::1]:5353`, for example. */
function withoutPort(server: string): string {
  return isIP(server) ? server : server.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}

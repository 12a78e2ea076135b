import { getServers } from 'node:dns'
import { isIP } from 'node:net'
import type { LinkInterface } from '@roamkit/core'
import { type Route, routeTo } from '../probe/route.js'
import { wayBetween } from '../probe/way.js'

/** The port of name servers. */
export const DNS_PORT = 53

/**
 * Whether what the system's resolver cannot find is evidence about a link: it asks no name server through another link. A local one
 * (127.0.0.53) forwards to those of the links.
 */
export async function nameServersLead(link: LinkInterface): Promise<boolean> {
  const known = new Set([...getServers().map(bare), ...link.dns].filter((one) => isIP(one) && !isLocal(one)))
  const routes = await Promise.all([...known].map((server) => routeToServer(link, server)))
  return routes.length > 0 && !routes.includes('other')
}

function routeToServer(link: LinkInterface, remote: string): Promise<Route> {
  const family = isIP(remote) === 6 ? 6 : 4
  // Only the far end matters: the system may ask from any of its addresses.
  return routeTo(link, wayBetween(link, remote) ?? { local: '', remote, family }, DNS_PORT)
}

/** Without the port: `[2001:db8::1]:5353`. */
function bare(server: string): string {
  return isIP(server) ? server : server.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}

function isLocal(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

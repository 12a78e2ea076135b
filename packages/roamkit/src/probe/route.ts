import { createSocket } from 'node:dgram'
import { isIP } from 'node:net'
import { isIpv6LinkLocal } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'
import { bare, isLoopbackLink, isThisMachine, ownersOf } from './this-machine.js'

/** The far end of an attempt. */
export interface Remote {
  readonly address: string
  readonly port: number
}

/** Where the system's routes lead: through the link, through another one (or it cannot be told), or nowhere. */
export type Route = 'through' | 'other' | 'none'

/**
 * Whether the system's routes lead to a far end through this link, now. Asked of the system itself: a datagram socket that is connected gets its
 * local address from the route that would be taken, and nothing is sent.
 *
 * `other` also if several links have that address, and for this machine's own addresses, unless the link is the loopback. Rules that route by source
 * address are not seen, so a link that they serve counts as not taken.
 */
export async function routeTo(link: LinkInterface, remote: Remote): Promise<Route> {
  const { address } = remote
  if (isThisMachine(link, address) && !isLoopbackLink(link)) return 'other'
  if (isIpv6LinkLocal(address)) {
    const [, zone] = address.split('%')
    return zone === undefined || zone === zoneOf(link) ? 'through' : 'other'
  }
  const { source, code } = await sourceFor(remote)
  if (source === null) return NO_ROUTE.includes(code) ? 'none' : 'other'
  return isOnlyOf(link, source) ? 'through' : 'other'
}

/** What the system calls a link in the zone of an address. */
function zoneOf({ name, index }: LinkInterface): string {
  return process.platform === 'win32' ? String(index ?? name) : name
}

/** What the system says if there is no route. */
const NO_ROUTE: readonly string[] = ['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL']

interface Source {
  /** The address that the system would send from. */
  readonly source: string | null
  /** Why there is none. */
  readonly code: string
}

function sourceFor({ address, port }: Remote): Promise<Source> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4')
    const end = (source: Source) => {
      socket.close()
      resolve(source)
    }
    // No route, or no descriptor left.
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => end({ source: null, code }))
    socket.once('connect', () => end({ source: socket.address().address, code: '' }))
    socket.connect(port, address)
  })
}

function isOnlyOf({ name, addresses }: LinkInterface, address: string): boolean {
  const owners = ownersOf(address)
  if (owners.some((owner) => owner !== name)) return false
  return owners.length > 0 || addresses.some((cidr) => bare(cidr) === address)
}

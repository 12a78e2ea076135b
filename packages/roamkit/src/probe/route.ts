import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import type { LinkInterface } from '@roamkit/core/contract'
import type { Way } from './way.js'

/** Where the system's routes lead: through the link, through another one (or it cannot be told), or nowhere. */
export type Route = 'through' | 'other' | 'none'

/**
 * Whether the system's routes lead to the far end of a way through this link, now. Asked of the system itself: a datagram
 * socket that is connected gets its local address from the route that would be taken, and nothing is sent.
 *
 * `other` also if several links have that address. Rules that route by source address are not seen, so a link that they
 * serve counts as not taken.
 */
export async function routeTo(link: LinkInterface, way: Way, port: number): Promise<Route> {
  // The zone of a link-local address names the link.
  if (way.remote.includes('%')) return way.remote.endsWith(`%${link.name}`) ? 'through' : 'other'
  const { address, code } = await sourceAddress(way, port)
  if (address === null) return NO_ROUTE.includes(code) ? 'none' : 'other'
  return isOnlyOf(link, address) ? 'through' : 'other'
}

/** Whether they lead through this link; `false` also if that cannot be told. */
export async function leadsThrough(link: LinkInterface, way: Way, port: number): Promise<boolean> {
  return (await routeTo(link, way, port)) === 'through'
}

/** What the system says if there is no route. */
const NO_ROUTE: readonly string[] = ['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL']

interface Source {
  readonly address: string | null
  /** Why there is no address. */
  readonly code: string
}

function sourceAddress({ remote, family }: Way, port: number): Promise<Source> {
  return new Promise((resolve) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    const end = (source: Source) => {
      socket.close()
      resolve(source)
    }
    // No route, or no descriptor left.
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => end({ address: null, code }))
    socket.once('connect', () => end({ address: socket.address().address, code: '' }))
    socket.connect(port, remote)
  })
}

function isOnlyOf({ name, addresses }: LinkInterface, address: string): boolean {
  const owners = Object.entries(networkInterfaces()).flatMap(([owner, entries = []]) =>
    entries.some((entry) => entry.address === address) ? [owner] : [],
  )
  if (owners.some((owner) => owner !== name)) return false
  return owners.length > 0 || addresses.some((cidr) => cidr.replace(/\/\d+$/, '') === address)
}

import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import type { LinkInterface } from '@roamkit/core/contract'
import type { Way } from './probe-attempt.js'

/**
 * Whether the system's routes lead to the far end of a way through this link, now. Asked of the system itself: a datagram
 * socket that is connected gets its local address from the route that would be taken, and nothing is sent.
 *
 * `false` also if that is unknown: there is no route, or several links have that address. Rules that route by source
 * address are not seen, so a link that they serve counts as not taken.
 */
export async function leadsThrough(link: LinkInterface, way: Way, port: number): Promise<boolean> {
  // The zone of a link-local address names the link.
  if (way.remote.includes('%')) return way.remote.endsWith(`%${link.name}`)
  const address = await sourceAddress(way, port)
  return address !== null && isOnlyOf(link, address)
}

function sourceAddress({ remote, family }: Way, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    const end = (address: string | null) => {
      socket.close()
      resolve(address)
    }
    // No route, or no descriptor left.
    socket.on('error', () => end(null))
    socket.once('connect', () => end(socket.address().address))
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

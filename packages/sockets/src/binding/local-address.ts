import { isIP } from 'node:net'
import { isIpv6LinkLocal } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'

/**
 * The address of a link from which a remote address can be reached: one of the same family, and link-local only if the remote one is. An IPv6
 * link-local address has the link as its zone.
 * @returns `null` if the link has none
 */
export function localAddress(link: LinkInterface, remote: string): string | null {
  const family = isIP(remote)
  const isLocal = isIpv6LinkLocal(remote)
  const found = link.addresses
    .map((cidr) => cidr.replace(/\/\d+$/, ''))
    .find((one) => isIP(one) === family && isIpv6LinkLocal(one) === isLocal)
  return found === undefined ? null : withZone(link, found)
}

/** A link-local IPv6 address with the link as its zone; any other address as it is. */
export function withZone(link: LinkInterface, address: string): string {
  return isIpv6LinkLocal(address) && !address.includes('%') ? `${address}%${zoneOf(link)}` : address
}

/** What the system calls a link in the zone of an address. libuv reads a number on Windows, and a name would be zone 0: any link. */
export function zoneOf({ name, index }: LinkInterface): string {
  return process.platform === 'win32' ? String(index ?? name) : name
}

import { isIP } from 'node:net'
import { isIpv6LinkLocal } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'

/** From which address to which. */
export interface Way {
  readonly local: string
  readonly remote: string
  readonly family: 4 | 6
}

/**
 * From an address of the link to another one; `null` if the link has none of that family. What is link-local is so on both
 * ends, and is scoped to this link.
 */
export function wayBetween({ name, addresses }: LinkInterface, remote: string): Way | null {
  const family = isIP(remote) === 6 ? 6 : 4
  const locals = addresses.map((cidr) => cidr.replace(/\/\d+$/, ''))
  const local = locals.find((one) => isIP(one) === family && isIpv6LinkLocal(one) === isIpv6LinkLocal(remote))
  if (local === undefined) return null
  // Of IPv6 only: for IPv4 the kernel finds its way.
  const scoped = (address: string) =>
    isIpv6LinkLocal(address) && !address.includes('%') ? `${address}%${name}` : address
  return { local: scoped(local), remote: scoped(remote), family }
}

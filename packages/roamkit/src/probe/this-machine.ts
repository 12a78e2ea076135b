import { networkInterfaces } from 'node:os'
import { isIpv6LinkLocal, isLoopback } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'

/** An address without the length of its prefix and without its zone. */
export function bare(address: string): string {
  return address.replace(/[/%].*$/, '')
}

/** The names of this machine's interfaces that have an address now. Interfaces that are down are not among them. */
export function ownersOf(address: string): readonly string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, entries = []]) =>
    entries.some((entry) => entry.address === bare(address)) ? [name] : [],
  )
}

/** Whether an address, seen from a link, is this machine's own, so that what is sent there does not leave it. */
export function isThisMachine({ name }: LinkInterface, address: string): boolean {
  const owners = ownersOf(address)
  // Others may have the same link-local address on another link.
  return isIpv6LinkLocal(address) ? owners.includes(name) : owners.length > 0 || isLoopback(address)
}

/** Whether a link is the loopback, which leads to this machine only. */
export function isLoopbackLink({ name }: LinkInterface): boolean {
  return networkInterfaces()[name]?.some(({ internal }) => internal) ?? false
}

/** Whether an interface of that name is up and has none of the link's addresses: the link has changed, or is not of this machine. */
export function isOutdated({ name, addresses }: LinkInterface): boolean {
  const entries = networkInterfaces()[name]
  return (
    entries !== undefined && !entries.some(({ address }) => addresses.some((cidr) => bare(cidr) === address))
  )
}

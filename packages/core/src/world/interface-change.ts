import type { LinkInterface } from '../contract/index.js'
import { isLinkLocal } from '../primitives/link-local.js'

/** What is different about the interface that a session uses (rule T7). */
export interface InterfaceChange {
  /** The addresses, without prefix length, that were there before and can no longer be bound to. */
  readonly addressesGone: readonly string[]
}

/**
 * What an application has to know of a change of its interface; `null` if there is nothing: link-local addresses, and IPv6 addresses
 * that come and go beside one that stays in the same network (privacy addresses), are no news.
 */
export function interfaceChange(before: LinkInterface, after: LinkInterface): InterfaceChange | null {
  const lost = before.addresses.filter((address) => !after.addresses.includes(address))
  const gained = after.addresses.filter((address) => !before.addresses.includes(address))
  const stays = before.addresses.filter((address) => after.addresses.includes(address))
  const isNews = (address: string) => !isLinkLocal(address) && !isBesideOneThatStays(address, stays)
  const isSame =
    before.name === after.name &&
    !lost.some(isNews) &&
    !gained.some(isNews) &&
    sameTexts(before.gateways, after.gateways) &&
    sameTexts(before.dns, after.dns)
  if (isSame) return null
  const left = new Set(after.addresses.map(withoutPrefix))
  const gone = lost.filter((address) => !isLinkLocal(address)).map(withoutPrefix)
  return { addressesGone: Object.freeze(gone.filter((address) => !left.has(address))) }
}

/**
 * The addresses of an interface that it no longer has, without prefix length, as far as they count (rule T7): not the link-local ones, and
 * no IPv6 address beside one that has stayed in the same network.
 */
export function lostAddresses(before: readonly string[], after: readonly string[]): readonly string[] {
  const left = new Set(after.map(withoutPrefix))
  const had = before.map(withoutPrefix)
  const stays = had.filter((address) => left.has(address))
  return had.filter(
    (address) => !left.has(address) && !isLinkLocal(address) && !isBesideOneThatStays(address, stays),
  )
}

function withoutPrefix(cidr: string): string {
  return cidr.replace(/\/\d+$/, '')
}

/** Only for IPv6: a machine gives itself more addresses in a network in which it has one already. */
function isBesideOneThatStays(cidr: string, stays: readonly string[]): boolean {
  if (!cidr.includes(':')) return false
  const network = networkOf(cidr)
  return stays.some((other) => other.includes(':') && networkOf(other) === network)
}

/** The first 64 bits of an IPv6 address: where hosts choose the rest themselves. */
function networkOf(cidr: string): string {
  const address = withoutPrefix(cidr)
  const [left = [], right = []] = address.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const zeros = Math.max(8 - left.length - right.length, 0)
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16))
    .join(':')
}

function sameTexts(before: readonly string[], after: readonly string[]): boolean {
  return before.length === after.length && before.every((one, index) => one === after[index])
}

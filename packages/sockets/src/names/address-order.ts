import { isIP } from 'node:net'
import type { LinkInterface } from '@roamkit/core/contract'
import { ipv6Bytes } from '../binding/native.js'
import type { ResolvedAddress } from './outcome.js'

/** A line of the policy table of RFC 6724, section 2.1. */
interface Policy {
  readonly prefix: string
  readonly length: number
  readonly precedence: number
  readonly label: number
}

/** The longest prefix first. An IPv4 address is in `::ffff:0:0/96`. `fc00::/7` are unique local addresses (ULA). */
const POLICIES: readonly Policy[] = [
  { prefix: '::1', length: 128, precedence: 50, label: 0 },
  { prefix: '::ffff:0:0', length: 96, precedence: 35, label: 4 },
  { prefix: '::', length: 96, precedence: 1, label: 3 },
  { prefix: '2001::', length: 32, precedence: 5, label: 5 },
  { prefix: '2002::', length: 16, precedence: 30, label: 2 },
  { prefix: '3ffe::', length: 16, precedence: 1, label: 12 },
  { prefix: 'fec0::', length: 10, precedence: 1, label: 11 },
  { prefix: 'fc00::', length: 7, precedence: 3, label: 13 },
  { prefix: '::', length: 0, precedence: 40, label: 1 },
]

const SCOPE = { link: 2, site: 5, global: 14 } as const

/** What the rules look at. */
interface Traits {
  readonly family: number
  readonly scope: number
  readonly label: number
  readonly precedence: number
}

/**
 * The addresses of a host in the order in which to try them through a link: as `getaddrinfo()` has it by RFC 6724, section 6, with the addresses
 * of the link as the sources.
 *
 * - Rule 1: those that no address of the link can reach come last. That is a family of which the link has none.
 * - Rule 2: those whose scope is that of their source come first. A link that has only a link-local IPv6 address prefers IPv4.
 * - Rule 5: those whose label is that of their source come first. A link whose only IPv6 address is a ULA prefers IPv4 for global hosts.
 * - Rule 6: the higher precedence first: global IPv6, then IPv4, then ULA.
 * - Rule 8: the smaller scope first.
 * - Rule 10: otherwise the order stays.
 *
 * Left out are rules 3, 4 and 7, because a `LinkInterface` does not say which addresses are deprecated, home addresses or tunnels, and rule 9
 * (longest matching prefix), because it would defeat servers that spread the load by the order of their answers.
 */
export function inOrder(
  link: LinkInterface,
  addresses: readonly ResolvedAddress[],
): readonly ResolvedAddress[] {
  const sources = link.addresses.map((cidr) => traitsOf(cidr.replace(/[%/].*$/, '')))
  const ranks = new Map(
    addresses.map((one) => {
      const target = traitsOf(one.address.replace(/%.*$/, ''))
      return [one, rank(target, sourceFor(target, sources))] as const
    }),
  )
  const unique = [...new Map(addresses.map((one) => [one.address, one])).values()]
  return unique.sort((one, other) => compare(ranks.get(one) ?? [], ranks.get(other) ?? []))
}

/** One number for each rule; the smaller one wins. */
function rank(target: Traits, source: Traits | undefined): readonly number[] {
  return [
    source === undefined ? 1 : 0,
    source?.scope === target.scope ? 0 : 1,
    source?.label === target.label ? 0 : 1,
    -target.precedence,
    target.scope,
  ]
}

/** The address from which a link reaches a target. RFC 6724, section 5: one of its scope (rule 2), of its label (rule 6). */
function sourceFor(target: Traits, sources: readonly Traits[]): Traits | undefined {
  const distance = (source: Traits) => [
    // A source of a smaller scope than the target's comes last.
    source.scope < target.scope ? 1 : 0,
    source.scope,
    source.label === target.label ? 0 : 1,
  ]
  return sources
    .filter(({ family }) => family === target.family)
    .sort((one, other) => compare(distance(one), distance(other)))[0]
}

function compare(one: readonly number[], other: readonly number[]): number {
  return one.map((value, index) => value - (other[index] ?? 0)).find((difference) => difference !== 0) ?? 0
}

function traitsOf(address: string): Traits {
  const family = isIP(address)
  const bytes = ipv6Bytes(family === 4 ? `::ffff:${address}` : address)
  const { label, precedence } = POLICIES.find(({ prefix, length }) => isWithin(bytes, prefix, length)) ?? {
    label: 1,
    precedence: 40,
  }
  return { family, scope: scopeOf(bytes, family), label, precedence }
}

/** RFC 6724, section 3: private IPv4 addresses and ULA are global. */
function scopeOf(bytes: Uint8Array, family: number): number {
  if (family === 4) {
    const [first, second] = bytes.slice(12)
    return first === 127 || (first === 169 && second === 254) ? SCOPE.link : SCOPE.global
  }
  if (isWithin(bytes, 'fe80::', 10) || isWithin(bytes, '::1', 128)) return SCOPE.link
  return isWithin(bytes, 'fec0::', 10) ? SCOPE.site : SCOPE.global
}

/** Whether an address begins with the bits of a prefix. */
function isWithin(bytes: Uint8Array, prefix: string, length: number): boolean {
  const other = ipv6Bytes(prefix)
  return bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, length - 8 * index))
    return (byte ^ (other[index] ?? 0)) >> (8 - bits) === 0
  })
}

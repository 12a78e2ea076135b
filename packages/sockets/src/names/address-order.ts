import { isIP } from 'node:net'
import type { LinkInterface } from '@roamkit/core/contract'
import { ipv6Bytes } from '../binding/native.js'
import type { ResolvedAddress } from './outcome.js'

/** All addresses that begin with these bits. */
interface Block {
  readonly prefix: Uint8Array
  readonly length: number
}

function block(prefix: string, length: number): Block {
  return { prefix: ipv6Bytes(prefix), length }
}

const LINK_LOCAL = block('fe80::', 10)
const SITE_LOCAL = block('fec0::', 10)
const LOOPBACK = block('::1', 128)

/** A line of the policy table of RFC 6724, section 2.1. */
interface Policy {
  readonly block: Block
  readonly precedence: number
  readonly label: number
}

/** The longest prefix first. An IPv4 address is in `::ffff:0:0/96`. `fc00::/7` are unique local addresses (ULA). */
const POLICIES: readonly Policy[] = [
  { block: LOOPBACK, precedence: 50, label: 0 },
  { block: block('::ffff:0:0', 96), precedence: 35, label: 4 },
  { block: block('::', 96), precedence: 1, label: 3 },
  { block: block('2001::', 32), precedence: 5, label: 5 },
  { block: block('2002::', 16), precedence: 30, label: 2 },
  { block: block('3ffe::', 16), precedence: 1, label: 12 },
  { block: SITE_LOCAL, precedence: 1, label: 11 },
  { block: block('fc00::', 7), precedence: 3, label: 13 },
  { block: block('::', 0), precedence: 40, label: 1 },
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
  const { label, precedence } = POLICIES.find((one) => isWithin(bytes, one.block)) ?? {
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
  if (isWithin(bytes, LINK_LOCAL) || isWithin(bytes, LOOPBACK)) return SCOPE.link
  return isWithin(bytes, SITE_LOCAL) ? SCOPE.site : SCOPE.global
}

function isWithin(bytes: Uint8Array, { prefix, length }: Block): boolean {
  return bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, length - 8 * index))
    return (byte ^ (prefix[index] ?? 0)) >> (8 - bits) === 0
  })
}

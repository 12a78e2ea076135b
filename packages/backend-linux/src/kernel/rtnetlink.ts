import { ssidText } from '@roamkit/core/contract'
import { ipFamily } from '../ip-family.js'
import { ipv6Text } from '../networkmanager/translate/interface-facts.js'
import { type Attributes, attributesOf, hostBytes, requestOf, u16At, u32, u32At, untilZero } from './wire.js'

/** Types of messages. */
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3
export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
const RTM_GETLINK = 18
export const RTM_NEWADDR = 20
export const RTM_DELADDR = 21
const RTM_GETADDR = 22
export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
const RTM_GETROUTE = 26

/** Flags of messages. */
const NLM_F_REQUEST = 0x1
export const NLM_F_MULTI = 0x2
const NLM_F_ACK = 0x4
export const NLM_F_DUMP_INTR = 0x10
const NLM_F_DUMP = 0x300

const AF_INET = 2
const AF_INET6 = 10

/** An interface, as the kernel describes it. */
export interface KernelLink {
  readonly index: number
  /** Text for people and for `SO_BINDTODEVICE`. Names are bytes: those that are not UTF-8 are escaped. */
  readonly name: string
  /** Differs whenever the bytes of the name differ (rule T6). */
  readonly key: string
  /** `ARPHRD_*`. */
  readonly hardware: number
  readonly isUp: boolean
  /** Whether it can carry traffic now: `IFF_LOWER_UP` and `IFF_RUNNING`. */
  readonly isRunning: boolean
  readonly isLoopback: boolean
  /** `IFLA_INFO_KIND`, such as `bridge`; empty for hardware. */
  readonly kind: string
  /** The index of the interface that this one is a port of; `null` if it is none. */
  readonly master: number | null
  /** The index of the interface that this one rides on in the same namespace; `null` if there is none. */
  readonly base: number | null
  readonly mtu: number | null
  /** Lower-case hex pairs with colons. */
  readonly hardwareAddress: string | null
  /** How often it has lost its carrier since it exists. 0 if the kernel does not count (before Linux 4.16). */
  readonly carrierLosses: number
}

const IFLA_ADDRESS = 1
const IFLA_IFNAME = 3
const IFLA_MTU = 4
const IFLA_LINK = 5
const IFLA_MASTER = 10
const IFLA_WIRELESS = 11
const IFLA_LINKINFO = 18
const IFLA_INFO_KIND = 1
const IFLA_EXT_MASK = 29
const IFLA_LINK_NETNSID = 37
const IFLA_CARRIER_DOWN_COUNT = 48
const RTEXT_FILTER_SKIP_STATS = 8

const LINK_ATTRIBUTES: ReadonlySet<number> = new Set([
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_MTU,
  IFLA_LINK,
  IFLA_MASTER,
  IFLA_WIRELESS,
  IFLA_LINKINFO,
  IFLA_LINK_NETNSID,
  IFLA_CARRIER_DOWN_COUNT,
])

const IFF_UP = 0x1
const IFF_LOOPBACK = 0x8
const IFF_RUNNING = 0x40
const IFF_LOWER_UP = 0x10000

/** `struct ifinfomsg`. */
const LINK_HEADER = 16

/**
 * Decodes `RTM_NEWLINK` and `RTM_DELLINK`; `null` if the bytes are no description of an interface. So are those of a bridge about its ports,
 * which the kernel sends to the same group with the family `AF_BRIDGE`, and events of Wi-Fi (`IFLA_WIRELESS`), which leave out nearly all that an
 * interface has.
 */
export function decodeLink(payload: Uint8Array): KernelLink | null {
  const index = u32At(payload, 4)
  if (payload.length < LINK_HEADER || payload[0] !== 0 || !isIndex(index)) return null
  const attributes = attributesOf(payload.subarray(LINK_HEADER), LINK_ATTRIBUTES)
  if (attributes.has(IFLA_WIRELESS)) return null
  const name = untilZero(attributes.get(IFLA_IFNAME) ?? new Uint8Array())
  if (name.length === 0 || name.length > 15) return null
  const flags = u32At(payload, 8)
  const hardware = u16At(payload, 2)
  const base = u32(attributes.get(IFLA_LINK))
  const isBaseHere = !attributes.has(IFLA_LINK_NETNSID) && base !== index
  const information = attributesOf(attributes.get(IFLA_LINKINFO) ?? new Uint8Array())
  return {
    index,
    name: nameText(name),
    key: ssidText(name),
    hardware,
    isUp: (flags & IFF_UP) !== 0,
    isRunning: (flags & (IFF_LOWER_UP | IFF_RUNNING)) === (IFF_LOWER_UP | IFF_RUNNING),
    isLoopback: (flags & IFF_LOOPBACK) !== 0,
    kind: Buffer.from(untilZero(information.get(IFLA_INFO_KIND) ?? new Uint8Array())).toString('latin1'),
    master: orNone(u32(attributes.get(IFLA_MASTER))),
    base: isBaseHere ? orNone(base) : null,
    mtu: orNone(u32(attributes.get(IFLA_MTU))),
    hardwareAddress: hardwareAddressOf(hardware, attributes.get(IFLA_ADDRESS)),
    carrierLosses: u32(attributes.get(IFLA_CARRIER_DOWN_COUNT)) ?? 0,
  }
}

/** All of them: the compiler misses one that is left out. */
const LINK_FACTS = Object.keys({
  index: true,
  name: true,
  key: true,
  hardware: true,
  isUp: true,
  isRunning: true,
  isLoopback: true,
  kind: true,
  master: true,
  base: true,
  mtu: true,
  hardwareAddress: true,
  carrierLosses: true,
} satisfies Record<keyof KernelLink, true>) as readonly (keyof KernelLink)[]

/** Whether two descriptions of an interface say the same. */
export function isSameLink(one: KernelLink, other: KernelLink): boolean {
  return LINK_FACTS.every((fact) => one[fact] === other[fact])
}

/** An address of an interface. */
export interface KernelAddress {
  readonly index: number
  readonly family: 4 | 6
  /** CIDR notation. */
  readonly cidr: string
  /** Distinguishes two addresses with the same text but other peers. */
  readonly key: string
  /** Whether a program can bind to it: IPv6 has first to find out that no other machine has it. */
  readonly isBindable: boolean
}

const IFA_ADDRESS = 1
const IFA_LOCAL = 2
const IFA_FLAGS = 8
const IFA_F_OPTIMISTIC = 0x04
const IFA_F_DADFAILED = 0x08
const IFA_F_TENTATIVE = 0x40

/** `struct ifaddrmsg`. */
const ADDRESS_HEADER = 8

/** Decodes `RTM_NEWADDR` and `RTM_DELADDR`; `null` if the bytes are no address. */
export function decodeAddress(payload: Uint8Array): KernelAddress | null {
  const index = u32At(payload, 4)
  const family = familyOf(payload[0])
  if (payload.length < ADDRESS_HEADER || family === null || !isIndex(index)) return null
  const attributes = attributesOf(payload.subarray(ADDRESS_HEADER))
  // On a point-to-point link IFA_ADDRESS is the other end.
  const local = addressText(family, attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS))
  const prefix = payload[1] ?? 0
  if (local === null || prefix > (family === 4 ? 32 : 128)) return null
  const flags = u32(attributes.get(IFA_FLAGS)) ?? payload[2] ?? 0
  const isTentative = (flags & IFA_F_TENTATIVE) !== 0 && (flags & IFA_F_OPTIMISTIC) === 0
  const cidr = `${local}/${prefix}`
  return {
    index,
    family,
    cidr,
    key: `${cidr} ${addressText(family, attributes.get(IFA_ADDRESS)) ?? ''}`,
    isBindable: !isTentative && (flags & IFA_F_DADFAILED) === 0,
  }
}

/** One hop of a default route of the main table. */
export interface DefaultRoute {
  readonly index: number
  readonly family: 4 | 6
  /** Lower is preferred. */
  readonly metric: number
  /** `null` on a point-to-point link. */
  readonly gateway: string | null
}

const RTA_OIF = 4
const RTA_GATEWAY = 5
const RTA_PRIORITY = 6
const RTA_MULTIPATH = 9
const RTA_TABLE = 15
const RTA_VIA = 18
const RT_TABLE_MAIN = 254
const RTN_UNICAST = 1
const RTM_F_CLONED = 0x200
const RTNH_F_DEAD = 1

/** `struct rtmsg`, and `struct rtnexthop`. */
const ROUTE_HEADER = 12
const HOP_HEADER = 8

/** Decodes `RTM_NEWROUTE` and `RTM_DELROUTE`: the hops of a default route of the main table, or none for any other route. */
export function decodeDefaultRoute(payload: Uint8Array): readonly DefaultRoute[] {
  const family = familyOf(payload[0])
  if (payload.length < ROUTE_HEADER || family === null) return []
  const isDefault = payload[1] === 0 && payload[7] === RTN_UNICAST
  if (!isDefault || (u32At(payload, 8) & RTM_F_CLONED) !== 0) return []
  const attributes = attributesOf(payload.subarray(ROUTE_HEADER))
  if ((u32(attributes.get(RTA_TABLE)) ?? payload[4]) !== RT_TABLE_MAIN) return []
  const route = { family, metric: u32(attributes.get(RTA_PRIORITY)) ?? 0 }
  const hops = attributes.get(RTA_MULTIPATH)
  if (hops !== undefined) return [...hopsOf(hops, route)]
  const index = u32(attributes.get(RTA_OIF)) ?? 0
  const isUsable = isIndex(index) && (u32At(payload, 8) & RTNH_F_DEAD) === 0
  return isUsable ? [{ index, ...route, gateway: gatewayOf(family, attributes) }] : []
}

function* hopsOf(bytes: Uint8Array, route: Pick<DefaultRoute, 'family' | 'metric'>): Generator<DefaultRoute> {
  for (let at = 0; at + HOP_HEADER <= bytes.length; ) {
    const length = u16At(bytes, at)
    if (length < HOP_HEADER || at + length > bytes.length) return
    const index = u32At(bytes, at + 4)
    const isUsable = isIndex(index) && ((bytes[at + 2] ?? 0) & RTNH_F_DEAD) === 0
    const attributes = attributesOf(bytes.subarray(at + HOP_HEADER, at + length))
    if (isUsable) yield { index, ...route, gateway: gatewayOf(route.family, attributes) }
    at += (length + 3) & ~3
  }
}

function gatewayOf(family: 4 | 6, attributes: Attributes): string | null {
  const via = attributes.get(RTA_VIA)
  const viaFamily = via ? familyOf(u16At(via, 0)) : null
  return (
    addressText(family, attributes.get(RTA_GATEWAY)) ??
    (via && viaFamily ? addressText(viaFamily, via.subarray(2)) : null)
  )
}

/** The error number of `NLMSG_ERROR`, or of an `NLMSG_DONE` that ends a list early; 0 for success. */
export function decodeError(payload: Uint8Array): number {
  return payload.length < 4 ? 0 : -(u32At(payload, 0) | 0)
}

/** What the kernel can be asked to list. */
export type Listing = 'links' | 'addresses' | 'routes4' | 'routes6'

/** A request for a list. */
export function listRequest(what: Listing, sequence: number): Uint8Array {
  const flags = NLM_F_REQUEST | NLM_F_DUMP
  switch (what) {
    case 'links':
      return requestOf(
        RTM_GETLINK,
        flags,
        sequence,
        new Uint8Array(LINK_HEADER),
        hostBytes([8, 2], [IFLA_EXT_MASK, 2], [RTEXT_FILTER_SKIP_STATS, 4]),
      )
    case 'addresses':
      return requestOf(RTM_GETADDR, flags, sequence, new Uint8Array(ADDRESS_HEADER))
    default: {
      const route = new Uint8Array(ROUTE_HEADER)
      route[0] = what === 'routes4' ? AF_INET : AF_INET6
      route[4] = RT_TABLE_MAIN
      return requestOf(RTM_GETROUTE, flags, sequence, route)
    }
  }
}

/** A request to set or clear `IFF_UP`, which the kernel answers with `NLMSG_ERROR`. */
export function upRequest(index: number, to: 'up' | 'down', sequence: number): Uint8Array {
  const link = hostBytes([0, 2], [0, 2], [index, 4], [to === 'up' ? IFF_UP : 0, 4], [IFF_UP, 4])
  return requestOf(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, sequence, link)
}

function familyOf(number: number | undefined): 4 | 6 | null {
  if (number === AF_INET) return 4
  return number === AF_INET6 ? 6 : null
}

function addressText(family: 4 | 6, bytes: Uint8Array | undefined): string | null {
  if (bytes?.length !== (family === 4 ? 4 : 16)) return null
  const text = family === 4 ? bytes.join('.') : ipv6Text(bytes)
  return ipFamily(text) === family ? text : null
}

function isIndex(index: number): boolean {
  return index > 0 && index < 2 ** 31
}

function orNone(number: number | null): number | null {
  return number === 0 ? null : number
}

/** `ARPHRD_ETHER` and `ARPHRD_INFINIBAND`. What other kinds call an address is one of the network layer, or none. */
const WITH_ADDRESS: ReadonlySet<number> = new Set([1, 32])

function hardwareAddressOf(hardware: number, bytes: Uint8Array | undefined): string | null {
  if (!WITH_ADDRESS.has(hardware) || bytes === undefined || bytes.every((byte) => byte === 0)) return null
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':')
}

const strictUtf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

function nameText(name: Uint8Array): string {
  try {
    return strictUtf8.decode(name)
  } catch {
    // Not UTF-8. No program can bind to such a name by its text anyway.
    return ssidText(name)
  }
}

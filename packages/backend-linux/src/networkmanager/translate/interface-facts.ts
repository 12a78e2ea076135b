import type { LinkInterface } from '@roamkit/core/contract'
import {
  asDictionaries,
  list,
  number,
  oncePerArray,
  type Properties,
  text,
  texts,
} from '../../bus/property.js'
import { ipFamily } from '../../ip-family.js'
import { addressesOf } from './addresses.js'

/** Begins a domain that chooses name servers, and is not appended to names. */
const ROUTING_ONLY = '~'

/** What {@link interfaceFacts} reads. Any part may be missing. */
export interface InterfaceParts {
  readonly device: Properties | undefined
  readonly ip4: Properties | undefined
  readonly ip6: Properties | undefined
  /** The kernel's index; `null` if it is unknown. */
  readonly index: number | null
}

/** The interface of a link, as NetworkManager's Device, IP4Config and IP6Config describe it; `null` without a device. */
export function interfaceFacts(parts: InterfaceParts): LinkInterface | null {
  const { device, ip4, ip6, index } = parts
  const name = carryingInterface(device)
  if (!name) return null
  // For a PPP link over a wire, `HwAddress` is that of the wire.
  const isItsOwn = name === text(device, 'Interface')
  return {
    name,
    index,
    hardwareAddress: isItsOwn ? hardwareAddress(text(device, 'HwAddress')) : null,
    mtu: positive(number(device, 'Mtu')),
    addresses: [...addressesOf(ip4), ...addressesOf(ip6)],
    gateways: [text(ip4, 'Gateway'), text(ip6, 'Gateway')].filter(isGateway),
    dns: [...nameServers4(ip4), ...nameServers6(ip6)],
    searchDomains: [
      ...new Set([ip4, ip6].flatMap((ip) => [...texts(ip, 'Searches'), ...texts(ip, 'Domains')])),
    ].filter((domain) => !domain.startsWith(ROUTING_ONLY)),
  }
}

/** The interface that traffic runs over. A modem's `Interface` is its control port, and that of PPP is its base. */
export function carryingInterface(device: Properties | undefined): string {
  return text(device, 'IpInterface') || text(device, 'Interface')
}

/**
 * Lower-case hex pairs with colons; `null` for anything else, and for what a tunnel calls its address: 4 or 16 bytes, which are those of an IP
 * address. Those of Ethernet have 6, of IEEE 802.15.4 and FireWire 8, and of InfiniBand 20.
 */
export function hardwareAddress(said: string): string | null {
  const isAddress = /^[0-9a-f]{2}(:[0-9a-f]{2})+$/i.test(said) && LENGTHS.has((said.length + 1) / 3)
  return isAddress && /[1-9a-f]/i.test(said) ? said.toLowerCase() : null
}

const LENGTHS: ReadonlySet<number> = new Set([6, 8, 20])

/** A number that counts something; `null` if it cannot. */
export function positive(value: number): number | null {
  return Number.isSafeInteger(value) && value > 0 ? value : null
}

/** Whether a text is an IP address. */
export function isAddress(address: string): boolean {
  return ipFamily(address) !== 0
}

/** Whether a text is the address of a gateway: the default route of a point-to-point link has zeros in its place. */
export function isGateway(address: string): boolean {
  return isAddress(address) && !/^[0.:]+$/.test(address)
}

/** The IPv4 name servers of a configuration. */
export function nameServers4(ip: Properties | undefined): readonly string[] {
  return nameServers4In(list(ip, 'NameserverData'))
}

const nameServers4In = oncePerArray((values: readonly unknown[]) =>
  asDictionaries(values)
    .map((data) => text(data, 'address'))
    .filter(isAddress),
)

function nameServers6(ip: Properties | undefined): readonly string[] {
  return nameServers6In(list(ip, 'Nameservers'))
}

const nameServers6In = oncePerArray((values: readonly unknown[]) =>
  values.flatMap((entry) => (entry instanceof Uint8Array && entry.length === 16 ? [ipv6Text(entry)] : [])),
)

/** The canonical text of an IPv6 address (RFC 5952). */
export function ipv6Text(address: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((address[index * 2] ?? 0) << 8) | (address[index * 2 + 1] ?? 0)).toString(16),
  )
  const runs = [...groups.join(':').matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)]
  const longest = runs.reduce<RegExpExecArray | null>(
    (best, run) => (best && zeros(best) >= zeros(run) ? best : run),
    null,
  )
  if (!longest) return groups.join(':')
  const whole = groups.join(':')
  const before = whole.slice(0, longest.index)
  const after = whole.slice(longest.index + longest[0].length).replace(/^:/, '')
  return `${before}::${after}`
}

function zeros(run: RegExpExecArray): number {
  return run[0].split(':').filter((group) => group === '0').length
}

import type { LinkInterface } from '@roamkit/core/contract'
import { dictionaries, list, number, type Properties, text, texts } from './property.js'

/** What {@link interfaceFacts} is made of; any part may be missing. */
export interface InterfaceParts {
  readonly device: Properties | undefined
  readonly ip4: Properties | undefined
  readonly ip6: Properties | undefined
  /** The kernel's index, `null` where it is not known. */
  readonly index: number | null
}

/** The interface of a link, as NetworkManager's Device, IP4Config and IP6Config describe it; `null` without a device. */
export function interfaceFacts(parts: InterfaceParts): LinkInterface | null {
  const { device, ip4, ip6, index } = parts
  // A modem's `Interface` is its control port; traffic runs over `IpInterface`.
  const name = text(device, 'IpInterface') || text(device, 'Interface')
  if (!name) return null
  return {
    name,
    index,
    hardwareAddress: text(device, 'HwAddress').toLowerCase() || null,
    mtu: number(device, 'Mtu') || null,
    addresses: [...addresses(ip4), ...addresses(ip6)],
    gateways: [text(ip4, 'Gateway'), text(ip6, 'Gateway')].filter((gateway) => gateway !== ''),
    dns: [...nameServers4(ip4), ...nameServers6(ip6)],
    searchDomains: [
      ...new Set([ip4, ip6].flatMap((ip) => [...texts(ip, 'Searches'), ...texts(ip, 'Domains')])),
    ],
  }
}

function addresses(ip: Properties | undefined): readonly string[] {
  return dictionaries(ip, 'AddressData').map((data) => `${text(data, 'address')}/${number(data, 'prefix')}`)
}

function nameServers4(ip: Properties | undefined): readonly string[] {
  return dictionaries(ip, 'NameserverData').map((data) => text(data, 'address'))
}

function nameServers6(ip: Properties | undefined): readonly string[] {
  return list(ip, 'Nameservers').flatMap((entry) =>
    entry instanceof Uint8Array && entry.length === 16 ? [ipv6Text(entry)] : [],
  )
}

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

import { isIpv6LinkLocal } from '@roamkit/core/backend-kit'
import type { Bearer, Cellular, LinkConfiguration, LinkInterface } from '@roamkit/core/contract'
import { flag, number, type Properties, section, text, texts } from '../bus/property.js'
import { cidr } from '../networkmanager/translate/addresses.js'
import {
  hardwareAddress,
  isAddress,
  isGateway,
  positive,
} from '../networkmanager/translate/interface-facts.js'

const BEARERS: ReadonlyMap<string, Bearer> = new Map([
  ['ethernet', 'ethernet'],
  // A cable to a computer that takes this one for a USB device.
  ['gadget', 'ethernet'],
  ['wifi', 'wlan'],
  ['bluetooth', 'bluetooth'],
  ['cellular', 'cellular'],
  ['vpn', 'vpn'],
])

/** The bearer of a service. */
export function bearerOf(service: Properties): Bearer {
  const bearer = BEARERS.get(text(service, 'Type')) ?? 'unknown'
  return bearer === 'vpn' && text(section(service, 'Provider'), 'Type') === 'wireguard' ? 'wireguard' : bearer
}

/** Whether it is plugged in with a cable. ConnMan connects these by itself, never forgets them, and lists them only while they carry. */
export function isWired(service: Properties): boolean {
  return isWiredType(text(service, 'Type'))
}

/** Whether services of that type have cables, and no radio. */
export function isWiredType(type: string): boolean {
  return type === 'ethernet' || type === 'gadget'
}

/** Whether a service rides on another one (rule T2). */
export function isVpn(service: Properties): boolean {
  return text(service, 'Type') === 'vpn'
}

/** The addresses of a service, in CIDR notation, without invalid ones. */
export function addressesOf(service: Properties): readonly string[] {
  const [ip4, ip6] = [section(service, 'IPv4'), section(service, 'IPv6')]
  const prefix = prefixOf(text(ip4, 'Netmask'))
  const all = [
    prefix === null ? null : cidr(text(ip4, 'Address'), prefix),
    ip6.has('Address') ? cidr(text(ip6, 'Address'), number(ip6, 'PrefixLength')) : null,
  ]
  return all.filter((address) => address !== null)
}

/** Whether a service has an address that others can reach on its link: fe80::/10 alone is not one. */
export function hasAddress(service: Properties): boolean {
  return addressesOf(service).some((address) => !isIpv6LinkLocal(address))
}

/** The length of a netmask; `null` if the text is none. A point-to-point link has no netmask. */
function prefixOf(netmask: string): number | null {
  if (netmask === '') return 32
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(netmask)) return null
  const bits = netmask
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('')
  const length = bits.lastIndexOf('1') + 1
  return bits.length === 32 && !bits.slice(0, length).includes('0') ? length : null
}

/** Whether a service has a default route, also one of a point-to-point link, for which ConnMan names a gateway of zeros. */
export function hasDefaultRoute(service: Properties): boolean {
  return namedGateways(service).length > 0
}

/** ConnMan names them while the service has the default route. */
function namedGateways(service: Properties): readonly string[] {
  return ['IPv4', 'IPv6'].map((family) => text(section(service, family), 'Gateway')).filter(isAddress)
}

/** Whether a service's settings would give it a default route (rule T1). */
export function wouldLeadOut(service: Properties): boolean {
  return ['IPv4.Configuration', 'IPv6.Configuration'].some((family) => {
    const settings = section(service, family)
    const method = text(settings, 'Method')
    if (method === 'manual' || method === 'fixed') return isAddress(text(settings, 'Gateway'))
    return method === 'dhcp' || method === 'auto'
  })
}

/**
 * The interface of a service; `null` if it has none.
 *
 * @param index the kernel's index; `null` if it is unknown
 */
export function interfaceOf(service: Properties, index: number | null): LinkInterface | null {
  const ethernet = section(service, 'Ethernet')
  const name = text(ethernet, 'Interface')
  if (name === '') return null
  return {
    name,
    index,
    hardwareAddress: hardwareAddress(text(ethernet, 'Address')),
    mtu: positive(number(ethernet, 'MTU')),
    addresses: addressesOf(service),
    gateways: namedGateways(service).filter(isGateway),
    dns: texts(service, 'Nameservers').filter(isAddress),
    searchDomains: [...new Set(texts(service, 'Domains'))],
  }
}

/** The proxy of a service; `null` for a direct connection. */
export function proxyOf(service: Properties): LinkConfiguration['proxy'] {
  const proxy = section(service, 'Proxy')
  const method = text(proxy, 'Method')
  if (method !== 'auto' && method !== 'manual') return null
  return { method, pac: (method === 'auto' && text(proxy, 'URL')) || null }
}

/** More than a name of an operator has. */
const LONGEST_NAME = 128

/** The mobile network of a service (rule T4). ConnMan names a cellular service after its operator. */
export function cellularOf(service: Properties): Cellular {
  const isVisited = flag(service, 'Roaming')
  const name = text(service, 'Name').trim()
  return {
    operator: name === '' || name.length > LONGEST_NAME ? null : name,
    operatorCode: null,
    registration: isVisited === null ? null : isVisited ? 'visited' : 'home',
  }
}

import type { Bearer } from '../contract/index.js'

const NAMES: Readonly<Record<Bearer, string>> = {
  unknown: 'Unknown',
  ethernet: 'Ethernet',
  wlan: 'WLAN',
  '2G': '2G',
  cdma2000: 'CDMA2000',
  wcdma: 'WCDMA',
  hspa: 'HSPA',
  bluetooth: 'Bluetooth',
  wimax: 'WiMAX',
  evdo: 'EVDO',
  lte: 'LTE',
  '3G': '3G',
  '4G': '4G',
  '5G': '5G',
  cellular: 'Cellular',
  wireguard: 'WireGuard',
  vpn: 'VPN',
  bridge: 'Bridge',
  bond: 'Bond',
  vlan: 'VLAN',
  tunnel: 'Tunnel',
}

const FAMILIES: Partial<Readonly<Record<Bearer, Bearer>>> = {
  cdma2000: '3G',
  evdo: '3G',
  wcdma: '3G',
  hspa: '3G',
  wimax: '4G',
  lte: '4G',
}

const CELLULAR: ReadonlySet<Bearer> = new Set(['2G', '3G', '4G', '5G', 'cellular'])

/** The bearer's name for people, as `QNetworkConfiguration::bearerTypeName` spells it. */
export function bearerName(bearer: Bearer): string {
  return NAMES[bearer]
}

/** The generation that a cellular bearer belongs to, else the bearer itself (`QNetworkConfiguration::bearerTypeFamily`, Qt 5.2). */
export function bearerFamily(bearer: Bearer): Bearer {
  return FAMILIES[bearer] ?? bearer
}

const TUNNELS: ReadonlySet<Bearer> = new Set(['vpn', 'wireguard', 'tunnel'])

/** Whether such a link rides on another one (rule T2). */
export function isTunnel(bearer: Bearer): boolean {
  return TUNNELS.has(bearer)
}

/** What carries the traffic, in the terms of `QNetworkInformation::TransportMedium`. */
export type TransportMedium = 'unknown' | 'ethernet' | 'cellular' | 'wifi' | 'bluetooth'

/** The transport medium of a bearer. */
export function transportMedium(bearer: Bearer): TransportMedium {
  if (bearer === 'ethernet' || bearer === 'bluetooth') return bearer
  if (bearer === 'wlan') return 'wifi'
  return CELLULAR.has(bearerFamily(bearer)) ? 'cellular' : 'unknown'
}

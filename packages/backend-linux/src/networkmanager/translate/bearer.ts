import type { Bearer } from '@roamkit/core/contract'
import { number, type Properties } from '../../bus/property.js'

const BEARERS: ReadonlyMap<string, Bearer> = new Map([
  ['802-3-ethernet', 'ethernet'],
  ['pppoe', 'ethernet'],
  // A veth works like an Ethernet; NetworkManager gives it a device type of its own (20).
  ['veth', 'ethernet'],
  ['802-11-wireless', 'wlan'],
  ['bluetooth', 'bluetooth'],
  ['cdma', 'cdma2000'],
  ['wimax', 'wimax'],
  ['vpn', 'vpn'],
  ['wireguard', 'wireguard'],
  ['bridge', 'bridge'],
  ['bond', 'bond'],
  ['team', 'bond'],
  ['vlan', 'vlan'],
  // Each has an address of its own on the network of its parent, as a VLAN has.
  ...['macvlan', 'ipvlan', 'macsec'].map((type): [string, Bearer] => [type, 'vlan']),
  // The virtual adapter of a VPN, which NetworkManager makes and another program uses.
  ['tun', 'vpn'],
  ['ip-tunnel', 'tunnel'],
  ['vxlan', 'tunnel'],
])

/** `NMDeviceModemCapabilities`, the best first. */
const MODEM_BEARERS: readonly (readonly [bit: number, bearer: Bearer])[] = [
  [0x40, '5G'],
  [0x8, 'lte'],
  [0x4, '3G'],
  [0x2, 'cdma2000'],
]

/**
 * The bearer of a profile of this type; `cellular` if the generation is unknown (rule T4).
 *
 * @param type `connection.type` of the profile
 * @param modem the modem that would carry it, which knows the generation
 */
export function bearerOf(type: string, modem: Properties | undefined): Bearer {
  if (type !== 'gsm') return BEARERS.get(type) ?? 'unknown'
  const capabilities = number(modem, 'CurrentCapabilities')
  return MODEM_BEARERS.find(([bit]) => (capabilities & bit) !== 0)?.[1] ?? 'cellular'
}

const TUNNELS: ReadonlySet<string> = new Set(['vpn', 'wireguard', 'tun', 'ip-tunnel', 'vxlan'])

/** Whether a profile of this type rides on another link (rule T2). */
export function isTunnel(type: string): boolean {
  return TUNNELS.has(type)
}

const MADE_ON_DEMAND: ReadonlyMap<string, true | null> = new Map([
  ...['bridge', 'bond', 'team', 'wireguard', 'tun', 'dummy'].map((type) => [type, true] as const),
  ...['vlan', 'macvlan', 'ipvlan', 'macsec', 'vxlan', 'ip-tunnel'].map((type) => [type, null] as const),
  // A generic device may be one that a program makes (`generic.device-handler`).
  ...['veth', 'vrf', 'hsr', 'generic'].map((type) => [type, null] as const),
  ...['ovs-bridge', 'ovs-port', 'ovs-interface'].map((type) => [type, null] as const),
])

/**
 * Whether NetworkManager makes the device of such a profile itself. `true` if nothing else is needed, `null` if that depends on more
 * than is known here (a parent, a kernel module), `false` for real hardware.
 */
export function isMadeOnDemand(type: string): boolean | null {
  return MADE_ON_DEMAND.get(type) ?? (MADE_ON_DEMAND.has(type) ? null : false)
}

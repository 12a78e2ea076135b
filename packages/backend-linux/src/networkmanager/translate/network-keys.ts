import type { Wifi } from '@roamkit/core/contract'
import { number, type Properties, section, text } from '../../bus/property.js'
import { networkId } from '../objects/network-id.js'
import { hardwareAddress } from './interface-facts.js'
import { ssidOf, wifiOf } from './wifi.js'

/** `NM80211ApFlags`, `NM80211ApSecurityFlags` and `NM80211Mode`. */
const PRIVACY = 0x1
const PSK = 0x100
const ENTERPRISE = 0x200 | 0x2000
const SAE = 0x400
/** An open access point in transition to OWE (0x1000), too: NetworkManager joins the hidden one beside it. */
const OWE = 0x800 | 0x1000
const INFRASTRUCTURE = 2

const PREFIX = 'visible '

/** A Wi-Fi network: all access points with these bytes as SSID and this class of security. */
export interface VisibleNetwork {
  readonly ssid: Uint8Array
  readonly security: Wifi['security']
}

/** The key under which the access points of a network are found. It also stands for the network where a profile has its object path. */
function keyOf({ ssid, security }: VisibleNetwork): string {
  return `${PREFIX}${Buffer.from(ssid).toString('hex')} ${security}`
}

/** Whether a key is that of a network. */
export function isNetworkKey(key: string): boolean {
  return key.startsWith(PREFIX)
}

/** The network that a key stands for. */
export function networkOf(key: string): VisibleNetwork {
  const [, hex = '', security = 'unknown'] = key.split(' ')
  return { ssid: Buffer.from(hex, 'hex'), security: security as Wifi['security'] }
}

/** Key under which the access points of the network of an access point are found; `null` for a hidden one, and for one that is no network. */
export function networkKeyOf(accessPoint: Properties | undefined): string | null {
  const ssid = ssidOf(accessPoint, 'Ssid')
  // A hidden access point names itself with no bytes, or with zeros.
  if (ssid === null || ssid.every((byte) => byte === 0)) return null
  if (number(accessPoint, 'Mode') !== INFRASTRUCTURE) return null
  // NetworkManager makes up an access point while it looks for the hidden one of a profile. That one has no address, and not the right flags.
  if (hardwareAddress(text(accessPoint, 'HwAddress')) === null) return null
  return keyOf({ ssid, security: securityOf(accessPoint) })
}

/** Key under which the profiles for an SSID are found. */
export const profilesFor = (ssid: Uint8Array): string => `for ${Buffer.from(ssid).toString('hex')}`
/** Key under which the profile with that id is found. */
export const profileWith = (id: string): string => `id ${id}`
/** Key under which the devices that see an access point are found. */
export const seenBy = (accessPoint: string): string => `sees ${accessPoint}`
/** What changes when an activation of that id has ended. */
export const endOf = (id: string): string => `end ${id}`

/** The SSID of the networks that a profile connects to; `null` for a profile that makes a network of its own, or of another type. */
export function clientSsid(settings: Properties): Uint8Array | null {
  const wifi = section(settings, '802-11-wireless')
  return ['', 'infrastructure'].includes(text(wifi, 'mode')) ? ssidOf(wifi, 'ssid') : null
}

/** Whether a profile is the one that opening a network without a profile makes, saved or not. */
export function isNetworkProfile(settings: Properties): boolean {
  const wifi = wifiOf(settings)
  const ssid = clientSsid(settings)
  if (wifi === null || ssid === null) return false
  return text(section(settings, 'connection'), 'uuid') === networkId(ssid, wifi.security)
}

/** The class of security of an access point. In transition from WPA2 to WPA3 it is the older one, which both kinds of clients can join. */
function securityOf(accessPoint: Properties | undefined): Wifi['security'] {
  const suites = number(accessPoint, 'WpaFlags') | number(accessPoint, 'RsnFlags')
  if ((suites & PSK) !== 0) return 'wpa'
  if ((suites & SAE) !== 0) return 'wpa3'
  if ((suites & ENTERPRISE) !== 0) return 'enterprise'
  if ((suites & OWE) !== 0) return 'owe'
  return (number(accessPoint, 'Flags') & PRIVACY) !== 0 ? 'wep' : 'open'
}

import type { Wifi } from '@roamkit/core/contract'
import { isSsid, ssidTextOf } from './ssid.js'
import { elementAt, parseXml, type XmlElement } from './xml-element.js'

/** The facts in a profile's XML. */
export interface WifiProfileFacts {
  /** As lower-case hex. */
  readonly ssids: readonly string[]
  /** A network without access point, which is never an uplink (rule T1). */
  readonly isAdHoc: boolean
  readonly wifi: Wifi
}

/**
 * Reads the elements of a profile's XML that describe the network. Anyone may add a profile, so a value that is not understood is
 * `unknown`, and without an SSID in the XML the profile's name counts as the SSID.
 */
export function wifiProfileFacts(name: string, xml: string | null): WifiProfileFacts {
  const profile = xml === null ? null : elementAt(parseXml(xml), 'WLANProfile')
  const config = elementAt(profile, 'SSIDConfig')
  const ssids = (config?.children ?? []).filter((child) => child.name === 'SSID').map(ssidHex)
  const known = ssids.filter(isSsid)
  const keys = elementAt(profile, 'MSM', 'security', 'authEncryption')
  return {
    ssids: known,
    isAdHoc: textAt(profile, 'connectionType') === 'IBSS',
    wifi: {
      ssid: ssidTextOf(known[0] ?? hexOf(name)),
      hidden: textAt(config, 'nonBroadcast') === 'true',
      security: security(textAt(keys, 'authentication'), textAt(keys, 'encryption')),
    },
  }
}

/** The bytes are in `hex`. Without it they are the UTF-8 of `name`, including its spaces. */
function ssidHex(ssid: XmlElement): string {
  return textAt(ssid, 'hex')?.toLowerCase() ?? hexOf(elementAt(ssid, 'name')?.text ?? '')
}

function textAt(from: XmlElement | null, name: string): string | null {
  return elementAt(from, name)?.text.trim() ?? null
}

/** A lone surrogate has no UTF-8: all names that contain one would have the same bytes. */
function hexOf(text: string): string {
  return Buffer.from(text, /\p{Surrogate}/u.test(text) ? 'utf16le' : 'utf8').toString('hex')
}

function security(authentication: string | null, encryption: string | null): Wifi['security'] {
  switch (authentication) {
    case 'open':
      return encryption === 'WEP' ? 'wep' : 'open'
    case 'shared':
      return 'wep'
    case 'OWE':
      return 'owe'
    case 'WPAPSK':
    case 'WPA2PSK':
      return 'wpa'
    case 'WPA3SAE':
      return 'wpa3'
    case 'WPA':
    case 'WPA2':
    case 'WPA3':
    case 'WPA3ENT':
    case 'WPA3ENT192':
      return 'enterprise'
    default:
      return 'unknown'
  }
}

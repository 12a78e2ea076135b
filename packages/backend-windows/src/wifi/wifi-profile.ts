import type { Wifi } from '@roamkit/core/contract'
import { isSsid, ssidTextOf } from './ssid.js'
import { elementAt, parseXml, type XmlElement } from './xml-element.js'

/** What a profile's XML says. */
export interface WifiProfileFacts {
  /** Bytes, as lower-case hex. */
  readonly ssids: readonly string[]
  /** A network of equals, which leads nowhere (rule T1). */
  readonly isAdHoc: boolean
  readonly wifi: Wifi
}

/**
 * Reads Windows's XML of a profile: the few elements that tell about the network. Anyone may add a profile, so whatever is not
 * understood is `unknown`, and a name without its XML stands for the network.
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

/** The bytes are in `hex`; where that is missing `name` is UTF-8, and every letter of it counts. */
function ssidHex(ssid: XmlElement): string {
  return textAt(ssid, 'hex')?.toLowerCase() ?? hexOf(elementAt(ssid, 'name')?.text ?? '')
}

function textAt(from: XmlElement | null, name: string): string | null {
  return elementAt(from, name)?.text.trim() ?? null
}

/** Half a letter, which a name may have, has no UTF-8: all such names would be the same bytes. */
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

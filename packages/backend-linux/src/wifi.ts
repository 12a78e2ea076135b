import type { Wifi } from '@roamkit/core/contract'
import { bytes, flag, number, type Properties, section, text } from './property.js'

/** The Wi-Fi facts of a profile's settings, `null` for profiles of other types. */
export function wifiOf(settings: Properties): Wifi | null {
  const ssid = bytes(section(settings, '802-11-wireless'), 'ssid')
  if (!ssid) return null
  return {
    ssid: ssidText(ssid),
    hidden: flag(section(settings, '802-11-wireless'), 'hidden') ?? false,
    security: securityOf(settings),
  }
}

/** An SSID as text where it is UTF-8, with the odd bytes (and backslashes, so that it can be told) escaped as `\xNN` where not. */
export function ssidText(ssid: Uint8Array): string {
  const asText = new TextDecoder('utf-8', { ignoreBOM: true }).decode(ssid)
  if (!asText.includes('\uFFFD')) return asText
  return Array.from(ssid, (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('')
}

/** Signal strength in steps of 5, so that noise is no change (rule C2). */
export function signalOf(accessPoint: Properties | undefined): number | null {
  return accessPoint ? Math.min(100, Math.round(number(accessPoint, 'Strength') / 5) * 5) : null
}

function securityOf(settings: Properties): Wifi['security'] {
  if (!settings.has('802-11-wireless-security')) return 'open'
  switch (text(section(settings, '802-11-wireless-security'), 'key-mgmt')) {
    case 'none':
    case 'ieee8021x':
      return 'wep'
    case 'owe':
      return 'owe'
    case 'wpa-none':
    case 'wpa-psk':
      return 'wpa'
    case 'sae':
      return 'wpa3'
    case 'wpa-eap':
    case 'wpa-eap-suite-b-192':
      return 'enterprise'
    default:
      return 'unknown'
  }
}

import { ssidText, type Wifi } from '@roamkit/core/contract'
import { type Properties, texts } from '../bus/property.js'

/** `wifi_<address of the device>_<SSID in hex>_<mode>_<security>`. A hidden network has `hidden` in place of its SSID. */
const IDENTIFIER = /^wifi_[0-9a-f]{12}_((?:[0-9a-f]{2}){1,32})_managed_(\w+)$/

/** ConnMan's words for security, the strongest first. */
const SECURITY: readonly (readonly [word: string, security: Wifi['security']])[] = [
  ['ieee8021x', 'enterprise'],
  ['sae', 'wpa3'],
  ['psk', 'wpa'],
  ['wpa', 'wpa'],
  ['rsn', 'wpa'],
  ['wep', 'wep'],
  ['none', 'open'],
]

/** The Wi-Fi facts of a service; `null` if it is none, or a network that hides its name or has no access point. */
export function wifiOf(id: string, service: Properties): Wifi | null {
  const [, hex, suffix] = IDENTIFIER.exec(id) ?? []
  if (hex === undefined || suffix === undefined || /^(00)+$/.test(hex)) return null
  const words = new Set([...texts(service, 'Security'), suffix])
  const [, security] = SECURITY.find(([word]) => words.has(word)) ?? ['', 'unknown' as const]
  return { ssid: ssidText(Buffer.from(hex, 'hex')), hidden: false, security }
}

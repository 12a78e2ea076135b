import type { Wifi } from '@roamkit/core/contract'

/** What a profile's XML says. */
export interface WifiProfileFacts {
  /** Bytes, as lower-case hex. */
  readonly ssids: readonly string[]
  readonly wifi: Wifi
}

/**
 * Reads Windows's XML of a profile: the few elements that tell about the network, wherever they are. It is made by Windows
 * itself, flat and without tricks; whatever is not understood is `unknown`.
 */
export function wifiProfileFacts(name: string, xml: string | null): WifiProfileFacts {
  const text = xml ?? ''
  const ssids = elements(text, 'SSID').map(
    (ssid) => first(ssid, 'hex')?.toLowerCase() ?? hexOf(unescaped(first(ssid, 'name') ?? '')),
  )
  const known = ssids.filter((ssid) => /^([0-9a-f]{2})+$/.test(ssid))
  return {
    ssids: known,
    wifi: {
      ssid: known[0] === undefined ? name : ssidText(known[0]),
      hidden: first(text, 'nonBroadcast') === 'true',
      security: security(first(text, 'authentication'), first(text, 'encryption')),
    },
  }
}

/** An SSID as text where it is UTF-8, with the odd bytes (and backslashes, so that it can be told) escaped as `\xNN` where not. */
export function ssidText(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  const asText = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  if (!asText.includes('\uFFFD')) return asText
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('')
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

function first(xml: string, name: string): string | null {
  return elements(xml, name)[0]?.trim() ?? null
}

function elements(xml: string, name: string): readonly string[] {
  const found: string[] = []
  const [open, close] = [`<${name}>`, `</${name}>`]
  for (let start = xml.indexOf(open); start >= 0; ) {
    const end = xml.indexOf(close, start)
    if (end < 0) break
    found.push(xml.slice(start + open.length, end))
    start = xml.indexOf(open, end)
  }
  return found
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replace(/&(lt|gt|amp|quot|apos);/g, (_whole, name: string) => ENTITIES[name] ?? '')
}

function hexOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex')
}

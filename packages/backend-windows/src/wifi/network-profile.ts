import { WifiAuth, WifiCipher } from '../ffi/numbers.js'
import type { WifiKeys } from '../tables/captured.js'
import { ssidTextOf } from './ssid.js'
import { keyTypeOf, type Security } from './wifi-security.js'

/** A Wi-Fi network that no profile on the interface is for. */
export interface UnsavedNetwork {
  /** The name of the profile that opening it makes, or of the one that it is connected with. */
  readonly profile: string
  /** As lower-case hex. */
  readonly ssid: string
  readonly security: Security
  readonly keys: WifiKeys
  /** Whether Windows would connect to it. */
  readonly isConnectable: boolean
}

/**
 * The name of the profile for a network without one: its SSID, and its class of security, so that two networks never share a name. Windows
 * identifies profiles by name, so it is also what makes the configuration's id stay the same before, during and after (rule N2). A character
 * that XML cannot carry is escaped as its bytes.
 */
export function networkName(ssid: string, security: Security): string {
  const text = ssidTextOf(ssid).replace(/^\s|[\p{Cc}\uFFFE\uFFFF]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  )
  return `${text} (${security})`
}

/**
 * The profile of a network as `WlanConnect` and `WlanSetProfile` take it: XML by the `WLANProfile` schema, in UTF-16 with a 0 at the end.
 *
 * @param key one that {@link keyTypeOf} accepts; `null`: none
 * @returns memory that only the caller has: fill it with zeros after use, because there may be a key in it
 */
export function profileXml(network: UnsavedNetwork, key: string | null): Buffer {
  const type = key === null ? null : keyTypeOf(network.security, key)
  const start =
    type === null ? '' : `<sharedKey><keyType>${type}</keyType><protected>false</protected><keyMaterial>`
  const end = type === null ? '' : '</keyMaterial></sharedKey>'
  // Letter by letter: an escaped copy of the key would stay in JavaScript's memory.
  const parts = [headOf(network), start, ...Array.from(key ?? '', escapeLetter), end, TAIL]
  const xml = Buffer.alloc(2 * (parts.reduce((length, part) => length + part.length, 0) + 1))
  let at = 0
  for (const part of parts) at += xml.write(part, at, 'utf16le')
  return xml
}

const TAIL = '</security></MSM></WLANProfile>'

/** `connectionMode` matters once the profile is stored: Windows then connects by itself, as to a network that was saved in its settings. */
function headOf({ profile, ssid, security, keys }: UnsavedNetwork): string {
  return [
    '<?xml version="1.0"?>',
    '<WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1">',
    `<name>${Array.from(profile, escapeLetter).join('')}</name>`,
    `<SSIDConfig><SSID><hex>${ssid.toUpperCase()}</hex></SSID></SSIDConfig>`,
    '<connectionType>ESS</connectionType><connectionMode>auto</connectionMode>',
    '<MSM><security><authEncryption>',
    `<authentication>${AUTHENTICATION[keys.auth] ?? 'open'}</authentication>`,
    `<encryption>${encryptionOf(security, keys)}</encryption><useOneX>false</useOneX>`,
    // Access points for WPA2 that have the same name and key belong to the network, too.
    security === 'wpa3'
      ? '<transitionMode xmlns="http://www.microsoft.com/networking/WLAN/profile/v4">true</transitionMode>'
      : '',
    '</authEncryption>',
  ].join('')
}

const AUTHENTICATION: Readonly<Record<number, string>> = {
  [WifiAuth.SharedKey]: 'shared',
  [WifiAuth.WpaPsk]: 'WPAPSK',
  [WifiAuth.RsnaPsk]: 'WPA2PSK',
  [WifiAuth.Wpa3Sae]: 'WPA3SAE',
  [WifiAuth.Owe]: 'OWE',
}

function encryptionOf(security: Security, { cipher }: WifiKeys): string {
  if (security === 'open') return 'none'
  if (security === 'wep') return 'WEP'
  if (cipher === WifiCipher.Tkip) return 'TKIP'
  return cipher === WifiCipher.Gcmp256 ? 'GCMP256' : 'AES'
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function escapeLetter(letter: string): string {
  return ENTITIES[letter] ?? letter
}

import type { Wifi } from '@roamkit/core/contract'
import { WifiAuth, WifiCipher } from '../ffi/numbers.js'
import type { WifiKeys } from '../tables/captured.js'

/** A class of security. */
export type Security = Wifi['security']

/** The class of a network's security. Windows reports the best that both the adapter and the network can do. */
export function securityOf({ auth, cipher }: WifiKeys): Security {
  switch (auth) {
    case WifiAuth.Open:
      return cipher === WifiCipher.None ? 'open' : 'wep'
    case WifiAuth.SharedKey:
      return 'wep'
    case WifiAuth.WpaPsk:
    case WifiAuth.RsnaPsk:
      return 'wpa'
    case WifiAuth.Wpa3Sae:
      return 'wpa3'
    case WifiAuth.Owe:
      return 'owe'
    case WifiAuth.Wpa:
    case WifiAuth.Rsna:
    case WifiAuth.Wpa3Enterprise:
    case WifiAuth.Wpa3Enterprise192:
      return 'enterprise'
    default:
      return 'unknown'
  }
}

/** Whether a profile of that class is for networks of the other: one with a key joins WPA2 and WPA3 alike. */
export function isFor(profile: Security, network: Security): boolean {
  const hasKey = (one: Security) => one === 'wpa' || one === 'wpa3'
  return profile === network || profile === 'unknown' || (hasKey(profile) && hasKey(network))
}

/**
 * The name of the secret that networks of a class need, the same on every backend; `null` if they need none, `undefined` if they need
 * more than a key.
 */
export function keyField(security: Security): string | null | undefined {
  switch (security) {
    case 'open':
    case 'owe':
      return null
    case 'wpa':
    case 'wpa3':
      return 'psk'
    case 'wep':
      return 'wep-key0'
    default:
      return undefined
  }
}

/**
 * What a text is as a key: the `keyType` of a profile. `null`: no network of that class can have it as key. The lengths are those of IEEE
 * 802.11, as the documentation of `keyMaterial` repeats them.
 */
export function keyTypeOf(security: Security, key: string): 'passPhrase' | 'networkKey' | null {
  if (security === 'wep')
    return /^(?:[\x20-\x7e]{5}|[\x20-\x7e]{13}|(?:[0-9a-f]{10}|[0-9a-f]{26}))$/i.test(key)
      ? 'networkKey'
      : null
  if (/^[\x20-\x7e]{8,63}$/.test(key)) return 'passPhrase'
  // WPA3 proves the passphrase itself, so that its hash is of no use.
  return security === 'wpa' && /^[0-9a-f]{64}$/i.test(key) ? 'networkKey' : null
}

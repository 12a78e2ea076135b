import { type BusAnswer, Variant } from '../bus/bus-port.js'
import { number, type Properties, section, text, texts } from '../bus/property.js'

/** The field that each setting needs, if NetworkManager gives no hint. */
const USUAL: ReadonlyMap<string, string> = new Map([
  ['wireguard', 'private-key'],
  ['macsec', 'mka-cak'],
  ...['vpn', 'pppoe', 'gsm', 'cdma'].map((setting) => [setting, 'password'] as const),
])

/** A secret as bytes, which NetworkManager names beside the same one as text. */
const AS_BYTES = 'password-raw'

/** The properties that NetworkManager wants in one setting (`NMSettingWirelessSecurity` and its kin). */
export interface Wanted {
  readonly setting: string
  readonly hints: readonly string[]
  /** The profile, without its secrets or with them: only what is no secret is read. */
  readonly settings: Properties
}

/**
 * The names of the fields to ask for; empty if the secret cannot be given as a few texts. NetworkManager's hints are the names of properties;
 * what has a prefix is a message (`x-vpn-message:`) or belongs to a peer (`peers.…`). For Wi-Fi and wires it gives none.
 */
export function secretFields({ setting, hints, settings }: Wanted): readonly string[] {
  const named = hints.filter((hint) => /^[\w-]+$/.test(hint) && hint !== AS_BYTES)
  if (named.length > 0) return [...new Set(named)]
  if (hints.some((hint) => hint.startsWith('peers.'))) return []
  if (setting === '802-11-wireless-security') return [wirelessField(section(settings, setting))]
  if (setting === '802-1x') return [enterpriseField(section(settings, setting))]
  const usual = USUAL.get(setting)
  return usual === undefined ? [] : [usual]
}

function wirelessField(security: Properties): string {
  switch (text(security, 'key-mgmt')) {
    case 'none': {
      const index = number(security, 'wep-tx-keyidx')
      return [1, 2, 3].includes(index) ? `wep-key${index}` : 'wep-key0'
    }
    case 'ieee8021x':
      return 'leap-password'
    default:
      return 'psk'
  }
}

/** What the way to sign in needs, as in NetworkManager's `nm-setting-8021x.c`. The first method counts, as there. */
function enterpriseField(enterprise: Properties): string {
  switch (texts(enterprise, 'eap')[0]) {
    case 'tls':
      return 'private-key-password'
    case 'sim':
    case 'aka':
      return 'pin'
    case 'peap':
    case 'ttls':
      return ['phase2-auth', 'phase2-autheap'].some((name) => text(enterprise, name) === 'tls')
        ? 'phase2-private-key-password'
        : 'password'
    default:
      return 'password'
  }
}

/** The answer to `GetSecrets`. */
export function secretsAnswer(setting: string, secrets: Readonly<Record<string, string>>): BusAnswer {
  const values =
    setting === 'vpn'
      ? { secrets: new Variant('a{ss}', { ...secrets }) }
      : Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, new Variant('s', value)]))
  return { signature: 'a{sa{sv}}', body: [{ [setting]: values }] }
}

import { type BusAnswer, Variant } from '../bus/bus-port.js'
import { type Properties, section, text } from '../bus/property.js'

/** The field that each setting needs most often, if NetworkManager gives no hint. */
const USUAL: Readonly<Record<string, string>> = {
  '802-1x': 'password',
  wireguard: 'private-key',
  vpn: 'password',
  pppoe: 'password',
  gsm: 'password',
  cdma: 'password',
}

/** The properties that NetworkManager wants in one setting (`NMSettingWirelessSecurity` and its kin). */
export interface Wanted {
  readonly setting: string
  readonly hints: readonly string[]
  /** The profile, without its secrets or with them: only what is no secret is read. */
  readonly settings: Properties
}

/**
 * The names of the fields to ask for; empty if the secret cannot be given as a few texts. NetworkManager's hints are the names of properties;
 * what has a prefix is a message (`x-vpn-message:`) or belongs to a peer (`peers.…`).
 */
export function secretFields({ setting, hints, settings }: Wanted): readonly string[] {
  const named = hints.filter((hint) => /^[\w-]+$/.test(hint))
  if (named.length > 0) return [...new Set(named)]
  if (hints.some((hint) => hint.startsWith('peers.'))) return []
  if (setting === '802-11-wireless-security') return [wirelessField(section(settings, setting))]
  const usual = USUAL[setting]
  return usual === undefined ? [] : [usual]
}

function wirelessField(security: Properties): string {
  switch (text(security, 'key-mgmt')) {
    case 'none':
      return 'wep-key0'
    case 'ieee8021x':
      return 'leap-password'
    default:
      return 'psk'
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

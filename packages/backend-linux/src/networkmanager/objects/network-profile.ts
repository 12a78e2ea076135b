import { userInfo } from 'node:os'
import { ssidText } from '@roamkit/core/contract'
import { Variant } from '../../bus/bus-port.js'
import type { VisibleNetwork } from '../translate/network-keys.js'
import { networkId } from './network-id.js'

/** Settings as NetworkManager takes them: a dictionary of dictionaries. */
export type ProfileSettings = Readonly<Record<string, Readonly<Record<string, Variant>>>>

/** `key-mgmt` of each class of security that a profile can be made for. */
const KEY_MANAGEMENT: Readonly<Partial<Record<VisibleNetwork['security'], string>>> = {
  owe: 'owe',
  wep: 'none',
  wpa: 'wpa-psk',
  wpa3: 'sae',
}

/** Whether a network needs nothing but a key, or not even that. */
export function isSimple({ security }: VisibleNetwork): boolean {
  return security === 'open' || KEY_MANAGEMENT[security] !== undefined
}

/**
 * The profile of a network, without its key: NetworkManager asks our agent for that, so no secret is in a call.
 *
 * @param options `owner`: the user who alone may see the profile; `null`: all users
 */
export function networkProfile(
  { ssid, security }: VisibleNetwork,
  { owner }: { readonly owner: string | null },
): ProfileSettings {
  const keyManagement = KEY_MANAGEMENT[security]
  return {
    connection: {
      id: new Variant('s', printable(ssidText(ssid))),
      uuid: new Variant('s', networkId(ssid, security)),
      type: new Variant('s', '802-11-wireless'),
      ...(owner !== null && { permissions: new Variant('as', [`user:${owner}:`]) }),
    },
    '802-11-wireless': {
      ssid: new Variant('ay', Buffer.from(ssid)),
      mode: new Variant('s', 'infrastructure'),
    },
    ...(keyManagement !== undefined && {
      '802-11-wireless-security': { 'key-mgmt': new Variant('s', keyManagement) },
    }),
  }
}

/** The name of the user of this process; `null` if the system knows none. */
export function userName(): string | null {
  try {
    return userInfo().username
  } catch {
    return null
  }
}

/** A text that D-Bus and a list on a terminal can carry: SSIDs may have control characters. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD')
}

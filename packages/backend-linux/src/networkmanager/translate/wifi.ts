import { ssidText, type Wifi } from '@roamkit/core/contract'
import { bytes, flag, number, oncePerArray, type Properties, section, text } from '../../bus/property.js'
import { hardwareAddress } from './interface-facts.js'

/** IEEE 802.11: anything longer is not an SSID. */
const LONGEST_SSID = 32

const textOf = oncePerArray(ssidText)

/** An SSID property; `null` if it is missing, empty or invalid. */
export function ssidOf(properties: Properties | undefined, name: string): Uint8Array | null {
  const ssid = bytes(properties, name)
  return ssid !== null && ssid.length <= LONGEST_SSID ? ssid : null
}

/** The Wi-Fi facts of a profile's settings; `null` for profiles of other types. */
export function wifiOf(settings: Properties): Wifi | null {
  const ssid = ssidOf(section(settings, '802-11-wireless'), 'ssid')
  if (!ssid) return null
  return {
    ssid: textOf(ssid),
    hidden: flag(section(settings, '802-11-wireless'), 'hidden') ?? false,
    security: securityOf(settings),
  }
}

/** Signal strength in steps of 5, so that noise is not a change (rule C2). */
export function signalOf(accessPoint: Properties | undefined): number | null {
  if (!accessPoint) return null
  return Math.max(0, Math.min(100, Math.round(number(accessPoint, 'Strength') / 5) * 5))
}

/**
 * The address of an access point; `null` if it is unknown. iwd finds networks, not access points, so with iwd NetworkManager makes addresses up
 * (`ap_from_network()` in `nm-device-iwd.c`), and knows the real one some time after it has connected.
 */
export function pointOf(accessPoint: Properties | undefined): string | null {
  const address = hardwareAddress(text(accessPoint, 'HwAddress'))
  const isMadeUp =
    address?.startsWith('00:01:02:') === true &&
    number(accessPoint, 'Frequency') === 2417 &&
    number(accessPoint, 'MaxBitrate') === 65_000
  return isMadeUp ? null : address
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

import type { Connectivity, LinkPhase, Metered } from '@roamkit/core/contract'
import { flag, number, type Properties } from '../../bus/property.js'

/** `NMDeviceInterfaceFlags`. */
const LOWER_UP_FLAG = 0x2
const CARRIER_FLAG = 0x10000
/** `NMDeviceCapabilities`: the kernel knows whether the device carries. */
const CARRIER_DETECT = 0x2

/** `NMActiveConnectionState` in the contract's words. An activation begins with "unknown". */
export function linkPhase(active: Properties | undefined): LinkPhase {
  if (!active) return 'down'
  switch (number(active, 'State')) {
    case 2:
      return 'up'
    case 3:
      return 'deactivating'
    case 4:
      return 'down'
    default:
      return 'activating'
  }
}

/**
 * Whether a device carries frames. A wire's own property comes first: it follows the kernel within milliseconds, long before
 * NetworkManager gives the link up. A bond, bridge, team, VLAN or macvlan carries when the kernel says so, whatever NetworkManager's
 * state (rule T3). `null` if it is unknown: a modem's flags are those of its control port.
 */
export function deviceCarrier(parts: {
  readonly device: Properties | undefined
  readonly wired: Properties | undefined
  readonly wireless: Properties | undefined
  readonly modem: Properties | undefined
}): boolean | null {
  const wire = flag(parts.wired, 'Carrier')
  if (wire !== null) return wire
  const { device } = parts
  if (parts.modem || typeof device?.get('InterfaceFlags') !== 'number') return null
  const flags = number(device, 'InterfaceFlags')
  if ((flags & CARRIER_FLAG) !== 0) return true
  if (parts.wireless) return false
  return (number(device, 'Capabilities') & CARRIER_DETECT) !== 0 ? (flags & LOWER_UP_FLAG) !== 0 : null
}

/** `NMMetered`: 1 and 2 come from the profile or the user, 3 and 4 are guesses. */
export function meteredOf(value: number): Metered | null {
  return value >= 1 && value <= 4 ? { value: value % 2 === 1, sure: value <= 2 } : null
}

const BY_NUMBER: readonly Connectivity[] = ['unknown', 'none', 'portal', 'limited', 'full']
const BY_MERIT: readonly Connectivity[] = ['unknown', 'none', 'limited', 'portal', 'full']

/** The better of a device's `Ip4Connectivity` and `Ip6Connectivity`. A portal is better than limited, because it says more. */
export function connectivityOf(device: Properties | undefined): Connectivity {
  const both = ['Ip4Connectivity', 'Ip6Connectivity'].map(
    (name) => BY_NUMBER[number(device, name)] ?? 'unknown',
  )
  return both.reduce((best, next) => (BY_MERIT.indexOf(next) > BY_MERIT.indexOf(best) ? next : best))
}

import type { Connectivity, LinkPhase, Metered } from '@roamkit/core/contract'
import { flag, number, type Properties } from './property.js'

const CARRIER_FLAG = 0x10000

/** `NMActiveConnectionState` in the contract's words; "unknown" is what an activation begins with. */
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
 * Whether a device carries frames. A wire's own property comes first: it follows the kernel within milliseconds, long
 * before NetworkManager gives the link up. Virtual devices without the flag may carry all the same: `null`.
 */
export function deviceCarrier(parts: {
  readonly device: Properties | undefined
  readonly wired: Properties | undefined
  readonly wireless: Properties | undefined
}): boolean | null {
  const wire = flag(parts.wired, 'Carrier')
  if (wire !== null) return wire
  if (typeof parts.device?.get('InterfaceFlags') !== 'number') return null
  if ((number(parts.device, 'InterfaceFlags') & CARRIER_FLAG) !== 0) return true
  return parts.wireless ? false : null
}

/** `NMMetered`: 1 and 2 are said by the profile or the user, 3 and 4 are guesses. */
export function meteredOf(value: number): Metered | null {
  return value >= 1 && value <= 4 ? { value: value % 2 === 1, sure: value <= 2 } : null
}

const BY_NUMBER: readonly Connectivity[] = ['unknown', 'none', 'portal', 'limited', 'full']
const BY_MERIT: readonly Connectivity[] = ['unknown', 'none', 'limited', 'portal', 'full']

/** The better of a device's `Ip4Connectivity` and `Ip6Connectivity`; a portal is better than limited, for it tells more. */
export function connectivityOf(device: Properties | undefined): Connectivity {
  const both = ['Ip4Connectivity', 'Ip6Connectivity'].map(
    (name) => BY_NUMBER[number(device, name)] ?? 'unknown',
  )
  return both.reduce((best, next) => (BY_MERIT.indexOf(next) > BY_MERIT.indexOf(best) ? next : best))
}

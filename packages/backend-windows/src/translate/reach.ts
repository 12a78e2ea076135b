import type { Connectivity, Metered, Purpose } from '@roamkit/core/contract'
import { HintCost, HintLevel, NlmCategory, NlmConnectivity, NlmCost } from '../ffi/numbers.js'
import type { HintRow, NetworkRow } from '../tables/captured.js'

/** What is known of the network behind a link. The hint is about the machine, and so about its default route alone. */
export interface NetworkFacts {
  readonly network: NetworkRow | null
  readonly hint: HintRow | null
}

/** How far it reaches. Windows checks by itself, all the time; a portal shows in one of both places first. */
export function connectivityOf({ network, hint }: NetworkFacts): Connectivity {
  if (network?.isHijacked || hint?.level === HintLevel.Constrained) return 'portal'
  if (network !== null) {
    if ((network.connectivity & NlmConnectivity.Internet) !== 0) return 'full'
    // The hint comes first, the network list manager some seconds later.
    if (hint?.level === HintLevel.Internet) return 'full'
    return (network.connectivity & NlmConnectivity.Local) !== 0 ? 'limited' : 'unknown'
  }
  switch (hint?.level) {
    case HintLevel.Internet:
      return 'full'
    case HintLevel.Local:
      return 'limited'
    case HintLevel.None:
      return 'none'
    default:
      return 'unknown'
  }
}

/** Whether traffic costs: a plan with a limit, or by the byte; beyond a limit, near it, or abroad it counts as such, too. */
export function meteredOf({ network, hint }: NetworkFacts): Metered | null {
  const { Unrestricted, Fixed, Variable, OverLimit, Roaming, ApproachingLimit } = NlmCost
  const cost = network?.cost ?? 0
  if (cost !== 0) {
    if ((cost & (Fixed | Variable | OverLimit | Roaming | ApproachingLimit)) !== 0) return sure(true)
    if ((cost & Unrestricted) !== 0) return sure(false)
  }
  if (hint === null) return null
  if (hint.isOverLimit || hint.isRoaming || hint.isApproachingLimit) return sure(true)
  if (hint.cost === HintCost.Fixed || hint.cost === HintCost.Variable) return sure(true)
  return hint.cost === HintCost.Unrestricted ? sure(false) : null
}

/** What the user has said of the network. */
export function purposeOf(network: NetworkRow | null): Purpose {
  switch (network?.category) {
    case NlmCategory.Public:
      return 'public'
    case NlmCategory.Private:
    case NlmCategory.Domain:
      return 'private'
    default:
      return 'unknown'
  }
}

function sure(value: boolean): Metered {
  return { value, sure: true }
}

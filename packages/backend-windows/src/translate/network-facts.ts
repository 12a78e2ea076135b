import type { Cellular, Connectivity, Metered, Purpose } from '@roamkit/core/contract'
import { HintCost, HintLevel, NlmCategory, NlmConnectivity, NlmCost } from '../ffi/numbers.js'
import type { HintRow, NetworkRow } from '../tables/captured.js'

/** The network behind a link. The hint is about the whole machine, and so only about its default route. */
export interface NetworkFacts {
  readonly network: NetworkRow | null
  readonly hint: HintRow | null
}

/** The connectivity of a link. Windows checks it by itself. A captive portal may show in either place first. */
export function connectivityOf({ network, hint }: NetworkFacts): Connectivity {
  if (network?.isHijacked || hint?.level === HintLevel.Constrained) return 'portal'
  if (network !== null) {
    if ((network.connectivity & NlmConnectivity.Internet) !== 0) return 'full'
    // The hint changes some seconds before the network list manager.
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

/** Whether traffic is metered: by the byte, or by a plan with a limit. Being over a limit, near it, or roaming abroad counts as well. */
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

/**
 * The mobile network of a modem. These sources tell only that it is outside the network of the home operator (`NLM_CONNECTION_COST_ROAMING`).
 * Without that flag it may be the home network, or nothing is known.
 */
export function cellularOf({ network, hint }: NetworkFacts): Cellular | null {
  const isVisited = ((network?.cost ?? 0) & NlmCost.Roaming) !== 0 || hint?.isRoaming === true
  return isVisited ? { operator: null, operatorCode: null, registration: 'visited' } : null
}

/** The user's choice for the network. */
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

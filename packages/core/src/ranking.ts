import type { Bearer, Connectivity, Metered } from './contract/index.js'
import type { NetworkConfiguration } from './network-configuration.js'
import { surface } from './surface.js'

/**
 * A child of a service network as a policy sees it. What only shows while a link is up is remembered from the last time,
 * so that a link is not preferred merely because nothing bad is known of it while it is down.
 */
export interface RankedChild {
  readonly configuration: NetworkConfiguration
  readonly connectivity: Connectivity
  readonly metered: Metered | null
}

/** One thing that makes a child better than another. A policy is a list of them: the first that tells two children apart decides. */
export interface Criterion {
  /** For `explain()` and the log. */
  readonly name: string
  /** A figure for a child: lower is better. Pure. Where it throws, which surfaces, or answers no number, it tells nothing. */
  rate(child: RankedChild): number
  /** How much better a child must be than the one in use; a smaller difference tells nothing. Default 0. */
  readonly margin?: number
  /** How long it must stay that much better before a session roams to it, in milliseconds; may depend on the one in use. Default 0. */
  readonly dwell?: number | ((inUse: RankedChild) => number)
}

/** How the children of a service network are ranked: pure, and replaceable as a whole. */
export type RankingPolicy = readonly Criterion[]

/** Why one child is preferred to another, in plain data. */
export interface Preference {
  readonly identifier: string
  /** The name of the criterion that decided. */
  readonly because: string
  readonly dwell: number
}

/** What each criterion says of two children, and which of them it prefers. */
export interface Explanation {
  /** The identifier of the preferred one; `null` where no criterion tells them apart. */
  readonly preferred: string | null
  readonly because: string | null
  readonly criteria: readonly {
    readonly name: string
    readonly one: number
    readonly other: number
    readonly margin: number
    readonly decides: boolean
  }[]
}

const REACH: Readonly<Record<Connectivity, number>> = { full: 0, unknown: 0, portal: 1, limited: 1, none: 2 }

const BEARERS: readonly Bearer[] = ['ethernet', 'wlan', '5G', '4G', 'lte', 'wimax', '3G', 'cellular']

/**
 * A network that is known to lead nowhere, or to a login page, is worse than any other. A login page is certain; what leads
 * nowhere is left after a second, because a link that has just come up does until its routes and the system's check are there.
 */
export const byConnectivity: Criterion = {
  name: 'connectivity',
  dwell: ({ connectivity }) => (connectivity === 'portal' ? 0 : 1000),
  rate: ({ connectivity }) => REACH[connectivity],
}

/** A network that costs money is worse than one that does not. */
export const byMetered: Criterion = { name: 'metered', rate: ({ metered }) => (metered?.value ? 1 : 0) }

/** Cable before Wi-Fi before cellular, or in the order given; bearers that are not in it come last. */
export function byBearer(order: readonly Bearer[] = BEARERS): Criterion {
  return {
    name: 'bearer',
    rate: ({ configuration: { bearerType, bearerTypeFamily } }) => {
      const index = order.indexOf(bearerType)
      if (index >= 0) return index
      const family = order.indexOf(bearerTypeFamily)
      return family >= 0 ? family : order.length
    },
  }
}

/**
 * The stronger signal, where it is stronger by `margin` for `dwell` milliseconds: so that two like ones are not flapped
 * between. An unknown signal counts as full.
 */
export function bySignal({ margin = 15, dwell = 10_000 } = {}): Criterion {
  return { name: 'signal', margin, dwell, rate: ({ configuration: { signal } }) => -(signal ?? 100) }
}

/** In the order of the identifiers given; others come last. */
export function byOrder(identifiers: readonly string[]): Criterion {
  return {
    name: 'order',
    rate: ({ configuration: { identifier } }) => {
      const index = identifiers.indexOf(identifier)
      return index < 0 ? identifiers.length : index
    },
  }
}

/** The policy of a service network that brings none of its own. */
export const defaultRanking: RankingPolicy = [byConnectivity, byMetered, byBearer(), bySignal()]

/** The children, best first; equal ones stay in the order in which they come (rule C4). */
export function ranked(children: readonly RankedChild[], policy: RankingPolicy): readonly RankedChild[] {
  // Each child is rated once a criterion, and not once a comparison.
  const rated = children.map((child) => ({ child, rates: policy.map(({ rate }) => rateOf(rate, child)) }))
  rated.sort((one, other) => {
    for (const [index, left] of one.rates.entries()) {
      const difference = differenceOf(left, other.rates[index] ?? Number.NaN)
      if (difference !== 0) return difference
    }
    return 0
  })
  return rated.map(({ child }) => child)
}

/** Why `child` is preferred to the one in use; `null` where it is not. Margins count here. */
export function preference(child: RankedChild, inUse: RankedChild, policy: RankingPolicy): Preference | null {
  for (const { name, rate, margin = 0, dwell = 0 } of policy) {
    const difference = differenceOf(rateOf(rate, inUse), rateOf(rate, child))
    if (difference === 0 || Math.abs(difference) < margin) continue
    if (difference < 0) return null
    return { identifier: child.configuration.identifier, because: name, dwell: dwellOf(dwell, inUse) }
  }
  return null
}

/** A child's figure; not a number where the application's function throws. */
function rateOf(rate: Criterion['rate'], child: RankedChild): number {
  try {
    return rate(child)
  } catch (error) {
    surface(error)
    return Number.NaN
  }
}

/** How much more the first is; 0 where one of them is no number, or both are infinite. */
function differenceOf(one: number, other: number): number {
  const difference = one - other
  return Number.isNaN(difference) ? 0 : difference
}

function dwellOf(dwell: NonNullable<Criterion['dwell']>, inUse: RankedChild): number {
  if (typeof dwell === 'number') return dwell
  try {
    return dwell(inUse)
  } catch (error) {
    surface(error)
    return 0
  }
}

/** What every criterion says of two children, as if `other` were in use. */
export function explain(one: RankedChild, other: RankedChild, policy: RankingPolicy): Explanation {
  let because: string | null = null
  let preferred: string | null = null
  const criteria = policy.map(({ name, rate, margin = 0 }) => {
    const [left, right] = [rate(one), rate(other)]
    const differs = left !== right && Math.abs(left - right) >= margin
    const decides = differs && because === null
    if (decides) {
      because = name
      preferred = (left < right ? one : other).configuration.identifier
    }
    return { name, one: left, other: right, margin, decides }
  })
  return { preferred, because, criteria }
}

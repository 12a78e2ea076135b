import type { Bearer, Connectivity, Metered } from '../contract/index.js'
import { checkArgument, checkOptions, expected } from '../primitives/arguments.js'
import { reportUncaught } from '../primitives/report-error.js'
import type { NetworkConfiguration } from './network-configuration.js'

/**
 * A child of a service network as a policy sees it. What only shows while a link is up is remembered from the last time,
 * so that a link is not preferred merely because nothing bad is known of it while it is down.
 */
export interface RankedChild {
  readonly configuration: NetworkConfiguration
  readonly connectivity: Connectivity
  readonly metered: Metered | null
  /**
   * The better of what was last seen of its signal while it was up and while it was down, from 0 to 100: a link in use reports a
   * lower one than the same network does in a scan. Forgotten with its access point, or out of range. `null`: unknown.
   */
  readonly signal: number | null
  /** It is up and owns the default route, so that traffic that is bound to nothing uses it. */
  readonly isSystemsChoice: boolean
}

/** One thing that makes a child better than another. A policy is a list of them: the first that tells two children apart decides. */
export interface Criterion {
  /** For `explain()` and the log. */
  readonly name: string
  /** A figure for a child: lower is better. Pure. Where it throws, which surfaces, or answers no number, it tells nothing. */
  rate(child: RankedChild): number
  /**
   * How much better a child must be than the one in use; a smaller difference tells nothing. `Infinity`: it does not count.
   *
   * @defaultValue 0
   */
  readonly margin?: number | ((child: RankedChild, inUse: RankedChild) => number)
  /**
   * How long it must stay that much better before a session roams to it, in milliseconds. May depend on the one in use.
   *
   * @defaultValue 0
   */
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

const CRITERION = {
  name: expected.text,
  rate: expected.callback,
  margin: expected.orFunction(expected.number),
  dwell: expected.orFunction(expected.milliseconds),
} as const

/** Refuses what is no ranking. @throws TypeError or RangeError that names the criterion and what is wrong with it */
export function checkRanking(name: string, ranking: unknown): void {
  checkArgument(name, ranking, expected.listOf(expected.object))
  for (const [index, criterion] of (ranking as RankingPolicy).entries()) {
    // Criteria may be instances of a class, with members of their own.
    for (const [member, kind] of Object.entries(CRITERION)) {
      const value = criterion[member as keyof Criterion]
      const mayBeLeftOut = member === 'margin' || member === 'dwell'
      if (value !== undefined || !mayBeLeftOut) checkArgument(`${name}[${index}].${member}`, value, kind)
    }
  }
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
  checkArgument('the order of byBearer()', order, expected.listOf(expected.bearer))
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
 * The owner of the default route, among what is up, because traffic that is bound to nothing uses it. Links on one device exclude
 * each other, so it does not count between them.
 */
export const bySystemChoice: Criterion = {
  name: 'systemChoice',
  margin: (child, inUse) => (isOneDevice(child, inUse) ? Number.POSITIVE_INFINITY : 0),
  rate: ({ isSystemsChoice }) => (isSystemsChoice ? 0 : 1),
}

/** How much stronger a signal must be to count, and for how long. */
export interface SignalOptions {
  /**
   * How much stronger, from 0 to 100; twice as much on one device, where the old link breaks before the new one is made.
   *
   * @defaultValue 15
   */
  readonly margin?: number
  /**
   * For how long, in milliseconds.
   *
   * @defaultValue 10000
   */
  readonly dwell?: number
  /**
   * A link whose signal is at least that strong is never left for the sake of signal.
   *
   * @defaultValue 50
   */
  readonly sufficientSignal?: number
}

const SIGNAL_OPTIONS = {
  margin: expected.number,
  dwell: expected.milliseconds,
  sufficientSignal: expected.number,
} as const

/**
 * The stronger signal, where the one in use does not suffice: so that two like ones are not flapped between (rule M5). An unknown
 * signal counts as full.
 */
export function bySignal(options: SignalOptions = {}): Criterion {
  checkOptions('bySignal()', options, SIGNAL_OPTIONS)
  const { margin = 15, dwell = 10_000, sufficientSignal = 50 } = options
  return {
    name: 'signal',
    margin: (child, inUse) => {
      if (signalOf(inUse) >= sufficientSignal) return Number.POSITIVE_INFINITY
      return isOneDevice(child, inUse) ? 2 * margin : margin
    },
    dwell,
    rate: (child) => -signalOf(child),
  }
}

function signalOf({ signal }: RankedChild): number {
  return signal ?? 100
}

function isOneDevice({ configuration: one }: RankedChild, { configuration: other }: RankedChild): boolean {
  return one.device !== null && one.device === other.device
}

/** In the order of the identifiers given; others come last. */
export function byOrder(identifiers: readonly string[]): Criterion {
  checkArgument('the identifiers of byOrder()', identifiers, expected.listOf(expected.text))
  return {
    name: 'order',
    rate: ({ configuration: { identifier } }) => {
      const index = identifiers.indexOf(identifier)
      return index < 0 ? identifiers.length : index
    },
  }
}

/** The policy of a service network that brings none of its own. */
export const defaultRanking: RankingPolicy = [
  byConnectivity,
  byMetered,
  byBearer(),
  bySystemChoice,
  bySignal(),
]

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
    if (difference === 0 || Math.abs(difference) < marginOf(margin, child, inUse)) continue
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
    reportUncaught(error)
    return Number.NaN
  }
}

/** How much more the first is; 0 where one of them is no number, or both are infinite. */
function differenceOf(one: number, other: number): number {
  const difference = one - other
  return Number.isNaN(difference) ? 0 : difference
}

function marginOf(margin: NonNullable<Criterion['margin']>, child: RankedChild, inUse: RankedChild): number {
  if (typeof margin === 'number') return margin
  try {
    return margin(child, inUse)
  } catch (error) {
    reportUncaught(error)
    return 0
  }
}

function dwellOf(dwell: NonNullable<Criterion['dwell']>, inUse: RankedChild): number {
  if (typeof dwell === 'number') return dwell
  try {
    return dwell(inUse)
  } catch (error) {
    reportUncaught(error)
    return 0
  }
}

/** What every criterion says of two children, as if `other` were in use. */
export function explain(one: RankedChild, other: RankedChild, policy: RankingPolicy): Explanation {
  let because: string | null = null
  let preferred: string | null = null
  const criteria = policy.map(({ name, rate, margin: least = 0 }) => {
    const margin = marginOf(least, one, other)
    const [left, right] = [rateOf(rate, one), rateOf(rate, other)]
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

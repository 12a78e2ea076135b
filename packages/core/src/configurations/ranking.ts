import type { Bearer, Connectivity, Metered } from '../contract/index.js'
import { MANY_CHANGES, placeIn } from '../contract/sorted-list.js'
import { checkArgument, checkOptions, expected } from '../primitives/arguments.js'
import { reportUncaught } from '../primitives/report-error.js'
import type { Health } from './health-options.js'
import type { NetworkConfiguration } from './network-configuration.js'

/**
 * A child of a service network as a policy sees it. Facts that are visible only while a link is up are remembered from the last time,
 * so that a link is not preferred only because its flaws are not visible while it is down.
 */
export interface RankedChild {
  readonly configuration: NetworkConfiguration
  /** What health checks and the application's reports show (rule L1). */
  readonly health: Health
  /** The child was lost while in use, and has not been good for long enough since (rule L3). */
  readonly isRecovering: boolean
  /** `full` if the link is known to be good, even if the system disagrees (rule L1). */
  readonly connectivity: Connectivity
  readonly metered: Metered | null
  /**
   * The better of its last signals while it was up and while it was down, from 0 to 100: a link in use reports a lower signal than the
   * same network does in a scan. A scan that is better by more than 20 is out of date. Forgotten when its access point changes or is out of
   * range. `null`: unknown.
   */
  readonly signal: number | null
  /** Whether it is up and owns the default route, so that unbound traffic uses it. */
  readonly isSystemsChoice: boolean
}

/** One thing that makes a child better than another. A policy is a list of criteria: the first that distinguishes two children decides. */
export interface Criterion {
  /** For `explain()` and the log. */
  readonly name: string
  /**
   * A figure for a child: lower is better. Must be pure. If it throws, the error becomes an uncaught exception. If it throws or returns no
   * number, the criterion does not decide.
   */
  rate(child: RankedChild): number
  /**
   * How much better a child must be than the one in use. A smaller difference does not decide. `Infinity`: the criterion does not count.
   *
   * @defaultValue 0
   */
  readonly margin?: number | ((child: RankedChild, inUse: RankedChild) => number)
  /**
   * How long the child must stay that much better before a session roams to it, in milliseconds. May depend on the child in use.
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
  /** The only reason is that the system calls the link in use `limited`, and the preferred child costs money (rule L2). */
  readonly isHint: boolean
}

/** The figures of two children for each criterion, and which child is preferred. */
export interface Explanation {
  /** The identifier of the preferred child; `null` if no criterion distinguishes them. */
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

/** Throws if a ranking is invalid. @throws TypeError or RangeError that names the criterion and what is wrong with it */
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

/** A link that is known to be bad is worse than any other (rule L1). */
const byHealth: Criterion = { name: 'health', rate: ({ health }) => (health === 'bad' ? 1 : 0) }

/** A session does not return to a link that it has just lost (rule L3). */
const byRecovery: Criterion = { name: 'recovery', rate: ({ isRecovering }) => (isRecovering ? 1 : 0) }

/** A child with the given evidence: a good one counts as connected, even if the system disagrees (rule L1). */
export function withHealth(child: RankedChild, health: Health): RankedChild {
  if (child.health === health) return child
  return { ...child, health, connectivity: health === 'good' ? 'full' : child.connectivity }
}

/** The criteria that come before any policy. */
const ALWAYS: RankingPolicy = [byHealth, byRecovery]

/**
 * A network that is known to have no Internet access, or to have a login page, is worse than any other. A login page is certain. A network
 * without Internet access is left only after a second, because every link has none until its routes and the system's check are complete.
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
    rate: ({ configuration }) => {
      const index = order.indexOf(configuration.bearerType)
      if (index >= 0) return index
      const family = order.indexOf(configuration.bearerTypeFamily)
      return family >= 0 ? family : order.length
    },
  }
}

/**
 * Prefers the owner of the default route among the links that are up, because unbound traffic uses it. Links on one device exclude each
 * other, so the criterion does not count between them.
 */
export const bySystemChoice: Criterion = {
  name: 'systemChoice',
  margin: (child, inUse) => (isOneDevice(child, inUse) ? Number.POSITIVE_INFINITY : 0),
  rate: ({ isSystemsChoice }) => (isSystemsChoice ? 0 : 1),
}

/** How much stronger a signal must be to count, and for how long. */
export interface SignalOptions {
  /**
   * How much stronger, from 0 to 100. Twice as much on one device, because there the old link breaks before the new one is up.
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
   * A link whose signal is at least this strong is never left for a stronger signal.
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
 * Prefers the stronger signal if the one in use is not sufficient, so that a session does not flap between two similar links (rule M5). An
 * unknown signal counts as full.
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

/** The policy of a service network that does not define one. */
export const defaultRanking: RankingPolicy = [
  byConnectivity,
  byMetered,
  byBearer(),
  bySystemChoice,
  bySignal(),
]

/** A child before and after it changed; `null`: it is no member. */
export type ChangedChild = readonly [before: RankedChild | null, after: RankedChild | null]

/** A policy at work. It asks the policy about each child once, not again when another child changes. */
export class Ranking {
  readonly #criteria: RankingPolicy
  /** What each criterion says of a child, in their order. */
  readonly #rates = new WeakMap<RankedChild, readonly number[]>()
  /** A criterion that does not decide between some children leaves no order in which each has one place. */
  #hasGaps = false

  constructor(policy: RankingPolicy) {
    this.#criteria = [...ALWAYS, ...policy]
  }

  /** The children, best first; equal ones stay in the order in which they come (rule C4). */
  sorted(children: readonly RankedChild[]): readonly RankedChild[] {
    const rated = children.map((child) => ({ child, rates: this.#ratesOf(child) }))
    rated.sort(({ rates: one }, { rates: other }) => compareRates(one, other))
    return rated.map(({ child }) => child)
  }

  /**
   * The same as `sorted` of all children, from what that was before some of them changed: the others stay where they are.
   *
   * @param children all as they are now, in the order of their identifiers
   */
  resorted(
    before: readonly RankedChild[],
    changes: readonly ChangedChild[],
    children: Iterable<RankedChild>,
  ): readonly RankedChild[] {
    if (changes.length >= MANY_CHANGES) return this.sorted([...children])
    const sorted = [...before]
    for (const [old, now] of changes) {
      if (old !== null) sorted.splice(this.#placeOf(sorted, old), 1)
      if (now !== null) sorted.splice(this.#placeOf(sorted, now), 0, now)
    }
    return this.#hasGaps ? this.sorted([...children]) : sorted
  }

  /** Those of the children that are preferred to the one in use, with the reason, in the order in which they come. Margins count here. */
  preferred(children: readonly RankedChild[], inUse: RankedChild): readonly Preference[] {
    const used = asInUse(inUse)
    const preferred: Preference[] = []
    for (const child of children) {
      const preference = this.#preference(child, used, inUse)
      if (preference !== null) preferred.push(preference)
    }
    return preferred
  }

  /** The figures of two children for every criterion, as if `other` were in use. */
  explain(one: RankedChild, other: RankedChild): Explanation {
    let because: string | null = null
    let preferred: string | null = null
    const used = asInUse(other)
    const [lefts, rights] = [this.#ratesOf(one), this.#ratesOf(used)]
    const criteria = this.#criteria.map(({ name, margin: least = 0 }, index) => {
      const margin = marginOf(least, one, used)
      const [left = Number.NaN, right = Number.NaN] = [lefts[index], rights[index]]
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

  #preference(child: RankedChild, used: RankedChild, inUse: RankedChild): Preference | null {
    const [rates, usedRates] = [this.#ratesOf(child), this.#ratesOf(used)]
    for (let index = 0; index < rates.length; index += 1) {
      const difference = differenceOf(usedRates[index], rates[index])
      if (difference === 0) continue
      const { name, margin = 0, dwell = 0 } = this.#criteria[index] as Criterion
      if (Math.abs(difference) < marginOf(margin, child, used)) continue
      if (difference < 0) return null
      return {
        identifier: child.configuration.identifier,
        because: name,
        dwell: dwellOf(dwell, used),
        isHint: name === byConnectivity.name && isHint(child, inUse),
      }
    }
    return null
  }

  #ratesOf(child: RankedChild): readonly number[] {
    let rates = this.#rates.get(child)
    if (rates === undefined) {
      rates = this.#criteria.map(({ rate }) => rateOf(rate, child))
      this.#rates.set(child, rates)
      this.#hasGaps ||= rates.some(Number.isNaN)
    }
    return rates
  }

  /** Where a child is or belongs: equal ones are in the order of their identifiers. */
  #placeOf(sorted: readonly RankedChild[], child: RankedChild): number {
    const rates = this.#ratesOf(child)
    const { identifier } = child.configuration
    return placeIn(sorted, (other) => {
      const difference = compareRates(this.#ratesOf(other), rates)
      return difference < 0 || (difference === 0 && other.configuration.identifier < identifier)
    })
  }
}

function compareRates(one: readonly number[], other: readonly number[]): number {
  for (let index = 0; index < one.length; index += 1) {
    const difference = differenceOf(one[index], other[index])
    if (difference !== 0) return difference
  }
  return 0
}

/** A session does not leave the child in use because that child was lost before (rule L3). */
function asInUse(child: RankedChild): RankedChild {
  return child.isRecovering ? { ...child, isRecovering: false } : child
}

function isHint(child: RankedChild, inUse: RankedChild): boolean {
  return child.metered?.value === true && inUse.connectivity === 'limited' && inUse.health === 'unknown'
}

/** A child's figure; `NaN` if the application's function throws. */
function rateOf(rate: Criterion['rate'], child: RankedChild): number {
  try {
    return rate(child)
  } catch (error) {
    reportUncaught(error)
    return Number.NaN
  }
}

/** How much greater the first is; 0 if one of them is not a number, or if both are infinite. */
function differenceOf(one = Number.NaN, other = Number.NaN): number {
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

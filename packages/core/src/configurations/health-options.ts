import type { LinkInterface } from '../contract/index.js'
import { checkArgument, checkOptions, expected } from '../primitives/arguments.js'
import type { NetworkConfiguration } from './network-configuration.js'

/** Whether an application can reach what it wants through a link, as far as evidence shows (rule L1). */
export type Health = 'unknown' | 'good' | 'bad'

/** The link that a check tests. */
export interface CheckedLink {
  /** The access point. */
  readonly configuration: NetworkConfiguration
  /** Its network interface, to bind to. */
  readonly interface: LinkInterface
}

/**
 * What a check found. `alive` is `null` if the check cannot tell, for example because its packets may have left through another link:
 * that is no evidence. `bytes` is what the check sent and received.
 */
export interface CheckResult {
  readonly alive: boolean | null
  readonly bytes?: number
}

/**
 * Tests a link once. Resolves to whether the link works; a rejection counts as a failed check. `signal` is aborted when the check has
 * taken too long, or when its result no longer matters: stop then and free what you use.
 */
export type HealthCheck = (
  link: CheckedLink,
  call: { readonly signal: AbortSignal },
) => Promise<boolean | CheckResult>

/** How core checks the health of links (rule L1). Times are in milliseconds. */
export interface HealthOptions {
  /** Tests a link. Without a check nothing is ever sent, and only {@link NetworkSession.report} gives evidence. */
  readonly check?: HealthCheck
  /**
   * The pause between two checks. When the application reports evidence of its own, the next check comes that much later.
   *
   * @defaultValue 10000
   */
  readonly every?: number
  /**
   * The pause while the verdict is in doubt: before the first verdict, and after a failure.
   *
   * @defaultValue 2000, or `every` if that is shorter
   */
  readonly everyInDoubt?: number
  /**
   * How long one check may take before it counts as failed.
   *
   * @defaultValue 4000
   */
  readonly timeout?: number
  /**
   * How many failures in a row make a link `bad`.
   *
   * @defaultValue 3
   */
  readonly downAfter?: number
  /**
   * How many successes in a row make a link `good`.
   *
   * @defaultValue 2
   */
  readonly upAfter?: number
}

/** The options, with every default filled in. */
export interface HealthPlan {
  readonly check: HealthCheck | null
  readonly every: number
  readonly everyInDoubt: number
  readonly timeout: number
  readonly downAfter: number
  readonly upAfter: number
}

const DEFAULT_IN_DOUBT = 2000

const COUNT = {
  wants: 'a whole number of at least 1',
  isRange: true,
  holds: (value: unknown) => Number.isInteger(value) && (value as number) >= 1,
} as const

/** A shorter pause would check without end. */
const PAUSE = {
  wants: 'a number of milliseconds from 1 up',
  isRange: true,
  holds: (value: unknown) => typeof value === 'number' && value >= 1,
} as const

const OPTIONS = {
  check: expected.callback,
  every: PAUSE,
  everyInDoubt: PAUSE,
  timeout: PAUSE,
  downAfter: COUNT,
  upAfter: COUNT,
} as const

/** Completes the options. @param name what they belong to, for the error @throws TypeError or RangeError that names what is wrong */
export function healthPlan(name: string, options: HealthOptions): HealthPlan {
  checkArgument(name, options, expected.object)
  checkOptions(name, options, OPTIONS)
  const { check = null, every = 10_000, timeout = 4000, downAfter = 3, upAfter = 2 } = options
  const { everyInDoubt = Math.min(DEFAULT_IN_DOUBT, every) } = options
  return { check, every, everyInDoubt, timeout, downAfter, upAfter }
}

/** A result in full. @throws TypeError for anything that a check cannot give */
export function checkResult(result: unknown): Required<CheckResult> {
  if (typeof result === 'boolean') return { alive: result, bytes: 0 }
  const { alive, bytes = 0 } = (result ?? {}) as { readonly alive?: unknown; readonly bytes?: unknown }
  const isVerdict = typeof alive === 'boolean' || alive === null
  if (!isVerdict || typeof bytes !== 'number' || !(bytes >= 0 && bytes < Number.POSITIVE_INFINITY))
    throw new TypeError('a health check gives true, false, or an object with alive and perhaps bytes')
  return { alive, bytes }
}

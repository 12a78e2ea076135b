import type { CheckedLink, HealthCheck } from '@roamkit/core'
import { checkArgument, checkResult, expected } from '@roamkit/core/backend-kit'
import { decide, type Task } from './decide.js'

/**
 * A check that is alive if at least `count` of several checks are, so that the outage of one server is not taken for an outage of the
 * link: `atLeast(2, checkTcp(...), checkTcp(...), checkDns(...))`.
 *
 * The checks run at the same time. The result is `true` as soon as `count` of them are alive, and `false` as soon as too few are left
 * for that: the others are then aborted. It is `null` if all have settled and it cannot be told. A check that rejects counts as
 * failed, as it does by itself. `bytes` is the sum of what the checks sent and received. An aborted check adds its bytes only if it
 * settles at once, as the ready-made checks do.
 *
 * @throws TypeError for something that is not a check, RangeError unless `count` is from 1 to the number of checks
 */
export function atLeast(count: number, ...checks: readonly HealthCheck[]): HealthCheck {
  checkArgument('the checks of atLeast()', checks, expected.listOf(expected.callback))
  checkArgument('the count of atLeast()', count, {
    wants: `a whole number from 1 to the number of checks (${checks.length})`,
    isRange: true,
    holds: (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= checks.length,
  })
  return (link, { signal }) =>
    decide(
      count,
      checks.map((check) => unlessItFails(check, link)),
      signal,
    )
}

/** Also a check that throws has failed, or one that gives what no check can give. */
function unlessItFails(check: HealthCheck, link: CheckedLink): Task {
  return async (signal) => {
    try {
      return checkResult(await check(link, { signal }))
    } catch {
      return false
    }
  }
}

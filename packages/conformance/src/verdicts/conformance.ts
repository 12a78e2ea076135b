import assert from 'node:assert/strict'
import type { Adapter } from '../adapter/adapter.js'
import { laws } from '../laws/laws.js'
import { summary } from './table.js'
import { isTried, judge, strayWaivers, type Verdict } from './verdict.js'

/** The function of a test runner that registers a test: `test` of vitest, Jest or node:test, `it` of Mocha. */
export interface Runner {
  /**
   * Registers a test. The function has no parameters, because some runners treat one with a parameter as another kind of test. The
   * third argument is a timeout in milliseconds, for runners that take one. Every wait of a law ends long before it.
   */
  readonly test: (name: string, run: () => Promise<void>, timeout?: number) => unknown
}

/** The longest time for one law, in milliseconds. Only a backstop: each wait of a law is bounded by the adapter's timeout. */
const TIMEOUT = 120_000

/**
 * Registers one test for each law, and a last one that fails unless every law ran or is waived and every waiver names a law. A law that
 * cannot run is skipped, if the runner can skip a running test (Jest cannot). The last test says what to do about it.
 * @returns the verdicts; empty at first, and filled as the tests run
 */
export function conformance(adapter: Adapter, { test }: Runner): readonly Verdict[] {
  const verdicts: Verdict[] = []
  for (const law of laws.filter((one) => isTried(adapter, one))) {
    const waiver = adapter.waivers?.find((one) => one.law === law.id)
    const name = `${adapter.name}: ${law.id}: ${law.says}`
    // A rest parameter leaves the function's length at 0 and still receives what the runner passes.
    const run = async function (this: unknown, ...given: readonly unknown[]): Promise<void> {
      extendTimeout(this)
      const verdict = await judge(adapter, law)
      verdicts.push(verdict)
      const { outcome, reason } = verdict
      assert.notEqual(outcome, 'broken', `${law.id}: ${reason}`)
      if (outcome === 'waived') skip([given[0], this], String(reason))
      if (outcome === 'cannotRun') skip([given[0], this], `cannot run: ${reason}`)
    }
    test(waiver ? `${name} (waived: ${waiver.reason})` : name, run, TIMEOUT)
  }
  test(
    `${adapter.name}: every law ran or is waived, and every waiver names a law, once`,
    async () => {
      const [stray] = strayWaivers(adapter)
      assert.equal(stray, undefined, `${stray?.law}: ${stray?.reason}`)
      const idle = verdicts.filter(({ outcome }) => outcome === 'cannotRun')
      if (idle.length > 0) throw new Error(summary(verdicts))
    },
    TIMEOUT,
  )
  return verdicts
}

/** Skips the running test: through its argument in vitest and node:test, through `this` in Mocha. */
function skip(contexts: readonly unknown[], reason: string): void {
  for (const context of contexts) {
    const { skip } = (context ?? {}) as { readonly skip?: unknown }
    if (typeof skip === 'function') return void skip.call(context, reason)
  }
}

/** Mocha takes a timeout only inside the test. */
function extendTimeout(context: unknown): void {
  const { timeout } = (context ?? {}) as { readonly timeout?: unknown }
  if (typeof timeout === 'function') timeout.call(context, TIMEOUT)
}

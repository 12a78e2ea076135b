import assert from 'node:assert/strict'
import type { Adapter } from '../adapter/adapter.js'
import { laws } from '../laws/laws.js'
import { summary } from './table.js'
import { isTried, judge, strayWaivers, type Verdict } from './verdict.js'

/** The one function of a test runner that is needed: `test` of vitest, Jest or node:test, `it` of Mocha. */
export interface Runner {
  /**
   * Registers a test: a function without parameters, for some runners take one with a parameter for another kind of test. Some
   * take a timeout in milliseconds as third argument: every wait of a law ends by itself, long before it.
   */
  readonly test: (name: string, run: () => Promise<void>, timeout?: number) => unknown
}

/** Milliseconds for one law in all: a backstop, for the waits within it are bounded by the adapter's patience. */
const TIMEOUT = 120_000

/**
 * Registers one test for each law, and one at the end that fails unless every law could be tried or is waived, and every waiver is
 * about one. A law that cannot run is skipped, where the runner can skip from inside (Jest cannot); the last test says what to do
 * about it. Returns the verdicts, which come as the tests run.
 */
export function conformance(adapter: Adapter, { test }: Runner): readonly Verdict[] {
  const verdicts: Verdict[] = []
  for (const law of laws.filter((one) => isTried(adapter, one))) {
    const waiver = adapter.waivers?.find((one) => one.law === law.id)
    const name = `${adapter.name}: ${law.id}: ${law.says}`
    // No parameter by its length, and yet whatever the runner gives.
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
    `${adapter.name}: every law can be tried or is waived, and every waiver names a law, once`,
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

/** Skips from inside: by its argument in vitest and node:test, by its `this` in Mocha, which are both asked. */
function skip(contexts: readonly unknown[], reason: string): void {
  for (const context of contexts) {
    const { skip } = (context ?? {}) as { readonly skip?: unknown }
    if (typeof skip === 'function') return void skip.call(context, reason)
  }
}

/** Mocha takes no timeout where a test is registered, but within it. */
function extendTimeout(context: unknown): void {
  const { timeout } = (context ?? {}) as { readonly timeout?: unknown }
  if (typeof timeout === 'function') timeout.call(context, TIMEOUT)
}

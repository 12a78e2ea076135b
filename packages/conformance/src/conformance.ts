import assert from 'node:assert/strict'
import { laws } from './laws.js'
import type { Rig } from './rig.js'
import { isTried, judge, strayWaivers, type Verdict } from './verdict.js'

/** What a test is given by runners that can skip from inside: vitest, node:test. */
export interface TestContext {
  /** Marks the test as skipped. */
  skip(reason?: string): unknown
}

/** The one function of a test runner that is needed. */
export interface Runner {
  /** Registers a test. */
  readonly test: (name: string, run: (context?: TestContext) => Promise<void>) => unknown
}

/**
 * Registers one test for each law, and one for the waivers. A law that is waived and cannot run is skipped with the waiver's
 * reason, where the runner can. Returns the verdicts, which come as the tests run.
 */
export function conformance(rig: Rig, { test }: Runner): readonly Verdict[] {
  const verdicts: Verdict[] = []
  for (const law of laws.filter((one) => isTried(rig, one))) {
    const waiver = rig.waivers?.find((one) => one.law === law.id)
    const name = `${rig.name}: ${law.id}: ${law.says}`
    test(waiver ? `${name} (waived: ${waiver.reason})` : name, async (context) => {
      const verdict = await judge(rig, law)
      verdicts.push(verdict)
      assert.notEqual(verdict.outcome, 'broken', `${law.id}: ${verdict.reason}`)
      if (verdict.outcome === 'waived') context?.skip(verdict.reason ?? undefined)
    })
  }
  test(`${rig.name}: every waiver names a law, once`, async () => {
    const [stray] = strayWaivers(rig)
    assert.equal(stray, undefined, `${stray?.law}: ${stray?.reason}`)
  })
  return verdicts
}

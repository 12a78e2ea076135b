/**
 * Conformance tests for Roamkit backends. The tests are data, called laws; an adapter connects your backend to them, a test runner or
 * `verdict` runs them, and verdicts report the results. `mutants` are backends that are wrong on purpose, to test the laws themselves.
 *
 * @packageDocumentation
 */

export type { Adapter, Fixture, Time, Waiver } from './adapter/adapter.js'
export type { ControlName, Controls, Elsewhere, NeedsSecret } from './adapter/controls.js'
export type { Law } from './laws/law.js'
export { CannotRun, type LawFacts, type Need } from './laws/law-facts.js'
export { type LawGroup, lawGroups, laws } from './laws/laws.js'
export type { Mutant } from './mutants/mutant.js'
export { mutants } from './mutants/mutants.js'
export type { CountingClock } from './test-bed/counting-clock.js'
export type { Live, WatchingHost } from './test-bed/live.js'
export type { TestBed } from './test-bed/test-bed.js'
export { conformance, type Runner } from './verdicts/conformance.js'
export { summary, table } from './verdicts/table.js'
export { judge, type Verdict, verdict } from './verdicts/verdict.js'

/**
 * The laws of the contract between Roamkit's core and its backends, as data, and what it takes to try them on a backend: a
 * adapter around it, a runner, verdicts. `mutants` are backends that are wrong on purpose, to try the laws themselves on.
 *
 * @packageDocumentation
 */

export type { Adapter, Fixture, Time, Waiver } from './adapter/adapter.js'
export type { ControlName, Controls, Elsewhere } from './adapter/controls.js'
export { CannotRun, type Law, type Need } from './laws/law.js'
export { type LawGroup, lawGroups, laws } from './laws/laws.js'
export type { Mutant } from './mutants/mutant.js'
export { mutants } from './mutants/mutants.js'
export type { CountingClock } from './test-bed/counting-clock.js'
export type { Live, WatchingHost } from './test-bed/live.js'
export type { TestBed } from './test-bed/test-bed.js'
export { conformance, type Runner } from './verdicts/conformance.js'
export { summary, table } from './verdicts/table.js'
export { judge, type Verdict, verdict } from './verdicts/verdict.js'

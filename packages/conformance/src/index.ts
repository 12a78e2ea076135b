/**
 * The laws of the contract between Roamkit's core and its backends, as data, and what it takes to try them on a backend: a
 * rig around it, a runner, verdicts. `mutants` are backends that are wrong on purpose, to try the laws themselves on.
 *
 * @packageDocumentation
 */
export type { Bench } from './bench.js'
export { conformance, type Runner } from './conformance.js'
export type { ControlName, Controls, Elsewhere } from './controls.js'
export type { CountingClock } from './counting-clock.js'
export { CannotRun, type Law, type Need } from './law.js'
export { type LawGroup, lawGroups, laws } from './laws.js'
export type { Live, WatchingHost } from './live.js'
export type { Mutant } from './mutants/mutant.js'
export { mutants } from './mutants.js'
export type { Rig, Stage, Time, Waiver } from './rig.js'
export { summary, table } from './table.js'
export { judge, type Verdict, verdict } from './verdict.js'

import type { Clock, Driver } from '@roamkit/core/contract'
import type { LawFacts } from '../laws/law-facts.js'
import type { Controls } from './controls.js'

/** Connects a backend, and the system behind it, to the laws. */
export interface Adapter {
  /** The name of the backend, for tables and test names. */
  readonly name: string
  /** Creates the fixture for one law. Called once for each law; laws run one at a time. */
  setup(): Fixture | Promise<Fixture>
  /**
   * The laws that cannot run on this adapter, and why. A missing waiver fails the run, and so does one that is not needed.
   * @defaultValue []
   */
  readonly waivers?: readonly Waiver[]
  /**
   * `nothing`: the machine is in use. Only the laws that touch no link run, on whatever configurations exist, and a law that finds
   * nothing to check counts as waived.
   * @defaultValue 'links'
   */
  readonly touch?: LawFacts['touches']
  /**
   * The longest wait for an expected event, in milliseconds. The default is below the timeout of every test runner, so that a law that
   * fails says what it waited for.
   * @defaultValue 1500, or 10000 in virtual time
   */
  readonly timeout?: number
  /**
   * How long to wait before concluding that nothing more happens, in milliseconds.
   * @defaultValue 200, or 10000 in virtual time
   */
  readonly quietPeriod?: number
}

/**
 * The system that one law runs on. Many laws need a configuration that is down and can be brought up. Some need two of these on one
 * device, a link that is up, or a configuration that cannot be brought up (`activate` is `no`).
 */
export interface Fixture {
  /** The driver under test. */
  readonly driver: Driver
  /** What can be done to the system behind the driver. */
  readonly controls: Controls
  /**
   * Virtual time.
   * @defaultValue real time
   */
  readonly time?: Time
  /** Called when the law has ended and its backends are disposed. */
  readonly teardown?: () => void | Promise<void>
}

/** Time that the adapter controls. */
export interface Time {
  /** The clock that backends get. */
  readonly clock: Clock
  /** Lets time pass, in milliseconds. Resolves when all due timers and pending promise jobs have run. */
  pass(ms: number): Promise<void>
}

/** States that a law cannot run on an adapter. It does not excuse a law that runs and fails. */
export interface Waiver {
  /** The law's id. */
  readonly law: string
  /** Why: what the platform or the adapter cannot do. */
  readonly reason: string
}

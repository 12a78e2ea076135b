import type { Clock, Driver } from '@roamkit/core/contract'
import type { Law } from '../laws/law.js'
import type { Controls } from './controls.js'

/** A backend under test, and the world behind it. */
export interface Adapter {
  /** For tables and the names of tests. */
  readonly name: string
  /** Sets the fixture for one law: a world as every law expects to find it. Called once a law, one law at a time. */
  setup(): Fixture | Promise<Fixture>
  /** The laws that cannot run on this adapter, and why. One that is missing fails, and so does one too many. */
  readonly waivers?: readonly Waiver[]
  /**
   * `nothing`: the machine is in use, and only the laws that touch nothing are tried, on what is there; one that finds nothing
   * to look at is waived by itself. Default `links`.
   */
  readonly touch?: Law['touches']
  /**
   * Milliseconds after which what has not come about is not coming: the bound of each wait. Default 1500, below the timeout of any
   * test runner, so that a law that waits in vain says what for; in virtual time 10000.
   */
  readonly timeout?: number
  /** Milliseconds after which nothing more comes of what was done; default 200, in virtual time 10000. */
  readonly quietPeriod?: number
}

/**
 * A world to try one law in. Many laws look for a configuration whose link is down and that can be brought up, and some for
 * two of these on one device, for one that is up, or for one that cannot be brought up (`activate` is `no`).
 */
export interface Fixture {
  readonly driver: Driver
  readonly controls: Controls
  /** Virtual time; real time where there is none. */
  readonly time?: Time
  /** Called when the law is over and its backends are disposed. */
  readonly teardown?: () => void | Promise<void>
}

/** Time that the adapter lets pass. */
export interface Time {
  /** What the backends get as their clock. */
  readonly clock: Clock
  /** Lets that many milliseconds pass; resolves when everything has happened that was due and that promises had to do. */
  pass(ms: number): Promise<void>
}

/** Says that a law cannot run on an adapter. It excuses nothing: a law that runs and is broken stays broken. */
export interface Waiver {
  /** The law's id. */
  readonly law: string
  /** For people: what the platform, or the adapter, has no way to do. */
  readonly reason: string
}

import assert from 'node:assert/strict'
import {
  type Activate,
  asyncDispose,
  type Backend,
  type BackendErrorCode,
  type Call,
  type Driver,
  type LinkConfiguration,
} from '@roamkit/core/contract'
import type { Adapter, Fixture, Time } from '../adapter/adapter.js'
import type { ControlName, Controls } from '../adapter/controls.js'
import { boundControls, declaredControls } from '../adapter/declared-controls.js'
import { realTime } from '../adapter/real-time.js'
import { CannotRun, type LawFacts, type Need } from '../laws/law-facts.js'
import { Live, WatchingHost } from './live.js'

/** A call whose signal is never aborted. */
export const neverAborted: Call = Object.freeze({ signal: new AbortController().signal })

/** A request without a secret. */
export const request: Activate = Object.freeze({ ...neverAborted, secret: null })

/** A wait timed out. */
class NotInTime extends Error {
  override readonly name = 'NotInTime'
}

/** The bound of each wait. The default in real time is below the timeout of every test runner. */
function timeoutOf(adapter: Adapter, fixture: Fixture): number {
  return adapter.timeout ?? (fixture.time ? 10_000 : 1500)
}

/**
 * What a law works with: the fixture, helpers, and waits that always end. Laws await every promise of a backend through it, so that a
 * call that never settles fails the law instead of hanging the run, and so that virtual time advances.
 */
export class TestBed<Needed extends Need = never> {
  /** The driver under test. */
  readonly driver: Driver
  /** The adapter's controls that the law declares. Those in `needs` are always defined. */
  readonly controls: Controls & Required<Pick<Controls, Needed & ControlName>>
  /** Whether laws may bring links up and down. */
  readonly touch: LawFacts['touches']
  /** What the law could not try as it ran. Listed in its verdict. */
  readonly untried = new Set<string>()
  /** All controls of the adapter, declared or not: the helpers below use whichever they need. */
  readonly #controls: Controls
  readonly #time: Time
  readonly #timeout: number
  readonly #quietPeriod: number
  readonly #opened: Live[] = []

  private constructor(adapter: Adapter, fixture: Fixture, law: LawFacts) {
    this.driver = fixture.driver
    this.#timeout = timeoutOf(adapter, fixture)
    this.#controls = boundControls(fixture.controls, this.#timeout)
    this.controls = declaredControls(this.#controls, law) as TestBed<Needed>['controls']
    this.#time = fixture.time ?? realTime
    this.touch = adapter.touch ?? 'links'
    this.#quietPeriod = adapter.quietPeriod ?? (fixture.time ? 10_000 : 200)
  }

  /**
   * @internal
   * @param adapter supplies the timeouts
   * @param fixture of this run
   * @param law that runs
   */
  static create(adapter: Adapter, fixture: Fixture, law: LawFacts): TestBed {
    return new TestBed(adapter, fixture, law)
  }

  /** Opens a backend, which is disposed when the law is over. */
  async open(): Promise<Live> {
    const host = this.host()
    const backend = await this.call('open', () => this.driver.open(host, neverAborted))
    const live = Live.create(backend, host)
    this.#opened.push(live)
    return live
  }

  /** Creates a host for `driver.open`. */
  host(): WatchingHost {
    return WatchingHost.create(this.#time.clock)
  }

  /** Disposes a backend. */
  async dispose(backend: Backend): Promise<void> {
    await this.call('disposing', () => backend[asyncDispose]() as Promise<void>)
  }

  /**
   * Disposes every backend that `open` opened.
   * @internal
   */
  async close(): Promise<void> {
    for (const { backend } of this.#opened.splice(0)) await this.dispose(backend)
  }

  /** Resolves to the result of a call. Fails if the call throws, rejects or does not settle in time. */
  async call<T>(what: string, run: () => Promise<T>): Promise<T> {
    const outcome = await this.#outcome(what, run)
    if ('value' in outcome) return outcome.value
    throw new assert.AssertionError({ message: `${what} rejected: ${describeError(outcome.reason)}` })
  }

  /** Resolves to the rejection reason of a call. Fails if the call throws, resolves or does not settle in time. */
  async rejectionOf(what: string, run: () => Promise<unknown>): Promise<unknown> {
    const outcome = await this.#outcome(what, run)
    if ('reason' in outcome) return outcome.reason
    throw new assert.AssertionError({ message: `${what} resolved, but should have rejected` })
  }

  /** Fails unless the call rejects with a `BackendError` that has one of these codes. */
  async expectRefusal(
    what: string,
    codes: BackendErrorCode | readonly BackendErrorCode[],
    run: () => Promise<unknown>,
  ): Promise<void> {
    const error = await this.rejectionOf(what, run)
    const wanted: readonly string[] = typeof codes === 'string' ? [codes] : codes
    const { name, code, message } = (error ?? {}) as Record<string, unknown>
    assert.equal(
      name,
      'BackendError',
      `${what} rejected with ${describeError(error)}, which is not a BackendError`,
    )
    assert.ok(wanted.includes(String(code)), `${what} rejected with ${code}, not with ${wanted.join(' or ')}`)
    assert.ok(typeof message === 'string' && message !== '', `${what} rejected with an empty message`)
  }

  /** Fails unless the call rejects with exactly this reason. */
  async expectAborted(what: string, reason: unknown, run: () => Promise<unknown>): Promise<void> {
    const error = await this.rejectionOf(what, run)
    assert.equal(error, reason, `${what} rejected with ${describeError(error)}, not with the abort reason`)
  }

  /** Waits until a condition holds. If it does not hold in time, fails with a message that contains `what`. */
  async waitUntil(what: string, holds: () => boolean): Promise<void> {
    const { clock } = this.#time
    const end = clock.now() + this.#timeout
    for (let step = 1; !holds(); step = Math.min(step * 2, 50)) {
      if (clock.now() >= end) throw new NotInTime(`not within ${this.#timeout} ms: ${what}`)
      await this.#time.pass(step)
    }
  }

  /** Waits until the snapshot shows a configuration so. Fails with what was expected and what is shown instead. */
  async waitUntilShown(
    live: Live,
    id: string,
    what: string,
    holds: (one: LinkConfiguration) => boolean,
  ): Promise<void> {
    const isSo = () => {
      const found = live.find(id)
      return found !== undefined && holds(found)
    }
    try {
      await this.waitUntil(`${JSON.stringify(id)} ${what}`, isSo)
    } catch (error) {
      if (!(error instanceof NotInTime)) throw error
      throw new NotInTime(`${error.message}; ${describeShown(live, id)}`)
    }
  }

  /** Waits for the adapter's quiet period, after which earlier actions have no further effects. */
  settle(): Promise<void> {
    return this.#time.pass(this.#quietPeriod)
  }

  /** Lets milliseconds pass. */
  pass(ms: number): Promise<void> {
    return this.#time.pass(ms)
  }

  /** Ends the law: the fixture lacks what the law is about. */
  cannotRun(why: string): never {
    throw new CannotRun(why)
  }

  /** The id of a configuration that is down and can be brought up. */
  findStartable(live: Live): string {
    const [first] = this.#findStartables(live)
    return first?.id ?? this.cannotRun('no configuration that is down can be brought up')
  }

  /** Two such configurations on one device. */
  findRivals(live: Live): readonly [string, string] {
    const all = this.#findStartables(live)
    for (const one of all) {
      const other = all.find(({ id, device }) => id !== one.id && device !== null && device === one.device)
      if (other) return [one.id, other.id]
    }
    return this.cannotRun('no two configurations on one device can be brought up')
  }

  /**
   * The id of a link that is up. Brings one up with a control or with `activate`; if neither can, or if the law must not touch links, takes
   * one that is up already.
   */
  async ensureUpLink(live: Live): Promise<string> {
    const down = live.world().configurations.find(({ link, inRange }) => link === 'down' && inRange !== false)
    if (down && this.#controls.linkUp && this.touch === 'links') {
      await this.#controls.linkUp(down.id)
      await this.waitUntilUp(live, down.id)
      return down.id
    }
    const [first] = this.#findStartables(live)
    if (first) {
      await this.bringUp(live, first.id)
      return first.id
    }
    const up = live.world().configurations.find(({ link }) => link === 'up')
    return up?.id ?? this.cannotRun('no link is up, and none can be brought up')
  }

  /** The ids of two links that are up on different interfaces. Brings them up as {@link ensureUpLink} does, if there are fewer. */
  async ensureTwoUpLinks(live: Live): Promise<readonly [string, string]> {
    for (const { id } of live.world().configurations) {
      const [one, other] = findSeparateUpLinks(live)
      if (one && other) return [one.id, other.id]
      if (this.#canBringUpBeside(live, id)) await this.bringUpAgain(live, id)
    }
    const [one, other] = findSeparateUpLinks(live)
    if (one && other) return [one.id, other.id]
    return this.cannotRun('no two links can be up on different interfaces')
  }

  /** Brings a link up, with a control if the adapter has it, and waits until it is up. */
  async bringUpAgain(live: Live, id: string): Promise<void> {
    if (!this.#controls.linkUp) return void (await this.bringUp(live, id))
    await this.#controls.linkUp(id)
    await this.waitUntilUp(live, id)
  }

  /** Activates a configuration and waits until its link is up. Resolves to the activation. */
  async bringUp(live: Live, id: string): Promise<string> {
    const activation = await this.call('activate', () => live.backend.activate(id, request))
    await this.waitUntilUp(live, id)
    return activation
  }

  /** Takes a link down, with a control if the adapter has it, and waits until it is down. */
  async takeDown(live: Live, id: string): Promise<void> {
    const { activation, deactivate } = live.shown(id)
    if (this.#controls.linkDown) await this.#controls.linkDown(id)
    else if (deactivate === 'no') this.cannotRun('no link can be taken down')
    else await this.call('deactivate', () => live.backend.deactivate(id, activation ?? '', neverAborted))
    await this.waitUntilDown(live, id)
  }

  /** Waits until the link is up. */
  async waitUntilUp(live: Live, id: string): Promise<void> {
    await this.waitUntilShown(live, id, 'is up', ({ link }) => link === 'up')
  }

  /** Waits until the link is down. */
  async waitUntilDown(live: Live, id: string): Promise<void> {
    await this.waitUntilShown(live, id, 'is down', ({ link }) => link === 'down')
  }

  /** Waits until the snapshot shows the service as lost or ready. */
  async waitForService(live: Live, service: 'ready' | 'lost'): Promise<void> {
    await this.waitUntil(
      `the snapshot shows the service as ${service}`,
      () => live.world().service === service,
    )
  }

  /** Waits until the snapshot shows whether the machine sleeps. */
  async waitForPower(live: Live, power: 'asleep' | 'awake', when = ''): Promise<void> {
    await this.waitUntil(`power is "${power}" ${when}`.trim(), () => live.world().power === power)
  }

  /** The configurations that the law may bring up: none if it must not touch links. */
  #findStartables(live: Live): readonly LinkConfiguration[] {
    return this.touch === 'nothing' ? [] : findStartables(live)
  }

  /** Whether a link is down and can be brought up without taking down another one. */
  #canBringUpBeside(live: Live, id: string): boolean {
    const { link, inRange, device } = live.shown(id)
    if (link !== 'down' || inRange === false) return false
    if (!this.#controls.linkUp && !this.#findStartables(live).some((one) => one.id === id)) return false
    const isTaken = (one: LinkConfiguration) => one.link !== 'down' && one.device === device
    return device === null || !live.world().configurations.some(isTaken)
  }

  async #outcome<T>(what: string, run: () => Promise<T>): Promise<Outcome<T>> {
    const settled = track(what, run)
    await this.waitUntil(`${what} settles`, () => settled.outcome !== null)
    return settled.outcome as Outcome<T>
  }
}

type Outcome<T> = { readonly value: T } | { readonly reason: unknown }

/** A call whose outcome can be inspected: `null` until it settles. */
export interface Tracked<T> {
  outcome: Outcome<T> | null
}

/** Starts a call and records its outcome. Fails if the call throws instead of rejecting. */
export function track<T>(what: string, run: () => Promise<T>): Tracked<T> {
  const tracked: Tracked<T> = { outcome: null }
  let promise: Promise<T>
  try {
    promise = run()
  } catch (error) {
    throw new assert.AssertionError({ message: `${what} threw ${describeError(error)} instead of rejecting` })
  }
  Promise.resolve(promise).then(
    (value) => {
      tracked.outcome = { value }
    },
    (reason: unknown) => {
      tracked.outcome = { reason }
    },
  )
  return tracked
}

function findStartables(live: Live): readonly LinkConfiguration[] {
  return live
    .world()
    .configurations.filter(
      ({ link, activate, inRange }) => link === 'down' && activate !== 'no' && inRange !== false,
    )
}

/** The links that are up on interfaces of their own. Not tunnels: their bytes are counted on the link below, too. */
function findSeparateUpLinks(live: Live): readonly LinkConfiguration[] {
  const seen = new Set<string>()
  return live.world().configurations.filter(({ link, over, interface: facts }) => {
    if (link !== 'up' || over !== null || !facts || facts.addresses.length === 0 || seen.has(facts.name))
      return false
    seen.add(facts.name)
    return true
  })
}

/** Describes what the snapshot shows of a configuration. Absence has a message of its own, because it means removal (rules S13, S14). */
function describeShown(live: Live, id: string): string {
  const found = live.find(id)
  if (found === undefined)
    return `it is no longer in the snapshot: only a configuration that the system has deleted may be absent`
  const { link, activation, carrier, inRange, ended } = found
  return `it is shown as ${JSON.stringify({ link, activation, carrier, inRange, ended })}`
}

/** Describes an error in a message. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: unknown }
  return `${error.name}${code === undefined ? '' : ` ${code}`}: ${error.message}`
}

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
import { CannotRun, type Law, type Need } from '../laws/law.js'
import { Live, WatchingHost } from './live.js'

/** A signal that nobody aborts. */
export const neverAborted: Call = Object.freeze({ signal: new AbortController().signal })

/** A request that knows no secret. */
export const request: Activate = Object.freeze({ ...neverAborted, secret: null })

/** What should have come did not come in time. */
class NotInTime extends Error {
  override readonly name = 'NotInTime'
}

/** The adapter's patience, and what it is by default: in real time below the timeout of any test runner. */
function timeoutOf(adapter: Adapter, fixture: Fixture): number {
  return adapter.timeout ?? (fixture.time ? 10_000 : 1500)
}

/**
 * Where a law is tried: the fixture, hands to do things with, and waiting that ends. Whatever a backend promises is awaited
 * through it, so that one that never answers fails the law instead of hanging the run, and so that virtual time goes on.
 */
export class TestBed<Needed extends Need = never> {
  readonly driver: Driver
  /** Those of the adapter that the law declares; the ones that it needs are there. */
  readonly controls: Controls & Required<Pick<Controls, Needed & ControlName>>
  /** What the adapter lets a law do. */
  readonly touch: Law['touches']
  /** What the law did without, as it went: a verdict says so. */
  readonly untried = new Set<string>()
  /** All of the adapter's: where there are two ways to do one thing, the helpers below take the one that there is. */
  readonly #controls: Controls
  readonly #time: Time
  readonly #timeout: number
  readonly #quietPeriod: number
  readonly #opened: Live[] = []

  /**
   * @param adapter for its patience
   * @param fixture as the adapter has set it up
   * @param law that is tried
   */
  constructor(adapter: Adapter, fixture: Fixture, law: Law) {
    this.driver = fixture.driver
    this.#timeout = timeoutOf(adapter, fixture)
    this.#controls = boundControls(fixture.controls, this.#timeout)
    this.controls = declaredControls(this.#controls, law) as TestBed<Needed>['controls']
    this.#time = fixture.time ?? realTime
    this.touch = adapter.touch ?? 'links'
    this.#quietPeriod = adapter.quietPeriod ?? (fixture.time ? 10_000 : 200)
  }

  /** Opens a backend; it is disposed when the law is over. */
  async open(): Promise<Live> {
    const host = this.host()
    const backend = await this.call('open', () => this.driver.open(host, neverAborted))
    const live = new Live(backend, host)
    this.#opened.push(live)
    return live
  }

  /** A host of its own for `driver.open`. */
  host(): WatchingHost {
    return new WatchingHost(this.#time.clock)
  }

  /** Disposes a backend. */
  async dispose(backend: Backend): Promise<void> {
    await this.call('disposing', () => backend[asyncDispose]() as Promise<void>)
  }

  /** Disposes every backend that was opened here. */
  async close(): Promise<void> {
    for (const { backend } of this.#opened.splice(0)) await this.dispose(backend)
  }

  /** What that call resolves to; fails where it throws, rejects or is not settled in time. */
  async call<T>(what: string, run: () => Promise<T>): Promise<T> {
    const outcome = await this.#outcome(what, run)
    if ('value' in outcome) return outcome.value
    throw new assert.AssertionError({ message: `${what} rejected: ${describeError(outcome.reason)}` })
  }

  /** What that call rejects with; fails where it throws, resolves or is not settled in time. */
  async rejectionOf(what: string, run: () => Promise<unknown>): Promise<unknown> {
    const outcome = await this.#outcome(what, run)
    if ('reason' in outcome) return outcome.reason
    throw new assert.AssertionError({ message: `${what} resolved, and should have rejected` })
  }

  /** Fails unless that call rejects with a `BackendError` of one of these codes. */
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
      `${what} rejected with ${describeError(error)}, which is no BackendError`,
    )
    assert.ok(wanted.includes(String(code)), `${what} rejected with ${code}, not with ${wanted.join(' or ')}`)
    assert.ok(typeof message === 'string' && message !== '', `${what} rejected without a message for people`)
  }

  /** Fails unless that call rejects with this very reason. */
  async expectAborted(what: string, reason: unknown, run: () => Promise<unknown>): Promise<void> {
    const error = await this.rejectionOf(what, run)
    assert.equal(
      error,
      reason,
      `${what} rejected with ${describeError(error)}, not with the signal's own reason`,
    )
  }

  /** Waits until a condition holds; fails with `what` should have been where it does not in time. */
  async waitUntil(what: string, holds: () => boolean): Promise<void> {
    const { clock } = this.#time
    const end = clock.now() + this.#timeout
    for (let step = 1; !holds(); step = Math.min(step * 2, 50)) {
      if (clock.now() >= end) throw new NotInTime(`not within ${this.#timeout} ms: ${what}`)
      await this.#time.pass(step)
    }
  }

  /** Waits until a configuration is shown so; fails with what should have been, and what is shown instead. */
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

  /** Waits until nothing more comes of what was done. */
  settle(): Promise<void> {
    return this.#time.pass(this.#quietPeriod)
  }

  /** Lets milliseconds pass. */
  pass(ms: number): Promise<void> {
    return this.#time.pass(ms)
  }

  /** Ends the law: this world does not have what it is about. */
  cannotRun(why: string): never {
    throw new CannotRun(why)
  }

  /** A configuration whose link is down and that can be brought up. */
  findStartable(live: Live): string {
    const [first] = this.#findStartables(live)
    return first?.id ?? this.cannotRun('no configuration is down, in reach and can be brought up')
  }

  /** Two of these that exclude each other. */
  findRivals(live: Live): readonly [string, string] {
    const all = this.#findStartables(live)
    for (const one of all) {
      const other = all.find(({ id, device }) => id !== one.id && device !== null && device === one.device)
      if (other) return [one.id, other.id]
    }
    return this.cannotRun('no two configurations that can be brought up are on one device')
  }

  /** A link that is up: by the controls, by `activate`, or because one is. */
  async ensureUpLink(live: Live): Promise<string> {
    const down = live.world().configurations.find(({ link, inReach }) => link === 'down' && inReach !== false)
    if (down && this.#controls.linkUp) {
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

  /** Brings a link up that is down, by the controls where they can, and waits for it. */
  async bringUpAgain(live: Live, id: string): Promise<void> {
    if (!this.#controls.linkUp) return void (await this.bringUp(live, id))
    await this.#controls.linkUp(id)
    await this.waitUntilUp(live, id)
  }

  /** Activates and waits for the link to be up; resolves to the activation. */
  async bringUp(live: Live, id: string): Promise<string> {
    const activation = await this.call('activate', () => live.backend.activate(id, request))
    await this.waitUntilUp(live, id)
    return activation
  }

  /** Takes a link down, by the controls where they can, and waits for it. */
  async takeDown(live: Live, id: string): Promise<void> {
    const { activation, deactivate } = live.shown(id)
    if (this.#controls.linkDown) await this.#controls.linkDown(id)
    else if (deactivate === 'no') this.cannotRun('no link can be taken down')
    else await this.call('deactivate', () => live.backend.deactivate(id, activation ?? '', neverAborted))
    await this.waitUntilDown(live, id)
  }

  /** Waits for the link to be up. */
  async waitUntilUp(live: Live, id: string): Promise<void> {
    await this.waitUntilShown(live, id, 'is up', ({ link }) => link === 'up')
  }

  /** Waits for the link to be down. */
  async waitUntilDown(live: Live, id: string): Promise<void> {
    await this.waitUntilShown(live, id, 'is down', ({ link }) => link === 'down')
  }

  /** Waits for the backend to say that its service is away, or there. */
  async waitForService(live: Live, service: 'ready' | 'lost'): Promise<void> {
    await this.waitUntil(
      `the world says that the service is ${service}`,
      () => live.world().service === service,
    )
  }

  /** What may be brought up here: nothing where links are to be left alone. */
  #findStartables(live: Live): readonly LinkConfiguration[] {
    return this.touch === 'nothing' ? [] : findStartables(live)
  }

  async #outcome<T>(what: string, run: () => Promise<T>): Promise<Outcome<T>> {
    const settled = track(what, run)
    await this.waitUntil(`${what} is answered`, () => settled.outcome !== null)
    return settled.outcome as Outcome<T>
  }
}

type Outcome<T> = { readonly value: T } | { readonly reason: unknown }

/** A promise whose outcome can be asked for. */
export interface Tracked<T> {
  outcome: Outcome<T> | null
}

/** Starts a call, and notes how it ends. One that throws instead of rejecting fails. */
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
      ({ link, activate, inReach }) => link === 'down' && activate !== 'no' && inReach !== false,
    )
}

/** What is shown of a configuration, for people: absence first, which is a fault of its own (rules S13, S14). */
function describeShown(live: Live, id: string): string {
  const found = live.find(id)
  if (found === undefined)
    return `it is not in the snapshot any more: absence is for what the system has deleted, and nothing else`
  const { link, activation, carrier, inReach, ended } = found
  return `it is shown as ${JSON.stringify({ link, activation, carrier, inReach, ended })}`
}

/** An error, for people. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: unknown }
  return `${error.name}${code === undefined ? '' : ` ${code}`}: ${error.message}`
}

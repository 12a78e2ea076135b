import assert from 'node:assert/strict'
import type { Backend, BackendHost, Clock, LinkConfiguration, World } from '@roamkit/core/contract'
import { CountingClock } from './counting-clock.js'
import { inText } from './in-text.js'

/** A host that behaves like core: it counts the calls of `changed()` and reads the snapshot once after all calls of a turn. */
export class WatchingHost implements BackendHost {
  /** The clock that the backend gets. */
  readonly clock: CountingClock
  /** What the backend has logged. */
  readonly logged: string[] = []
  /** How often the backend has called `changed()`. */
  pokes = 0
  /**
   * Reads the snapshot. Set once the backend is open.
   * @internal
   */
  read = () => {}
  /**
   * Called first by each `changed()`. Replacing that method would not do: a backend may have taken it when it was opened.
   * @internal
   */
  watch = () => {}
  #isReading = false

  private constructor(clock: Clock) {
    this.clock = CountingClock.create(clock)
    // A backend may take the methods apart from the host.
    this.changed = this.changed.bind(this)
    this.log = this.log.bind(this)
  }

  /**
   * @internal
   * @param clock whose timers are counted
   */
  static create(clock: Clock): WatchingHost {
    return new WatchingHost(clock)
  }

  /** Counts the call and reads the snapshot at the end of the turn. */
  changed(): void {
    this.pokes += 1
    this.watch()
    if (this.#isReading) return
    this.#isReading = true
    queueMicrotask(() => {
      this.#isReading = false
      this.read()
    })
  }

  /** Keeps what the backend logs, as text. */
  log(event: string, detail?: object): void {
    this.logged.push(`${event} ${inText(detail)}`)
  }
}

/** An open backend, and every snapshot that it has shown so far. */
export class Live {
  /** The backend under test. */
  readonly backend: Backend
  /** The host that it was opened with. */
  readonly host: WatchingHost
  /** Every snapshot seen so far, in order, without repetitions. */
  readonly worlds: World[] = []
  /** The snapshot at the last call of `changed()`: the one that core would know. */
  known: World

  private constructor(backend: Backend, host: WatchingHost) {
    this.backend = backend
    this.host = host
    this.known = this.world()
    host.read = () => {
      this.known = this.world()
    }
  }

  /**
   * @internal
   * @param backend opened with `host`
   */
  static create(backend: Backend, host: WatchingHost): Live {
    return new Live(backend, host)
  }

  /** Reads the snapshot, and records it if it is a new one. */
  world(): World {
    const world = this.backend.snapshot()
    if (world !== this.worlds.at(-1)) this.worlds.push(world)
    return world
  }

  /** The configuration with that id in the current snapshot, if there is one. */
  find(id: string): LinkConfiguration | undefined {
    return this.world().configurations.find((configuration) => configuration.id === id)
  }

  /** The configuration with that id in the current snapshot. Fails if there is none. */
  shown(id: string): LinkConfiguration {
    const found = this.find(id)
    assert.ok(found, `the snapshot no longer has a configuration ${JSON.stringify(id)}`)
    return found
  }
}

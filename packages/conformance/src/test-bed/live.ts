import assert from 'node:assert/strict'
import type { Backend, Clock, Host, LinkConfiguration, World } from '@roamkit/core/contract'
import { CountingClock } from './counting-clock.js'

/** A host as core is one: it notes every poke and reads the snapshot afterwards, once for all pokes of a turn. */
export class WatchingHost implements Host {
  readonly clock: CountingClock
  /** How often the backend has poked. */
  pokes = 0
  /** Reads the snapshot; set once there is a backend. */
  read = () => {}
  #isReading = false

  /** @param clock whose timers are counted */
  constructor(clock: Clock) {
    this.clock = new CountingClock(clock)
  }

  changed(): void {
    this.pokes += 1
    if (this.#isReading) return
    this.#isReading = true
    queueMicrotask(() => {
      this.#isReading = false
      this.read()
    })
  }

  log(): void {}
}

/** A live backend, and what it has shown so far. */
export class Live {
  readonly backend: Backend
  readonly host: WatchingHost
  /** Every world seen so far, in order, the same one once. */
  readonly worlds: World[] = []
  /** The world that core would know: as of the last poke. */
  known: World

  /** @param backend that was opened with `host` */
  constructor(backend: Backend, host: WatchingHost) {
    this.backend = backend
    this.host = host
    this.known = this.world()
    host.read = () => {
      this.known = this.world()
    }
  }

  /** The snapshot. */
  world(): World {
    const world = this.backend.snapshot()
    if (world !== this.worlds.at(-1)) this.worlds.push(world)
    return world
  }

  /** The configuration of that id in the snapshot, where there is one. */
  find(id: string): LinkConfiguration | undefined {
    return this.world().configurations.find((configuration) => configuration.id === id)
  }

  /** The same; fails where there is none. */
  shown(id: string): LinkConfiguration {
    const found = this.find(id)
    assert.ok(found, `the snapshot has no configuration ${JSON.stringify(id)} any more`)
    return found
  }
}

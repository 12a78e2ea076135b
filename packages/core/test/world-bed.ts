import type { Backend, LinkConfiguration, World } from '../src/contract/index.js'
import { timesOf } from '../src/primitives/time/times.js'
import { WorldWatch } from '../src/world/world-watch.js'
import { DOWN_LINK } from './down-link.js'

/** A link on Wi-Fi that is down. */
export const DOWN: LinkConfiguration = { ...DOWN_LINK, id: 'w', name: 'w', bearer: 'wlan', device: 'wlan0' }

/** The same while it is up. */
export const UP: LinkConfiguration = { ...DOWN, link: 'up', carrier: true, activation: 'w-1' }
/** The same without a carrier. */
export const FADING: LinkConfiguration = { ...UP, carrier: false }

export const CARRIER_GRACE = 3000
export const SERVICE_GRACE = 10_000
export const WAKE_GRACE = 30_000

/** A watch on a backend whose world is what was shown last. */
export class Bed {
  now = 0
  /** How much further the wall clock is: what it gains while the machine sleeps. `null`: there is no wall clock. */
  slept: number | null
  /** When the watch wants to be read again. */
  wakesAt: number | null = null
  readonly watch: WorldWatch
  #world: World

  constructor(
    links: readonly LinkConfiguration[],
    facts: Partial<World> = {},
    carrierGrace = CARRIER_GRACE,
    wallClock: 'hasWallClock' | 'hasNoWallClock' = 'hasWallClock',
  ) {
    this.slept = wallClock === 'hasWallClock' ? 0 : null
    this.#world = {
      service: 'ready',
      updates: 'events',
      scope: null,
      scan: 'no',
      recheck: 'no',
      statistics: false,
      defaultId: null,
      power: 'awake',
      configurations: links,
      ...facts,
    }
    const wall = () => this.now + (this.slept ?? 0)
    const clock = { now: () => this.now, ...(this.slept !== null && { wall }), after: () => () => {} }
    const times = timesOf({ clock, carrierGrace, serviceGrace: SERVICE_GRACE, wakeGrace: WAKE_GRACE })
    const timer = {
      now: () => this.now,
      wakeAt: (at: number | null) => {
        this.wakesAt = at
      },
    }
    const backend = { snapshot: () => this.#world } as Backend
    this.watch = new WorldWatch(backend, times, timer)
  }

  /** The backend shows other links, which are not read yet. */
  shownUnread(configurations: readonly LinkConfiguration[]): void {
    this.#world = { ...this.#world, configurations }
  }

  /** The backend shows other facts of the machine, which are not read yet. */
  shown(facts: Partial<World>): void {
    this.#world = { ...this.#world, ...facts }
  }

  /** The backend shows something else, and it is read. @returns what has changed */
  shows(links: readonly LinkConfiguration[] | null, facts: Partial<World> = {}): readonly string[] {
    this.#world = { ...this.#world, ...facts, ...(links !== null && { configurations: links }) }
    return this.read()
  }

  read(): readonly string[] {
    return [...this.watch.read().changed]
  }

  /** Whether core sees a carrier. */
  get carries(): boolean | null | undefined {
    return this.watch.link('w')?.carrier
  }
}

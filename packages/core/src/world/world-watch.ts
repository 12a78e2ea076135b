import type { Backend, LinkConfiguration, World } from '../contract/index.js'
import type { Times } from '../primitives/times.js'
import { carries } from './link-facts.js'

/** The changes that a reading of the world found. */
export interface Reading {
  /** Ids of configurations that were added, changed or removed. */
  readonly changed: ReadonlySet<string>
  /** Whether anything is different at all. */
  readonly isNew: boolean
}

/**
 * Reads a backend's snapshots and finds the differences. It keeps the links as core sees them, which is after two rules: a wlan
 * that lost its carrier keeps it for `carrierGrace` (S12), and while the service is unavailable everything stays as last known for
 * `serviceGrace`. After that no link counts as up (S14).
 */
export class WorldWatch {
  readonly #backend: Backend
  readonly #times: Times
  readonly #poke: () => void
  /** As the backend reports them. */
  readonly #raw = new Map<string, LinkConfiguration>()
  /** As core sees them. */
  readonly #seen = new Map<string, LinkConfiguration>()
  readonly #fading = new Map<
    string,
    { readonly activation: string | null; undo: () => void; over: boolean }
  >()
  readonly #due = new Set<string>()
  /** Links whose activation is being torn down without having been up (rule C10). */
  readonly #cancelled = new Set<string>()
  readonly #touched = new Set<string>()
  #world: World
  #serviceTimer: (() => void) | null = null
  #serviceLapsed = false

  /** @param poke asks for another `read`, when a grace is over */
  constructor(backend: Backend, times: Times, poke: () => void) {
    this.#backend = backend
    this.#times = times
    this.#poke = poke
    this.#world = backend.snapshot()
    for (const link of this.#world.configurations) {
      this.#raw.set(link.id, link)
      this.#seen.set(link.id, link)
    }
    if (this.#world.service === 'lost') this.#startServiceGrace()
  }

  /** The world as the backend last reported it. */
  get world(): World {
    return this.#world
  }

  /** Whether the service has been unavailable for longer than its grace: nothing is known any more. */
  get isLapsed(): boolean {
    return this.#serviceLapsed
  }

  /** A link as core sees it; `null` if the configuration does not exist. */
  link(id: string): LinkConfiguration | null {
    return this.#seen.get(id) ?? null
  }

  /** The newest facts of a link, read now. The carrier is false only if it is not within its grace (rule S12). */
  newest(id: string): LinkConfiguration | null {
    const raw = this.#backend.snapshot().configurations.find((link) => link.id === id) ?? null
    const seen = this.#seen.get(id) ?? null
    const isFading =
      seen !== null && raw?.link === 'up' && seen.activation === raw.activation && carries(seen)
    return isFading ? seen : raw
  }

  /** Whether a link that is being torn down was up; true for every other link (rule C10). */
  wasUp(id: string): boolean {
    return !this.#cancelled.has(id)
  }

  /** All links as core sees them, in the order of their ids. */
  links(): Iterable<LinkConfiguration> {
    return this.#seen.values()
  }

  /** Takes the current snapshot. Costs a reference comparison for each configuration, and nothing if the world is the same object. */
  read(): Reading {
    const before = this.#world
    const world = this.#backend.snapshot()
    const changed = new Set<string>(this.#due)
    this.#due.clear()
    if (world !== before) {
      this.#world = world
      if (world.service === 'lost') {
        if (before.service === 'ready') this.#startServiceGrace()
      } else {
        if (before.service === 'lost') {
          this.#endServiceGrace(changed)
          for (const [id, { over }] of this.#fading) if (over) changed.add(id)
        }
        this.#compare(world, changed)
      }
    }
    let order = false
    for (const id of changed) order = this.#see(id, changed) || order
    if (order) this.#sort()
    for (const id of this.#touched) changed.add(id)
    this.#touched.clear()
    return { changed, isNew: world !== before || changed.size > 0 }
  }

  /** Has the next reading report that configuration as changed. */
  touch(id: string): void {
    this.#touched.add(id)
  }

  /** Cancels all timers. */
  dispose(): void {
    this.#serviceTimer?.()
    for (const { undo } of this.#fading.values()) undo()
    this.#fading.clear()
  }

  #compare(world: World, changed: Set<string>): void {
    let known = 0
    for (const link of world.configurations) {
      const before = this.#raw.get(link.id)
      if (before !== undefined) known += 1
      if (before === link) continue
      this.#raw.set(link.id, link)
      changed.add(link.id)
    }
    if (known === this.#raw.size - (world.configurations.length - known)) return
    const present = new Set(world.configurations.map(({ id }) => id))
    for (const id of this.#raw.keys()) {
      if (present.has(id)) continue
      this.#raw.delete(id)
      changed.add(id)
    }
  }

  /** Updates one link as core sees it. If nothing changes, it removes the link from `changed`. */
  #see(id: string, changed: Set<string>): boolean {
    const raw = this.#raw.get(id)
    const before = this.#seen.get(id)
    if (raw === undefined) {
      this.#seen.delete(id)
      this.#cancelled.delete(id)
      this.#stopFading(id)
      return false
    }
    if (raw.link !== 'deactivating') this.#cancelled.delete(id)
    else if (before !== undefined && before.link !== 'up' && before.link !== 'deactivating')
      this.#cancelled.add(id)
    const now = this.#serviceLapsed ? withoutService(raw) : this.#withCarrierGrace(raw, before)
    if (now === before) changed.delete(id)
    else this.#seen.set(id, now)
    return before === undefined
  }

  #withCarrierGrace(raw: LinkConfiguration, before: LinkConfiguration | undefined): LinkConfiguration {
    const isFading = raw.bearer === 'wlan' && raw.link === 'up' && raw.carrier === false
    if (!isFading) {
      this.#stopFading(raw.id)
      return raw
    }
    let fading = this.#fading.get(raw.id)
    if (fading === undefined || fading.activation !== raw.activation) {
      const carried = before !== undefined && carries(before) && before.activation === raw.activation
      if (!carried || this.#times.carrierGrace === 0) return raw
      this.#stopFading(raw.id)
      fading = { activation: raw.activation, undo: () => {}, over: false }
      const entry = fading
      entry.undo = this.#times.clock.after(this.#times.carrierGrace, () => {
        entry.over = true
        // While the service is unavailable, its last report counts. The link is read again when the service is back (rule S14).
        if (this.#world.service === 'lost') return
        this.#due.add(raw.id)
        this.#poke()
      })
      this.#fading.set(raw.id, entry)
    }
    return fading.over ? raw : Object.freeze({ ...raw, carrier: true })
  }

  #stopFading(id: string): void {
    this.#fading.get(id)?.undo()
    this.#fading.delete(id)
  }

  #startServiceGrace(): void {
    this.#serviceTimer = this.#times.clock.after(this.#times.serviceGrace, () => {
      this.#serviceTimer = null
      this.#serviceLapsed = true
      for (const id of this.#raw.keys()) this.#due.add(id)
      this.#poke()
    })
  }

  #endServiceGrace(changed: Set<string>): void {
    this.#serviceTimer?.()
    this.#serviceTimer = null
    if (!this.#serviceLapsed) return
    this.#serviceLapsed = false
    for (const id of this.#raw.keys()) changed.add(id)
  }

  #sort(): void {
    const sorted = [...this.#seen].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
    this.#seen.clear()
    for (const [id, link] of sorted) this.#seen.set(id, link)
  }
}

/** A link of which nothing is known any more, because the service is unavailable. */
function withoutService(link: LinkConfiguration): LinkConfiguration {
  return Object.freeze({
    ...link,
    link: 'down',
    activation: null,
    carrier: null,
    inRange: false,
    activate: 'no',
    deactivate: 'no',
    interface: null,
    connectivity: 'unknown',
    portal: null,
  })
}

import { changesBetween } from '../contract/configuration-list.js'
import type { Backend, LinkConfiguration, World } from '../contract/index.js'
import type { Times } from '../primitives/time/times.js'
import { DeviceLinks } from './device-links.js'
import { carries } from './link-facts.js'
import { awake, isResting, observeSleep, type Sleep } from './sleep.js'

/** The changes that a reading of the world found. */
export interface Reading {
  /** Ids of configurations that were added, changed or removed. */
  readonly changed: ReadonlySet<string>
  /** Whether anything is different at all. */
  readonly isNew: boolean
  /** How long the machine has slept, in milliseconds, if it has just woken up (rule L4). */
  readonly resumed: number | null
  /** Whether graces and roaming pause from now on, or go on again (rule L4). */
  readonly rest: 'begins' | 'ends' | null
}

/** When a watch is to be read again. */
export interface WatchTimer {
  /** Milliseconds, by the clock. */
  readonly now: () => number
  /** Asks for a `read` at that time, and not at the one that was asked for before; `null`: at none. */
  readonly wakeAt: (at: number | null) => void
}

/** A wlan without carrier. */
interface Fading {
  readonly activation: string | null
  /** When that is a loss; `null` while that pauses. */
  at: number | null
  isOver: boolean
}

/**
 * Reads a backend's snapshots and finds the differences. It keeps the links as core sees them, which is after four rules: a wlan
 * that lost its carrier keeps it for `carrierGrace` (S12); a tunnel carries only while its base does (T2); while the service is unavailable,
 * everything stays as last known for `serviceGrace`, and after that no link counts as up (S14); and both graces pause while the machine
 * sleeps (L4).
 */
export class WorldWatch {
  readonly #backend: Backend
  readonly #times: Times
  readonly #timer: WatchTimer
  /** As the backend reports them. */
  readonly #raw = new Map<string, LinkConfiguration>()
  /** As core sees them. */
  readonly #seen = new Map<string, LinkConfiguration>()
  readonly #devices = new DeviceLinks()
  /** What was last compared. */
  #compared: readonly LinkConfiguration[]
  readonly #fading = new Map<string, Fading>()
  /** The tunnels that ride on each link, by its id. */
  readonly #riders = new Map<string, Set<string>>()
  /** Links whose activation is wound down without having been up (rule C10). */
  readonly #cancelled = new Set<string>()
  readonly #touched = new Set<string>()
  /** What is shown of a tunnel whose base is lost. */
  readonly #cutOff = new WeakMap<LinkConfiguration, LinkConfiguration>()
  #world: World
  /** When the service has been away for too long; `null` while it is there, or while that pauses. */
  #lapsesAt: number | null = null
  #serviceLapsed = false
  #sleep: Sleep
  #isResting: boolean

  constructor(backend: Backend, times: Times, timer: WatchTimer) {
    this.#backend = backend
    this.#times = times
    this.#timer = timer
    this.#world = backend.snapshot()
    const { sleep } = observeSleep(awake(this.#moment), this.#world.power, this.#moment, 0)
    this.#sleep = sleep
    this.#isResting = isResting(sleep, timer.now())
    this.#compared = this.#world.configurations
    for (const link of this.#compared) {
      this.#raw.set(link.id, link)
      this.#keep(link.id, link)
      this.#noteBase(undefined, link)
    }
    this.#seeRiders(new Set(this.#raw.keys()))
    if (this.#world.service === 'lost') this.#startServiceGrace()
    this.#arm()
  }

  /** The world as the backend last reported it. */
  get world(): World {
    return this.#world
  }

  /** Whether the service has been unavailable for longer than its grace: nothing is known any more. */
  get isLapsed(): boolean {
    return this.#serviceLapsed
  }

  /** Whether the machine sleeps, or has just woken up: nothing is lost for good yet (rule L4). */
  get isResting(): boolean {
    return this.#isResting
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
    return isFading ? seen : raw && this.#withBase(raw)
  }

  /** Whether a link that is being torn down was up; true for every other link (rule C10). */
  wasUp(id: string): boolean {
    return !this.#cancelled.has(id)
  }

  /** The links on a device that are not down, as core sees them, in the order of their ids; the same array until one of them changes. */
  onDevice(device: string): readonly LinkConfiguration[] {
    return this.#devices.on(device)
  }

  /** All links as core sees them. */
  links(): Iterable<LinkConfiguration> {
    return this.#seen.values()
  }

  /**
   * Takes the current snapshot. Costs nothing if the world is the same object, and little if the backend said what is different
   * (`replaceConfigurations`). Otherwise it costs a reference comparison for each configuration.
   */
  read(): Reading {
    const before = this.#world
    const world = this.#backend.snapshot()
    const { resumed, rest } = this.#rest(world)
    const changed = new Set<string>()
    if (world !== before) {
      this.#world = world
      if (world.service === 'lost') {
        if (before.service === 'ready') this.#startServiceGrace()
      } else {
        if (before.service === 'lost') {
          this.#endServiceGrace(changed)
          for (const id of this.#fading.keys()) changed.add(id)
        }
        this.#compare(world, changed)
      }
    }
    this.#endGraces(changed)
    for (const id of changed) this.#see(id, changed)
    this.#seeRiders(changed)
    for (const id of this.#touched) changed.add(id)
    this.#touched.clear()
    this.#arm()
    return {
      changed,
      isNew: world !== before || changed.size > 0 || rest !== null || resumed !== null,
      resumed,
      rest,
    }
  }

  /** Has the next reading report that configuration as changed. */
  touch(id: string): void {
    this.#touched.add(id)
  }

  /** Whether the machine rests, and what is paused by that. */
  #rest({ power }: World): Pick<Reading, 'resumed' | 'rest'> {
    const { now } = this.#moment
    const { sleep, resumed } = observeSleep(this.#sleep, power, this.#moment, this.#times.wakeGrace)
    this.#sleep = sleep
    const before = this.#isResting
    this.#isResting = isResting(sleep, now)
    if (before === this.#isResting) return { resumed, rest: null }
    // A grace that was under way starts again when the rest is over.
    const at = (grace: number) => (this.#isResting ? null : now + grace)
    for (const fading of this.#fading.values()) fading.at = at(this.#times.carrierGrace)
    if (this.#world.service === 'lost' && !this.#serviceLapsed) this.#lapsesAt = at(this.#times.serviceGrace)
    return { resumed, rest: this.#isResting ? 'begins' : 'ends' }
  }

  get #moment() {
    const { clock } = this.#times
    const wall = clock.wall?.() ?? null
    return { now: this.#timer.now(), wall: Number.isFinite(wall) ? wall : null }
  }

  /** The graces that are over. */
  #endGraces(changed: Set<string>): void {
    const now = this.#timer.now()
    if (this.#lapsesAt !== null && this.#lapsesAt <= now) {
      this.#lapsesAt = null
      this.#serviceLapsed = true
      for (const id of this.#raw.keys()) changed.add(id)
    }
    for (const [id, fading] of this.#fading) {
      if (fading.isOver || fading.at === null || fading.at > now) continue
      fading.isOver = true
      // While the service is away it is looked at when that is back: until then its last word counts (rule S14).
      if (this.#world.service === 'ready') changed.add(id)
    }
  }

  #arm(): void {
    const { since, graceUntil } = this.#sleep
    let first = this.#isResting && since === null ? graceUntil : null
    const consider = (at: number | null) => {
      if (at !== null && (first === null || at < first)) first = at
    }
    consider(this.#lapsesAt)
    for (const { at, isOver } of this.#fading.values()) if (!isOver) consider(at)
    this.#timer.wakeAt(first)
  }

  #compare({ configurations }: World, changed: Set<string>): void {
    const before = this.#compared
    this.#compared = configurations
    if (before === configurations) return
    const changes = changesBetween(before, configurations)
    if (changes === null) this.#compareEach(before, configurations, changed)
    else for (const [id, link] of changes) this.#replace(id, link ?? undefined, changed)
  }

  #compareEach(
    before: readonly LinkConfiguration[],
    after: readonly LinkConfiguration[],
    changed: Set<string>,
  ): void {
    let isMoved = after.length !== before.length
    for (let index = 0; index < after.length; index += 1) {
      const link = after[index]
      if (link === undefined || link === before[index]) continue
      isMoved ||= link.id !== before[index]?.id
      this.#replace(link.id, link, changed)
    }
    if (!isMoved) return
    const present = new Set(after.map(({ id }) => id))
    for (const id of this.#raw.keys()) if (!present.has(id)) this.#replace(id, undefined, changed)
  }

  /** Takes the facts of a link as the backend reports them now; `undefined`: it does not exist. */
  #replace(id: string, link: LinkConfiguration | undefined, changed: Set<string>): void {
    const known = this.#raw.get(id)
    if (link === known) return
    this.#noteBase(known, link)
    if (link === undefined) this.#raw.delete(id)
    else this.#raw.set(id, link)
    changed.add(id)
  }

  /** Updates one link as core sees it. If nothing changes, it removes the link from `changed`. */
  #see(id: string, changed: Set<string>): void {
    const raw = this.#raw.get(id)
    const before = this.#seen.get(id)
    if (raw === undefined) {
      this.#keep(id, undefined)
      this.#cancelled.delete(id)
      this.#fading.delete(id)
      return
    }
    if (raw.link !== 'deactivating') this.#cancelled.delete(id)
    else if (before !== undefined && before.link !== 'up' && before.link !== 'deactivating')
      this.#cancelled.add(id)
    const now = this.#serviceLapsed
      ? withoutService(raw)
      : this.#withBase(this.#withCarrierGrace(raw, before))
    if (now === before) changed.delete(id)
    else this.#keep(id, now)
  }

  #noteBase(before: LinkConfiguration | undefined, now: LinkConfiguration | undefined): void {
    const [left, base] = [before?.over ?? null, now?.over ?? null]
    if (left === base) return
    if (left !== null && before !== undefined) {
      const riders = this.#riders.get(left)
      riders?.delete(before.id)
      if (riders?.size === 0) this.#riders.delete(left)
    }
    if (base !== null && now !== undefined)
      this.#riders.set(base, (this.#riders.get(base) ?? new Set()).add(now.id))
  }

  /** A tunnel is lost with its base, and back with it (rule T2). */
  #seeRiders(changed: Set<string>): void {
    if (this.#riders.size === 0) return
    const bases = [...changed]
    for (const base of bases) {
      for (const id of this.#riders.get(base) ?? []) {
        const rider = new Set([id])
        this.#see(id, rider)
        if (!rider.has(id)) continue
        changed.add(id)
        bases.push(id)
      }
    }
  }

  /** A tunnel without its base carries nothing (rule T2). The same object for the same facts. */
  #withBase(link: LinkConfiguration): LinkConfiguration {
    if (link.over === null || !carries(link)) return link
    const base = this.#seen.get(link.over)
    if (base === undefined || carries(base) || this.#isInCircle(link)) return link
    const cut = this.#cutOff.get(link) ?? Object.freeze({ ...link, carrier: false })
    this.#cutOff.set(link, cut)
    return cut
  }

  /** Tunnels that are said to ride on each other would stay lost for ever: one would wait for the other. */
  #isInCircle({ id, over }: LinkConfiguration): boolean {
    const below = new Set<string>()
    for (let base = over; base !== null && !below.has(base); base = this.#raw.get(base)?.over ?? null)
      below.add(base)
    return below.has(id)
  }

  #keep(id: string, link: LinkConfiguration | undefined): void {
    this.#devices.replace(this.#seen.get(id), link)
    if (link === undefined) this.#seen.delete(id)
    else this.#seen.set(id, link)
  }

  #withCarrierGrace(raw: LinkConfiguration, before: LinkConfiguration | undefined): LinkConfiguration {
    const isFading = raw.bearer === 'wlan' && raw.link === 'up' && raw.carrier === false
    if (!isFading) {
      this.#fading.delete(raw.id)
      return raw
    }
    let fading = this.#fading.get(raw.id)
    if (fading === undefined || fading.activation !== raw.activation) {
      const carried = before !== undefined && carries(before) && before.activation === raw.activation
      if (!carried || this.#times.carrierGrace === 0) {
        this.#fading.delete(raw.id)
        return raw
      }
      const at = this.#isResting ? null : this.#timer.now() + this.#times.carrierGrace
      fading = { activation: raw.activation, at, isOver: false }
      this.#fading.set(raw.id, fading)
    }
    return fading.isOver ? raw : Object.freeze({ ...raw, carrier: true })
  }

  #startServiceGrace(): void {
    this.#lapsesAt = this.#isResting ? null : this.#timer.now() + this.#times.serviceGrace
  }

  #endServiceGrace(changed: Set<string>): void {
    this.#lapsesAt = null
    if (!this.#serviceLapsed) return
    this.#serviceLapsed = false
    for (const id of this.#raw.keys()) changed.add(id)
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

import type { LinkConfiguration, Permission } from '@roamkit/core/contract'
import type { Activations, CarrierPeriod } from './activations.js'
import type { LinkDescription } from './description.js'
import {
  carries,
  configurationOf,
  defaultLink,
  endOf,
  isConfiguration,
  type LinkFacts,
  linkPhase,
} from './translate.js'

/** A link as it was read. */
export interface LinkReading extends LinkFacts {
  readonly period: CarrierPeriod
}

/** The links of one life of networkd, and their configurations. */
export class Links {
  readonly #activations: Activations
  readonly #mayReconfigure: Permission
  readonly #readings = new Map<number, LinkReading>()
  readonly #indexes = new Map<string, number>()
  readonly #configurations = new Map<number, LinkConfiguration>()
  /** The ports of each bond, bridge, team or VRF. */
  readonly #ports = new Map<number, Set<number>>()

  constructor(activations: Activations, mayReconfigure: Permission) {
    this.#activations = activations
    this.#mayReconfigure = mayReconfigure
  }

  get size(): number {
    return this.#readings.size
  }

  /** What was read of a link. */
  reading(index: number): LinkReading | undefined {
    return this.#readings.get(index)
  }

  /** The configuration of a link; `undefined` if it is none. */
  configuration(index: number): LinkConfiguration | undefined {
    return this.#configurations.get(index)
  }

  /** All configurations, sorted by id. */
  get configurations(): readonly LinkConfiguration[] {
    return [...this.#configurations.values()].sort((one, other) => (one.id < other.id ? -1 : 1))
  }

  /** The configuration that owns the default route; `null` if that is another link. */
  get defaultId(): string | null {
    const owner = defaultLink(this.#descriptions())
    return (owner && this.#configurations.get(owner.index)?.id) ?? null
  }

  /** The link with that id; `null` if there is none. */
  find(id: string): number | null {
    for (const [index, known] of this.#configurations) if (known.id === id) return index
    return null
  }

  /**
   * Keeps what was read of a link, before {@link review}. Returns whether that changes more than the configuration of the link: another name or another
   * link is gone, or there may be another default route.
   */
  note(index: number, reading: LinkReading): boolean {
    const { name } = reading.description
    const before = this.#readings.get(index)
    const isRenamed = before !== undefined && before.description.name !== name
    // Names are unique: another link of that name is gone.
    const namesake = this.#indexes.get(name)
    const isReplaced = namesake !== undefined && namesake !== index
    if (isRenamed) this.remove(index)
    if (isReplaced) this.remove(namesake)
    this.#leaveMaster(index)
    this.#readings.set(index, reading)
    this.#indexes.set(name, index)
    this.#joinMaster(index)
    return isRenamed || isReplaced || routesOf(before) !== routesOf(reading)
  }

  /** A link is gone. Returns whether anything has changed. */
  remove(index: number): boolean {
    const gone = this.#readings.get(index)
    if (gone === undefined) return false
    this.#leaveMaster(index)
    this.#readings.delete(index)
    this.#indexes.delete(gone.description.name)
    this.#dismiss(index, gone.description)
    return true
  }

  /** Everything was read after networkd had started: what did not last until then is over. */
  reviewAll(): void {
    for (const [index, { description, period }] of this.#readings) {
      const { name } = description
      const before = this.#activations.of(name).observed.period
      const isSame = before?.index === period?.index && before?.count === period?.count
      if (before !== null && period !== null && !isSame)
        this.#activations.end(name, { reason: 'carrierLost', native: null })
      this.#review(index)
    }
    this.#activations.keepOnly(new Set(this.#indexes.keys()))
  }

  /** Translates a link again, and its ports. Returns whether anything has changed. */
  review(index: number): boolean {
    return [index, ...(this.#ports.get(index) ?? [])].map((one) => this.#review(one)).includes(true)
  }

  #review(index: number): boolean {
    const reading = this.#readings.get(index)
    if (reading === undefined) return false
    const before = this.#configurations.get(index)
    const { description } = reading
    const masterOf = (master: number) => this.#readings.get(master)?.description
    if (!isConfiguration(description, this.#activations.isKnown(description.name), masterOf)) {
      this.#dismiss(index, description)
      return before !== undefined
    }
    const observed = { phase: linkPhase(reading), carries: carries(description), period: reading.period }
    const history = this.#activations.observe(description.name, observed, endOf(reading))
    const next = configurationOf(reading, history, this.#mayReconfigure)
    if (JSON.stringify(next) === JSON.stringify(before)) return false
    // Not frozen yet: only the next world shows whether it differs from what was shown last.
    this.#configurations.set(index, next)
    return true
  }

  #dismiss(index: number, { name }: LinkDescription): void {
    this.#configurations.delete(index)
    this.#activations.forget(name)
  }

  #joinMaster(index: number): void {
    const master = this.#readings.get(index)?.description.master ?? null
    if (master === null) return
    const ports = this.#ports.get(master) ?? new Set()
    this.#ports.set(master, ports.add(index))
  }

  #leaveMaster(index: number): void {
    const master = this.#readings.get(index)?.description.master ?? null
    if (master === null) return
    const ports = this.#ports.get(master)
    ports?.delete(index)
    if (ports?.size === 0) this.#ports.delete(master)
  }

  *#descriptions(): Iterable<LinkDescription> {
    for (const { description } of this.#readings.values()) yield description
  }
}

function routesOf(reading: LinkReading | undefined): string {
  return JSON.stringify(reading?.description.defaultRoutes ?? [])
}

import {
  accessPoint,
  DEFAULT_CONNECT_TIMEOUT,
  type NetworkConfiguration,
  removed,
  unknownConfiguration,
} from './network-configuration.js'
import { type Overview, overviewOf } from './overview.js'
import type { Reading, WorldWatch } from './world-watch.js'

/** What one change of the world did to the configurations. */
export interface CatalogueChange {
  readonly added: readonly NetworkConfiguration[]
  readonly changed: readonly NetworkConfiguration[]
  readonly removed: readonly NetworkConfiguration[]
  readonly before: Overview
  readonly after: Overview
}

/** The current configurations, and what they say about the host together. */
export class Catalogue {
  readonly #watch: WorldWatch
  readonly #timeouts = new Map<string, number>()
  #configurations = new Map<string, NetworkConfiguration>()
  #list: readonly NetworkConfiguration[] | null = null
  #overview: Overview

  constructor(watch: WorldWatch) {
    this.#watch = watch
    for (const link of watch.links()) this.#configurations.set(link.id, this.#make(link.id, null))
    this.#overview = overviewOf(watch.world, this.#configurations, null)
  }

  get overview(): Overview {
    return this.#overview
  }

  /** All configurations, in the order of their identifiers (rule C7); the same array until one changes. */
  list(): readonly NetworkConfiguration[] {
    this.#list ??= Object.freeze([...this.#configurations.values()])
    return this.#list
  }

  /** The current snapshot, or an invalid configuration with that identifier (rule C7). */
  get(identifier: string): NetworkConfiguration {
    return this.#configurations.get(identifier) ?? unknownConfiguration(identifier)
  }

  /** Milliseconds (rule C6). */
  connectTimeout(identifier: string): number {
    return this.#timeouts.get(identifier) ?? DEFAULT_CONNECT_TIMEOUT
  }

  /** Sets it; false for a configuration that is not there (rule C6). */
  setConnectTimeout(identifier: string, ms: number): boolean {
    if (!this.#configurations.has(identifier)) return false
    this.#timeouts.set(identifier, ms)
    return true
  }

  /** Takes in what a reading of the world has found. */
  update(reading: Reading): CatalogueChange {
    const added: NetworkConfiguration[] = []
    const changed: NetworkConfiguration[] = []
    const gone: NetworkConfiguration[] = []
    for (const id of reading.changed) {
      const before = this.#configurations.get(id) ?? null
      if (this.#watch.link(id) === null) {
        if (before !== null) gone.push(removed(before))
        this.#configurations.delete(id)
        continue
      }
      const after = this.#make(id, before)
      if (after === before) continue
      this.#configurations.set(id, after)
      ;(before === null ? added : changed).push(after)
    }
    if (added.length > 0) this.#sort()
    if (added.length + changed.length + gone.length > 0) this.#list = null
    const before = this.#overview
    this.#overview = overviewOf(this.#watch.world, this.#configurations, before)
    return { added, changed, removed: gone, before, after: this.#overview }
  }

  #make(id: string, before: NetworkConfiguration | null): NetworkConfiguration {
    const link = this.#watch.link(id)
    if (link === null) throw new Error(`no link '${id}'`)
    return accessPoint(link, this.connectTimeout(id), before)
  }

  #sort(): void {
    const order = [...this.#watch.links()].flatMap(({ id }) => this.#configurations.get(id) ?? [])
    this.#configurations = new Map(order.map((one) => [one.identifier, one]))
  }
}

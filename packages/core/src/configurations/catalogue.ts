import type { Reading, WorldWatch } from '../world/world-watch.js'
import type { HolderSpan } from './capabilities.js'
import { UsableConfigurations } from './default-configuration.js'
import type { Health } from './health-options.js'
import {
  accessPoint,
  asRemoved,
  DEFAULT_CONNECT_TIMEOUT,
  type NetworkConfiguration,
  unknownConfiguration,
} from './network-configuration.js'
import { type Overview, overviewOf } from './overview.js'
import type { RecoveryTimes } from './recovery.js'
import { type NetworkContext, ServiceNetwork, type ServiceNetworkDefinition } from './service-network.js'
import { USER_CHOICE, userChoiceConfiguration } from './user-choice.js'

/** How one change of the world changed the configurations. */
export interface CatalogueChange {
  readonly added: readonly NetworkConfiguration[]
  readonly changed: readonly NetworkConfiguration[]
  readonly removed: readonly NetworkConfiguration[]
  readonly before: Overview
  readonly after: Overview
}

/** What a catalogue is made with. */
export interface CatalogueOptions {
  /** Whether the manager has a chooser for `userChoice` (rule M6). */
  readonly hasChooser: boolean
  readonly span: HolderSpan
  /** The time, by the manager's clock. */
  readonly now: () => number
  readonly times: RecoveryTimes
}

/** The current configurations, and the overview of the machine that follows from them. */
export class Catalogue {
  readonly #watch: WorldWatch
  readonly #now: () => number
  readonly #times: RecoveryTimes
  readonly #timeouts = new Map<string, number>()
  readonly #networks = new Map<string, ServiceNetwork>()
  #configurations = new Map<string, NetworkConfiguration>()
  readonly #usable = new UsableConfigurations()
  #list: readonly NetworkConfiguration[] | null = null
  /** The system's default as the service networks last saw it (rule M5). */
  #defaultId: string | null
  #overview: Overview
  #span: HolderSpan

  /** Whether there is a chooser for `userChoice` (rule M6). */
  readonly hasChooser: boolean

  constructor(watch: WorldWatch, { hasChooser, span, now, times }: CatalogueOptions) {
    this.hasChooser = hasChooser
    this.#span = span
    this.#watch = watch
    this.#now = now
    this.#times = times
    this.#defaultId = watch.world.defaultId
    for (const { id } of watch.links()) this.#set(id, this.#make(id, null))
    this.#overview = this.#look(null)
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
    const known = this.#configurations.get(identifier)
    if (known !== undefined) return known
    return identifier === USER_CHOICE && this.hasChooser
      ? userChoiceConfiguration
      : unknownConfiguration(identifier)
  }

  /** Milliseconds (rule C6). */
  connectTimeout(identifier: string): number {
    return this.#timeouts.get(identifier) ?? DEFAULT_CONNECT_TIMEOUT
  }

  /** Sets it; false for a configuration that is not there (rule C6). */
  setConnectTimeout(identifier: string, ms: number): boolean {
    if (!this.#configurations.has(identifier)) return false
    this.#timeouts.set(identifier, ms)
    const network = this.network(identifier)
    if (network !== null) network.connectTimeout = ms
    return true
  }

  /** Applies the changes that a reading of the world found. */
  update(reading: Reading): CatalogueChange {
    const added: NetworkConfiguration[] = []
    const changed: NetworkConfiguration[] = []
    const gone: NetworkConfiguration[] = []
    for (const id of reading.changed) {
      // An access point with the identifier of a service network is not listed: the application's definition was there first.
      if (this.#networks.has(id)) continue
      const before = this.#configurations.get(id) ?? null
      if (this.#watch.link(id) === null) {
        if (before !== null) gone.push(this.#remove(before))
        continue
      }
      const after = this.#make(id, before)
      if (after === before) continue
      this.#set(id, after)
      ;(before === null ? added : changed).push(after)
    }
    const different = new Set([...added, ...changed, ...gone].map(({ identifier }) => identifier))
    const { defaultId } = this.#watch.world
    if (defaultId !== this.#defaultId)
      for (const id of [defaultId, this.#defaultId]) if (id !== null) different.add(id)
    this.#defaultId = defaultId
    if (different.size > 0)
      for (const network of this.#networks.values())
        this.#updateNetwork(network, different, { added, changed })
    return this.#changed({ added, changed, removed: gone })
  }

  /** Applies the current span of holders; `null` if it did not change. */
  setHolderSpan(span: HolderSpan): CatalogueChange | null {
    if (span === this.#span) return null
    this.#span = span
    return this.#changed({ added: [], changed: [], removed: [] })
  }

  #changed(parts: Pick<CatalogueChange, 'added' | 'changed' | 'removed'>): CatalogueChange {
    if (parts.added.length > 0) this.#sort()
    if (parts.added.length + parts.changed.length + parts.removed.length > 0) this.#list = null
    const before = this.#overview
    this.#overview = this.#look(before)
    return { before, after: this.#overview, ...parts }
  }

  /** All service networks. */
  get networks(): Iterable<ServiceNetwork> {
    return this.#networks.values()
  }

  /** The service network with that identifier, if one is defined. */
  network(identifier: string): ServiceNetwork | null {
    return this.#networks.get(identifier) ?? null
  }

  /** What a session on that identifier is on. */
  kindOf(identifier: string): 'accessPoint' | 'serviceNetwork' {
    return this.#networks.has(identifier) ? 'serviceNetwork' : 'accessPoint'
  }

  /** Defines a service network (rule M5). The change is emitted like any other. @throws TypeError if the identifier is taken */
  define(definition: ServiceNetworkDefinition): CatalogueChange {
    const network = new ServiceNetwork(definition)
    const { identifier } = network
    if (this.#configurations.has(identifier) || identifier === USER_CHOICE)
      throw new TypeError(`the identifier '${identifier}' is taken`)
    network.connectTimeout = this.connectTimeout(identifier)
    this.#networks.set(identifier, network)
    const added: NetworkConfiguration[] = []
    this.#updateNetwork(network, this.#configurations.keys(), { added, changed: [] })
    return this.#changed({ added, changed: [], removed: [] })
  }

  /** Removes a service network; `null` if there is none. */
  undefine(identifier: string): CatalogueChange | null {
    if (!this.#networks.delete(identifier)) return null
    return this.#changed({ added: [], changed: [], removed: [this.#remove(this.get(identifier))] })
  }

  /** The health of a child is another one (rule L1). */
  setHealth(network: ServiceNetwork, child: string, health: Health): CatalogueChange {
    network.setHealth(child, health)
    return this.#rank(network, [child])
  }

  /** A child was lost while in use (rule L3). */
  noteRelapse(network: ServiceNetwork, child: string): CatalogueChange {
    network.noteRelapse(child, this.#context)
    return this.rank(network)
  }

  /** Ranks the children of a service network again: one of them may have recovered. */
  rank(network: ServiceNetwork): CatalogueChange {
    return this.#rank(network, [])
  }

  #rank(network: ServiceNetwork, children: Iterable<string>): CatalogueChange {
    const parts = { added: [], changed: [], removed: [] }
    if (this.#networks.get(network.identifier) === network) this.#updateNetwork(network, children, parts)
    return this.#changed(parts)
  }

  /** Applies what is different about access points to a service network. */
  #updateNetwork(
    network: ServiceNetwork,
    different: Iterable<string>,
    { added, changed }: Record<'added' | 'changed', NetworkConfiguration[]>,
  ): void {
    const before = this.#configurations.get(network.identifier) ?? null
    const find = (identifier: string) => this.#accessPoint(identifier)
    const after = network.update(different, find, before, this.#context)
    // The predicate is the application's, and may have removed the network.
    if (after === before || this.#networks.get(network.identifier) !== network) return
    this.#set(network.identifier, after)
    ;(before === null ? added : changed).push(after)
  }

  #accessPoint(identifier: string): NetworkConfiguration | null {
    const configuration = this.#configurations.get(identifier)
    return configuration?.type === 'internetAccessPoint' ? configuration : null
  }

  #set(identifier: string, configuration: NetworkConfiguration): void {
    this.#usable.replace(this.#configurations.get(identifier) ?? null, configuration)
    this.#configurations.set(identifier, configuration)
  }

  #remove(configuration: NetworkConfiguration): NetworkConfiguration {
    this.#usable.replace(configuration, null)
    this.#configurations.delete(configuration.identifier)
    return asRemoved(configuration)
  }

  get #context(): NetworkContext {
    return { defaultId: this.#defaultId, now: this.#now(), times: this.#times }
  }

  #look(before: Overview | null): Overview {
    const { world } = this.#watch
    return overviewOf(world, this.#usable, {
      named: (world.defaultId === null ? null : this.#configurations.get(world.defaultId)) ?? null,
      before,
      otherwise: this.hasChooser ? userChoiceConfiguration : null,
      span: this.#span,
    })
  }

  #make(id: string, before: NetworkConfiguration | null): NetworkConfiguration {
    const link = this.#watch.link(id)
    if (link === null) throw new Error(`no link '${id}'`)
    return accessPoint(link, this.connectTimeout(id), before, this.#watch.wasUp(id))
  }

  #sort(): void {
    const sorted = [...this.#configurations].sort(([left], [right]) => (left < right ? -1 : 1))
    this.#configurations = new Map(sorted)
  }
}

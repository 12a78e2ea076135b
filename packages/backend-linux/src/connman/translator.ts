import { type LinkConfiguration, shareStructure, type World } from '@roamkit/core/contract'
import { flag, text } from '../bus/property.js'
import { configurationOf, isNetwork, isStored, outOfRange } from './configuration.js'
import type { Memory } from './memory.js'
import type { Mirror } from './mirror.js'
import { isVpn } from './service-facts.js'

/** What a {@link Translator} needs besides ConnMan's services. */
export interface Surroundings {
  readonly memory: Memory
  readonly statistics: boolean
  /** Whether networks that ConnMan has not stored are configurations, too (rule N1). */
  readonly visibleNetworks: boolean
  power(): World['power']
  /** The kernel's index of a service's interface; `null` if it is unknown. */
  index(id: string): number | null
}

/** Makes the contract's world from a mirror, again after each change. What is equal keeps its old object. */
export class Translator {
  readonly #mirror: Mirror
  readonly #surroundings: Surroundings
  #world: World | null = null
  #isTouched = true

  constructor(mirror: Mirror, surroundings: Surroundings) {
    this.#mirror = mirror
    this.#surroundings = surroundings
  }

  /** Whether the next world may differ from the last one. */
  get isTouched(): boolean {
    return this.#isTouched
  }

  /** Something that the world depends on has changed. */
  touch(): void {
    this.#isTouched = true
  }

  /** The world now; the same object while nothing changed. */
  world(): World {
    if (this.#world !== null && !this.#isTouched) return this.#world
    this.#isTouched = false
    const { memory, statistics } = this.#surroundings
    const connected = this.#mirror.order.filter((id) => memory.links.phase(id) === 'up')
    const configurations = this.#configurations(connected)
    const [first = null] = connected
    const next: World = {
      service: 'ready',
      updates: 'events',
      scope: memory.scope,
      scan: this.#mirror.powered('wifi').length > 0 ? 'yes' : 'no',
      recheck: 'no',
      statistics,
      // Only one service has a default route, so what is bound to another one leads no further than its network.
      directRouting: false,
      configurations,
      defaultId: configurations.some(({ id }) => id === first) ? first : null,
      power: this.#surroundings.power(),
    }
    this.#world = shareStructure(this.#world, next)
    return this.#world
  }

  #configurations(connected: readonly string[]): LinkConfiguration[] {
    const { memory } = this.#surroundings
    const listed = new Map<string, LinkConfiguration>()
    const base = connected.find((id) => !this.#isVpn(id)) ?? null
    for (const id of this.#mirror.order) {
      const next = this.#translate(id, base, connected[0] === id)
      if (next !== null) listed.set(id, next)
    }
    for (const [id, last] of memory.remembered) {
      if (this.#mirror.service(id) === undefined) listed.set(id, outOfRange(last, memory.links.ended(id)))
      else memory.remembered.delete(id)
    }
    // What may vanish from ConnMan's list and stays in ours.
    for (const [id, shown] of listed)
      if (shown.saved || memory.opened.has(id)) memory.remembered.set(id, shown)
    return [...listed.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  #translate(id: string, base: string | null, isDefault: boolean): LinkConfiguration | null {
    const service = this.#mirror.service(id)
    const { memory, visibleNetworks, index } = this.#surroundings
    if (service === undefined || !isNetwork(id, service)) return null
    const isKnown = isStored(service) || flag(service, 'Immutable') === true || memory.opened.has(id)
    if (!isKnown && !visibleNetworks && text(service, 'Type') === 'wifi') return null
    return configurationOf(id, service, {
      link: memory.links.phase(id),
      activation: memory.links.activation(id),
      ended: memory.links.ended(id),
      isDefault,
      base,
      index: index(id),
      isBorrowed: memory.borrowed.has(id),
    })
  }

  #isVpn(id: string): boolean {
    const service = this.#mirror.service(id)
    return service !== undefined && isVpn(service)
  }
}

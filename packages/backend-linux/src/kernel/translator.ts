import { isDeepStrictEqual } from 'node:util'
import { type LinkConfiguration, type Permission, shareStructure, type World } from '@roamkit/core/contract'
import type { ActivationLedger } from './activation-ledger.js'
import { configurationOf, isUsable } from './configuration.js'
import { hasPorts, type LinkKind, linkKind } from './link-kind.js'
import { downState, endLink, followLink, type LinkState, type Naming } from './link-phase.js'
import type { Mirror } from './mirror.js'
import type { KernelLink } from './rtnetlink.js'

/** What the translator needs besides the mirror. */
export interface TranslatorOptions {
  readonly ledger: ActivationLedger
  /** Distinguishes this run of the machine from every other. */
  readonly boot: string
  /** The `DEVTYPE` of an interface; `null` if it has none. */
  deviceType(link: KernelLink): string | null
  readonly control: Permission
  readonly scope: World['scope']
  readonly statistics: boolean
  readonly directRouting: boolean
}

/** A configuration, and what the kernel says about its interface. */
export interface Found {
  readonly link: KernelLink
  readonly configuration: LinkConfiguration
}

interface Tracked {
  readonly id: string
  readonly kind: LinkKind
  readonly state: LinkState
  /** Not frozen until a snapshot shows it. */
  readonly configuration: LinkConfiguration
}

/**
 * Translates what the kernel reports into the contract's world. Does no I/O but for the type of a new device. An event costs as much as the
 * interfaces that it changes, however many others there are; a snapshot also copies the list.
 */
export class Translator {
  readonly #mirror: Mirror
  readonly #options: TranslatorOptions
  readonly #tracked = new Map<number, Tracked>()
  /** The interface of each configuration. */
  readonly #indexes = new Map<string, number>()
  /** The configurations of the last snapshot, and those that have changed since. */
  readonly #shown = new Map<string, LinkConfiguration>()
  readonly #changed = new Set<string>()
  /** The place of each id in the snapshot; `null` if ids have come or gone. */
  #places: ReadonlyMap<string, number> | null = null
  readonly #awaited = new Set<number>()
  #isStale = true
  #defaultId: string | null = null
  #world: World

  constructor(mirror: Mirror, options: TranslatorOptions) {
    this.#mirror = mirror
    this.#options = options
    this.#world = Object.freeze({
      service: 'ready',
      updates: 'events',
      scope: options.scope,
      scan: 'no',
      recheck: 'no',
      statistics: options.statistics,
      directRouting: options.directRouting,
      configurations: Object.freeze([]),
      defaultId: null,
      // The kernel announces sleep to drivers only.
      power: 'unknown',
    })
  }

  /** The current snapshot. The same object until `update` or `setService` has changed something. */
  world(): World {
    if (this.#isStale) this.#setWorld({ configurations: this.#configurations(), defaultId: this.#defaultId })
    this.#isStale = false
    return this.#world
  }

  /** Takes over what has changed in the mirror. Returns whether that changes the snapshot. */
  update(): boolean {
    const changed = this.#mirror.takeChanged()
    if (changed.length === 0) return false
    const results = changed.map((index) => this.#updateLink(index))
    const defaultId = this.#findDefault()
    if (!results.includes(true) && defaultId === this.#defaultId) return false
    this.#defaultId = defaultId
    this.#isStale = true
    return true
  }

  /** Whether the kernel can be heard. */
  setService(service: World['service']): void {
    this.world()
    this.#setWorld({ service })
  }

  /** This program switches an interface on: its link is coming up, although it may have no carrier for a while. */
  awaitCarrier(index: number): void {
    this.#awaited.add(index)
  }

  /** The interface could not be switched on. */
  stopAwaiting(index: number): void {
    this.#awaited.delete(index)
  }

  /** A configuration, and its interface. */
  find(id: string): Found | null {
    const index = this.#indexes.get(id) ?? 0
    const [link, tracked] = [this.#mirror.link(index), this.#tracked.get(index)]
    return link && tracked ? { link, configuration: tracked.configuration } : null
  }

  #setWorld(parts: Partial<World>): void {
    this.#world = shareStructure(this.#world, { ...this.#world, ...parts })
  }

  /** The configurations, sorted. What has changed, and changed back, is the same object as in the last snapshot. */
  #configurations(): readonly LinkConfiguration[] {
    const before = this.#world.configurations
    const different = [...this.#changed].filter((id) => this.#show(id))
    this.#changed.clear()
    if (this.#places === null) {
      const ids = [...this.#indexes.keys()].sort()
      this.#places = new Map(ids.map((id, place) => [id, place]))
      return shareStructure(
        before,
        ids.map((id) => this.#shown.get(id) as LinkConfiguration),
      )
    }
    if (different.length === 0) return before
    const next = [...before]
    for (const id of different)
      next[this.#places.get(id) as number] = this.#shown.get(id) as LinkConfiguration
    return Object.freeze(next)
  }

  /** Freezes a configuration for the snapshot. Returns whether it differs from the one in the last. */
  #show(id: string): boolean {
    const before = this.#shown.get(id)
    const now = this.find(id)?.configuration
    if (now) this.#shown.set(id, shareStructure(before, now))
    else this.#shown.delete(id)
    return this.#shown.get(id) !== before
  }

  #updateLink(index: number): boolean {
    const link = this.#mirror.link(index)
    const before = this.#tracked.get(index)
    const id = link && this.#isConfiguration(link) ? idOf(link) : null
    const isGone = before !== undefined && before.id !== id
    if (isGone) this.#remove(index, before)
    if (!link || id === null) return isGone
    const kept = isGone ? undefined : before
    const now = this.#track(id, link, kept)
    this.#tracked.set(index, now)
    this.#indexes.set(id, index)
    if (!kept) this.#places = null
    const isSame = isDeepStrictEqual(now.configuration, kept?.configuration)
    if (!isSame) this.#changed.add(id)
    return isGone || !isSame
  }

  #track(id: string, link: KernelLink, before: Tracked | undefined): Tracked {
    const { index } = link
    const kind = before?.kind ?? linkKind(link, () => this.#options.deviceType(link))
    const addresses = this.#mirror.addresses(index)
    const last = before?.state ?? downState(this.#options.ledger.ended(id))
    const facts = {
      isUp: link.isUp,
      isRunning: link.isRunning,
      carrierLosses: link.carrierLosses,
      hasAddress: addresses.some(isUsable),
      isWlan: kind.bearer === 'wlan',
      isAwaited: this.#awaited.has(index),
    }
    const state = followLink(last, facts, this.#naming(id, link))
    if (link.isRunning || (last.activation && !state.activation)) this.#awaited.delete(index)
    const configuration = configurationOf({
      id,
      link,
      kind,
      state,
      addresses,
      routes: this.#mirror.routes.filter((route) => route.index === index),
      over: kind.leads === 'tunnel' ? this.#idOfBase(link) : null,
      control: this.#options.control,
      wasUplink: before?.configuration.uplink ?? false,
    })
    return { id, kind, state, configuration }
  }

  #remove(index: number, { id, state }: Tracked): void {
    // It is gone, has another name, or has become a port.
    const link = this.#mirror.link(index)
    const isPort = link !== undefined && !this.#isConfiguration(link)
    endLink(state, isPort ? 'deviceTaken' : 'deviceGone', this.#naming(id, null))
    this.#tracked.delete(index)
    this.#awaited.delete(index)
    // Another interface may have the name by now.
    if (this.#indexes.get(id) === index) this.#indexes.delete(id)
    this.#changed.add(id)
    this.#places = null
  }

  #naming(id: string, link: KernelLink | null): Naming {
    const { ledger, boot } = this.#options
    return {
      begin: () => ledger.begin(id, `${id}#${boot}.${link?.index}.${link?.carrierLosses}`),
      end: (activation, ended) => ledger.end(id, activation, ended),
    }
  }

  /** Loopback is none (rule C9), and no port of a bridge, bond or team is (rule T3). */
  #isConfiguration({ isLoopback, master }: KernelLink): boolean {
    if (isLoopback) return false
    return master === null || !hasPorts(this.#mirror.link(master)?.kind ?? '')
  }

  #idOfBase({ base }: KernelLink): string | null {
    const below = base === null ? undefined : this.#mirror.link(base)
    return below && this.#isConfiguration(below) ? idOf(below) : null
  }

  /** The owner of the best default route among the links that are up. */
  #findDefault(): string | null {
    for (const { index } of this.#mirror.routes) {
      const configuration = this.#tracked.get(index)?.configuration
      if (configuration?.link === 'up') return configuration.id
    }
    return null
  }
}

/** The name alone survives restarts (rule C3). The index changes at each start, and a random hardware address with each network. */
function idOf({ key }: KernelLink): string {
  return `kernel:${key}`
}

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
  readonly #awaited = new Set<number>()
  /** The indexes in the order of the ids; `null` if ids have come or gone. */
  #order: readonly number[] | null = null
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
    for (const [index, tracked] of this.#tracked) {
      const link = tracked.id === id ? this.#mirror.link(index) : undefined
      if (link) return { link, configuration: tracked.configuration }
    }
    return null
  }

  #setWorld(parts: Partial<World>): void {
    this.#world = shareStructure(this.#world, { ...this.#world, ...parts })
  }

  #configurations(): readonly LinkConfiguration[] {
    this.#order ??= [...this.#tracked]
      .sort(([, one], [, other]) => (one.id < other.id ? -1 : 1))
      .map(([index]) => index)
    return this.#order.flatMap((index) => this.#tracked.get(index)?.configuration ?? [])
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
    if (!kept) this.#order = null
    this.#tracked.set(index, now)
    return now.configuration !== kept?.configuration
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
    return { id, kind, state, configuration: shareStructure(before?.configuration, configuration) }
  }

  #remove(index: number, { id, state }: Tracked): void {
    // It is gone, has another name, or has become a port.
    const isPort = typeof this.#mirror.link(index)?.master === 'number'
    endLink(state, isPort ? 'deviceTaken' : 'deviceGone', this.#naming(id, null))
    this.#tracked.delete(index)
    this.#awaited.delete(index)
    this.#order = null
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

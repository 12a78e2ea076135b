import {
  activationNames,
  type LinkConfiguration,
  replaceConfigurations,
  type World,
} from '@roamkit/core/contract'
import type { MockConfiguration } from './mock-configuration.js'
import { checkConfiguration } from './mock-input.js'
import { MockLink } from './mock-link.js'

/** An open backend, as the machine sees it. */
export interface Member {
  /** Called when the snapshot has changed. */
  changed(): void
  /** Called when the service is lost: pending calls must fail. */
  lost(): void
}

/** The facts of a snapshot that never change. */
export type FixedFacts = Pick<
  World,
  'updates' | 'scope' | 'scan' | 'recheck' | 'statistics' | 'directRouting'
>

/** The scripted machine behind all backends of one driver: its links, and what the service shows of them. */
export class MockMachine {
  /** The open backends, which are notified of changes. */
  readonly members = new Set<Member>()
  /** The facts that never change. */
  readonly fixedFacts: FixedFacts
  readonly #links = new Map<string, MockLink>()
  /** One sequence for the whole machine, so that a configuration that is removed and added again reuses no id. Predictable, for tests. */
  readonly #activations = activationNames('')
  /** By identifier; `null` until it is asked for, so that a thousand configurations are sorted once. */
  #inOrder: readonly MockLink[] | null = null
  #service: World['service'] = 'ready'
  #defaultId: string | null = null
  #power: World['power']
  #configurations: readonly LinkConfiguration[] = Object.freeze([])
  /** Configurations that differ from that list. */
  readonly #stale = new Set<string>()
  #world: World | null = null
  #isChanged = false

  constructor(fixedFacts: FixedFacts, power: World['power']) {
    this.fixedFacts = fixedFacts
    this.#power = power
  }

  /** The snapshot as the service shows it. While the service is lost, the last one that it showed. */
  snapshot(): World {
    if (this.#world !== null) return this.#world
    // Built on demand: a thousand changes before the next call cost one array of pointers.
    const changes = [...this.#stale].map((id) => [id, this.#links.get(id)?.configuration ?? null] as const)
    this.#stale.clear()
    this.#configurations = replaceConfigurations(this.#configurations, new Map(changes))
    // The spread comes last: V8 adds properties to the copy of an object slowly before Node 22.
    this.#world = Object.freeze({
      service: this.#service,
      configurations: this.#configurations,
      defaultId: this.#defaultId,
      power: this.#power,
      ...this.fixedFacts,
    })
    return this.#world
  }

  /** Whether the service answers. */
  get service(): World['service'] {
    return this.#service
  }

  /** The identifiers of all links, in order. */
  get ids(): readonly string[] {
    return this.#sorted.map(({ configuration }) => configuration.id)
  }

  /** Finds the link of a configuration, even if the service does not show it. */
  find(id: string): MockLink | undefined {
    return this.#links.get(id)
  }

  /** Adds a configuration. If its link is not down, it starts with an activation by the system. */
  add(script: MockConfiguration): void {
    checkConfiguration(script)
    if (this.#links.has(script.id)) throw new Error(`mock: ${JSON.stringify(script.id)} exists already`)
    if (script.activation != null && (script.link ?? 'down') === 'down')
      throw new Error(`mock: ${JSON.stringify(script.id)} is down and has no activation`)
    const link = new MockLink(script, () => this.#touch(script.id))
    this.#links.set(script.id, link)
    this.#resort(script.id)
    if (script.link === undefined || script.link === 'down') return
    this.beginActivation(link, script.activation ?? undefined)
    if (script.link !== 'activating') link.complete()
    if (script.link === 'deactivating') link.beginDeactivation()
  }

  /** Throws if the link is not down and another link uses the device: a device carries one link at a time. */
  expectFree(link: MockLink, device: string | null): void {
    if (device === null || link.configuration.link === 'down') return
    const other = this.#sorted.find(
      (one) => one !== link && one.configuration.device === device && one.configuration.link !== 'down',
    )
    if (other !== undefined)
      throw new Error(
        `mock: ${JSON.stringify(device)} is in use by ${JSON.stringify(other.configuration.id)}`,
      )
  }

  /** Removes a configuration, whatever its link is doing. */
  remove(link: MockLink): void {
    const { id } = link.configuration
    link.end('deviceGone')
    this.#links.delete(id)
    this.#resort(id)
    if (this.#defaultId === id) this.setDefault(null)
  }

  /** Starts an activation and takes down every other link on the device. Returns the activation. */
  beginActivation(link: MockLink, activation = this.#activations.fresh(link.configuration.id)): string {
    const { device } = link.configuration
    for (const other of this.#sorted) {
      if (other === link || device === null || other.configuration.device !== device) continue
      other.interrupt('deviceTaken')
    }
    link.beginActivation(activation)
    return activation
  }

  /** Sets the owner of the default route. */
  setDefault(id: string | null): void {
    if (this.#defaultId === id) return
    this.#defaultId = id
    this.#touch()
  }

  /** Puts the machine to sleep or wakes it up. Shown even while the service is lost: another part of the system tells. */
  setPower(power: World['power']): void {
    if (this.#power === power) return
    this.#power = power
    this.#world = Object.freeze({ ...this.snapshot(), power })
    this.#isChanged = true
  }

  /** Loses the service. Activations in progress end, and the snapshot stays as it is. */
  lose(): void {
    if (this.#service === 'lost') return
    for (const link of this.#sorted) if (link.configuration.link === 'activating') link.end('serviceLost')
    this.#touch()
    this.#service = 'lost'
    this.snapshot()
    for (const member of [...this.members]) member.lost()
  }

  /** Restores the service, which shows the current state of the links. */
  restore(): void {
    if (this.#service === 'ready') return
    this.#service = 'ready'
    this.#touch()
  }

  /** Notifies every backend once if the snapshot has changed. Called last: first the state changes, then the backends are notified. */
  commit(): void {
    if (!this.#isChanged) return
    this.#isChanged = false
    for (const member of [...this.members]) member.changed()
  }

  /** Discards the snapshot, unless the service is lost: then the last one stays. */
  #touch(id?: string): void {
    if (id !== undefined) this.#stale.add(id)
    if (this.#service === 'lost') return
    this.#world = null
    this.#isChanged = true
  }

  /** Sorted by UTF-16 code units, as the contract requires: `<` compares them, `localeCompare` does not. */
  get #sorted(): readonly MockLink[] {
    const id = (link: MockLink) => link.configuration.id
    this.#inOrder ??= [...this.#links.values()].sort((a, b) => (id(a) < id(b) ? -1 : 1))
    return this.#inOrder
  }

  #resort(id: string): void {
    this.#inOrder = null
    this.#touch(id)
  }
}

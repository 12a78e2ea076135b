import { activationNames, type LinkConfiguration, type World } from '@roamkit/core/contract'
import type { MockConfiguration } from './mock-configuration.js'
import { checkConfiguration } from './mock-input.js'
import { MockLink } from './mock-link.js'

/** A live backend, as the machine sees it. */
export interface Member {
  /** The snapshot is another one. */
  changed(): void
  /** The service is away: calls that wait fail. */
  lost(): void
}

/** The facts of a world that never change. */
export type FixedFacts = Pick<World, 'updates' | 'scope' | 'scan' | 'recheck' | 'statistics'>

/** The scripted machine behind all backends of one driver: its links, and what of them the service shows. */
export class MockMachine {
  /** Who is told of changes. */
  readonly members = new Set<Member>()
  /** The facts that never change. */
  readonly fixedFacts: FixedFacts
  readonly #links = new Map<string, MockLink>()
  /** Of the machine and not of a link: a configuration that is removed and added again must not reuse one. Foreseeable, for tests. */
  readonly #activations = activationNames('')
  #sorted: readonly MockLink[] = []
  #service: World['service'] = 'ready'
  #defaultId: string | null = null
  #configurations: readonly LinkConfiguration[] | null = null
  #world: World | null = null
  #isChanged = false

  constructor(fixedFacts: FixedFacts) {
    this.fixedFacts = fixedFacts
  }

  /** The world as the service shows it; while it is lost, as it last did. */
  snapshot(): World {
    // Built when asked for: a thousand changes before the next look cost one array of pointers.
    this.#configurations ??= Object.freeze(this.#sorted.map((link) => link.configuration))
    this.#world ??= Object.freeze({
      ...this.fixedFacts,
      service: this.#service,
      configurations: this.#configurations,
      defaultId: this.#defaultId,
    })
    return this.#world
  }

  /** Whether the service answers. */
  get service(): World['service'] {
    return this.#service
  }

  /** The link of that configuration, whether or not the service shows it. */
  find(id: string): MockLink | undefined {
    return this.#links.get(id)
  }

  /** Adds a configuration, with an activation of the system's own where it is not down. */
  add(script: MockConfiguration): void {
    checkConfiguration(script)
    if (this.#links.has(script.id)) throw new Error(`mock: ${JSON.stringify(script.id)} exists already`)
    if (script.activation != null && (script.link ?? 'down') === 'down')
      throw new Error(`mock: ${JSON.stringify(script.id)} is down and has no activation`)
    const link = new MockLink(script, () => this.#touch())
    this.#links.set(script.id, link)
    this.#sort()
    if (script.link === undefined || script.link === 'down') return
    this.beginActivation(link, script.activation ?? undefined)
    if (script.link !== 'activating') link.complete()
    if (script.link === 'deactivating') link.beginDeactivation()
  }

  /** Throws where the link is not down and the device is another link's: two cannot be on one. */
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
    this.#sort()
    if (this.#defaultId === id) this.setDefault(null)
  }

  /** Starts an activation; what else is on the device gives way. Returns the activation. */
  beginActivation(link: MockLink, activation = this.#activations.fresh(link.configuration.id)): string {
    const { device } = link.configuration
    for (const other of this.#sorted) {
      if (other === link || device === null || other.configuration.device !== device) continue
      other.interrupt('deviceTaken')
    }
    link.beginActivation(activation)
    return activation
  }

  /** Names the owner of the default route. */
  setDefault(id: string | null): void {
    if (this.#defaultId === id) return
    this.#defaultId = id
    this.#touch()
  }

  /** The service goes away: activations under way end, and what it shows stands still. */
  lose(): void {
    if (this.#service === 'lost') return
    for (const link of this.#sorted) if (link.configuration.link === 'activating') link.end('serviceLost')
    this.#touch()
    this.#service = 'lost'
    this.snapshot()
    for (const member of [...this.members]) member.lost()
  }

  /** The service is back, and shows what became of the links. */
  restore(): void {
    if (this.#service === 'ready') return
    this.#service = 'ready'
    this.#touch()
  }

  /** Tells every backend, once, if the snapshot is another one. Comes last: state first, then notify. */
  commit(): void {
    if (!this.#isChanged) return
    this.#isChanged = false
    for (const member of [...this.members]) member.changed()
  }

  /** A service that is lost shows nothing new: then the last snapshot stays. */
  #touch(): void {
    if (this.#service === 'lost') return
    this.#configurations = null
    this.#world = null
    this.#isChanged = true
  }

  /** `<` on strings compares UTF-16 code units, as the contract wants; `localeCompare` would not. */
  #sort(): void {
    const id = (link: MockLink) => link.configuration.id
    this.#sorted = [...this.#links.values()].sort((a, b) => (id(a) < id(b) ? -1 : 1))
    this.#touch()
  }
}

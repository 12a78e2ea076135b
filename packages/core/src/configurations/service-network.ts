import type { Bearer, Connectivity, Metered } from '../contract/index.js'
import { checkArgument, checkOptions, expected } from '../primitives/arguments.js'
import { reportUncaught } from '../primitives/report-error.js'
import {
  type ConfigurationState,
  NetworkConfiguration,
  unknownConfiguration,
} from './network-configuration.js'
import { checkRanking, defaultRanking, type RankedChild, type RankingPolicy, ranked } from './ranking.js'

/**
 * Which access points belong to a service network: by predicate, by identifiers, or by bearers. Live: they come and go with the world.
 * An access point that the predicate throws for is no member; what it throws surfaces (rule S16).
 */
export type Members =
  | ((configuration: NetworkConfiguration) => boolean)
  | readonly string[]
  | { readonly bearers: readonly Bearer[] }

/** A service network, as an application defines it (rule M5). */
export interface ServiceNetworkDefinition {
  /** Not the identifier of anything else. */
  readonly identifier: string
  /**
   * For people.
   *
   * @defaultValue the identifier
   */
  readonly name?: string
  readonly members: Members
  /**
   * How the members are ranked.
   *
   * @defaultValue {@link defaultRanking}
   */
  readonly ranking?: RankingPolicy
}

/** The ready-made service network: every uplink of this host (rule M5). */
export const allUplinks: ServiceNetworkDefinition = Object.freeze({
  identifier: 'roamkit:uplinks',
  name: 'All uplinks',
  members: ({ isUplink }: NetworkConfiguration) => isUplink,
})

/** What is remembered of a child while its link is down. */
interface Memory {
  readonly connectivity: Connectivity
  readonly metered: Metered | null
}

/** What was last seen of a child's signal: the same network shows less of it while it is in use than in a scan (rule M5). */
interface Signals {
  readonly point: string | null
  readonly down: number | null
  readonly up: number | null
}

const DEFINITION = {
  identifier: expected.name,
  name: expected.text,
  members: { holds: () => true, wants: 'members' },
  ranking: expected.listOf(expected.object),
} as const

/** A defined service network: its members, and what is known of them. */
export class ServiceNetwork {
  readonly identifier: string
  readonly policy: RankingPolicy
  readonly #name: string
  readonly #includes: (configuration: NetworkConfiguration) => boolean
  readonly #memory = new Map<string, Memory>()
  readonly #signals = new Map<string, Signals>()
  #children: readonly RankedChild[] = []

  /** @throws TypeError for a definition that is none */
  constructor(definition: ServiceNetworkDefinition) {
    checkOptions('defineServiceNetwork()', definition, DEFINITION)
    const { identifier, name, members, ranking = defaultRanking } = definition
    checkArgument('the identifier of a service network', identifier, expected.name)
    checkRanking(`the ranking of '${identifier}'`, ranking)
    this.identifier = identifier
    this.#name = name ?? identifier
    this.policy = ranking
    this.#includes = memberTest(identifier, members)
  }

  /** The children, best first. */
  get children(): readonly RankedChild[] {
    return this.#children
  }

  child(identifier: string): RankedChild | null {
    return this.#children.find(({ configuration }) => configuration.identifier === identifier) ?? null
  }

  /**
   * Takes in the access points as they are now, and which of them the system uses by default; the configuration is `before`
   * itself where nothing of it changed (rule C2).
   */
  update(
    accessPoints: Iterable<NetworkConfiguration>,
    before: NetworkConfiguration | null,
    defaultId: string | null,
  ): NetworkConfiguration {
    const members: RankedChild[] = []
    const gone = new Set([...this.#memory.keys(), ...this.#signals.keys()])
    for (const configuration of accessPoints) {
      if (!this.#includes(configuration)) continue
      members.push(this.#remember(configuration, defaultId))
      gone.delete(configuration.identifier)
    }
    for (const identifier of gone) {
      this.#memory.delete(identifier)
      this.#signals.delete(identifier)
    }
    this.#children = ranked(members, this.policy)
    const children = this.#children.map(({ configuration }) => configuration)
    if (before !== null && sameList(before.children, children)) return before
    return NetworkConfiguration.create({
      ...unknownConfiguration(this.identifier),
      name: this.#name,
      type: 'serviceNetwork',
      state: stateOfChildren(children),
      isValid: true,
      children: Object.freeze(children),
    })
  }

  #remember(configuration: NetworkConfiguration, defaultId: string | null): RankedChild {
    const { identifier } = configuration
    // Out of range and back, it is another place or another day.
    if (!configuration.is('discovered')) this.#memory.delete(identifier)
    const before = this.#memory.get(identifier)
    const known = configuration.connectivity !== 'unknown'
    const connectivity = known ? configuration.connectivity : (before?.connectivity ?? 'unknown')
    const metered = configuration.metered ?? before?.metered ?? null
    if (configuration.is('discovered')) this.#memory.set(identifier, { connectivity, metered })
    const isSystemsChoice = identifier === defaultId && configuration.is('active')
    return { configuration, connectivity, metered, signal: this.#signal(configuration), isSystemsChoice }
  }

  /** The better of what was last seen while it was up and while it was down (rule M5). */
  #signal(configuration: NetworkConfiguration): number | null {
    const { identifier, signal, point } = configuration
    const last = this.#signals.get(identifier)
    if (!configuration.is('discovered')) {
      this.#signals.delete(identifier)
      return signal
    }
    const isMoved = last !== undefined && point !== null && last.point !== null && point !== last.point
    const { down, up } = last === undefined || isMoved ? NO_SIGNALS : last
    const isUp = configuration.is('active')
    const now = {
      point: point ?? last?.point ?? null,
      down: isUp ? down : (signal ?? down),
      up: isUp ? (signal ?? up) : up,
    }
    this.#signals.set(identifier, now)
    if (now.down === null || now.up === null) return now.down ?? now.up
    return Math.max(now.down, now.up)
  }
}

const NO_SIGNALS = { down: null, up: null } as const

/** Active if any child is, else discovered, else defined; undefined without children (rule C5). */
function stateOfChildren(children: readonly NetworkConfiguration[]): ConfigurationState {
  if (children.length === 0) return 'undefined'
  if (children.some((child) => child.is('active'))) return 'active'
  return children.some((child) => child.is('discovered')) ? 'discovered' : 'defined'
}

function memberTest(identifier: string, members: Members): (configuration: NetworkConfiguration) => boolean {
  if (typeof members === 'function')
    return (configuration) => {
      try {
        return members(configuration)
      } catch (error) {
        reportUncaught(error)
        return false
      }
    }
  const place = `the members of '${identifier}'`
  if (Array.isArray(members)) {
    checkArgument(place, members, expected.listOf(expected.text))
    const identifiers = new Set(members)
    return (configuration) => identifiers.has(configuration.identifier)
  }
  checkArgument(place, members, MEMBERS)
  const { bearers } = members as { readonly bearers: readonly Bearer[] }
  checkArgument(`the bearers of '${identifier}'`, bearers, expected.listOf(expected.bearer))
  const wanted = new Set(bearers)
  return ({ bearerType }) => wanted.has(bearerType)
}

const MEMBERS = {
  wants: 'a predicate, a list of identifiers, or an object with bearers',
  holds: (value: unknown) => typeof value === 'object' && value !== null && Object.hasOwn(value, 'bearers'),
}

function sameList(before: readonly unknown[], after: readonly unknown[]): boolean {
  return before.length === after.length && before.every((one, index) => one === after[index])
}

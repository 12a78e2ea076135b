import type { Bearer, Connectivity, Metered } from './contract/index.js'
import {
  type ConfigurationState,
  NetworkConfiguration,
  unknownConfiguration,
} from './network-configuration.js'
import { defaultRanking, type RankedChild, type RankingPolicy, ranked } from './ranking.js'
import { surface } from './surface.js'

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
  /** For people; the identifier where there is none. */
  readonly name?: string
  readonly members: Members
  /** How the members are ranked; {@link defaultRanking} where it is not said. */
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

/** A defined service network: its members, and what is known of them. */
export class ServiceNetwork {
  readonly identifier: string
  readonly policy: RankingPolicy
  readonly #name: string
  readonly #includes: (configuration: NetworkConfiguration) => boolean
  readonly #memory = new Map<string, Memory>()
  #children: readonly RankedChild[] = []

  /** @throws TypeError for a definition that is none */
  constructor({ identifier, name, members, ranking = defaultRanking }: ServiceNetworkDefinition) {
    if (typeof identifier !== 'string' || identifier === '')
      throw new TypeError('a service network needs an identifier')
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

  /** Takes in the access points as they are now; the configuration is `before` itself where nothing of it changed (rule C2). */
  update(
    accessPoints: Iterable<NetworkConfiguration>,
    before: NetworkConfiguration | null,
  ): NetworkConfiguration {
    const members: RankedChild[] = []
    for (const configuration of accessPoints) {
      if (this.#includes(configuration)) members.push(this.#remember(configuration))
    }
    this.#children = ranked(members, this.policy)
    const children = this.#children.map(({ configuration }) => configuration)
    if (before !== null && sameList(before.children, children)) return before
    return new NetworkConfiguration({
      ...unknownConfiguration(this.identifier),
      name: this.#name,
      type: 'serviceNetwork',
      state: stateOfChildren(children),
      isValid: true,
      children: Object.freeze(children),
    })
  }

  #remember(configuration: NetworkConfiguration): RankedChild {
    const { identifier } = configuration
    // Out of reach and back, it is another place or another day.
    if (!configuration.is('discovered')) this.#memory.delete(identifier)
    const before = this.#memory.get(identifier)
    const known = configuration.connectivity !== 'unknown'
    const connectivity = known ? configuration.connectivity : (before?.connectivity ?? 'unknown')
    const metered = configuration.metered ?? before?.metered ?? null
    if (configuration.is('discovered')) this.#memory.set(identifier, { connectivity, metered })
    return { configuration, connectivity, metered }
  }
}

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
        surface(error)
        return false
      }
    }
  if (Array.isArray(members)) {
    const identifiers = new Set(members)
    return (configuration) => identifiers.has(configuration.identifier)
  }
  if (typeof members === 'object' && members !== null && 'bearers' in members) {
    const bearers = new Set(members.bearers)
    return ({ bearerType }) => bearers.has(bearerType)
  }
  throw new TypeError(`the members of '${identifier}' are a predicate, a list of identifiers, or bearers`)
}

function sameList(before: readonly unknown[], after: readonly unknown[]): boolean {
  return before.length === after.length && before.every((one, index) => one === after[index])
}

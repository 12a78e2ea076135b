import type { Bearer, Connectivity, Metered } from '../contract/index.js'
import { checkArgument, checkOptions, expected } from '../primitives/arguments.js'
import { reportUncaught } from '../primitives/report-error.js'
import { type Health, type HealthOptions, type HealthPlan, healthPlan } from './health-options.js'
import {
  type ConfigurationState,
  DEFAULT_CONNECT_TIMEOUT,
  includesState,
  NetworkConfiguration,
  NOTHING_KNOWN,
} from './network-configuration.js'
import {
  type ChangedChild,
  checkRanking,
  defaultRanking,
  type RankedChild,
  Ranking,
  type RankingPolicy,
  withHealth,
} from './ranking.js'
import { Recoveries, type RecoveryTimes } from './recovery.js'

/**
 * Which access points belong to a service network: by a predicate, by identifiers, or by bearers. The members change as access points appear and
 * disappear: the predicate is called for an access point each time that one changes. If the predicate throws for an access point, that access
 * point is not a member, and the error becomes an uncaught exception (rule S16).
 */
export type Members =
  | ((configuration: NetworkConfiguration) => boolean)
  | readonly string[]
  | { readonly bearers: readonly Bearer[] }

/** A service network, as an application defines it (rule M5). */
export interface ServiceNetworkDefinition {
  /** An identifier that no other configuration has. */
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
  /** How core checks the health of the child in use, for all sessions on the network together (rule L1). */
  readonly health?: HealthOptions
}

/** The ready-made service network: every uplink of this machine (rule M5). */
export const allUplinks: ServiceNetworkDefinition = Object.freeze({
  identifier: 'roamkit:uplinks',
  name: 'All uplinks',
  members: ({ isUplink }: NetworkConfiguration) => isUplink,
})

/** The facts of a child that are remembered while its link is down. */
interface Memory {
  readonly connectivity: Connectivity
  readonly metered: Metered | null
}

/** By how much a scan may show more of a network than the link in use does. More than that, and the link has become weaker since (rule M5). */
const SCAN_ADVANTAGE = 20

/** The last signals of a child: the same network reports a lower one while it is in use than in a scan (rule M5). */
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
  health: expected.object,
} as const

/** What a service network needs besides the access points when it looks at its members. */
export interface NetworkContext {
  /** The system's default, which is the choice of the system among them. */
  readonly defaultId: string | null
  /** By the clock, in milliseconds. */
  readonly now: number
  readonly times: RecoveryTimes
}

/** A defined service network: its members, and what is known about them. */
export class ServiceNetwork {
  readonly identifier: string
  readonly ranking: Ranking
  /** How core checks its health; `null`: it does not. */
  readonly health: HealthPlan | null
  /** Of the network itself, in milliseconds; the next `update` shows it (rule C6). */
  connectTimeout = DEFAULT_CONNECT_TIMEOUT
  readonly #name: string
  readonly #includes: (configuration: NetworkConfiguration) => boolean
  readonly #memory = new Map<string, Memory>()
  readonly #signals = new Map<string, Signals>()
  readonly #health = new Map<string, Health>()
  readonly #recoveries = new Recoveries()
  /** In the order of their identifiers. */
  #members = new Map<string, RankedChild>()
  #memberIdentifiers: ReadonlySet<string> = new Set()
  #children: readonly RankedChild[] = []

  /** @throws TypeError for an invalid definition */
  constructor(definition: ServiceNetworkDefinition) {
    checkOptions('defineServiceNetwork()', definition, DEFINITION)
    const { identifier, name, members, ranking = defaultRanking, health } = definition
    checkArgument('the identifier of a service network', identifier, expected.name)
    checkRanking(`the ranking of '${identifier}'`, ranking)
    this.identifier = identifier
    this.#name = name ?? identifier
    this.ranking = new Ranking(ranking)
    this.health = health === undefined ? null : healthPlan(`the health of '${identifier}'`, health)
    this.#includes = memberTest(identifier, members)
  }

  /** The children, best first. */
  get children(): readonly RankedChild[] {
    return this.#children
  }

  /** The same set until a member is added or removed. */
  get memberIdentifiers(): ReadonlySet<string> {
    return this.#memberIdentifiers
  }

  child(identifier: string): RankedChild | null {
    return this.#members.get(identifier) ?? null
  }

  /** What is known about a child's health; the next `update` ranks it (rule L1). */
  setHealth(identifier: string, health: Health): void {
    this.#health.set(identifier, health)
  }

  /** A child was lost while in use; the next `update` ranks it (rule L3). */
  noteRelapse(identifier: string, { now, times }: NetworkContext): void {
    this.#recoveries.note(identifier, now, times)
  }

  /** When the next child will have recovered; `null`: no child is recovering. */
  recoversAt(now: number): number | null {
    return this.#recoveries.recoversAt(now)
  }

  /**
   * Applies what is different about some access points: those that appeared, changed or disappeared, and those that the system uses by
   * default now or did before. Returns `before` itself if the configuration did not change (rule C2).
   *
   * @param find the access point with that identifier; `null`: there is none
   */
  update(
    different: Iterable<string>,
    find: (identifier: string) => NetworkConfiguration | null,
    before: NetworkConfiguration | null,
    context: NetworkContext,
  ): NetworkConfiguration {
    let isLonger = false
    const changes: ChangedChild[] = []
    // Time alone changes those that are recovering.
    const recovering = [...this.#recoveries.children]
    for (const identifier of recovering.length === 0 ? different : new Set([...different, ...recovering])) {
      const configuration = find(identifier)
      const child = this.child(identifier)
      if (configuration !== null && this.#includes(configuration)) {
        isLonger ||= child === null
        this.#members.set(identifier, this.#remember(configuration, context))
      } else this.#forget(identifier)
      changes.push([child, this.child(identifier)])
    }
    if (isLonger) this.#members = inOrder(this.#members)
    if (isLonger || this.#members.size !== this.#memberIdentifiers.size)
      this.#memberIdentifiers = new Set(this.#members.keys())
    this.#children = this.ranking.resorted(this.#children, changes, this.#members.values())
    const children = this.#children.map(({ configuration }) => configuration)
    const { connectTimeout } = this
    if (before?.connectTimeout === connectTimeout && sameList(before.children, children)) return before
    return NetworkConfiguration.create({
      ...NOTHING_KNOWN,
      identifier: this.identifier,
      name: this.#name,
      type: 'serviceNetwork',
      state: stateOfChildren(children),
      isValid: true,
      connectTimeout,
      children: Object.freeze(children),
    })
  }

  #forget(identifier: string): void {
    for (const known of [this.#members, this.#memory, this.#signals, this.#health, this.#recoveries])
      known.delete(identifier)
  }

  #remember(configuration: NetworkConfiguration, context: NetworkContext): RankedChild {
    const { identifier } = configuration
    const health = this.#health.get(identifier) ?? 'unknown'
    // A network that went out of range and came back is in another place or on another day.
    const isUsable = includesState(configuration.state, 'discovered')
    if (!isUsable) this.#memory.delete(identifier)
    const before = this.#memory.get(identifier)
    const known = configuration.connectivity !== 'unknown'
    const connectivity = known ? configuration.connectivity : (before?.connectivity ?? 'unknown')
    const metered = configuration.metered ?? before?.metered ?? null
    if (isUsable) this.#memory.set(identifier, { connectivity, metered })
    const child: RankedChild = {
      configuration,
      health: 'unknown',
      isRecovering: this.#isRecovering(configuration, health, context),
      connectivity,
      metered,
      signal: this.#signal(configuration),
      isSystemsChoice: identifier === context.defaultId && configuration.state === 'active',
    }
    return withHealth(child, health)
  }

  /** It is good while it is up, or could be brought up, and is not known to be bad (rule L3). */
  #isRecovering(
    configuration: NetworkConfiguration,
    health: Health,
    { now, times }: NetworkContext,
  ): boolean {
    const isGood = includesState(configuration.state, 'discovered') && health !== 'bad'
    const isOut = this.#recoveries.look(configuration.identifier, isGood ? 'good' : 'notGood', now, times)
    // A bad one is out by that alone: among bad ones the policy decides.
    return isOut && health !== 'bad'
  }

  /** The better of the last signals while it was up and while it was down (rule M5). */
  #signal(configuration: NetworkConfiguration): number | null {
    const { identifier, signal, point, state } = configuration
    const last = this.#signals.get(identifier)
    if (!includesState(state, 'discovered')) {
      this.#signals.delete(identifier)
      return signal
    }
    const isMoved = last !== undefined && point !== null && last.point !== null && point !== last.point
    const { down, up } = last === undefined || isMoved ? NO_SIGNALS : last
    const isUp = state === 'active'
    const now = {
      point: point ?? last?.point ?? null,
      down: isUp ? down : (signal ?? down),
      up: isUp ? (signal ?? up) : up,
    }
    this.#signals.set(identifier, now)
    if (now.down === null || now.up === null) return now.down ?? now.up
    const isOutdated = isUp && now.down - now.up > SCAN_ADVANTAGE
    return isOutdated ? now.up : Math.max(now.down, now.up)
  }
}

const NO_SIGNALS = { down: null, up: null } as const

/** Active if any child is, else discovered, else defined; undefined without children (rule C5). */
function stateOfChildren(children: readonly NetworkConfiguration[]): ConfigurationState {
  if (children.length === 0) return 'undefined'
  if (children.some(({ state }) => state === 'active')) return 'active'
  return children.some(({ state }) => state === 'discovered') ? 'discovered' : 'defined'
}

function inOrder<T>(members: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...members].sort(([left], [right]) => (left < right ? -1 : 1)))
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

import { includesState, type NetworkConfiguration } from './network-configuration.js'

/** The ranks of access points that are active. */
const ACTIVE = { first: 2, last: 4 }
const WORST = 7

/**
 * The rank of a configuration in the order of rule M2, lower first; `null` if it cannot be chosen. Service networks come before
 * access points, and active ones before discovered ones. Within each, the order is ethernet, wlan, anything else.
 */
function rankOf({ type, state, bearerType }: NetworkConfiguration): number | null {
  if (!includesState(state, 'discovered')) return null
  const isActive = state === 'active'
  if (type === 'serviceNetwork') return isActive ? 0 : 1
  const bearer = { ethernet: 0, wlan: 1 }[bearerType as string] ?? 2
  return ACTIVE.first + (isActive ? 0 : 3) + bearer
}

/** The configurations of one rank. */
class Rank {
  readonly #members = new Map<string, NetworkConfiguration>()
  /** By identifier; `null`: there is none, or it has to be found again. */
  #first: NetworkConfiguration | null = null

  get members(): Iterable<NetworkConfiguration> {
    return this.#members.values()
  }

  get first(): NetworkConfiguration | null {
    if (this.#first === null) for (const member of this.#members.values()) this.#consider(member)
    return this.#first
  }

  /** Adds a configuration, or replaces an older snapshot of it. */
  set(configuration: NetworkConfiguration): void {
    this.#members.set(configuration.identifier, configuration)
    if (this.#first !== null || this.#members.size === 1) this.#consider(configuration)
  }

  delete({ identifier }: NetworkConfiguration): void {
    this.#members.delete(identifier)
    if (this.#first?.identifier === identifier) this.#first = null
  }

  #consider(configuration: NetworkConfiguration): void {
    if (this.#first === null || configuration.identifier <= this.#first.identifier)
      this.#first = configuration
  }
}

/** The configurations that can be used now, by their rank. A change costs nothing for those that did not change. */
export class UsableConfigurations {
  readonly #ranks: readonly Rank[] = Array.from({ length: WORST + 1 }, () => new Rank())

  /** Replaces a snapshot of a configuration by a newer one; `null`: there is none. */
  replace(before: NetworkConfiguration | null, after: NetworkConfiguration | null): void {
    const [from, to] = [this.#rankOf(before), this.#rankOf(after)]
    if (before !== null && from !== to) from?.delete(before)
    if (after !== null) to?.set(after)
  }

  /** The access points that are active. */
  *active(): Iterable<NetworkConfiguration> {
    for (const rank of this.#ranks.slice(ACTIVE.first, ACTIVE.last + 1)) yield* rank.members
  }

  /**
   * The first active or discovered service network, otherwise the best access point by state and bearer, then by identifier (rule M2);
   * `null`: there is none.
   */
  best(): NetworkConfiguration | null {
    for (const { first } of this.#ranks) if (first !== null) return first
    return null
  }

  #rankOf(configuration: NetworkConfiguration | null): Rank | null {
    const rank = configuration === null ? null : rankOf(configuration)
    return rank === null ? null : (this.#ranks[rank] ?? null)
  }
}

import { type ConfigurationFacts, NetworkConfiguration } from '@roamkit/core'
import type { ConfigurationMessage, ConfigurationReference, ManagerMessage } from '../protocol/messages.js'

/** What a message changed about the configurations. */
export interface ConfigurationChanges {
  readonly added: readonly NetworkConfiguration[]
  readonly changed: readonly NetworkConfiguration[]
  /** The last snapshots, invalid now (rule C8). */
  readonly removed: readonly NetworkConfiguration[]
}

/** The configurations of the host, as this guest knows them. What has not changed is the same object (rule C2). */
export class ConfigurationTable {
  #all: readonly NetworkConfiguration[] = Object.freeze([])
  readonly #known = new Map<string, NetworkConfiguration>()
  /** `null`: the manager has no chooser. */
  readonly #userChoice: NetworkConfiguration | null

  constructor(userChoice: ConfigurationMessage | null) {
    this.#userChoice = userChoice === null ? null : this.#make(userChoice)
  }

  /** All in the host's order. The same array until one changes. */
  get all(): readonly NetworkConfiguration[] {
    return this.#all
  }

  /** The current snapshot, or an invalid configuration (rule C7). */
  get(identifier: string): NetworkConfiguration {
    return this.#find(identifier) ?? NetworkConfiguration.from({ identifier })
  }

  /** The configuration that a message refers to. */
  resolve(reference: ConfigurationReference): NetworkConfiguration {
    return typeof reference === 'string' ? this.get(reference) : this.#make(reference)
  }

  /** Applies a message. */
  apply({ configurations, order }: ManagerMessage): ConfigurationChanges {
    const added: NetworkConfiguration[] = []
    const changed: NetworkConfiguration[] = []
    for (const message of configurations) {
      const isNew = !this.#known.has(message.identifier)
      const configuration = this.#make(message)
      this.#known.set(message.identifier, configuration)
      ;(isNew ? added : changed).push(configuration)
    }
    const listed = order ?? this.#all.map(({ identifier }) => identifier)
    const removed = this.#forgetAllBut(new Set(listed))
    if (added.length + changed.length + removed.length > 0)
      this.#all = Object.freeze(listed.map((identifier) => this.get(identifier)))
    return { added, changed, removed }
  }

  #forgetAllBut(listed: ReadonlySet<string>): readonly NetworkConfiguration[] {
    const gone = [...this.#known.values()].filter(({ identifier }) => !listed.has(identifier))
    for (const { identifier } of gone) this.#known.delete(identifier)
    return gone.map((one) => NetworkConfiguration.from({ ...one, state: 'undefined', isValid: false }))
  }

  #find(identifier: string): NetworkConfiguration | undefined {
    const isUserChoice = identifier === this.#userChoice?.identifier
    return this.#known.get(identifier) ?? (isUserChoice ? (this.#userChoice ?? undefined) : undefined)
  }

  #make(message: ConfigurationMessage): NetworkConfiguration {
    const children = message.children.map((child) => this.resolve(child))
    return NetworkConfiguration.from({ ...(message as ConfigurationFacts), children })
  }
}

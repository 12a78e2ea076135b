import {
  type ManagerLike,
  type ManagerSnapshot,
  type NetworkConfiguration,
  observable,
  type PickedBackend,
} from '@roamkit/core'
import type {
  ConfigurationMessage,
  ConfigurationReference,
  ManagerEventMessage,
  ManagerMessage,
  OverviewMessage,
} from '../protocol/messages.js'

const USER_CHOICE = 'userChoice'

/** What a guest knows about the manager, and what is new for it. */
export class ManagerFeed {
  readonly #manager: ManagerLike
  /** The snapshots that the guest has, by identifier. */
  readonly #known = new Map<string, NetworkConfiguration>()
  /** The last event of each name since the last message. */
  readonly #events = new Map<string, ManagerEventMessage>()
  readonly #undo: (() => void)[]
  #snapshot: ManagerSnapshot | null = null
  #backend: PickedBackend | null = null
  /** A closed manager shows no configurations, but tells of none that is removed. */
  #isOver = false

  /**
   * @param changed called when there may be something new
   * @param ended called when the manager is closed
   */
  constructor(manager: ManagerLike, changed: () => void, ended: () => void) {
    this.#manager = manager
    const note = (event: ManagerEventMessage) => {
      this.#events.delete(event[0])
      this.#events.set(event[0], event)
      changed()
    }
    const snapshots = manager[observable]().subscribe({
      next: changed,
      complete: () => {
        this.#isOver = true
        ended()
      },
    })
    this.#undo = [
      () => snapshots.unsubscribe(),
      manager.on('backendChanged', changed),
      manager.on('updateCompleted', () => note(['updateCompleted'])),
      manager.on('resumed', (msAsleep) => note(['resumed', msAsleep])),
    ]
  }

  /** The configuration `userChoice`, which is never among the others; `null` if there is none. */
  userChoice(): ConfigurationMessage | null {
    const configuration = this.#manager.configurationFromIdentifier(USER_CHOICE)
    if (!configuration.isValid) return null
    this.#known.set(USER_CHOICE, configuration)
    return this.#message(configuration)
  }

  /** What is new since the last call; `null` if nothing is. */
  next(): ManagerMessage | null {
    if (this.#isOver) return null
    const { backend } = this.#manager
    const before = this.#snapshot
    const after = this.#manager.getSnapshot()
    const events = [...this.#events.values()]
    if (before === after && backend === this.#backend && events.length === 0) return null
    const changed = this.#learn(after.configurations)
    const message = {
      configurations: changed.map((one) => this.#message(one)),
      order: sameOrder(before?.configurations ?? null, after.configurations)
        ? null
        : after.configurations.map(idOf),
      overview: this.#overview(before, after),
      backend: backend === this.#backend ? null : backend,
      events,
    }
    this.#snapshot = after
    this.#backend = backend
    this.#events.clear()
    return message
  }

  /** How a message names a configuration. */
  reference(configuration: NetworkConfiguration): ConfigurationReference {
    const { identifier } = configuration
    return this.#known.get(identifier) === configuration ? identifier : this.#message(configuration)
  }

  /** Stops listening. */
  dispose(): void {
    for (const undo of this.#undo) undo()
  }

  /** From here on the guest knows these. Returns those that are new for it, service networks last. */
  #learn(configurations: readonly NetworkConfiguration[]): readonly NetworkConfiguration[] {
    const changed = configurations.filter((one) => this.#known.get(one.identifier) !== one)
    const listed = new Set(configurations.map(idOf))
    for (const identifier of this.#known.keys())
      if (!listed.has(identifier) && identifier !== USER_CHOICE) this.#known.delete(identifier)
    for (const one of changed) this.#known.set(one.identifier, one)
    const isNetwork = ({ type }: NetworkConfiguration) => type === 'serviceNetwork'
    return [...changed.filter((one) => !isNetwork(one)), ...changed.filter(isNetwork)]
  }

  #overview(before: ManagerSnapshot | null, after: ManagerSnapshot): Partial<OverviewMessage> {
    const { configurations, defaultConfiguration, ...facts } = after
    const changed = Object.entries(facts).filter(
      ([name, value]) => before === null || before[name as keyof typeof facts] !== value,
    )
    const overview: Partial<OverviewMessage> = Object.fromEntries(changed)
    if (before !== null && before.defaultConfiguration === defaultConfiguration) return overview
    const reference = defaultConfiguration === null ? null : this.reference(defaultConfiguration)
    return { ...overview, defaultConfiguration: reference }
  }

  #message(configuration: NetworkConfiguration): ConfigurationMessage {
    return { ...configuration, children: configuration.children.map((child) => this.reference(child)) }
  }
}

function idOf({ identifier }: NetworkConfiguration): string {
  return identifier
}

function sameOrder(
  before: readonly NetworkConfiguration[] | null,
  after: readonly NetworkConfiguration[],
): boolean {
  return (
    before !== null &&
    before.length === after.length &&
    before.every((one, index) => one.identifier === after[index]?.identifier)
  )
}

import {
  asyncDispose,
  type CallOptions,
  type Capabilities,
  type Chooser,
  type Clock,
  type ConfigurationState,
  type ListenOptions,
  type ManagerEvents,
  type ManagerSnapshot,
  type NetworkConfiguration,
  observable,
  type PickedBackend,
  type Reachability,
  type SessionOptions,
  type SnapshotObservable,
  type TransportMedium,
} from '@roamkit/core'
import {
  checkArgument,
  checkListening,
  checkOptions,
  Emitter,
  type Expected,
  expected,
  filteredList,
  protect,
  SnapshotSubscribers,
  snapshotObservable,
  snapshots,
} from '@roamkit/core/backend-kit'
import type {
  HostMessage,
  ManagerCalls,
  ManagerMessage,
  UpdateMessage,
  WelcomeMessage,
} from '../protocol/messages.js'
import { Answers } from './answers.js'
import { ConfigurationTable } from './configuration-table.js'
import type { Call, Connection } from './connection.js'
import { closedError } from './errors.js'
import { emitManagerEvents, MANAGER_EVENTS, type ManagerChange } from './manager-events.js'
import { MirroredSession } from './mirrored-session.js'
import type { ManagerMirror, SessionMirror } from './mirrors.js'
import { type SessionEnvironment, SessionModel } from './session-model.js'

const FILTER = expected.oneOf('undefined', 'defined', 'discovered', 'active')
const CALL_OPTIONS = { signal: expected.signal } as const
const CONFIGURATION: Expected = {
  wants: 'a NetworkConfiguration or an identifier',
  holds: (value) =>
    typeof value === 'string' ||
    typeof (value as { readonly identifier?: unknown } | null)?.identifier === 'string',
}

/** The mirror of a manager. Changes only by the messages of the host. */
export class MirroredManager implements ManagerMirror {
  readonly clock: Clock
  readonly sharedSessions: ReadonlyMap<string, SessionMirror>
  readonly #connection: Connection
  readonly #table: ConfigurationTable
  readonly #environment: SessionEnvironment
  readonly #answers: Answers
  /** Those that the host knows, by number. */
  readonly #sessions = new Map<number, SessionModel>()
  readonly #emitter = new Emitter<ManagerEvents>()
  readonly #subscribers = new SnapshotSubscribers()
  readonly #onEnd = new Set<() => void>()
  #lastNumber = 0
  #snapshot: ManagerSnapshot
  #backend: PickedBackend

  /** @param first the update that came with the welcome: it has everything */
  constructor(
    connection: Connection,
    { shared, userChoice }: WelcomeMessage,
    first: UpdateMessage & { readonly manager: ManagerMessage & { readonly backend: PickedBackend } },
    { clock, chooser }: { readonly clock: Clock; readonly chooser: Chooser | null },
  ) {
    this.#connection = connection
    this.clock = clock
    this.#table = new ConfigurationTable(userChoice)
    this.#answers = new Answers(
      connection,
      this.#table,
      chooser,
      (number) => this.#sessions.get(number)?.secrets ?? null,
    )
    this.#environment = {
      connection,
      table: this.#table,
      clock,
      register: (session) => {
        this.#lastNumber += 1
        this.#sessions.set(this.#lastNumber, session)
        return this.#lastNumber
      },
      unregister: (number) => this.#sessions.delete(number),
    }
    this.#table.apply(first.manager)
    this.#backend = first.manager.backend
    this.#snapshot = this.#updated({} as ManagerSnapshot, first.manager)
    this.sharedSessions = new Map(shared.map((name, index) => [name, this.#share(-1 - index)]))
    for (const message of first.sessions) this.#sessions.get(message.session)?.apply(message)
  }

  get isClosed(): boolean {
    return this.#connection.isClosed
  }

  get backend(): PickedBackend {
    return this.#backend
  }

  get isOnline(): boolean {
    return this.#snapshot.isOnline
  }

  get reachability(): Reachability {
    return this.#snapshot.reachability
  }

  get isBehindCaptivePortal(): boolean | null {
    return this.#snapshot.isBehindCaptivePortal
  }

  get isMetered(): boolean | null {
    return this.#snapshot.isMetered
  }

  get transportMedium(): TransportMedium {
    return this.#snapshot.transportMedium
  }

  get capabilities(): Capabilities {
    return this.#snapshot.capabilities
  }

  get service(): 'ready' | 'lost' {
    return this.#snapshot.service
  }

  allConfigurations(filter?: ConfigurationState): readonly NetworkConfiguration[] {
    if (filter === undefined) return this.#table.all
    checkArgument('the filter of allConfigurations()', filter, FILTER)
    return filteredList(this.#table.all, filter)
  }

  configurationFromIdentifier(identifier: string): NetworkConfiguration {
    checkArgument('the identifier of configurationFromIdentifier()', identifier, expected.text)
    return this.#table.get(identifier)
  }

  defaultConfiguration(): NetworkConfiguration {
    return this.#snapshot.defaultConfiguration ?? this.#table.get('')
  }

  createSession(configuration: NetworkConfiguration | string, options: SessionOptions = {}): SessionMirror {
    const identifier = identifierOf('createSession()', configuration)
    checkOptions('createSession()', options, { secrets: expected.callback })
    const { secrets = null } = options
    return new MirroredSession(
      new SessionModel(this.#environment, identifier, { secrets, shared: null }),
      this,
    )
  }

  async updateConfigurations(options: CallOptions = {}): Promise<void> {
    await this.#call('updateConfigurations', null, options)
  }

  async recheckConnectivity(
    configuration: NetworkConfiguration | string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#call('recheckConnectivity', identifierOf('recheckConnectivity()', configuration), options)
  }

  async saveNetwork(configuration: NetworkConfiguration | string, options: CallOptions = {}): Promise<void> {
    await this.#call('saveNetwork', identifierOf('saveNetwork()', configuration), options)
  }

  async forgetNetwork(
    configuration: NetworkConfiguration | string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#call('forgetNetwork', identifierOf('forgetNetwork()', configuration), options)
  }

  /** No event fires inside the call (rule S19). */
  close(): Promise<void> {
    return Promise.resolve().then(() => this.#connection.end())
  }

  on<Name extends keyof ManagerEvents>(
    name: Name,
    listener: (...values: ManagerEvents[Name]) => void,
    options?: ListenOptions,
  ): () => void {
    checkListening(MANAGER_EVENTS, name, listener, options)
    return this.isClosed ? () => {} : this.#emitter.on(name, listener, options)
  }

  subscribe(listener: () => void): () => void {
    checkArgument('the listener of subscribe()', listener, expected.callback)
    return this.isClosed ? () => {} : this.#subscribers.add(this, listener)
  }

  getSnapshot(): ManagerSnapshot {
    return this.#snapshot
  }

  [Symbol.asyncIterator](): AsyncGenerator<ManagerSnapshot, void> {
    return snapshots(this, (end) => this.onEnd(end))
  }

  [observable](): SnapshotObservable<ManagerSnapshot> {
    return snapshotObservable(this, (end) => this.onEnd(end))
  }

  [asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Calls back when the connection ends; at once if it has. Returns the undo. */
  onEnd(listener: () => void): () => void {
    if (this.isClosed) {
      listener()
      return () => {}
    }
    this.#onEnd.add(listener)
    return () => {
      this.#onEnd.delete(listener)
    }
  }

  /** Takes a message of the host. */
  receive(message: HostMessage): void {
    switch (message.roamkit) {
      case 'update':
        return this.#update(message)
      case 'question':
        return void this.#answers.answer(message)
      case 'questionOver':
        return this.#answers.over(message)
      case 'bye':
        return this.#connection.end()
      default:
        return undefined
    }
  }

  /** The connection has ended: sessions are invalid, and everything else stays as it was told last. */
  end(): void {
    this.#answers.end()
    const sessions = [...this.#sessions.values()]
    this.#sessions.clear()
    for (const session of sessions) session.end()
    for (const session of sessions) session.emitEvents()
    for (const session of sessions) session.notify()
    for (const session of sessions) session.clear()
    // Not a copy: one that another one removes is not called any more (rule S19).
    for (const listener of this.#onEnd) protect(listener)
    this.#onEnd.clear()
    this.#emitter.clear()
    this.#subscribers.clear()
  }

  /** Everything is applied before the first event, and promises settle after the events (rule S19). */
  #update({ sequence, manager, sessions, refused, results }: UpdateMessage): void {
    const change = manager === null ? null : this.#apply(manager)
    const changed = sessions.flatMap((message) => {
      const session = this.#sessions.get(message.session)
      session?.apply(message)
      return session ?? []
    })
    if (change !== null) changed.push(...[...this.#sessions.values()].filter((session) => session.follow()))
    if (change !== null) emitManagerEvents(this.#emitter, change, this.#table)
    for (const session of changed) session.emitEvents()
    this.#subscribers.notify()
    for (const session of changed) session.notify()
    for (const number of refused) this.#sessions.get(number)?.refuse()
    // Before further calls, which the host counts.
    this.#connection.post({ roamkit: 'received', sequence })
    this.#connection.settle(results)
  }

  #apply(message: ManagerMessage): ManagerChange {
    const [before, backend] = [this.#snapshot, this.#backend]
    const changes = this.#table.apply(message)
    this.#snapshot = this.#updated(before, message)
    if (message.backend !== null) this.#backend = message.backend
    const { events } = message
    return {
      ...changes,
      before,
      after: this.#snapshot,
      backend: { before: backend, after: this.#backend },
      events,
    }
  }

  #updated(before: ManagerSnapshot, { overview }: ManagerMessage): ManagerSnapshot {
    const { defaultConfiguration, ...facts } = overview
    const configurations = this.#table.all
    if (Object.keys(overview).length === 0 && before.configurations === configurations) return before
    const known = { ...before, ...facts, configurations }
    if (defaultConfiguration === undefined) return Object.freeze(known)
    const resolved = defaultConfiguration === null ? null : this.#table.resolve(defaultConfiguration)
    return Object.freeze({ ...known, defaultConfiguration: resolved })
  }

  #share(number: number): SessionMirror {
    const model = new SessionModel(this.#environment, '', { secrets: null, shared: number })
    this.#sessions.set(number, model)
    return new MirroredSession(model, this)
  }

  async #call<Action extends keyof ManagerCalls>(
    action: Action,
    argument: ManagerCalls[Action],
    options: CallOptions,
  ): Promise<void> {
    checkOptions(`${action}()`, options, CALL_OPTIONS)
    await this.#connection.call({ session: null, action, argument } as Call, closedError, options.signal)
  }
}

function identifierOf(call: string, configuration: NetworkConfiguration | string): string {
  checkArgument(`the configuration of ${call}`, configuration, CONFIGURATION)
  return typeof configuration === 'string' ? configuration : configuration.identifier
}

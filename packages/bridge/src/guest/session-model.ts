import type {
  Clock,
  NetworkSessionErrorData,
  SecretsProvider,
  SessionEvents,
  SessionSnapshot,
  Traffic,
} from '@roamkit/core'
import { Emitter, SnapshotSubscribers } from '@roamkit/core/backend-kit'
import type { OfferMessage, SessionCalls, SessionMessage } from '../protocol/messages.js'
import type { ConfigurationTable } from './configuration-table.js'
import type { Call, CallValue, Connection } from './connection.js'
import { closedSessionError, isDenial, sessionErrorOf, tooManySessionsError } from './errors.js'
import { idleSnapshot } from './idle-snapshot.js'
import { RoamingHandles } from './roaming-handles.js'
import { type EventParts, type SessionEvent, sessionEvents } from './session-events.js'

/** What a mirrored session needs of its manager's mirror. */
export interface SessionEnvironment {
  readonly connection: Connection
  readonly table: ConfigurationTable
  readonly clock: Clock
  /** Has the host's messages about a session delivered to it, under the number that this returns. */
  register(session: SessionModel): number
  unregister(number: number): void
}

const NO_TRAFFIC: Traffic = Object.freeze({ received: 0, written: 0 })

/**
 * What a guest knows about one session. The host has a session for it only while that is wanted: while it has a listener, a pending call, or
 * is open. A session that the host shares is always wanted.
 */
export class SessionModel {
  readonly emitter = new Emitter<SessionEvents>(() => this.#review())
  readonly handles: RoamingHandles
  readonly secrets: SecretsProvider | null
  readonly #at: SessionEnvironment
  readonly #identifier: string
  readonly #isShared: boolean
  readonly #subscribers = new SnapshotSubscribers()
  readonly #parts: EventParts
  /** The number by which the host knows it; `null` while it does not. */
  #number: number | null
  /** What was told last, or what it shows until then; `null` while the host does not know it. */
  #told: SessionSnapshot | null = null
  /** The host has told about it. */
  #isTold = false
  #idle: SessionSnapshot | null = null
  #error: NetworkSessionErrorData | null = null
  #events: readonly SessionEvent[] = []
  #traffic = NO_TRAFFIC
  #isReadingTraffic = false
  #calls = 0
  #isConsulting = false
  #isReviewing = false
  /** The host has refused to create it. The next call tries again. */
  #isRefused = false

  /** @param shared its number if the host shares it; the identifier does not matter then */
  constructor(
    environment: SessionEnvironment,
    identifier: string,
    { secrets, shared }: { readonly secrets: SecretsProvider | null; readonly shared: number | null },
  ) {
    this.#at = environment
    this.#identifier = identifier
    this.secrets = secrets
    this.#number = shared
    this.#isShared = shared !== null
    this.handles = new RoamingHandles({
      clock: environment.clock,
      standing: (kind) => this.snapshot[kind],
      answer: (action, id) => this.answer(action, id),
      tell: (action, argument) => this.tell(action, argument),
    })
    this.#parts = {
      resolve: (reference) => environment.table.resolve(reference),
      error: sessionErrorOf,
      offer: (data) => this.handles.offer(data),
      trial: (data) => this.handles.trial(data),
    }
  }

  /** Whether the host has a session for it. */
  get isKnown(): boolean {
    return this.#number !== null
  }

  get snapshot(): SessionSnapshot {
    if (this.#told === null && this.#at.connection.isClosed)
      this.#told = idleSnapshot(this.#idleSnapshot().configuration, this.#error, 'invalid')
    return this.#told ?? this.#idleSnapshot()
  }

  /** The byte counts as last told. Asks the host for the next. */
  get traffic(): Traffic {
    if (this.#number !== null && !this.#isReadingTraffic) {
      this.#isReadingTraffic = true
      this.#send(this.#number, 'traffic', null)
        .then((counts) => {
          this.#traffic = counts as Traffic
        })
        // Without a connection the counts stay as they are.
        .catch(() => undefined)
        .finally(() => {
          this.#isReadingTraffic = false
        })
    }
    return this.#traffic
  }

  /** Notifies of each new snapshot. Returns the undo. */
  subscribe(source: { getSnapshot(): SessionSnapshot }, listener: () => void): () => void {
    const undo = this.#subscribers.add(source, listener)
    this.#review()
    return () => {
      undo()
      this.#review()
    }
  }

  /** Calls a function of the host's session. */
  async call<Action extends keyof SessionCalls>(
    action: Action,
    argument: SessionCalls[Action],
    signal?: AbortSignal,
  ): Promise<CallValue> {
    signal?.throwIfAborted()
    if (this.#at.connection.isClosed) throw this.#closedError(action)
    this.#calls += 1
    try {
      return await this.#send(this.#known(), action, argument, signal)
    } catch (error) {
      // The host's session has no part in it, so this is the only event (rules S3, S11).
      if (isDenial(error) && action !== 'close') this.emitter.emit('error', error)
      throw error
    } finally {
      this.#calls -= 1
      this.#review()
    }
  }

  /** Answers an offer or a trial. Never rejects (rule R22). */
  async answer(action: 'migrate' | 'ignore' | 'accept' | 'reject', id?: number): Promise<boolean> {
    const isNumber = id === undefined || (Number.isSafeInteger(id) && id >= 0)
    if (!isNumber || this.#number === null) return false
    return this.call(action, id ?? null).then(
      (tookEffect) => tookEffect === true,
      () => false,
    )
  }

  /** Calls a function that has no result. */
  tell<Action extends 'report' | 'holdOff' | 'requireDecision'>(
    action: Action,
    argument: SessionCalls[Action],
  ): void {
    if (this.#number !== null) this.#send(this.#number, action, argument).catch(() => undefined)
  }

  /** Takes a message of the host. Nothing is emitted yet. */
  apply({ snapshot, traffic, events }: SessionMessage): void {
    const before = this.snapshot
    const after = keepIdentity(before, this.#updated(before, snapshot))
    this.#traffic = traffic
    this.#told = after
    this.#isTold = true
    this.#error = after.error
    this.#events = sessionEvents(before, after, events, this.#parts)
  }

  /**
   * The configurations are applied. Until the host tells about the session, it shows what follows from its configuration. Returns whether
   * something is different. Nothing is emitted yet.
   */
  follow(): boolean {
    const before = this.snapshot
    if (this.#isTold || this.#idleSnapshot() === before) return false
    this.#told = this.#idleSnapshot()
    this.#events = sessionEvents(before, this.#told, [], this.#parts)
    return true
  }

  /** The host has not created it, because the guest has too many sessions. */
  refuse(): void {
    const error = tooManySessionsError(this.snapshot.configuration.name || this.#identifier)
    this.#isRefused = true
    this.#forget()
    // Otherwise the call that was denied tells of it.
    if (this.#calls === 0) this.emitter.emit('error', error)
    this.#subscribers.notify()
  }

  /** Emits the events of what was applied. */
  emitEvents(): void {
    const events = this.#events
    this.#events = []
    for (const [name, ...values] of events) this.emitter.emit(name, ...(values as never))
  }

  /** Notifies the subscribers of what was applied. */
  notify(): void {
    this.#subscribers.notify()
    this.#review()
  }

  /** The connection has ended: the session is closed and invalid. Nothing is emitted yet. */
  end(): void {
    const before = this.snapshot
    const { configuration } = before
    this.#told = idleSnapshot(configuration, this.#error, 'invalid')
    this.#number = null
    this.#events = sessionEvents(before, this.#told, [], this.#parts)
  }

  /** Removes all listeners and subscribers. */
  clear(): void {
    this.#subscribers.clear()
    this.emitter.clear()
  }

  #updated(
    before: SessionSnapshot,
    { configuration, offer, trial, ...facts }: SessionMessage['snapshot'],
  ): SessionSnapshot {
    const { table } = this.#at
    const resolved = <Data extends Pick<OfferMessage, 'configuration'>>(data: Data) =>
      Object.freeze({ ...data, configuration: table.resolve(data.configuration) })
    return {
      ...before,
      ...facts,
      ...(configuration === undefined ? {} : { configuration: table.resolve(configuration) }),
      ...(offer === undefined ? {} : { offer: offer && resolved(offer) }),
      ...(trial === undefined
        ? {}
        : { trial: trial && Object.freeze({ ...resolved(trial), from: table.resolve(trial.from) }) }),
    }
  }

  #idleSnapshot(): SessionSnapshot {
    const before = this.#idle
    const configuration = this.#at.table.get(this.#identifier)
    if (before?.error === this.#error && before.configuration === configuration) return before
    this.#idle = idleSnapshot(configuration, this.#error)
    return this.#idle
  }

  get #isWanted(): boolean {
    const { isOpen, isReopening } = this.snapshot
    return this.#isShared || this.#hasListener || this.#calls > 0 || isOpen || isReopening
  }

  get #hasListener(): boolean {
    return this.emitter.count() > 0 || this.#subscribers.count > 0
  }

  /** What is wanted begins at once. What is no longer wanted ends with the tick, in case it is wanted again. */
  #review(): void {
    if (this.#at.connection.isClosed || this.#isRefused) return
    if (this.#hasListener) this.#known()
    if (this.#wantsToConsult && !this.#isConsulting) this.#consult({ isOn: true })
    const isTooMuch =
      (!this.#isWanted && this.#number !== null) || (this.#isConsulting && !this.#wantsToConsult)
    if (!isTooMuch || this.#isReviewing) return
    this.#isReviewing = true
    queueMicrotask(() => {
      this.#isReviewing = false
      if (this.#isConsulting && !this.#wantsToConsult) this.#consult({ isOn: false })
      if (!this.#isWanted && this.#number !== null) this.#release(this.#number)
    })
  }

  get #wantsToConsult(): boolean {
    return this.emitter.count('preferredConfigurationChanged') > 0
  }

  #consult({ isOn }: { readonly isOn: boolean }): void {
    this.#isConsulting = isOn
    this.#at.connection.post({ roamkit: 'consult', session: this.#known(), isOn })
  }

  /** The number by which the host knows it. Until the host tells about it, it shows what follows from its configuration. */
  #known(): number {
    if (this.#number !== null) return this.#number
    this.#isRefused = false
    this.#told = this.#idleSnapshot()
    const number = this.#at.register(this)
    this.#number = number
    const hasSecrets = this.secrets !== null
    this.#at.connection.post({
      roamkit: 'create',
      session: number,
      configuration: this.#identifier,
      hasSecrets,
    })
    return number
  }

  #release(number: number): void {
    this.#at.connection.post({ roamkit: 'release', session: number })
    this.#forget()
  }

  #forget(): void {
    if (this.#number !== null) this.#at.unregister(this.#number)
    this.#number = null
    this.#told = null
    this.#isTold = false
    this.#isConsulting = false
  }

  #send<Action extends keyof SessionCalls>(
    session: number,
    action: Action,
    argument: SessionCalls[Action],
    signal?: AbortSignal,
  ): Promise<CallValue> {
    const refuse = () => this.#closedError(action)
    return this.#at.connection.call({ session, action, argument } as Call, refuse, signal)
  }

  #closedError(action: string): Error {
    return closedSessionError(action, this.snapshot.configuration.name || this.#identifier)
  }
}

/** `after`, or `before` itself if they are equal, as when the host confirms what followed from the configuration. */
function keepIdentity(before: SessionSnapshot, after: SessionSnapshot): SessionSnapshot {
  const isSamePolicy = before.usagePolicies.join() === after.usagePolicies.join()
  const kept = isSamePolicy ? { ...after, usagePolicies: before.usagePolicies } : after
  const names = Object.keys(kept) as (keyof SessionSnapshot)[]
  return names.every((name) => before[name] === kept[name]) ? before : Object.freeze(kept)
}

import type { Health, HealthPlan } from './configurations/health-options.js'
import type { NetworkConfiguration } from './configurations/network-configuration.js'
import { type UsagePolicy, usagePoliciesOf } from './configurations/usage-policy.js'
import { asyncDispose, type Clock, type LinkInterface } from './contract/index.js'
import type { Engine } from './engine/engine.js'
import { callAsync } from './engine/guards.js'
import type { HealthCost } from './engine/sessions/health-runner.js'
import {
  SESSION_EVENTS,
  type ServiceNetworkUse,
  type SessionEvents,
  SessionRecord,
} from './engine/sessions/session-record.js'
import { trafficOf } from './engine/sessions/session-traffic.js'
import {
  type WhenConnectedOptions,
  waitForConnected,
  waitForOpened,
} from './engine/sessions/session-waits.js'
import { failure } from './links/failure.js'
import type { LastClose } from './links/last-close.js'
import { checkArgument, checkOptions, expected } from './primitives/arguments.js'
import { checkListening, type ListenOptions } from './primitives/emitter.js'
import { snapshots } from './primitives/snapshot-iterator.js'
import { observable, type SnapshotObservable, snapshotObservable } from './primitives/snapshot-observable.js'
import { duration } from './primitives/times.js'
import type { RoamingOffer, RoamingTrial } from './roaming/roaming-offer.js'
import { roamOf } from './roaming/roaming-state.js'
import {
  CALL_OPTIONS,
  type CallOptions,
  checkProperty,
  OPEN_OPTIONS,
  type OpenOptions,
  type SessionProperties,
} from './session-options.js'
import { keepIdentity, type SessionSnapshot } from './session-snapshot.js'
import { type NetworkSessionError, sessionError } from './sessions/session-error.js'
import type { SessionState } from './sessions/session-state.js'

const EVIDENCE = expected.oneOf('alive', 'failed')

/** What a manager makes a session with. */
interface SessionSetup {
  readonly lastClose: LastClose
  readonly health: HealthPlan | null
}

/** How long `waitForOpened` waits unless told otherwise, in milliseconds. */
const DEFAULT_WAIT = 30_000

/**
 * A use of one configuration: opened, it brings the link up and keeps it; closed, it lets go of it, and the last of our
 * sessions to go takes down what our sessions brought up (rule H1). Never opened, it watches. Its `state` is the link's,
 * whoever uses it. Calls take effect after the events of whatever is going on, and no event fires inside a call (rule S19).
 *
 * @example
 * ```ts
 * await using session = manager.createSession(manager.defaultConfiguration())
 * await session.open()
 * ```
 */
export class NetworkSession implements AsyncDisposable {
  readonly #engine: Engine
  readonly #record: SessionRecord
  #snapshot: SessionSnapshot | null = null

  private constructor(engine: Engine, identifier: string, { lastClose, health }: SessionSetup) {
    this.#engine = engine
    const isKnown = engine.catalogue.get(identifier).isValid
    const why = failure('ERR_UNKNOWN_CONFIGURATION', 'unknownConfiguration')
    const context = { doing: 'open', name: identifier, code: 'invalidConfiguration' } as const
    const error = isKnown ? null : sessionError(why, context)
    this.#record = new SessionRecord(engine.nextSession(), identifier, { error, health }, (record) =>
      engine.noteInterest(record),
    )
    this.#record.lastClose = lastClose
    this.#record.settle(engine.catalogue.kindOf(identifier))
  }

  /** @internal Called by `manager.createSession()`; fires no event (rule S1). */
  static create(engine: Engine, identifier: string, setup: SessionSetup): NetworkSession {
    return new NetworkSession(engine, identifier, setup)
  }

  /** The current snapshot of the configuration that this session is based on; invalid once it is gone (rule C8). */
  get configuration(): NetworkConfiguration {
    return this.#engine.catalogue.get(this.#record.identifier)
  }

  /** The link's state now, also for a session that was never opened; `invalid` once the manager is closed. */
  get state(): SessionState {
    if (this.#engine.isClosed) return 'invalid'
    return this.#engine.sessionState(this.#record)
  }

  /** Whether the session holds its link. Stays true while the link is lost for a moment (rule S12): see {@link isConnected}. */
  get isOpen(): boolean {
    return !this.#engine.isClosed && this.#record.phase === 'open'
  }

  /** Whether the session is ready for sockets: it is open, and its `state` is `connected`. */
  get isConnected(): boolean {
    return this.isOpen && this.state === 'connected'
  }

  /** Whether a session with `keepOpen` has ended against its will and is to be open again: it waits for that, or is opening. */
  get isReopening(): boolean {
    return !this.#engine.isClosed && this.#record.use.machine.reopenings > 0
  }

  /** The last error; `null` until the first, and again after a successful open. */
  get error(): NetworkSessionError | null {
    return this.#record.error
  }

  /** The last error in words; empty where there is none. */
  get errorString(): string {
    return this.#record.error?.message ?? ''
  }

  /** The network interface in use, while connected; else `null`. */
  get interface(): LinkInterface | null {
    const isInUse = this.state === 'connected' || this.trial !== null
    return isInUse ? (this.#link?.interface ?? null) : null
  }

  /** The clock of the manager that made this session. */
  get clock(): Clock {
    return this.#engine.times.clock
  }

  /**
   * What is known of the link in use: whether what the application wants to reach through it can be reached (rule L1). `unknown` while the
   * session is not open, and unless a check or {@link report} gives evidence.
   */
  get health(): Health {
    return this.#engine.isClosed ? 'unknown' : this.#record.emittedHealth
  }

  /** What the health checks have cost so far: those of this session, or of all sessions on its service network together (rule L1). */
  get healthCost(): HealthCost {
    return this.#engine.health.costOf(this.#record)
  }

  /**
   * Passes on what the application's own traffic shows: `alive` if something came back through the link in use, `failed` if it should have
   * and did not. Counts as a health check, and postpones the next one; cheap enough for each message (rule L1). No effect unless the
   * session is open and connected.
   * @throws RangeError for another word
   */
  report(evidence: 'alive' | 'failed'): void {
    checkArgument('the evidence of report()', evidence, EVIDENCE)
    if (!this.#engine.isClosed) this.#engine.health.report(this.#record, evidence)
  }

  /**
   * Keeps the session from roaming of its own accord, and from offering to, for so many milliseconds from now: an upload, a call. After a
   * loss it roams all the same (rule L5). Ends by itself, and with the session; 0 ends it now, another call begins anew. No effect unless the
   * session is open and on a service network.
   * @throws RangeError for an invalid duration
   */
  holdOff(ms: number): void {
    duration('the time of holdOff()', ms)
    if (!this.#engine.isClosed) this.#engine.holdOff(this.#record, ms)
  }

  /** Seconds since the session became connected, through any grace; 0 while it is not open. */
  get activeTime(): number {
    const since = this.#record.connectedSince
    return since === null ? 0 : (this.#engine.times.clock.now() - since) / 1000
  }

  /** Bytes that the interface received since it exists, read now; 0 where the backend cannot tell (`dataStatistics`). */
  get bytesReceived(): number {
    return trafficOf(this.#engine, this.#record, 'received')
  }

  /** Bytes that the interface sent since it exists, read now; 0 where the backend cannot tell (`dataStatistics`). */
  get bytesWritten(): number {
    return trafficOf(this.#engine, this.#record, 'written')
  }

  /** The identifier of the access point in use; empty while the session is not open. */
  get activeConfiguration(): string {
    return (this.isOpen ? this.#record.active : null) ?? ''
  }

  /** What `userChoice` was resolved to when this session was opened; empty otherwise. */
  get userChoiceConfiguration(): string {
    const { identifier, target } = this.#record
    return this.isOpen && identifier !== target ? target : ''
  }

  /** What the link asks of those who use it: no background traffic where it is metered. */
  get usagePolicies(): readonly UsagePolicy[] {
    return usagePoliciesOf(this.#link)
  }

  /** Milliseconds after which the session closes, counted from setting it; -1 for never. Effective only with a polling backend. */
  get autoCloseSessionTimeout(): number {
    return (this.#record.properties.get('AutoCloseSessionTimeout') as number | undefined) ?? -1
  }

  /** Counts from now; -1 cancels. Throws a `RangeError` for a time that is none. */
  set autoCloseSessionTimeout(ms: number) {
    this.setSessionProperty('AutoCloseSessionTimeout', ms)
  }

  /** Whether opening leaves the user alone; false unless set. */
  get connectInBackground(): boolean {
    return this.#record.properties.get('ConnectInBackground') === true
  }

  /** Set it before `open()`. */
  set connectInBackground(value: boolean) {
    this.setSessionProperty('ConnectInBackground', value)
  }

  /**
   * Brings the link up, or joins it where it is up, and holds it. Emits `opened`; on failure `error`, once.
   * Several calls share one activation (rule S6). Bounded by the configuration's `connectTimeout`.
   * @param options `signal` ends this caller's wait; the last one to go cancels the opening
   * @throws NetworkSessionError by code and reason; `sessionAborted`, reason `closed`, once the manager is closed; rejects with a
   * TypeError or RangeError, and nothing else happens, for options that are none
   */
  open(options: OpenOptions = {}): Promise<void> {
    return callAsync(() => {
      checkOptions('open()', options, OPEN_OPTIONS)
      if (options.lastClose !== undefined) this.#record.lastClose = options.lastClose
      return this.#engine.request(this.#record, 'open', options)
    })
  }

  /**
   * Lets go of the link: `closed`, once, if it was open; an opening is cancelled without a word (rule S7). The last of
   * our sessions takes down what our sessions brought up (rule H1); resolves when that has ended. Never rejects for what
   * the system refuses: the session is closed all the same, and `error` tells (rule S8).
   */
  close(options: CallOptions = {}): Promise<void> {
    return callAsync(() => {
      checkOptions('close()', options, CALL_OPTIONS)
      return this.#engine.request(this.#record, 'close', { signal: options.signal })
    })
  }

  /**
   * Takes the link down for everybody: every other open session on it gets `error` sessionAborted and `closed` (rule S10).
   * @throws NetworkSessionError `operationNotSupported` where the system refuses; the session stays open (rule S11)
   */
  stop(options: CallOptions = {}): Promise<void> {
    return callAsync(() => {
      checkOptions('stop()', options, CALL_OPTIONS)
      return this.#engine.request(this.#record, 'stop', { signal: options.signal })
    })
  }

  /** The offer that waits for an answer; `null` where there is none (rules R3, R11). */
  get offer(): RoamingOffer | null {
    return this.#asked('offer')?.handle ?? null
  }

  /** The trial that waits for a verdict; `null` where there is none (rule R6). */
  get trial(): RoamingTrial | null {
    return this.#asked('trial')?.handle ?? null
  }

  /** Roams to what is offered, or only to the offer with that id: `newConfigurationActivated` when it is up. Resolves to whether it is; never rejects (rules R5, R14, R22). */
  migrate(id?: number): Promise<boolean> {
    return this.#engine.answer(this.#record, 'migrate', id)
  }

  /** Stays where it is, with an id only in answer to that offer; the same child is not offered again until it stopped being preferred in between. Resolves to whether that took effect (rules R9, R14). */
  ignore(id?: number): Promise<boolean> {
    return this.#engine.answer(this.#record, 'ignore', id)
  }

  /** Stays on the new access point for good, with an id only if it is that trial's; the old one is released. Resolves to whether that took effect (rules R7, R14). */
  accept(id?: number): Promise<boolean> {
    return this.#engine.answer(this.#record, 'accept', id)
  }

  /** Goes back to the old access point, with an id only if that trial runs. Resolves to true when it is current again (rules R8, R14, R22). */
  reject(id?: number): Promise<boolean> {
    return this.#engine.answer(this.#record, 'reject', id)
  }

  /**
   * Waits until the session is open: true once it is, false when the opening ends otherwise or `ms` are over, and false
   * at once if it is not opening (rule S15).
   * @param ms milliseconds; -1 waits for ever
   */
  waitForOpened(ms = DEFAULT_WAIT): Promise<boolean> {
    return callAsync(() => {
      if (ms !== -1) duration('the time of waitForOpened()', ms)
      return waitForOpened(this.#engine, this.#record, ms)
    })
  }

  /** @internal For {@link whenConnected}. */
  static wait(session: NetworkSession, options: WhenConnectedOptions): Promise<void> {
    return waitForConnected(session.#engine, session.#record, options)
  }

  /** The seeds' properties; `undefined` for one that was never set. */
  sessionProperty<Name extends keyof SessionProperties>(name: Name): SessionProperties[Name]
  sessionProperty(name: string): unknown
  sessionProperty(name: string): unknown {
    checkArgument('the name of sessionProperty()', name, expected.text)
    switch (name) {
      case 'ActiveConfiguration':
        return this.activeConfiguration
      case 'UserChoiceConfiguration':
        return this.userChoiceConfiguration
      case 'ConnectInBackground':
        return this.connectInBackground
      case 'AutoCloseSessionTimeout':
        return this.autoCloseSessionTimeout
      default:
        return this.#record.properties.get(name)
    }
  }

  /** Sets a property, or removes it with `undefined`. The two read-only ones are left as they are, as in Qt. */
  setSessionProperty(name: string, value: unknown): void {
    checkArgument('the name of setSessionProperty()', name, expected.text)
    if (name === 'ActiveConfiguration' || name === 'UserChoiceConfiguration') return
    const checked = value === undefined ? undefined : checkProperty(name, value)
    if (checked === undefined) this.#record.properties.delete(name)
    else this.#record.properties.set(name, checked)
    if (name === 'AutoCloseSessionTimeout') {
      const ms = checked === undefined || checked === -1 ? null : (checked as number)
      this.#engine.setAutoClose(this.#record, ms)
    }
  }

  /**
   * Listens to an event. What the listener throws surfaces as an uncaught exception and stops no other (rule S16).
   * @returns the undo; aborting `signal` does the same
   */
  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (...values: SessionEvents[Name]) => void,
    options?: ListenOptions,
  ): () => void {
    checkListening(SESSION_EVENTS, name, listener, options)
    if (this.#engine.isClosed) return () => {}
    return this.#record.emitter.on(name, listener, options)
  }

  /**
   * Calls back after anything in `getSnapshot()` may have changed, once a cause, after its events. For stores. What the
   * listener throws surfaces as an uncaught exception and stops no other (rule S16).
   * @returns the undo
   */
  subscribe(listener: () => void): () => void {
    checkArgument('the listener of subscribe()', listener, expected.callback)
    if (this.#engine.isClosed) return () => {}
    const undo = this.#record.subscribers.add(this, listener)
    this.#engine.review(this.#record)
    return () => {
      undo()
      this.#engine.review(this.#record)
    }
  }

  /** Everything a store needs, the same object until something in it changes. */
  getSnapshot(): SessionSnapshot {
    const snapshot = keepIdentity(this.#snapshot, {
      state: this.state,
      isOpen: this.isOpen,
      isConnected: this.isConnected,
      isReopening: this.isReopening,
      configuration: this.configuration,
      activeConfiguration: this.activeConfiguration,
      interface: this.interface,
      health: this.health,
      usagePolicies: this.usagePolicies,
      offer: this.#asked('offer')?.data ?? null,
      trial: this.#asked('trial')?.data ?? null,
      error: this.error?.toJSON() ?? null,
    })
    this.#snapshot = Object.freeze(snapshot)
    return snapshot
  }

  /** The snapshots: the current one, then each newer one; ends with the manager. A slow consumer misses those between. */
  [Symbol.asyncIterator](): AsyncGenerator<SessionSnapshot, void> {
    return snapshots(this, (end) => this.#engine.onEnd(end))
  }

  /** The same for RxJS and its like: `from(session)`. Tells at once, and completes when the manager is closed. */
  [observable](): SnapshotObservable<SessionSnapshot> {
    return snapshotObservable(this, (end) => this.#engine.onEnd(end))
  }

  /** The same as {@link close} (rule S18). */
  [asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What the application is asked, if it is. */
  #asked<Kind extends 'offer' | 'trial'>(kind: Kind): ServiceNetworkUse[Kind] {
    const { network } = this.#record
    if (network === null || this.#engine.isClosed || roamOf(network.machine)?.kind !== kind) return null
    return network[kind]
  }

  get #link() {
    return this.#engine.isClosed ? null : this.#engine.activeLink(this.#record).facts
  }
}

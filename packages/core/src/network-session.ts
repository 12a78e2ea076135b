import type { Health } from './configurations/health-options.js'
import type { NetworkConfiguration } from './configurations/network-configuration.js'
import { type UsagePolicy, usagePoliciesOf } from './configurations/usage-policy.js'
import { asyncDispose, type Clock, type LinkInterface } from './contract/index.js'
import type { Engine } from './engine/engine.js'
import { callAsync } from './engine/guards.js'
import type { HealthCost } from './engine/sessions/health-runner.js'
import { newSession, type SessionInternals, type SessionSetup } from './engine/sessions/new-session.js'
import { pendingQuestion } from './engine/sessions/pending-question.js'
import { recordsOfTrials } from './engine/sessions/roaming-runner.js'
import { setProperty } from './engine/sessions/session-properties.js'
import { SESSION_EVENTS, type SessionEvents, type SessionRecord } from './engine/sessions/session-record.js'
import { trafficOf } from './engine/sessions/session-traffic.js'
import { DEFAULT_WAIT, subscribeTo, waitForOpened } from './engine/sessions/session-waits.js'
import { checkArgument, checkConstructor, checkOptions, expected } from './primitives/arguments.js'
import { checkListening, type ListenOptions } from './primitives/emitter.js'
import { snapshots } from './primitives/snapshots/iterator.js'
import { observable, type SnapshotObservable, snapshotObservable } from './primitives/snapshots/observable.js'
import { duration } from './primitives/time/times.js'
import type { RoamingOffer, RoamingTrial } from './roaming/roaming-offer.js'
import {
  BUILT_IN_PROPERTIES,
  CALL_OPTIONS,
  type CallOptions,
  checkProperty,
  OPEN_OPTIONS,
  type OpenOptions,
  type SessionProperties,
} from './session-options.js'
import { keepIdentity, type SessionSnapshot } from './session-snapshot.js'
import type { NetworkSessionError } from './sessions/session-error.js'
import type { SessionState } from './sessions/session-state.js'

const sessions = new WeakMap<SessionRecord, NetworkSession>()

/**
 * The use of one configuration. When you open a session, it brings the link up and keeps it up. When you close it, it releases the link, and
 * the last session to do so takes down a link that a session brought up (rule H1). A session that you have not opened watches the link. Its
 * `state` is the link's, no matter who uses the link. A call takes effect after the events that are being emitted, and no event fires inside
 * a call (rule S19).
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
  readonly #setup: SessionSetup
  #snapshot: SessionSnapshot | null = null

  private constructor(engine: Engine, identifier: string, setup: SessionSetup) {
    checkConstructor(setup, 'NetworkSession', 'manager.createSession(configuration)')
    this.#engine = engine
    this.#setup = setup
    this.#record = newSession(engine, identifier, setup)
    sessions.set(this.#record, this)
  }

  /** @internal Called by `manager.createSession()`; fires no event (rule S1). */
  static create(engine: Engine, identifier: string, setup: SessionSetup): NetworkSession {
    return new NetworkSession(engine, identifier, setup)
  }

  /** The current snapshot of the configuration that this session is on; invalid after the configuration was removed (rule C8). */
  get configuration(): NetworkConfiguration {
    return this.#engine.catalogue.get(this.#record.identifier)
  }

  /** The link's state now, also for a session that was never opened; `invalid` when the manager is closed. */
  get state(): SessionState {
    if (this.#engine.isClosed) return 'invalid'
    return this.#engine.sessionState(this.#record)
  }

  /** Whether the session holds its link. Stays true during a short loss (rule S12); before you use sockets, check {@link isConnected}. */
  get isOpen(): boolean {
    return !this.#engine.isClosed && this.#record.phase === 'open'
  }

  /** Whether the session is ready for sockets: it is open, and its `state` is `connected`. */
  get isConnected(): boolean {
    return this.isOpen && this.state === 'connected'
  }

  /** Whether a session with `keepOpen` ended without `close()` or `stop()` and will open again: it waits for the next attempt, or is opening. */
  get isReopening(): boolean {
    return !this.#engine.isClosed && this.#record.use.machine.reopenings > 0
  }

  /** The last error; `null` until the first one, and again after a successful `open()`. */
  get error(): NetworkSessionError | null {
    return this.#record.error
  }

  /** The message of the last error; empty if there is none. */
  get errorString(): string {
    return this.#record.error?.message ?? ''
  }

  /** The network interface in use, while the session is connected or in a trial; otherwise `null`. */
  get interface(): LinkInterface | null {
    const isInUse = this.state === 'connected' || this.trial !== null
    return isInUse ? (this.#link?.interface ?? null) : null
  }

  /** The clock of the manager that made this session. */
  get clock(): Clock {
    return this.#engine.times.clock
  }

  /**
   * Whether the application can reach what it wants through the link in use, as far as is known (rule L1). `unknown` while the session is not
   * open, and as long as neither a check nor {@link report} has given evidence.
   */
  get health(): Health {
    return this.#engine.isClosed ? 'unknown' : this.#record.emittedHealth
  }

  /**
   * What the health checks have cost so far: those of this session, or of all sessions on its service network together (rule L1). The same
   * object until it grows.
   */
  get healthCost(): HealthCost {
    return this.#engine.health.costOf(this.#record)
  }

  /**
   * Reports what your own traffic shows: `alive` if an answer came through the link in use, `failed` if you expected one and none came. A
   * report counts as a health check and postpones the next one. It is cheap enough to call for each message (rule L1). It has no effect unless
   * the session is open and connected.
   * @throws RangeError for any other word
   */
  report(evidence: 'alive' | 'failed'): void {
    checkArgument('the evidence of report()', evidence, expected.oneOf('alive', 'failed'))
    if (!this.#engine.isClosed) this.#engine.health.report(this.#record, evidence)
  }

  /**
   * Keeps the session from roaming of its own accord, and from offering to roam, for `ms` milliseconds from now, for example during an upload or
   * a call. After a loss it roams all the same (rule L5). The time ends by itself, or with the session. 0 ends it now, and another call replaces
   * it. It has no effect unless the session is open and on a service network.
   * @throws RangeError for an invalid duration
   */
  holdOff(ms: number): void {
    duration('the time of holdOff()', ms)
    if (!this.#engine.isClosed) this.#engine.holdOff(this.#record, ms)
  }

  /** Seconds since the session became connected, across roams and short losses; 0 while it is not open. */
  get activeTime(): number {
    const since = this.#record.connectedSince
    return since === null ? 0 : (this.#engine.times.clock.now() - since) / 1000
  }

  /** Bytes that the interface has received since it was created, read now; 0 if the backend does not count them (`dataStatistics`). */
  get bytesReceived(): number {
    return trafficOf(this.#engine, this.#record, 'received')
  }

  /** Bytes that the interface has sent since it was created, read now; 0 if the backend does not count them (`dataStatistics`). */
  get bytesWritten(): number {
    return trafficOf(this.#engine, this.#record, 'written')
  }

  /** The identifier of the access point in use; empty while the session is not open. */
  get activeConfiguration(): string {
    return (this.isOpen ? this.#record.active : null) ?? ''
  }

  /** The identifier that `userChoice` was resolved to when this session was opened; otherwise empty. */
  get userChoiceConfiguration(): string {
    const { identifier, target } = this.#record
    return this.isOpen && identifier !== target ? target : ''
  }

  /** What the link asks of its users: no background traffic if it is metered. */
  get usagePolicies(): readonly UsagePolicy[] {
    return usagePoliciesOf(this.#link)
  }

  /** Milliseconds after which the session closes, counted from setting it; -1 for never. Effective only with a polling backend. */
  get autoCloseSessionTimeout(): number {
    return (this.#record.properties.get('AutoCloseSessionTimeout') as number | undefined) ?? -1
  }

  /** Counts from now; -1 cancels. Throws a `RangeError` for an invalid time. */
  set autoCloseSessionTimeout(ms: number) {
    this.setSessionProperty('AutoCloseSessionTimeout', ms)
  }

  /** Whether `open()` takes the default configuration instead of asking the user (`userChoice`); false by default. */
  get connectInBackground(): boolean {
    return this.#record.properties.get('ConnectInBackground') === true
  }

  /** Set it before `open()`. */
  set connectInBackground(value: boolean) {
    this.setSessionProperty('ConnectInBackground', value)
  }

  /**
   * Brings the link up, or joins it if it is up, and holds it. Emits `opened`, or on failure `error` once. Several calls share one activation
   * (rule S6). The configuration's `connectTimeout` bounds it.
   * @param options `signal` ends this caller's wait; if no caller waits any longer, the opening is cancelled
   * @throws NetworkSessionError with a code and a reason: `sessionAborted` and `closed` when the manager is closed (rule E1). `signal.reason` if
   * your signal is aborted. TypeError or RangeError for invalid options; then nothing else happens (rule E2)
   */
  open(options: OpenOptions = {}): Promise<void> {
    return callAsync(() => {
      checkOptions('open()', options, OPEN_OPTIONS)
      // The default of a machine that has none never comes: there is nothing to wait for.
      const keepOpen = this.#record.identifier !== '' && options.keepOpen
      return this.#engine.request(this.#record, 'open', { ...options, keepOpen })
    })
  }

  /**
   * Releases the link. Emits `closed` once if the session was open, and cancels an opening without an event (rule S7). The last session takes
   * down a link that a session brought up (rule H1), and the promise resolves when the link is down. If the system refuses, the promise does not
   * reject: the session is closed all the same, and emits `error` (rule S8). No effect on a session that is neither opening nor open (rule S9).
   * @param options `signal` ends only the wait (rule S19)
   * @throws `signal.reason` if your signal is aborted
   */
  close(options: CallOptions = {}): Promise<void> {
    return callAsync(() => {
      checkOptions('close()', options, CALL_OPTIONS)
      return this.#engine.request(this.#record, 'close', { signal: options.signal })
    })
  }

  /**
   * Takes the link down for every program. Each other open session on it emits `error` (`sessionAborted`) and `closed`. The promise resolves when
   * the link is down (rule S10). No effect on a link that is down and that no session uses (rule S9), or if the session is on a service network and
   * not open (rule R18).
   * @param options `signal` ends only the wait (rule S19)
   * @throws NetworkSessionError `operationNotSupported` if the system refuses; the session stays open (rule S11). `signal.reason` if your signal is
   * aborted
   */
  stop(options: CallOptions = {}): Promise<void> {
    return callAsync(() => {
      checkOptions('stop()', options, CALL_OPTIONS)
      return this.#engine.request(this.#record, 'stop', { signal: options.signal })
    })
  }

  /** The offer that waits for an answer, or `null` (rules R3, R11). */
  get offer(): RoamingOffer | null {
    return pendingQuestion(this.#engine, this.#record, 'offer')?.handle ?? null
  }

  /** The trial that waits for a decision, or `null` (rule R6). */
  get trial(): RoamingTrial | null {
    return pendingQuestion(this.#engine, this.#record, 'trial')?.handle ?? null
  }

  /**
   * Roams to the access point that is offered. With an `id`, answers only the offer with that id. The session emits `newConfigurationActivated`
   * when the new link is up. Resolves to true then, and otherwise to false; never rejects (rules R5, R14, R22).
   */
  migrate(id?: number): Promise<boolean> {
    return this.#engine.answer(this.#record, 'migrate', id)
  }

  /**
   * Declines the offer: the session stays where it is. With an `id`, answers only the offer with that id. The session does not offer the same
   * access point again until it has stopped being preferred in between. Resolves to whether the call took effect (rules R9, R14).
   */
  ignore(id?: number): Promise<boolean> {
    return this.#engine.answer(this.#record, 'ignore', id)
  }

  /**
   * Accepts the trial: the session stays on the new access point and releases the old one. With an `id`, answers only the trial with that id.
   * Resolves to whether the call took effect (rules R7, R14).
   */
  accept(id?: number): Promise<boolean> {
    return this.#engine.answer(this.#record, 'accept', id)
  }

  /**
   * Rejects the trial: the session returns to the old access point. With an `id`, answers only the trial with that id. Resolves to true when the
   * old access point is in use again, and to false if the call had no effect (rules R8, R14, R22).
   */
  reject(id?: number): Promise<boolean> {
    return this.#engine.answer(this.#record, 'reject', id)
  }

  /**
   * Waits until the session is open. Resolves to true when it is, to false when the opening ends in another way or `ms` are over, and to false
   * at once if the session is neither opening nor open (rule S15).
   * @param ms milliseconds; -1 waits without a limit
   * @throws RangeError for an invalid duration
   */
  waitForOpened(ms = DEFAULT_WAIT): Promise<boolean> {
    return callAsync(() => {
      if (ms !== -1) duration('the time of waitForOpened()', ms)
      return waitForOpened(this.#engine, this.#record, ms)
    })
  }

  /** @internal For functions that take a session. */
  static internals(session: NetworkSession): SessionInternals {
    return { engine: session.#engine, record: session.#record, setup: session.#setup }
  }

  /** @internal The session of a trial; `null` for what is no trial of a session. */
  static ofTrial(trial: RoamingTrial): NetworkSession | null {
    const record = recordsOfTrials.get(trial)
    return record === undefined ? null : (sessions.get(record) ?? null)
  }

  /** A property, as in Qt; `undefined` if it was never set. */
  sessionProperty<Name extends keyof SessionProperties>(name: Name): SessionProperties[Name]
  sessionProperty(name: string): unknown
  sessionProperty(name: string): unknown {
    checkArgument('the name of sessionProperty()', name, expected.text)
    const member = BUILT_IN_PROPERTIES.get(name)
    return member === undefined ? this.#record.properties.get(name) : this[member]
  }

  /**
   * Sets a property; `undefined` removes it. Has no effect on the two read-only ones, as in Qt.
   * @throws TypeError or RangeError if the value of a built-in property is invalid (rule E2)
   */
  setSessionProperty(name: string, value: unknown): void {
    checkArgument('the name of setSessionProperty()', name, expected.text)
    if (name === 'ActiveConfiguration' || name === 'UserChoiceConfiguration') return
    const checked = value === undefined ? undefined : checkProperty(name, value)
    setProperty(this.#engine, this.#record, name, checked)
  }

  /**
   * Listens to an event. If the listener throws, the other listeners still run, and the exception becomes an uncaught exception (rule S16).
   * @returns a function that removes the listener; aborting `signal` does the same
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
   * Calls the listener when something in `getSnapshot()` may have changed: once for each cause, after its events. For stores. If the listener
   * throws, the other listeners still run, and the exception becomes an uncaught exception (rule S16).
   * @returns a function that removes the listener
   */
  subscribe(listener: () => void): () => void {
    checkArgument('the listener of subscribe()', listener, expected.callback)
    return this.#engine.isClosed ? () => {} : subscribeTo(this.#engine, this.#record, this, listener)
  }

  /** Everything that a store needs. The same object until something in it changes. */
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
      offer: pendingQuestion(this.#engine, this.#record, 'offer')?.data ?? null,
      trial: pendingQuestion(this.#engine, this.#record, 'trial')?.data ?? null,
      error: this.error?.toJSON() ?? null,
    })
    this.#snapshot = Object.freeze(snapshot)
    return snapshot
  }

  /** The current snapshot, then each newer one. Ends when the manager is closed. A slow consumer gets only the newest one. */
  [Symbol.asyncIterator](): AsyncGenerator<SessionSnapshot, void> {
    return snapshots(this, (end) => this.#engine.onEnd(end))
  }

  /** The same for RxJS and other libraries with observables: `from(session)`. Emits at once, and completes when the manager is closed. */
  [observable](): SnapshotObservable<SessionSnapshot> {
    return snapshotObservable(this, (end) => this.#engine.onEnd(end))
  }

  /** The same as {@link close} (rule S18). */
  [asyncDispose](): Promise<void> {
    return this.close()
  }

  get #link() {
    return this.#engine.isClosed ? null : this.#engine.activeLink(this.#record).facts
  }
}

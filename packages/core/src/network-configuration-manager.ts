import type { TransportMedium } from './configurations/bearer-names.js'
import type { Capabilities } from './configurations/capabilities.js'
import { filteredList } from './configurations/filtered-list.js'
import { healthPlan } from './configurations/health-options.js'
import { identifierOf } from './configurations/identifier-of.js'
import {
  CONFIGURATION_STATE,
  type ConfigurationState,
  type NetworkConfiguration,
  unknownConfiguration,
} from './configurations/network-configuration.js'
import { type Overview, type Reachability, sameMembers } from './configurations/overview.js'
import type { Explanation, RankedChild } from './configurations/ranking.js'
import type { ServiceNetworkDefinition } from './configurations/service-network.js'
import type { Clock } from './contract/call.js'
import {
  asyncDispose,
  type Backend,
  type BackendHost,
  type Driver,
  type Holder,
  type PickedBackend,
} from './contract/index.js'
import { type Diagnosis, diagnose } from './diagnosis/diagnosis.js'
import { diagnoseMachine, type MachineDiagnosis } from './diagnosis/machine-diagnosis.js'
import { diagnosisFactsOf } from './engine/diagnosis-facts.js'
import { Engine } from './engine/engine.js'
import { guardedBackend, guardedLog } from './engine/guards.js'
import { command, forgetNetwork, scan } from './engine/manager-commands.js'
import type { LastClose } from './links/last-close.js'
import { emitManagerEvents, MANAGER_EVENTS, type ManagerEvents } from './manager-events.js'
import { checkDriver, type ManagerOptions } from './manager-options.js'
import { NetworkSession } from './network-session.js'
import { checkArgument, checkConstructor, checkOptions, expected } from './primitives/arguments.js'
import { checkListening, Emitter, type ListenOptions } from './primitives/emitter.js'
import { snapshots } from './primitives/snapshots/iterator.js'
import { observable, type SnapshotObservable, snapshotObservable } from './primitives/snapshots/observable.js'
import { SnapshotSubscribers } from './primitives/snapshots/subscribers.js'
import { duration, type Times, timesOf } from './primitives/time/times.js'
import { CALL_OPTIONS, type CallOptions, SESSION_OPTIONS, type SessionOptions } from './session-options.js'
import { closedError } from './sessions/session-error.js'

/** Everything that a store needs to know about a manager at one instant. The same object until something in it changes. */
export interface ManagerSnapshot extends Overview {
  /** Ordered by identifier. */
  readonly configurations: readonly NetworkConfiguration[]
}

/**
 * The network configurations of this machine, and the sessions on them, through one backend. The manager always returns the current snapshot
 * of a configuration. Nothing scans unless you ask for it (rule M3).
 *
 * @example
 * ```ts
 * await using manager = await NetworkConfigurationManager.open(networkManager())
 * for (const { name, state } of manager.allConfigurations()) console.log(name, state)
 * ```
 */
export class NetworkConfigurationManager implements AsyncDisposable {
  readonly #engine: Engine
  readonly #emitter = new Emitter<ManagerEvents>()
  readonly #subscribers = new SnapshotSubscribers()
  readonly #lastClose: LastClose
  readonly #log: (event: string, detail?: object) => void
  #snapshot: ManagerSnapshot | null = null
  #backend: PickedBackend

  private constructor(backend: Backend, picked: PickedBackend, options: ManagerOptions, times: Times) {
    checkConstructor(times, 'NetworkConfigurationManager', 'await NetworkConfigurationManager.open(driver)')
    this.#backend = picked
    this.#log = guardedLog(options.log)
    this.#lastClose = options.lastClose ?? 'restore'
    const { holders = null, chooser = null } = options
    this.#engine = new Engine(guardedBackend(backend), times, { holders, chooser, log: this.#log })
    this.#engine.events.on('changed', (change) => emitManagerEvents(change, this.#emitter))
    this.#engine.events.on('resumed', (msAsleep) => this.#emitter.emit('resumed', msAsleep))
    this.#engine.events.on('applied', () => this.#subscribers.notify())
  }

  /**
   * Opens a backend. Resolves when its configurations are known.
   * @throws TypeError or RangeError for invalid options, before anything is opened; `BackendError` if the backend cannot be opened
   */
  static async open(driver: Driver, options: ManagerOptions = {}): Promise<NetworkConfigurationManager> {
    checkDriver(driver, options)
    const times = timesOf(options)
    // Before it exists, a change needs no notification: it begins with the newest snapshot.
    let manager: NetworkConfigurationManager | null = null
    let picked: PickedBackend = Object.freeze({ name: driver.name, passedOver: Object.freeze([]) })
    const host: BackendHost = {
      changed: () => {
        if (manager !== null) manager.#engine.poke()
      },
      log: guardedLog(options.log),
      picked: ({ name, passedOver }) => {
        picked = Object.freeze({ name, passedOver: Object.freeze([...passedOver]) })
        if (manager !== null) manager.#takeBackend(picked)
      },
      clock: times.clock,
    }
    const backend = await driver.open(host, { signal: options.signal ?? new AbortController().signal })
    try {
      manager = new NetworkConfigurationManager(backend, picked, options, times)
      return manager
    } catch (error) {
      // Leave nothing half open. If closing fails too, that error says less than the first one.
      await Promise.resolve(backend[asyncDispose]()).catch(() => undefined)
      throw error
    }
  }

  /**
   * The backend in use, and the backends that the driver passed over, each with the reason. `platform()` of `roamkit` passes over a backend whose
   * service is not running, and `linux()` of `@roamkit/backend-linux` changes to another one when the services change: `backendChanged` says so.
   * Any other driver opens its own backend and passes over nothing. The same object until it changes.
   */
  get backend(): PickedBackend {
    return this.#backend
  }

  #takeBackend(picked: PickedBackend): void {
    const before = this.#backend
    this.#backend = picked
    if (!this.#engine.isClosed) this.#emitter.emit('backendChanged', picked, before)
  }

  /**
   * The configurations that have at least the given state, ordered by identifier (rule C7). Never contains `userChoice` or invalid configurations.
   * It is the same array until a configuration changes.
   */
  allConfigurations(filter?: ConfigurationState): readonly NetworkConfiguration[] {
    if (filter !== undefined) checkArgument('the filter of allConfigurations()', filter, CONFIGURATION_STATE)
    const all = this.#engine.catalogue.list()
    return filter === undefined ? all : filteredList(all, filter)
  }

  /** The configuration with that identifier. If there is none, an invalid configuration, never `undefined` (rule C7). */
  configurationFromIdentifier(identifier: string): NetworkConfiguration {
    checkArgument('the identifier of configurationFromIdentifier()', identifier, expected.text)
    return this.#engine.catalogue.get(identifier)
  }

  /** The configuration to use if you have no reason to prefer another (rule M2). If there is none, an invalid configuration. */
  defaultConfiguration(): NetworkConfiguration {
    return this.#overview.defaultConfiguration ?? unknownConfiguration('')
  }

  /** Whether at least one uplink is active (rule M1). A request may fail all the same. */
  get isOnline(): boolean {
    return this.#overview.isOnline
  }

  /** How far this machine can reach: its own network, the Internet and so on (rule M1). */
  get reachability(): Reachability {
    return this.#overview.reachability
  }

  /** Whether the default configuration is behind a captive portal; `null` if that is unknown. */
  get isBehindCaptivePortal(): boolean | null {
    return this.#overview.isBehindCaptivePortal
  }

  /** Whether traffic on the default configuration costs money; `null` if that is unknown. */
  get isMetered(): boolean | null {
    return this.#overview.isMetered
  }

  /** The medium that carries the default configuration's traffic (rule M1). */
  get transportMedium(): TransportMedium {
    return this.#overview.transportMedium
  }

  /** What the backend can do on this machine now (rule M4). */
  get capabilities(): Capabilities {
    return this.#overview.capabilities
  }

  /**
   * The clock of this manager and of its sessions: the `clock` option, or the system's clock. Run your own timers on it if they must share the
   * virtual time of the sessions in a test. Its functions never throw, and it continues after the manager is closed.
   */
  get clock(): Clock {
    return this.#engine.times.clock
  }

  /** `lost` while the network service is not available. Then configurations are as last known (rule S14). */
  get service(): 'ready' | 'lost' {
    return this.#overview.service
  }

  /**
   * Defines a service network: a set of access points that your application treats as one, ordered best first. Its members change as access points
   * appear and disappear (rules M5, C4). A ready-made definition is {@link allUplinks}.
   * @throws TypeError if the identifier is in use or the definition is invalid; `ERR_CLOSED` if the manager is closed
   */
  defineServiceNetwork(definition: ServiceNetworkDefinition): NetworkConfiguration {
    if (this.#engine.isClosing) throw closedError()
    this.#engine.define(definition)
    return this.#engine.catalogue.get(definition.identifier)
  }

  /** Removes a service network. Sessions on it end as if its configuration was removed (rule S13). Returns false if there is none. */
  removeServiceNetwork(configuration: NetworkConfiguration | string): boolean {
    const identifier = identifierOf('removeServiceNetwork()', configuration)
    return !this.#engine.isClosing && this.#engine.undefine(identifier)
  }

  /**
   * Explains which of two access points of a service network is preferred, as if `other` were in use: what each criterion says (rule M5).
   * @throws TypeError if the first argument is not a service network, or if an access point is not in it
   */
  explain(
    network: NetworkConfiguration | string,
    one: NetworkConfiguration | string,
    other: NetworkConfiguration | string,
  ): Explanation {
    const identifier = identifierOf('explain()', network)
    const defined = this.#engine.catalogue.network(identifier)
    if (defined === null) throw new TypeError(`'${identifier}' is no service network`)
    const [left, right] = [one, other].map((each) => {
      const member = identifierOf('explain()', each)
      const child = defined.child(member)
      if (child === null) throw new TypeError(`'${member}' is not in '${defined.identifier}'`)
      return child
    }) as [RankedChild, RankedChild]
    return defined.ranking.explain(left, right)
  }

  /**
   * Creates a session on a configuration, which you name by a snapshot or an identifier. It emits no event. If the identifier is unknown, the
   * session is `invalid`, and it comes alive if that configuration appears later (rule S1).
   * @throws TypeError or RangeError for an invalid option; the message names it
   */
  createSession(configuration: NetworkConfiguration | string, options: SessionOptions = {}): NetworkSession {
    const identifier = identifierOf('createSession()', configuration)
    checkOptions('createSession()', options, SESSION_OPTIONS)
    const health =
      options.health === undefined ? null : healthPlan('the health of createSession()', options.health)
    const { secrets = null } = options
    return NetworkSession.create(this.#engine, identifier, { lastClose: this.#lastClose, health, secrets })
  }

  /**
   * Sets how long an activation of that configuration may take, in milliseconds (rule C6).
   * @returns false if the configuration does not exist
   * @throws RangeError for an invalid duration
   */
  setConnectTimeout(configuration: NetworkConfiguration | string, ms: number): boolean {
    const identifier = identifierOf('setConnectTimeout()', configuration)
    duration('connectTimeout', ms)
    return this.#engine.setConnectTimeout(identifier, ms)
  }

  /**
   * Scans for networks if the backend can, and emits `updateCompleted` once for each call (rule M3). If the system refuses to scan, the promise
   * resolves all the same: the log has the reason, and the configurations are the ones last known.
   * @throws `ERR_CLOSED` if the manager is closed; `signal.reason` if your signal is aborted
   */
  async updateConfigurations(options: CallOptions = {}): Promise<void> {
    checkOptions('updateConfigurations()', options, CALL_OPTIONS)
    await scan(this.#engine, options, this.#log)
    await this.#engine.run(() => [{ to: 'host', emit: () => this.#emitter.emit('updateCompleted') }])
  }

  /**
   * Asks the system to check again whether a configuration's network leads to the Internet. If the result differs, the configuration changes.
   * @throws BackendError with a code, `ERR_CLOSED` if the manager is closed; `signal.reason` if your signal is aborted
   */
  async recheckConnectivity(
    configuration: NetworkConfiguration | string,
    options: CallOptions = {},
  ): Promise<void> {
    const identifier = identifierOf('recheckConnectivity()', configuration)
    checkOptions('recheckConnectivity()', options, CALL_OPTIONS)
    await command(this.#engine, options, (backend, call) => backend.recheck(identifier, call))
  }

  /**
   * Stores a network that the system only sees now, or that it would forget when the link goes down, together with the secret that it is open
   * with (rule N6). The identifier stays the same. Resolves when the system has stored it; no effect if it is stored already. To know beforehand
   * whether the system permits it, read `configuration.maySave`.
   * @throws BackendError with a code: `ERR_NOT_SUPPORTED`, `ERR_DENIED` and so on; `signal.reason` if your signal is aborted
   */
  async saveNetwork(configuration: NetworkConfiguration | string, options: CallOptions = {}): Promise<void> {
    const identifier = identifierOf('saveNetwork()', configuration)
    checkOptions('saveNetwork()', options, CALL_OPTIONS)
    await command(this.#engine, options, (backend, call) => backend.save(identifier, call))
  }

  /**
   * Deletes what the system has stored about a network, its secret included (rule N7). If the link is in use, it goes down, and every open session
   * on it ends as by another session's `stop()`. Resolves when the system has deleted it; no effect if nothing is stored. To know beforehand
   * whether the system permits it, read `configuration.mayForget`.
   * @throws BackendError with a code: `ERR_NOT_SUPPORTED`, `ERR_DENIED` and so on; `signal.reason` if your signal is aborted
   */
  async forgetNetwork(
    configuration: NetworkConfiguration | string,
    options: CallOptions = {},
  ): Promise<void> {
    const identifier = identifierOf('forgetNetwork()', configuration)
    checkOptions('forgetNetwork()', options, CALL_OPTIONS)
    await command(this.#engine, options, (_, call) => forgetNetwork(this.#engine, identifier, call))
  }

  /**
   * Whether you can open a configuration now, and if not, why and what to do, in plain words. It uses what is known, and asks the system nothing.
   * If you pass a session, it also considers the session's last error. It never throws for an unknown identifier.
   */
  diagnose(target: NetworkConfiguration | NetworkSession | string): Diagnosis {
    if (!(target instanceof NetworkSession))
      return diagnose(diagnosisFactsOf(this.#engine), identifierOf('diagnose()', target))
    const { configuration, error } = target
    const failed = error === null ? null : { reason: error.reason, native: null }
    return diagnose(diagnosisFactsOf(this.#engine), configuration.identifier, failed)
  }

  /**
   * Who holds the link of an access point now, this manager included (rule H2). The longest holder comes first. With `systemSessionSupport` the
   * list covers all processes of the machine, otherwise the managers of this process that share the link. No event reports changes: call it again. The holders report
   * these facts themselves, so escape the names, and do not base a decision on them. Empty if the manager is closed.
   */
  holders(configuration: NetworkConfiguration | string): readonly Holder[] {
    const identifier = identifierOf('holders()', configuration)
    const { holders, watch, isClosed } = this.#engine
    return isClosed ? [] : holders.list(watch.world.scope ?? '', identifier)
  }

  /** What this program can do on this machine, and what is wrong with it, in plain words. It uses what is known, and asks the system nothing. */
  diagnoseMachine(): MachineDiagnosis {
    return diagnoseMachine(diagnosisFactsOf(this.#engine))
  }

  /**
   * Ends every session as its phase requires, then releases the backend, all within `closeTimeout` (rule M7). Afterwards sessions are `invalid`, no
   * event fires, and nothing keeps the process alive. Further calls return the same promise.
   */
  close(): Promise<void> {
    return this.#engine.close().then(() => {
      this.#emitter.clear()
      this.#subscribers.clear()
    })
  }

  /**
   * Listens to an event. If the listener throws, the other listeners still run, and the exception becomes an uncaught exception.
   * @returns a function that removes the listener; aborting `signal` does the same
   */
  on<Name extends keyof ManagerEvents>(
    name: Name,
    listener: (...values: ManagerEvents[Name]) => void,
    options?: ListenOptions,
  ): () => void {
    checkListening(MANAGER_EVENTS, name, listener, options)
    if (this.#engine.isClosed) return () => {}
    return this.#emitter.on(name, listener, options)
  }

  /**
   * Calls the listener when `getSnapshot()` returns another object: once for each cause, after its events. For stores.
   * @returns a function that removes the listener
   */
  subscribe(listener: () => void): () => void {
    checkArgument('the listener of subscribe()', listener, expected.callback)
    if (this.#engine.isClosed) return () => {}
    return this.#subscribers.add(this, listener)
  }

  /** Everything that a store needs. The same object until something in it changes. */
  getSnapshot(): ManagerSnapshot {
    const after: ManagerSnapshot = { ...this.#overview, configurations: this.allConfigurations() }
    if (this.#snapshot === null || !sameMembers(this.#snapshot, after)) this.#snapshot = Object.freeze(after)
    return this.#snapshot
  }

  /** The current snapshot, then each newer one. Ends when the manager is closed. A slow consumer gets only the newest one. */
  [Symbol.asyncIterator](): AsyncGenerator<ManagerSnapshot, void> {
    return snapshots(this, (end) => this.#engine.onEnd(end))
  }

  /** The same for RxJS and other libraries with observables: `from(manager)`. Emits at once, and completes when the manager is closed. */
  [observable](): SnapshotObservable<ManagerSnapshot> {
    return snapshotObservable(this, (end) => this.#engine.onEnd(end))
  }

  /** The same as {@link close}. */
  [asyncDispose](): Promise<void> {
    return this.close()
  }

  get #overview(): Overview {
    return this.#engine.catalogue.overview
  }
}

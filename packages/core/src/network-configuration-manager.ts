import type { TransportMedium } from './configurations/bearer-names.js'
import { type Capabilities, holderSpanOf } from './configurations/capabilities.js'
import { healthPlan } from './configurations/health-options.js'
import {
  CONFIGURATION_STATE,
  type ConfigurationState,
  type NetworkConfiguration,
  unknownConfiguration,
} from './configurations/network-configuration.js'
import type { Overview, Reachability } from './configurations/overview.js'
import { type Explanation, explain, type RankedChild } from './configurations/ranking.js'
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
import { type Diagnosis, type DiagnosisFacts, diagnose } from './diagnosis/diagnosis.js'
import { diagnoseMachine, type MachineDiagnosis } from './diagnosis/machine-diagnosis.js'
import { Engine } from './engine/engine.js'
import { guardedBackend, guardedLog } from './engine/guards.js'
import type { LastClose } from './links/last-close.js'
import type { LinkState } from './links/link-state.js'
import { MANAGER_EVENTS, type ManagerEvents, managerEvents } from './manager-events.js'
import { checkManagerOptions, type ManagerOptions } from './manager-options.js'
import { NetworkSession } from './network-session.js'
import { checkArgument, checkOptions, type Expected, expected } from './primitives/arguments.js'
import { eitherSignal } from './primitives/either-signal.js'
import { checkListening, Emitter, type ListenOptions } from './primitives/emitter.js'
import { snapshots } from './primitives/snapshot-iterator.js'
import { observable, type SnapshotObservable, snapshotObservable } from './primitives/snapshot-observable.js'
import { SnapshotSubscribers } from './primitives/snapshot-subscribers.js'
import { duration, type Times, timesOf } from './primitives/times.js'
import { CALL_OPTIONS, type CallOptions, SESSION_OPTIONS, type SessionOptions } from './session-options.js'
import { closedError } from './sessions/session-error.js'
import { linkSessionState } from './sessions/session-state.js'

/** Everything that a store needs of a manager, at one instant; the same object until something in it changes. */
export interface ManagerSnapshot extends Overview {
  /** In the order of their identifiers. */
  readonly configurations: readonly NetworkConfiguration[]
}

/**
 * The configurations of this host, and the sessions on them, over one backend. What the manager tells is always the
 * current snapshot; nothing scans or polls unless asked (rule M3).
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

  /**
   * The backend that was opened, and those that were passed over with the reason of each. `platform()` of `roamkit` passes over a backend whose
   * service is not running; any other driver is itself the backend, with nothing passed over. Never changes.
   */
  readonly backend: PickedBackend

  private constructor(backend: Backend, picked: PickedBackend, options: ManagerOptions, times: Times) {
    this.backend = picked
    this.#log = guardedLog(options.log)
    this.#lastClose = options.lastClose ?? 'restore'
    const { holders = null, chooser = null } = options
    this.#engine = new Engine(guardedBackend(backend), times, { holders, chooser, log: this.#log })
    this.#engine.events.on('changed', (change) => {
      for (const emit of managerEvents(change, this.#emitter)) emit()
    })
    this.#engine.events.on('resumed', (msAsleep) => this.#emitter.emit('resumed', msAsleep))
    this.#engine.events.on('applied', () => this.#subscribers.notify())
  }

  /**
   * Opens a backend. Resolves once its configurations are known.
   * @throws TypeError or RangeError for options that are none, before anything is opened; `BackendError` where the backend cannot be had
   */
  static async open(driver: Driver, options: ManagerOptions = {}): Promise<NetworkConfigurationManager> {
    checkArgument('the driver of NetworkConfigurationManager.open()', driver, DRIVER)
    checkManagerOptions(options)
    const times = timesOf(options)
    if (driver.contract !== 1)
      throw new TypeError(
        `the backend '${driver.name}' speaks version ${String(driver.contract)} of the contract; this core speaks 1`,
      )
    // Until the manager is there nobody has to be told: it begins with the newest snapshot.
    let poke = () => {}
    let picked: PickedBackend = Object.freeze({ name: driver.name, passedOver: Object.freeze([]) })
    const host: BackendHost = {
      changed: () => poke(),
      log: guardedLog(options.log),
      picked: ({ name, passedOver }) => {
        picked = Object.freeze({ name, passedOver: Object.freeze([...passedOver]) })
      },
      clock: times.clock,
    }
    const backend = await driver.open(host, { signal: options.signal ?? new AbortController().signal })
    try {
      const manager = new NetworkConfigurationManager(backend, picked, options, times)
      poke = () => manager.#engine.poke()
      return manager
    } catch (error) {
      // Nothing half open is left behind; that it would not close either says less than why.
      await Promise.resolve(backend[asyncDispose]()).catch(() => undefined)
      throw error
    }
  }

  /**
   * The configurations that have at least that state, in the order of their identifiers (rule C7); never `userChoice` or
   * `invalid` ones. Without a filter the same array until one changes.
   */
  allConfigurations(filter?: ConfigurationState): readonly NetworkConfiguration[] {
    if (filter !== undefined) checkArgument('the filter of allConfigurations()', filter, CONFIGURATION_STATE)
    if (this.#engine.isClosed) return []
    const all = this.#engine.catalogue.list()
    return filter === undefined ? all : all.filter((configuration) => configuration.is(filter))
  }

  /** The configuration with that identifier; an invalid one where there is none, never `undefined` (rule C7). */
  configurationFromIdentifier(identifier: string): NetworkConfiguration {
    checkArgument('the identifier of configurationFromIdentifier()', identifier, expected.text)
    return this.#engine.isClosed ? unknownConfiguration(identifier) : this.#engine.catalogue.get(identifier)
  }

  /** The configuration to use unless one knows better (rule M2); an invalid one where there is none. */
  defaultConfiguration(): NetworkConfiguration {
    return this.#overview.defaultConfiguration ?? unknownConfiguration('')
  }

  /** At least one uplink is active (rule M1). Not whether a request would succeed. */
  get isOnline(): boolean {
    return this.#overview.isOnline
  }

  /** How far this host can reach (rule M1). */
  get reachability(): Reachability {
    return this.#overview.reachability
  }

  /** Whether the default configuration is behind a captive portal; `null` where the backend cannot tell. */
  get isBehindCaptivePortal(): boolean | null {
    return this.#overview.isBehindCaptivePortal
  }

  /** Whether traffic on the default configuration costs money; `null` where the backend cannot tell. */
  get isMetered(): boolean | null {
    return this.#overview.isMetered
  }

  /** What carries the default configuration's traffic (rule M1). */
  get transportMedium(): TransportMedium {
    return this.#overview.transportMedium
  }

  /** What can be done here and now (rule M4). */
  get capabilities(): Capabilities {
    return this.#overview.capabilities
  }

  /**
   * The clock of this manager and of its sessions: the `clock` option, or the system's. Timers of your own on it run in the same virtual
   * time as the sessions do in a test. Its functions never throw, and it goes on when the manager is closed.
   */
  get clock(): Clock {
    return this.#engine.times.clock
  }

  /** `lost` while the daemon is away: configurations are as last known (rule S14). */
  get service(): 'ready' | 'lost' {
    return this.#overview.service
  }

  /**
   * Defines a service network: access points that an application counts as one, best first; they come and go with the world
   * (rules M5, C4). Ready-made: {@link allUplinks}.
   * @throws TypeError where the identifier is taken or the definition is none; `ERR_CLOSED` once the manager is closed
   */
  defineServiceNetwork(definition: ServiceNetworkDefinition): NetworkConfiguration {
    if (this.#engine.isClosing) throw closedError()
    this.#engine.define(definition)
    return this.#engine.catalogue.get(definition.identifier)
  }

  /** Takes a service network away; sessions on it end as when a configuration is removed (rule S13). False where there is none. */
  removeServiceNetwork(configuration: NetworkConfiguration | string): boolean {
    const identifier = identifierOf('removeServiceNetwork()', configuration)
    return !this.#engine.isClosing && this.#engine.undefine(identifier)
  }

  /**
   * Why one access point of a service network is preferred to another, as if the other were in use: what each criterion says.
   * @throws TypeError for what is no service network, or not in it
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
    return explain(left, right, defined.policy)
  }

  /**
   * A session on a configuration, given as a snapshot or by its identifier. No event is fired; one for an unknown
   * identifier is `invalid` and comes alive if that configuration appears (rule S1).
   * @throws TypeError or RangeError that names what is wrong with an option
   */
  createSession(configuration: NetworkConfiguration | string, options: SessionOptions = {}): NetworkSession {
    const identifier = identifierOf('createSession()', configuration)
    checkOptions('createSession()', options, SESSION_OPTIONS)
    const health =
      options.health === undefined ? null : healthPlan('the health of createSession()', options.health)
    return NetworkSession.create(this.#engine, identifier, { lastClose: this.#lastClose, health })
  }

  /**
   * Sets how long an activation of that configuration may take, in milliseconds (rule C6).
   * @returns false for a configuration that is not there
   */
  setConnectTimeout(configuration: NetworkConfiguration | string, ms: number): boolean {
    const identifier = identifierOf('setConnectTimeout()', configuration)
    duration('connectTimeout', ms)
    return this.#engine.setConnectTimeout(identifier, ms)
  }

  /**
   * Looks for networks, where the backend can, and fires `updateCompleted`, once for each call (rule M3). Resolves also
   * when the system would not look: what it said is in the log, and the configurations are as good as known.
   * @throws `ERR_CLOSED` once the manager is closed; `signal.reason`
   */
  async updateConfigurations(options: CallOptions = {}): Promise<void> {
    checkOptions('updateConfigurations()', options, CALL_OPTIONS)
    const { signal } = options
    signal?.throwIfAborted()
    const engine = this.#engine
    if (engine.isClosing) throw closedError()
    if (engine.watch.world.scan !== 'no') {
      const either = eitherSignal(engine.signal, signal)
      try {
        await engine.backend.scan({ signal: either.signal })
      } catch (error) {
        if (engine.isClosed) throw closedError()
        signal?.throwIfAborted()
        this.#log('scanFailed', { error })
      } finally {
        either.release()
      }
    }
    await engine.run(() => [{ to: 'host', emit: () => this.#emitter.emit('updateCompleted') }])
  }

  /**
   * Asks the system to check anew how far a configuration's network reaches; what it finds shows as a change.
   * @throws BackendError by code; `ERR_CLOSED` once the manager is closed; `signal.reason`
   */
  async recheckConnectivity(
    configuration: NetworkConfiguration | string,
    options: CallOptions = {},
  ): Promise<void> {
    const identifier = identifierOf('recheckConnectivity()', configuration)
    checkOptions('recheckConnectivity()', options, CALL_OPTIONS)
    const { signal } = options
    signal?.throwIfAborted()
    const engine = this.#engine
    if (engine.isClosing) throw closedError()
    const either = eitherSignal(engine.signal, signal)
    try {
      await engine.backend.recheck(identifier, { signal: either.signal })
    } finally {
      either.release()
    }
  }

  /**
   * Whether a configuration can be opened now, why not, and what to do about it, in plain words. Reads what is known:
   * nothing is asked of the system. Given a session, its last error counts, too. Never throws for an unknown identifier.
   */
  diagnose(target: NetworkConfiguration | NetworkSession | string): Diagnosis {
    if (!(target instanceof NetworkSession))
      return diagnose(this.#diagnosisFacts, identifierOf('diagnose()', target))
    const { configuration, error } = target
    const failed = error === null ? null : { reason: error.reason, native: null }
    return diagnose(this.#diagnosisFacts, configuration.identifier, failed)
  }

  /**
   * Who holds the link of an access point now, this manager included (rule H2): the longest holder first. With
   * `systemSessionSupport` all processes of the machine, otherwise the managers of this one. Read when asked; nothing tells of
   * changes. They say it of themselves: escape the names, and take no decision by them. Empty once the manager is closed.
   */
  holders(configuration: NetworkConfiguration | string): readonly Holder[] {
    const identifier = identifierOf('holders()', configuration)
    const { holders, watch, isClosed } = this.#engine
    return isClosed ? [] : holders.list(watch.world.scope ?? '', identifier)
  }

  /** How this host is to be used from here, and what is wrong with it, in plain words. Reads what is known. */
  diagnoseMachine(): MachineDiagnosis {
    return diagnoseMachine(this.#diagnosisFacts)
  }

  /**
   * Ends every session by its phase, then releases the backend, all within `closeTimeout` (rule M7). Afterwards sessions
   * are `invalid`, no event fires, and nothing keeps the process alive. Further calls return the same promise.
   */
  close(): Promise<void> {
    return this.#engine.close().then(() => {
      this.#emitter.clear()
      this.#subscribers.clear()
    })
  }

  /**
   * Listens to an event. What the listener throws surfaces as an uncaught exception and stops no other.
   * @returns the undo; aborting `signal` does the same
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
   * Calls back after `getSnapshot()` has become another one, once a cause, after its events. For stores.
   * @returns the undo
   */
  subscribe(listener: () => void): () => void {
    checkArgument('the listener of subscribe()', listener, expected.callback)
    if (this.#engine.isClosed) return () => {}
    return this.#subscribers.add(this, listener)
  }

  /** Everything a store needs, the same object until something in it changes. */
  getSnapshot(): ManagerSnapshot {
    const configurations = this.allConfigurations()
    const overview = this.#overview
    const before = this.#snapshot
    if (before !== null && before.configurations === configurations && sameOverview(before, overview))
      return before
    this.#snapshot = Object.freeze({ ...overview, configurations })
    return this.#snapshot
  }

  /** The snapshots: the current one, then each newer one; ends with the manager. A slow consumer misses those between. */
  [Symbol.asyncIterator](): AsyncGenerator<ManagerSnapshot, void> {
    return snapshots(this, (end) => this.#engine.onEnd(end))
  }

  /** The same for RxJS and its like: `from(manager)`. Tells at once, and completes when the manager is closed. */
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

  get #diagnosisFacts(): DiagnosisFacts {
    const { catalogue, links, watch, isClosing } = this.#engine
    const idsOf = (wanted: readonly LinkState[]) => new Set(wanted.map(({ id }) => id))
    return {
      world: watch.world,
      span: holderSpanOf(this.#engine.holders),
      held: idsOf(links.filter(({ holds }) => holds.size > 0)),
      falling: idsOf(links.filter((link) => linkSessionState(link) === 'closing')),
      networks: this.allConfigurations().filter(({ type }) => type === 'serviceNetwork'),
      hasChooser: catalogue.hasChooser,
      isClosed: isClosing,
    }
  }
}

function sameOverview(before: Overview, after: Overview): boolean {
  return (Object.keys(after) as (keyof Overview)[]).every((key) => before[key] === after[key])
}

const DRIVER = expected.having('the driver of a backend, such as platform() gives', 'open')

/** An identifier, as it is or of its configuration. @throws TypeError that names the call */
function identifierOf(call: string, configuration: NetworkConfiguration | string): string {
  if (typeof configuration === 'string') return configuration
  checkArgument(`the configuration of ${call}`, configuration, CONFIGURATION)
  return configuration.identifier
}

const CONFIGURATION: Expected = {
  wants: 'a NetworkConfiguration or an identifier',
  holds: (value) => typeof (value as { readonly identifier?: unknown } | null)?.identifier === 'string',
}

import { deferred, orAborted, pause, waitAtMost } from '@roamkit/core/backend-kit'
import type { BackendHost, Ended, World } from '@roamkit/core/contract'
import { type BusSignal, type BusWait, PROPERTIES } from '../bus/bus-port.js'
import { processOf } from '../bus/introduction.js'
import { asText, dictionary, flag, type Properties, text } from '../bus/property.js'
import { readIndex } from '../kernel-files.js'
import type { EpochStart, ServiceEpoch } from '../service.js'
import { isMissingObject } from '../service-errors.js'
import { Endings } from './endings.js'
import { ManagedDevices } from './managed-devices.js'
import type { ModemManager } from './modems/modem-manager.js'
import { Modems } from './modems/modems.js'
import { timeoutError } from './objects/failure.js'
import { Mirror } from './objects/mirror.js'
import {
  ACTIVE,
  AGENT_MANAGER,
  AGENT_MANAGER_PATH,
  DEVICE,
  KERNEL,
  MANAGER_PATH,
  NM,
  OBJECT_MANAGER,
  PROFILE,
  ROOT_PATH,
} from './objects/names.js'
import { Permissions } from './permissions.js'
import { Profiles } from './profiles.js'
import { SecretAgent } from './secret-agent.js'
import { NetworkManagerSleep } from './sleep.js'
import { carryingInterface } from './translate/interface-facts.js'
import { Translator } from './translate/translator.js'

const FIRST_RETRY = 10
const LAST_RETRY = 1000

/** What an {@link Epoch} of NetworkManager begins with. */
export interface NetworkManagerStart extends EpochStart {
  readonly host: BackendHost
  /** How long a call, or starting up, may take, in milliseconds. */
  readonly callTimeout: number
  readonly sys: string
  readonly scope: string | null
  readonly statistics: boolean
  readonly directRouting: boolean
  readonly visibleNetworks: boolean
  /** The networks without a profile that were opened, by key. Outlives epochs; each epoch adds to it. */
  readonly keptNetworks: Set<string>
  /** How activations ended, by UUID. Outlives epochs; each epoch adds to it. */
  readonly endings: Map<string, Ended>
  /** Knows the mobile networks of modems. Outlives epochs. */
  readonly modemManager: ModemManager
}

/**
 * What is known of one life of NetworkManager, from the moment it gets a name on the bus until it loses it. Object paths and
 * activations have a meaning within one epoch only.
 */
export class Epoch implements ServiceEpoch {
  readonly #start: NetworkManagerStart
  readonly #over = new AbortController()
  readonly mirror = new Mirror()
  readonly #translator: Translator
  readonly #endings: Endings
  readonly #profiles: Profiles
  readonly #modems: Modems
  readonly #sleep: NetworkManagerSleep
  readonly #agent: SecretAgent
  /** Signals that came before the first snapshot, which may or may not contain their effect; `null` once the snapshot is there. */
  #early: BusSignal[] | null = []
  readonly #watchers = new Set<() => void>()
  /** The active connections that this backend began. */
  readonly #begun = new Set<string>()
  readonly #permissions: Permissions
  #servicePid: number | null = null
  readonly #managed = new ManagedDevices(this.mirror)
  readonly #startup = deferred()

  /** @param start nothing is asked before {@link load} */
  constructor(start: NetworkManagerStart) {
    this.#start = start
    const activation = (active: string) => this.activation(active)
    this.#endings = new Endings(this.mirror, activation, start.endings, (uuid) =>
      this.#agent.wasRefused(uuid),
    )
    this.#translator = new Translator(
      this.mirror,
      {
        scope: start.scope,
        statistics: start.statistics,
        directRouting: start.directRouting,
        visibleNetworks: start.visibleNetworks,
        keptNetworks: start.keptNetworks,
        activation,
        isBegunHere: (active) => this.#begun.has(active),
        lastEnd: (uuid) => this.#endings.of(uuid),
        permissions: () => this.#permissions.answers,
        sleep: () => ({ isPreparingForSleep: start.isPreparingForSleep(), networkManager: this.#sleep }),
      },
      start.previous,
    )
    this.#sleep = new NetworkManagerSleep(this.mirror, {
      askNetworkingEnabled: async () =>
        (
          await this.call(MANAGER_PATH, PROPERTIES, 'Get', {
            signature: 'ss',
            body: [NM, 'NetworkingEnabled'],
          })
        )[0],
      onChange: () =>
        this.#unlessOver(() => {
          this.touchPower()
          start.host.changed()
        }),
    })
    this.#agent = new SecretAgent({
      owner: start.owner,
      serve: (object) => start.bus.serve(object),
      call: (member, args) => this.call(AGENT_MANAGER_PATH, AGENT_MANAGER, member, args),
      log: (event, detail) => this.#unlessOver(() => start.host.log(event, detail)),
      over: this.over,
    })
    this.#permissions = new Permissions({
      ask: async () => (await this.call(MANAGER_PATH, NM, 'GetPermissions'))[0],
      onChange: () =>
        this.#unlessOver(() => {
          this.mirror.touch(MANAGER_PATH)
          start.host.changed()
        }),
      log: (event, detail) => this.#unlessOver(() => start.host.log(event, detail)),
    })
    this.#modems = new Modems(this.mirror, start)
    this.#profiles = new Profiles(this.mirror, {
      settings: async (path) => (await this.call(path, PROFILE, 'GetSettings'))[0],
      onChange: () => this.#unlessOver(() => start.host.changed()),
      log: (event, detail) => this.#unlessOver(() => start.host.log(event, detail)),
    })
  }

  /** Answers NetworkManager's questions for secrets, while there are activations that it may ask about. */
  get agent(): SecretAgent {
    return this.#agent
  }

  /** NetworkManager's process, as the bus daemon counts processes; `null` if the daemon does not say. */
  get servicePid(): number | null {
    return this.#servicePid
  }

  /** Aborts when NetworkManager leaves, the bus breaks or the backend is closed. The reason says which. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /** Whether NetworkManager manages any device but the loopback. */
  get managesDevices(): boolean {
    return this.#managed.isAny()
  }

  /** The world now; the same object while nothing changes. */
  world(): World {
    return this.#translator.world()
  }

  /** The object path of the profile with that id; `null` if there is none. */
  profile(id: string): string | null {
    this.world()
    return this.#translator.profile(id)
  }

  /** The key of the network without a profile that has that id; `null` if there is none. */
  network(id: string): string | null {
    this.world()
    return this.#translator.network(id)
  }

  /** Keeps a network among the configurations from now on, also while it is out of range: a session may use it. */
  keep(network: string): void {
    this.#start.keptNetworks.add(network)
    this.mirror.touch(network)
  }

  /** What a translation reads, for commands that need the same answers. */
  get facts(): Translator {
    return this.#translator
  }

  /** The contract's activation id. It is new for each life of NetworkManager and of the bus, because object paths repeat. */
  activation(active: string): string {
    const { bus, owner } = this.#start
    return `${bus.id.slice(0, 8)}${owner}/${active.slice(active.lastIndexOf('/') + 1)}`
  }

  /**
   * Notes that this backend began an active connection, so that it stands for its profile while it is up (rule T5). Returns its {@link
   * activation} id.
   */
  markBegun(active: string): string {
    this.#begun.add(active)
    return this.activation(active)
  }

  /**
   * Calls this NetworkManager.
   *
   * @param wait by default limited by `callTimeout` and by the end of the epoch
   */
  call(
    path: string,
    name: string,
    member: string,
    args: { readonly signature: string; readonly body: readonly unknown[] } | null = null,
    wait: BusWait = { signal: this.#over.signal, deadline: this.#start.callTimeout },
  ): Promise<readonly unknown[]> {
    const { bus, owner } = this.#start
    return bus.call({ destination: owner, path, interface: name, member, ...(args ?? {}) }, wait)
  }

  /**
   * Reads everything. Resolves when NetworkManager reports that it has started up, or after `callTimeout`. Rejects if the epoch ends
   * first, and with `ERR_BUS_TIMED_OUT` if its objects or settings cannot be read within `callTimeout`.
   */
  async load(): Promise<void> {
    const objects = await this.#readObjects()
    this.mirror.fill(objects)
    this.#sleep.read()
    const early = this.#early ?? []
    this.#early = null
    for (const signal of early) this.#apply(signal)
    for (const path of this.mirror.pathsWith(DEVICE)) this.#lookUp(path)
    for (const path of this.mirror.pathsWith(PROFILE)) this.#profiles.refresh(path)
    this.#checkStartup()
    this.#permissions.refresh()
    await Promise.all([
      this.#askServicePid(),
      this.#unlessLate(this.#permissions.first),
      this.#untilStarted(),
      this.#modems.load(),
    ])
    if (!(await this.untilSettingsAreRead()))
      throw timeoutError(`did not finish listing its profiles within ${this.#start.callTimeout} ms`)
    this.over.throwIfAborted()
    this.#endLostLinks()
  }

  ignores(path: string, name: string): boolean {
    return name === PROPERTIES && this.#early === null && this.mirror.object(path) === undefined
  }

  /** Takes one signal of this NetworkManager. */
  receive(signal: BusSignal): void {
    if (this.#early) {
      this.#early.push(signal)
      return
    }
    const wasChanged = this.mirror.isChanged
    this.#apply(signal)
    if (this.over.aborted) return
    // One poke is enough until the host reads the world.
    if (!wasChanged && this.mirror.isChanged) this.#start.host.changed()
    if (this.#watchers.size > 0) for (const watcher of [...this.#watchers]) watcher()
  }

  /** The next world says whether the machine sleeps, which was just announced. */
  touchPower(): void {
    this.mirror.touch(MANAGER_PATH)
  }

  /** Calls back after every signal; returns the undo. For commands that wait for an effect. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Ends all waiting. What is known stays readable. */
  end(reason: unknown): void {
    this.#over.abort(reason)
    this.#modems.end()
  }

  /** Answers that come after the end have no effect. */
  #unlessOver(run: () => void): void {
    if (!this.over.aborted) run()
  }

  /** Asks for all objects until NetworkManager has them: it takes its name about ten milliseconds earlier. */
  async #readObjects(): Promise<unknown> {
    const { host, callTimeout } = this.#start
    const end = host.clock.now() + callTimeout
    for (let retry = FIRST_RETRY; ; retry = Math.min(retry * 2, LAST_RETRY)) {
      try {
        return (await this.call(ROOT_PATH, OBJECT_MANAGER, 'GetManagedObjects'))[0]
      } catch (error) {
        if (!isMissingObject(error)) throw error
        const left = end - host.clock.now()
        if (left <= 0) throw timeoutError(`is on the bus, but had no objects within ${callTimeout} ms`, error)
        await pause(host.clock, Math.min(retry, left), this.over)
      }
    }
  }

  /** Whether all profiles' settings are read within `callTimeout`: NetworkManager may go on adding profiles for ever. */
  untilSettingsAreRead(): Promise<boolean> {
    return this.#unlessLate(this.#profiles.untilSettled())
  }

  /** Whether something happens within `callTimeout`. Rejects if the epoch ends first. */
  #unlessLate(event: Promise<void>): Promise<boolean> {
    const { host, callTimeout } = this.#start
    return waitAtMost(host.clock, callTimeout, this.over, ({ signal }) => orAborted(event, signal))
  }

  #apply(signal: BusSignal): void {
    if (this.#isFarewell(signal)) this.#start.onDeparture()
    if (this.over.aborted) return
    const ended = this.#endings.note(signal)
    this.mirror.apply(signal)
    this.#modems.note(signal)
    if (this.#begun.size > 0) this.#forgetRemoved(signal)
    for (const stale of ended) this.mirror.touch(stale)
    const { interface: name, member, path, body } = signal
    if (name === PROFILE && member === 'Updated') this.#refreshProfile(path)
    else if (name === NM && member === 'CheckPermissions') this.#permissions.refresh()
    else if (name === OBJECT_MANAGER && member === 'InterfacesAdded')
      this.#readNew(asText(body[0]), dictionary(body[1]))
    else if (name === PROPERTIES && body[0] === DEVICE) this.#readDevice(path, dictionary(body[1]))
    else if (path === MANAGER_PATH) {
      this.#checkStartup()
      this.#sleep.look()
    }
  }

  /**
   * On SIGTERM NetworkManager drops its devices one by one and leaves their links as they are (rule S14). The first one is the
   * loopback, which no kernel removes. If a user removes it (`nmcli device delete lo`), it stops being `Real` before it goes.
   */
  #isFarewell({ interface: name, member, body }: BusSignal): boolean {
    if (name !== OBJECT_MANAGER || member !== 'InterfacesRemoved') return false
    const device = this.mirror.read(asText(body[0]), DEVICE)
    return text(device, 'Interface') === 'lo' && flag(device, 'Real') !== false
  }

  #forgetRemoved({ interface: name, member, body }: BusSignal): void {
    const path = asText(body[0])
    if (name === OBJECT_MANAGER && member === 'InterfacesRemoved' && !this.mirror.read(path, ACTIVE))
      this.#begun.delete(path)
  }

  #readNew(path: string, interfaces: Properties): void {
    if (interfaces.has(PROFILE)) this.#profiles.refresh(path)
    if (interfaces.has(DEVICE)) this.#lookUp(path)
    if (path === MANAGER_PATH) this.#checkStartup()
  }

  /** Only for a profile that is known: any other object that sends this signal has no settings to read. */
  #refreshProfile(path: string): void {
    if (this.mirror.read(path, PROFILE)) this.#profiles.refresh(path)
  }

  #readDevice(path: string, changed: Properties): void {
    if (['Interface', 'IpInterface', 'Real'].some((name) => changed.has(name))) this.#lookUp(path)
  }

  /** Reads a device's index when the device first appears, because a snapshot does no I/O. */
  #lookUp(path: string): void {
    const index = readIndex(this.#start.sys, carryingInterface(this.mirror.read(path, DEVICE)))
    this.mirror.annotate(path, KERNEL, new Map([['index', index]]))
  }

  async #askServicePid(): Promise<void> {
    const { bus, owner, callTimeout, host } = this.#start
    try {
      this.#servicePid = await processOf(owner, bus, { signal: this.over, deadline: callTimeout })
    } catch (error) {
      if (!this.over.aborted) host.log("cannot identify NetworkManager's process", { error })
    }
  }

  #checkStartup(): void {
    if (flag(this.mirror.read(MANAGER_PATH, NM), 'Startup') === false) this.#startup.resolve()
  }

  /** A machine without any network starts up for a minute. After `callTimeout`, what is there counts. */
  async #untilStarted(): Promise<void> {
    await this.#unlessLate(this.#startup.promise)
  }

  /** Ends the links of the previous epoch that this NetworkManager did not take over: they were lost with their service. */
  #endLostLinks(): void {
    const previous = new Map(this.#start.previous?.configurations.map((known) => [known.id, known]))
    for (const { id, link } of this.world().configurations) {
      const activation = previous.get(id)?.activation
      const profile = this.#translator.profile(id) ?? this.#translator.network(id)
      if (!activation || !profile || link !== 'down') continue
      if (this.#start.endings.get(id)?.activation === activation) continue
      this.#start.endings.set(id, Object.freeze({ activation, reason: 'serviceLost', native: null }))
      this.mirror.touch(profile)
    }
  }
}

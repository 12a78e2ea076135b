import { deferred, orAborted, pause, waitAtMost } from '@roamkit/core/backend-kit'
import type { Ended, Host, World } from '@roamkit/core/contract'
import { type Bus, BusError, type BusSignal, type BusWait, DAEMON, DAEMON_PATH } from './bus/bus-port.js'
import { readIndex } from './kernel-files.js'
import { Endings } from './networkmanager/endings.js'
import { isMissingObject } from './networkmanager/failure.js'
import { Mirror } from './networkmanager/mirror.js'
import {
  ACTIVE,
  DEVICE,
  KERNEL,
  MANAGER_PATH,
  NM,
  OBJECT_MANAGER,
  PROFILE,
  PROPERTIES,
  ROOT_PATH,
} from './networkmanager/names.js'
import { type PermissionAnswers, permissionsOf, UNKNOWN_PERMISSIONS } from './networkmanager/permissions.js'
import { Profiles } from './networkmanager/profiles.js'
import { asNumber, asText, dictionary, flag, type Properties, text } from './networkmanager/property.js'
import { carryingInterface, positive } from './translate/interface-facts.js'
import { Translator } from './translate/translator.js'

const FIRST_RETRY = 10
const LAST_RETRY = 1000

/** What an {@link Epoch} begins with. */
export interface EpochStart {
  readonly bus: Bus
  /** NetworkManager's unique name: calls go to this very process. */
  readonly owner: string
  readonly host: Host
  /** Milliseconds that a call, and starting up, may take. */
  readonly callTimeout: number
  readonly sys: string
  readonly scope: string | null
  readonly statistics: boolean
  /** How activations ended, by UUID: outlives epochs, and is added to. */
  readonly endings: Map<string, Ended>
  /** The last world of the epoch before. */
  readonly previous: World | null
  /** NetworkManager is about to leave the bus: what it says from now on is no news of the links. */
  onDeparture(): void
}

/**
 * What is known of one life of NetworkManager, from its getting a name on the bus to its losing it. Object paths and
 * activations mean something within one epoch only.
 */
export class Epoch {
  readonly #start: EpochStart
  readonly #over = new AbortController()
  readonly mirror = new Mirror()
  readonly #translator: Translator
  readonly #endings: Endings
  readonly #profiles: Profiles
  /** Signals that came before the snapshot that they may or may not be part of; `null` once it is there. */
  #early: BusSignal[] | null = []
  readonly #watchers = new Set<() => void>()
  /** The active connections that were begun by this backend. */
  readonly #begun = new Set<string>()
  #permissions: PermissionAnswers = UNKNOWN_PERMISSIONS
  #permissionQuestions = 0
  #servicePid: number | null = null
  readonly #permissionsAnswered = deferred()
  readonly #startup = deferred()

  /** @param start nothing is asked before {@link load} */
  constructor(start: EpochStart) {
    this.#start = start
    const activation = (active: string) => this.activation(active)
    this.#endings = new Endings(this.mirror, activation, start.endings)
    this.#translator = new Translator(
      this.mirror,
      {
        scope: start.scope,
        statistics: start.statistics,
        activation,
        isBegunHere: (active) => this.#begun.has(active),
        lastEnd: (uuid) => this.#endings.of(uuid),
        permissions: () => this.#permissions,
      },
      start.previous,
    )
    this.#profiles = new Profiles(this.mirror, {
      settings: async (path) => (await this.call(path, PROFILE, 'GetSettings'))[0],
      onChange: () => this.#unlessOver(() => start.host.changed()),
      log: (event, detail) => this.#unlessOver(() => start.host.log(event, detail)),
    })
  }

  /** NetworkManager's process, as the bus daemon counts processes; `null` where it does not tell. */
  get servicePid(): number | null {
    return this.#servicePid
  }

  /** Aborted when NetworkManager left, the bus broke or the backend was closed; the reason says which. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /** The world now; the same object while nothing changed. */
  world(): World {
    return this.#translator.world()
  }

  /** The object path of the profile with that id, `null` where there is none. */
  profile(id: string): string | null {
    this.world()
    return this.#translator.profile(id)
  }

  /** What a translation reads, for commands that need the same answers. */
  get facts(): Translator {
    return this.#translator
  }

  /** The contract's activation id: fresh, for object paths come again with the next NetworkManager or bus. */
  activation(active: string): string {
    const { bus, owner } = this.#start
    return `${bus.id.slice(0, 8)}${owner}/${active.slice(active.lastIndexOf('/') + 1)}`
  }

  /** The same, of an active connection that this backend has begun: it stands for its profile while it is up (rule T5). */
  markBegun(active: string): string {
    this.#begun.add(active)
    return this.activation(active)
  }

  /**
   * Calls this NetworkManager.
   *
   * @param wait by default, bounded by `callTimeout` and by the end of the epoch
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
   * Reads everything; resolves when NetworkManager says that it has started up, or has had `callTimeout` for it. Rejects when the
   * epoch ends first, and with `ERR_BUS_TIMED_OUT` where its objects or settings are not to be had within `callTimeout`.
   */
  async load(): Promise<void> {
    const objects = await this.#readObjects()
    this.mirror.fill(objects)
    const early = this.#early ?? []
    this.#early = null
    for (const signal of early) this.#apply(signal)
    for (const path of this.mirror.pathsWith(DEVICE)) this.#lookUp(path)
    for (const path of this.mirror.pathsWith(PROFILE)) this.#profiles.refresh(path)
    this.#checkStartup()
    this.#askPermissions()
    await Promise.all([
      this.#askServicePid(),
      this.#unlessLate(this.#permissionsAnswered.promise),
      this.#untilStarted(),
    ])
    await this.#readSettings()
    this.over.throwIfAborted()
    this.#endLostLinks()
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
    // One poke is enough until somebody has looked.
    if (!wasChanged && this.mirror.isChanged) this.#start.host.changed()
    for (const watcher of [...this.#watchers]) watcher()
  }

  /** Calls back after every signal; returns the undo. For commands that wait for an effect. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Ends waiting; what is known stays readable. */
  end(reason: unknown): void {
    this.#over.abort(reason)
  }

  /** Answers that come after the end are nobody's business. */
  #unlessOver(run: () => void): void {
    if (!this.over.aborted) run()
  }

  /** Asks for all objects until they are there: it takes its name about ten milliseconds before it shows them. */
  async #readObjects(): Promise<unknown> {
    const { host, callTimeout } = this.#start
    const end = host.clock.now() + callTimeout
    for (let retry = FIRST_RETRY; ; retry = Math.min(retry * 2, LAST_RETRY)) {
      try {
        return (await this.call(ROOT_PATH, OBJECT_MANAGER, 'GetManagedObjects'))[0]
      } catch (error) {
        if (!isMissingObject(error)) throw error
        const left = end - host.clock.now()
        if (left <= 0)
          throw timeoutError(`has its name on the bus, but showed no objects within ${callTimeout} ms`, error)
        await pause(host.clock, Math.min(retry, left), this.over)
      }
    }
  }

  /** The settings of all profiles; bounded, for a NetworkManager may add profiles for ever. */
  async #readSettings(): Promise<void> {
    if (await this.#unlessLate(this.#profiles.untilSettled())) return
    throw timeoutError(`did not come to an end of its profiles within ${this.#start.callTimeout} ms`)
  }

  /** Whether something came about within `callTimeout`. Rejects when the epoch ends first. */
  #unlessLate(event: Promise<void>): Promise<boolean> {
    const { host, callTimeout } = this.#start
    return waitAtMost(host.clock, callTimeout, this.over, ({ signal }) => orAborted(event, signal))
  }

  #apply(signal: BusSignal): void {
    if (this.#isFarewell(signal)) this.#start.onDeparture()
    if (this.over.aborted) return
    const ended = this.#endings.note(signal)
    this.mirror.apply(signal)
    if (this.#begun.size > 0) this.#forgetRemoved(signal)
    if (ended !== null) this.mirror.touch(ended)
    const { interface: name, member, path, body } = signal
    if (name === PROFILE && member === 'Updated') this.#refreshProfile(path)
    else if (name === NM && member === 'CheckPermissions') this.#askPermissions()
    else if (name === OBJECT_MANAGER && member === 'InterfacesAdded')
      this.#readNew(asText(body[0]), dictionary(body[1]))
    else if (name === PROPERTIES && body[0] === DEVICE) this.#readDevice(path, dictionary(body[1]))
    else if (path === MANAGER_PATH) this.#checkStartup()
  }

  /**
   * On SIGTERM it drops its devices one by one and leaves their links as they are (rule S14). The first is the loopback,
   * which no kernel removes. One that a user removes (`nmcli device delete lo`) is no longer `Real` before it goes.
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

  /** Of a profile that is known: what else says so would be asked about for nothing. */
  #refreshProfile(path: string): void {
    if (this.mirror.read(path, PROFILE)) this.#profiles.refresh(path)
  }

  #readDevice(path: string, changed: Properties): void {
    if (['Interface', 'IpInterface', 'Real'].some((name) => changed.has(name))) this.#lookUp(path)
  }

  /** A device's index is read when it is first seen, for a snapshot does no I/O. */
  #lookUp(path: string): void {
    const index = readIndex(this.#start.sys, carryingInterface(this.mirror.read(path, DEVICE)))
    this.mirror.annotate(path, KERNEL, new Map([['index', index]]))
  }

  /** Asks for the permissions, once more after the present answer where they are being asked for. */
  #askPermissions(): void {
    this.#permissionQuestions += 1
    if (this.#permissionQuestions === 1) void this.#readPermissions()
  }

  async #readPermissions(): Promise<void> {
    for (; this.#permissionQuestions > 0; this.#permissionQuestions -= 1) {
      this.#permissionQuestions = 1
      try {
        const [answers] = await this.call(MANAGER_PATH, NM, 'GetPermissions')
        this.#permissions = permissionsOf(dictionary(answers))
      } catch (error) {
        if (this.over.aborted) return
        this.#permissions = UNKNOWN_PERMISSIONS
        this.#start.host.log('permissions are not known', { error })
      }
      this.#permissionsAnswered.resolve()
      this.mirror.touch(MANAGER_PATH)
      this.#unlessOver(() => this.#start.host.changed())
    }
  }

  async #askServicePid(): Promise<void> {
    const { bus, owner, callTimeout } = this.#start
    const request = {
      destination: DAEMON,
      path: DAEMON_PATH,
      interface: DAEMON,
      member: 'GetConnectionUnixProcessID',
      signature: 's',
      body: [owner],
    }
    try {
      const [pid] = await bus.call(request, { signal: this.over, deadline: callTimeout })
      this.#servicePid = positive(asNumber(pid))
    } catch (error) {
      if (!this.over.aborted) this.#start.host.log("NetworkManager's process is not known", { error })
    }
  }

  #checkStartup(): void {
    if (flag(this.mirror.read(MANAGER_PATH, NM), 'Startup') === false) this.#startup.resolve()
  }

  /** A machine without any network starts up for a minute: what there is counts from `callTimeout` on. */
  async #untilStarted(): Promise<void> {
    await this.#unlessLate(this.#startup.promise)
  }

  /** Links of the epoch before that this NetworkManager did not take over were lost with their service. */
  #endLostLinks(): void {
    const previous = new Map(this.#start.previous?.configurations.map((known) => [known.id, known]))
    for (const { id, link } of this.world().configurations) {
      const activation = previous.get(id)?.activation
      const profile = this.#translator.profile(id)
      if (!activation || !profile || link !== 'down') continue
      if (this.#start.endings.get(id)?.activation === activation) continue
      this.#start.endings.set(id, Object.freeze({ activation, reason: 'serviceLost', native: null }))
      this.mirror.touch(profile)
    }
  }
}

function timeoutError(what: string, cause?: unknown): BusError {
  return new BusError('ERR_BUS_TIMED_OUT', `NetworkManager ${what}`, cause === undefined ? {} : { cause })
}

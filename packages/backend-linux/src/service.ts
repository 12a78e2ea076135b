import { Backoff, onAbort } from '@roamkit/core/backend-kit'
import { BackendError, type BackendHost, type Ended, keepAlive, type World } from '@roamkit/core/contract'
import type { Bus, Connect } from './bus/bus-port.js'
import { Epoch } from './epoch.js'
import { Logind } from './logind.js'
import { NM, ROOT_PATH } from './networkmanager/names.js'
import { powerOf } from './translate/power.js'

/** The pauses between two attempts to connect or to read everything, in milliseconds. */
const RETRY_PAUSES = { first: 100, longest: 5000 }
const CONNECT_TIMEOUT = 5000
/** How long NetworkManager may take to leave the bus after its farewell, in milliseconds. */
const DEPARTURE_TIMEOUT = 5000

/** What a {@link Service} begins with. */
export interface ServiceStart {
  readonly connect: Connect
  readonly address: string
  readonly host: BackendHost
  /** Milliseconds. */
  readonly callTimeout: number
  readonly sys: string
  readonly statistics: boolean
  readonly directRouting: boolean
  readonly visibleNetworks: boolean
  /** Network namespace of this process: the scope. */
  readonly namespace: string | null
}

/**
 * NetworkManager as a service that comes and goes: connects, follows its owner, reconnects. Each of its lives is an {@link Epoch}.
 * Between two of them the last world stays, marked as lost (rule S14).
 */
export class Service {
  readonly #start: ServiceStart
  readonly #closing = new AbortController()
  readonly #endings = new Map<string, Ended>()
  readonly #keptNetworks = new Set<string>()
  #bus: Bus | null = null
  #epoch: Epoch | null = null
  #isReady = false
  #lost: World
  readonly #logind: Logind
  /** Resolves when logind has told whether the machine sleeps, or does not tell. */
  #logindTold: Promise<void> = Promise.resolve()
  readonly #retry: Backoff
  #undoDeparture: () => void = () => undefined
  #letGo: () => void = () => undefined

  /** @param start nothing happens before {@link open} */
  constructor(start: ServiceStart) {
    this.#start = start
    this.#logind = new Logind({
      callTimeout: start.callTimeout,
      log: (event, detail) => start.host.log(event, detail),
      onChange: () => this.#showPower(),
    })
    this.#lost = asLost(null, 'unknown')
    this.#retry = new Backoff(start.host.clock, RETRY_PAUSES, () => this.#tryAgain())
  }

  /**
   * Connects and reads everything, once. Resolves when the world is ready. Rejects with the bus's error, with `ERR_SERVICE_LOST`
   * without NetworkManager, or with `signal.reason`; the caller closes then.
   */
  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const undo = onAbort(signal, () => this.#shut(signal.reason))
    try {
      const bus = await this.#join()
      if (bus.owner === null) throw new BackendError('ERR_SERVICE_LOST', 'NetworkManager is not running')
      await this.#begin(bus, bus.owner)
    } finally {
      undo()
    }
  }

  /** The world now. While NetworkManager is away, the last world, marked as lost. */
  world(): World {
    return this.#isReady && this.#epoch ? this.#epoch.world() : this.#lost
  }

  /** What commands need; `null` while NetworkManager is away. */
  get epoch(): Epoch | null {
    return this.#isReady ? this.#epoch : null
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Gives everything back; no timer, socket or pending call is left. Idempotent. */
  close(): void {
    this.#shut(new BackendError('ERR_CLOSED', 'the NetworkManager backend is closed'))
  }

  #shut(reason: unknown): void {
    this.#stopWaiting()
    this.#letGo()
    this.#closing.abort(reason)
    this.#logind.forget()
    this.#lose(reason)
    this.#bus?.close()
    this.#bus = null
  }

  async #join(): Promise<Bus> {
    const { connect, address, host, callTimeout } = this.#start
    const bus = await connect(address, {
      clock: host.clock,
      signal: this.#closing.signal,
      deadline: Math.min(CONNECT_TIMEOUT, callTimeout),
      watch: {
        service: NM,
        namespace: ROOT_PATH,
        signal: (signal) => this.#epoch?.receive(signal),
        owner: (owner) => this.#follow(owner),
      },
    })
    if (this.isClosed) {
      bus.close()
      throw this.#closing.signal.reason
    }
    this.#bus = bus
    this.#logindTold = this.#logind.follow(bus)
    void bus.closed.then((error) => this.#reconnect(bus, error))
    return bus
  }

  /** Resolves when the epoch is ready. Rejects if the epoch ends earlier or cannot be read. */
  async #begin(bus: Bus, owner: string): Promise<void> {
    const { host, callTimeout, sys, statistics, directRouting, visibleNetworks, namespace } = this.#start
    const epoch = new Epoch({
      bus,
      owner,
      host,
      callTimeout,
      sys,
      statistics,
      directRouting,
      visibleNetworks,
      keptNetworks: this.#keptNetworks,
      // Not the bus's id, which changes in a restart that keeps the links and their holders. Nor its path: one bus has several if it is
      // mounted into a container. A network has one NetworkManager.
      scope: namespace === null ? null : `networkmanager ${namespace}`,
      endings: this.#endings,
      previous: this.#lost.configurations.length > 0 ? this.#lost : null,
      isPreparingForSleep: () => this.#logind.isPreparingForSleep,
      onDeparture: () => this.#expectDeparture(bus, owner),
    })
    this.#epoch = epoch
    try {
      await Promise.all([epoch.load(), this.#logindTold])
      epoch.over.throwIfAborted()
    } catch (error) {
      epoch.end(error)
      throw error
    }
    this.#isReady = true
    this.#retry.reset()
    host.log('NetworkManager is ready', { owner })
    host.changed()
  }

  #follow(owner: string | null): void {
    const bus = this.#bus
    if (!bus) return
    this.#stopWaiting()
    this.#lose(new BackendError('ERR_SERVICE_LOST', 'NetworkManager left the bus'))
    if (owner !== null) this.#tryBegin(bus, owner)
  }

  #expectDeparture(bus: Bus, owner: string): void {
    this.#start.host.log('NetworkManager is leaving', { owner })
    this.#lose(new BackendError('ERR_SERVICE_LOST', 'NetworkManager is leaving'))
    // Leaving takes some ten milliseconds. If NetworkManager stays after all, everything is read again.
    this.#stopWaiting()
    this.#undoDeparture = this.#start.host.clock.after(DEPARTURE_TIMEOUT, () => this.#tryBegin(bus, owner))
  }

  #tryBegin(bus: Bus, owner: string): void {
    this.#begin(bus, owner).catch((error: unknown) => {
      // Ended by a departure, a change of owner or a broken bus. Each of these goes on by itself.
      if (this.isClosed || this.#bus !== bus || bus.owner !== owner || this.#epoch === null) return
      this.#start.host.log('NetworkManager cannot be read', { error })
      this.#retry.start()
    })
  }

  #reconnect(bus: Bus, error: unknown): void {
    if (this.isClosed || this.#bus !== bus) return
    this.#start.host.log('the D-Bus connection is lost', { error })
    this.#bus = null
    this.#logind.forget()
    this.#stopWaiting()
    this.#lose(new BackendError('ERR_SERVICE_LOST', 'the D-Bus connection is lost', { cause: error }))
    this.#showPower()
    this.#letGo = keepAlive(this.#start.host.clock)
    this.#retry.start()
  }

  /** Reconnects if the bus is lost, otherwise reads everything again. */
  #tryAgain(): void {
    const bus = this.#bus
    if (bus === null) this.#rejoin()
    else if (bus.owner !== null) this.#tryBegin(bus, bus.owner)
  }

  #stopWaiting(): void {
    this.#retry.cancel()
    this.#undoDeparture()
  }

  #rejoin(): void {
    this.#join().then(
      (bus) => {
        this.#letGo()
        this.#retry.reset()
        if (bus.owner !== null) this.#tryBegin(bus, bus.owner)
      },
      () => {
        if (!this.isClosed) this.#retry.start()
      },
    )
  }

  #lose(reason: unknown): void {
    const epoch = this.#epoch
    if (!epoch) return
    if (this.#isReady) this.#lost = asLost(epoch.world(), this.#powerWhileLost)
    this.#isReady = false
    this.#epoch = null
    epoch.end(reason)
    if (!this.isClosed) this.#start.host.changed()
  }

  /** A NetworkManager that has left tells nothing of sleep, whatever it said before. */
  get #powerWhileLost(): World['power'] {
    const { isPreparingForSleep } = this.#logind
    return powerOf({ isPreparingForSleep, networkManager: { isAsleep: false, hasSlept: false } })
  }

  #showPower(): void {
    if (this.isClosed) return
    // One that is still being read may have made its first world already.
    this.#epoch?.touchPower()
    const power = this.#powerWhileLost
    if (!this.#isReady && this.#lost.power === power) return
    this.#lost = asLost(this.#lost, power)
    this.#start.host.changed()
  }
}

/** The last known world, with its permissions (rule S14), or an empty world before the first one. */
function asLost(world: World | null, power: World['power']): World {
  return Object.freeze({
    updates: 'events',
    scope: null,
    scan: 'no',
    recheck: 'no',
    statistics: false,
    directRouting: false,
    configurations: Object.freeze([]),
    defaultId: null,
    ...world,
    service: 'lost',
    power,
  } satisfies World)
}

import { Backoff, onAbort } from '@roamkit/core/backend-kit'
import { BackendError, type BackendHost, type Call, keepAlive, type World } from '@roamkit/core/contract'
import type { Bus, BusSignal, Connect } from './bus/bus-port.js'
import { Logind } from './logind.js'
import { powerOf } from './power.js'

/** The pauses between two attempts to connect or to read everything, in milliseconds. */
const RETRY_PAUSES = { first: 100, longest: 5000 }
const CONNECT_TIMEOUT = 5000
/** How long a service may take to leave the bus after its farewell, in milliseconds. */
const DEPARTURE_TIMEOUT = 5000

/** One life of a service, from the moment it gets a name on the bus until it loses it. */
export interface ServiceEpoch {
  /** Aborts at {@link end}, with its reason. */
  readonly over: AbortSignal
  /** Reads everything. Resolves when the world is ready. */
  load(): Promise<void>
  /** The world now; the same object while nothing changes. */
  world(): World
  /** Whether signals of that interface at that path have no effect now. Their values are not read then. */
  ignores?(path: string, name: string): boolean
  /** Takes one signal of the service. */
  receive(signal: BusSignal): void
  /** The next world says whether the machine sleeps, which was just announced. */
  touchPower(): void
  /** Ends all waiting. What is known stays readable. */
  end(reason: unknown): void
}

/** What an epoch begins with. */
export interface EpochStart {
  readonly bus: Bus
  /** The service's unique name: calls go to exactly this process. */
  readonly owner: string
  /** The last world of the previous epoch. */
  readonly previous: World | null
  /** What logind says of sleep. */
  isPreparingForSleep(): boolean | null
  /** Called when the service is about to leave the bus: what it reports from now on says nothing about the links. */
  onDeparture(): void
}

/** What a {@link Service} begins with. */
export interface ServiceStart<E extends ServiceEpoch> {
  readonly connect: Connect
  readonly address: string
  readonly host: BackendHost
  /** Milliseconds. */
  readonly callTimeout: number
  /** For people: `NetworkManager`. */
  readonly title: string
  /** Its well-known name on the bus. */
  readonly name: string
  /** The subtree of object paths whose signals are wanted. */
  readonly namespace: string
  /** Nothing is asked before {@link ServiceEpoch.load}. */
  begin(start: EpochStart): E
}

/**
 * A service that comes and goes: connects, follows its owner, reconnects. Each of its lives is an epoch. Between two of them the last world
 * stays, marked as lost (rule S14).
 */
export class Service<E extends ServiceEpoch> {
  readonly #start: ServiceStart<E>
  readonly #closing = new AbortController()
  #bus: Bus | null = null
  #epoch: E | null = null
  #isReady = false
  #lost: World
  readonly #logind: Logind
  /** Resolves when logind has said whether the machine sleeps, or it is clear that it does not say. */
  #logindAnswered: Promise<void> = Promise.resolve()
  readonly #retry: Backoff
  #undoDeparture: () => void = () => undefined
  #releaseProcess: () => void = () => undefined

  /** @param start nothing happens before {@link open} */
  constructor(start: ServiceStart<E>) {
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
   * without the service, or with `signal.reason`; the caller closes then.
   */
  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const undo = onAbort(signal, () => this.#shut(signal.reason))
    try {
      const bus = await this.#join()
      if (bus.owner === null)
        throw new BackendError('ERR_SERVICE_LOST', `${this.#start.title} is not running`)
      await this.#begin(bus, bus.owner)
    } finally {
      undo()
    }
  }

  /** The world now. While the service is away, the last world, marked as lost. */
  world(): World {
    return this.#isReady && this.#epoch ? this.#epoch.world() : this.#lost
  }

  /** What commands need; `null` while the service is away. */
  get epoch(): E | null {
    return this.#isReady ? this.#epoch : null
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Gives everything back; no timer, socket or pending call is left. Idempotent. */
  close(): void {
    this.#shut(this.#closedError())
  }

  /** Runs a command, unless it must be refused: `ERR_CLOSED`, the reason of its signal, or `ERR_SERVICE_LOST`, in that order. */
  async run<T>(call: Call, command: (epoch: E) => Promise<T>): Promise<T> {
    if (this.isClosed) throw this.#closedError()
    call.signal.throwIfAborted()
    const { epoch } = this
    if (!epoch) throw new BackendError('ERR_SERVICE_LOST', `${this.#start.title} is unavailable`)
    try {
      return await command(epoch)
    } catch (error) {
      const isClosing = this.isClosed && !(call.signal.aborted && error === call.signal.reason)
      throw isClosing ? this.#closedError({ cause: error }) : error
    }
  }

  #closedError(options?: { readonly cause: unknown }): BackendError {
    return new BackendError('ERR_CLOSED', `the ${this.#start.title} backend is closed`, options)
  }

  #shut(reason: unknown): void {
    this.#stopWaiting()
    this.#releaseProcess()
    this.#closing.abort(reason)
    this.#logind.forget()
    this.#lose(reason)
    this.#bus?.close()
    this.#bus = null
  }

  async #join(): Promise<Bus> {
    const { connect, address, host, callTimeout, name, namespace } = this.#start
    const bus = await connect(address, {
      clock: host.clock,
      signal: this.#closing.signal,
      deadline: Math.min(CONNECT_TIMEOUT, callTimeout),
      watch: {
        service: name,
        namespace,
        ignores: (path, name) => this.#epoch === null || this.#epoch.ignores?.(path, name) === true,
        signal: (signal) => this.#epoch?.receive(signal),
        owner: (owner) => this.#follow(owner),
      },
    })
    if (this.isClosed) {
      bus.close()
      throw this.#closing.signal.reason
    }
    this.#bus = bus
    this.#logindAnswered = this.#logind.follow(bus)
    void bus.closed.then((error) => this.#reconnect(bus, error))
    return bus
  }

  /** Resolves when the epoch is ready. Rejects if the epoch ends earlier or cannot be read. */
  async #begin(bus: Bus, owner: string): Promise<void> {
    const { host, title } = this.#start
    const epoch = this.#start.begin({
      bus,
      owner,
      previous: this.#lost.configurations.length > 0 ? this.#lost : null,
      isPreparingForSleep: () => this.#logind.isPreparingForSleep,
      onDeparture: () => this.#expectDeparture(bus, owner),
    })
    this.#epoch = epoch
    try {
      await Promise.all([epoch.load(), this.#logindAnswered])
      epoch.over.throwIfAborted()
    } catch (error) {
      epoch.end(error)
      throw error
    }
    this.#isReady = true
    this.#retry.reset()
    host.log(`${title} is ready`, { owner })
    host.changed()
  }

  #follow(owner: string | null): void {
    const bus = this.#bus
    if (!bus) return
    this.#stopWaiting()
    this.#lose(new BackendError('ERR_SERVICE_LOST', `${this.#start.title} left the bus`))
    if (owner !== null) this.#tryBegin(bus, owner)
  }

  #expectDeparture(bus: Bus, owner: string): void {
    const { host, title } = this.#start
    host.log(`${title} is leaving`, { owner })
    this.#lose(new BackendError('ERR_SERVICE_LOST', `${title} is leaving`))
    // Leaving takes some ten milliseconds. If the service stays after all, everything is read again.
    this.#stopWaiting()
    this.#undoDeparture = host.clock.after(DEPARTURE_TIMEOUT, () => this.#tryBegin(bus, owner))
  }

  #tryBegin(bus: Bus, owner: string): void {
    this.#begin(bus, owner).catch((error: unknown) => {
      // Ended by a departure, a change of owner or a broken bus. Each of these goes on by itself.
      if (this.isClosed || this.#bus !== bus || bus.owner !== owner || this.#epoch === null) return
      this.#start.host.log(`${this.#start.title} cannot be read`, { error })
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
    this.#releaseProcess = keepAlive(this.#start.host.clock)
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
        this.#releaseProcess()
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

  /** A service that has left says nothing about sleep any more. */
  get #powerWhileLost(): World['power'] {
    return powerOf(this.#logind)
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

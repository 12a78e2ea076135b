import { Backoff, onAbort } from '@roamkit/core/backend-kit'
import { BackendError, type Ended, type Host, keepAlive, type World } from '@roamkit/core/contract'
import type { Bus, Connect } from './bus/bus-port.js'
import { Epoch } from './epoch.js'
import { NM, ROOT_PATH } from './networkmanager/names.js'

/** Between two attempts to connect or to read everything, in milliseconds. */
const RETRY_PAUSES = { first: 100, longest: 5000 }
const CONNECT_TIMEOUT = 5000
/** How long a NetworkManager that says farewell may take to leave the bus. */
const DEPARTURE_TIMEOUT = 5000

/** What a {@link Service} begins with. */
export interface ServiceStart {
  readonly connect: Connect
  readonly address: string
  readonly host: Host
  /** Milliseconds. */
  readonly callTimeout: number
  readonly sys: string
  readonly statistics: boolean
  /** Network namespace of this process: the scope. */
  readonly namespace: string | null
}

/**
 * NetworkManager as a service that comes and goes: connects, follows its owner, connects again. There is an
 * {@link Epoch} for each of its lives; between two of them the last world stays, marked as lost (rule S14).
 */
export class Service {
  readonly #start: ServiceStart
  readonly #closing = new AbortController()
  readonly #endings = new Map<string, Ended>()
  #bus: Bus | null = null
  #epoch: Epoch | null = null
  #isReady = false
  #lost: World
  readonly #retry: Backoff
  #undoDeparture: () => void = () => undefined
  #letGo: () => void = () => undefined

  /** @param start nothing happens before {@link open} */
  constructor(start: ServiceStart) {
    this.#start = start
    this.#lost = asLost(null)
    this.#retry = new Backoff(start.host.clock, RETRY_PAUSES, () => this.#tryAgain())
  }

  /**
   * Connects and reads everything, once; resolves when the world is ready. Rejects with the bus's error, `ERR_SERVICE_LOST`
   * without NetworkManager, or `signal.reason`; the caller then closes.
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

  /** The world now; the last one, marked as lost, while NetworkManager is away. */
  world(): World {
    return this.#isReady && this.#epoch ? this.#epoch.world() : this.#lost
  }

  /** What commands are carried out with, `null` while NetworkManager is away. */
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
    void bus.closed.then((error) => this.#reconnect(bus, error))
    return bus
  }

  /** Resolves when the epoch is ready. Rejects where it ended before or could not be read. */
  async #begin(bus: Bus, owner: string): Promise<void> {
    const { host, callTimeout, sys, statistics, namespace } = this.#start
    const epoch = new Epoch({
      bus,
      owner,
      host,
      callTimeout,
      sys,
      statistics,
      // Not the bus's id, which is another after a restart that keeps the links and their holders; nor its path, of which one
      // bus has several where it is mounted into a container. A network has one NetworkManager.
      scope: namespace === null ? null : `networkmanager ${namespace}`,
      endings: this.#endings,
      previous: this.#lost.configurations.length > 0 ? this.#lost : null,
      onDeparture: () => this.#expectDeparture(bus, owner),
    })
    this.#epoch = epoch
    try {
      await epoch.load()
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
    // It takes some ten milliseconds. One that stays after all is read anew.
    this.#stopWaiting()
    this.#undoDeparture = this.#start.host.clock.after(DEPARTURE_TIMEOUT, () => this.#tryBegin(bus, owner))
  }

  #tryBegin(bus: Bus, owner: string): void {
    this.#begin(bus, owner).catch((error: unknown) => {
      // Ended by a departure, a change of owner or a broken bus, each of which goes on by itself.
      if (this.isClosed || this.#bus !== bus || bus.owner !== owner || this.#epoch === null) return
      this.#start.host.log('NetworkManager cannot be read', { error })
      this.#retry.start()
    })
  }

  #reconnect(bus: Bus, error: unknown): void {
    if (this.isClosed || this.#bus !== bus) return
    this.#start.host.log('the D-Bus connection is lost', { error })
    this.#bus = null
    this.#stopWaiting()
    this.#lose(new BackendError('ERR_SERVICE_LOST', 'the D-Bus connection is lost', { cause: error }))
    this.#letGo = keepAlive(this.#start.host.clock)
    this.#retry.start()
  }

  /** A pause is over: connects again where the bus was lost, else reads everything again. */
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
    if (this.#isReady) this.#lost = asLost(epoch.world())
    this.#isReady = false
    this.#epoch = null
    epoch.end(reason)
    if (!this.isClosed) this.#start.host.changed()
  }
}

/** The world as last known, permissions too (rule S14), or one of which nothing is known as yet. */
function asLost(world: World | null): World {
  return Object.freeze({
    updates: 'events',
    scope: null,
    scan: 'no',
    recheck: 'no',
    statistics: false,
    configurations: Object.freeze([]),
    defaultId: null,
    ...world,
    service: 'lost',
  } satisfies World)
}

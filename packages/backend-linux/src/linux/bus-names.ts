import { existsSync, type FSWatcher, watch as watchFolder } from 'node:fs'
import { dirname } from 'node:path'
import { Backoff } from '@roamkit/core/backend-kit'
import type { BackendHost } from '@roamkit/core/contract'
import { busAddresses } from '../bus/bus-address.js'
import type { Bus, BusWatch, Connect } from '../bus/bus-port.js'

/** The pauses between two attempts to connect to a bus whose socket is there, in milliseconds. */
const RETRY_PAUSES = { first: 100, longest: 5000 }
const CALL_TIMEOUT = 5000

/** What {@link BusNames} needs. */
export interface BusNamesPort {
  readonly connect: Connect
  /** D-Bus address. */
  readonly address: string
  readonly host: Pick<BackendHost, 'clock' | 'log'>
  /** Called when one of the services has come to the bus, or may have. */
  onAppear(service: string): void
}

/**
 * Follows which services come to the system bus, without polling: the bus announces them, and the folder of its socket changes when the bus itself
 * comes.
 */
export class BusNames {
  readonly #services: readonly string[]
  readonly #port: BusNamesPort
  readonly #closing = new AbortController()
  readonly #retry: Backoff
  #bus: Bus | null = null
  #folder: FSWatcher | null = null

  /** @param services well-known names, at least one */
  constructor(services: readonly string[], port: BusNamesPort) {
    this.#services = services
    this.#port = port
    this.#retry = new Backoff(port.host.clock, RETRY_PAUSES, () => void this.follow())
  }

  /** Connects, or waits for the bus. Resolves when the services that are there have been reported. Never rejects. */
  async follow(): Promise<void> {
    const [first = '', ...others] = this.#services
    try {
      const bus = await this.#port.connect(this.#port.address, {
        clock: this.#port.host.clock,
        signal: this.#closing.signal,
        deadline: CALL_TIMEOUT,
        watch: this.#watch(first),
      })
      if (this.#closing.signal.aborted) return bus.close()
      this.#bus = bus
      void bus.closed.then(() => this.#lose(bus))
      this.#retry.reset()
      this.#folder?.close()
      this.#folder = null
      if (bus.owner !== null) this.#port.onAppear(first)
      for (const service of others) {
        const owner = await bus.listen(this.#watch(service), { deadline: CALL_TIMEOUT })
        if (owner !== null) this.#port.onAppear(service)
      }
    } catch (error) {
      if (this.#closing.signal.aborted) return
      this.#port.host.log('the system bus cannot be followed', { error })
      this.#bus?.close()
      if (this.#bus === null) this.#wait()
    }
  }

  /** Gives everything back. Idempotent. */
  close(): void {
    this.#closing.abort()
    this.#retry.cancel()
    this.#folder?.close()
    this.#folder = null
    this.#bus?.close()
    this.#bus = null
  }

  #watch(service: string): BusWatch {
    return {
      service,
      namespace: '/',
      // Only the owner of the service is of interest.
      only: [],
      signal: () => undefined,
      owner: (owner) => {
        if (owner !== null) this.#port.onAppear(service)
      },
    }
  }

  #lose(bus: Bus): void {
    if (this.#closing.signal.aborted || this.#bus !== bus) return
    this.#bus = null
    this.#wait()
  }

  /** Tries again when the socket's folder changes or, if the socket is there, after a pause. */
  #wait(): void {
    const sockets = this.#sockets()
    if (sockets.length === 0 || sockets.some((path) => existsSync(path))) return this.#retry.start()
    if (this.#folder !== null) return
    const folder = sockets.map((path) => dirname(path)).find((path) => existsSync(path))
    if (folder === undefined) return
    this.#folder = watchFolder(folder, { persistent: false }, () => {
      if (sockets.some((path) => existsSync(path))) this.#retry.start()
    })
    this.#folder.on('error', (error) =>
      this.#port.host.log('the folder of the bus cannot be watched', { error }),
    )
  }

  #sockets(): readonly string[] {
    try {
      return busAddresses(this.#port.address).flatMap(({ socket }) => ('path' in socket ? [socket.path] : []))
    } catch {
      return []
    }
  }
}

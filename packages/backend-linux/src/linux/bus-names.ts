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
  #folders: readonly FSWatcher[] = []

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
    this.#unwatchFolders()
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

  /** Tries again when a socket comes or, if one is there, after a pause. */
  #wait(): void {
    this.#unwatchFolders()
    const sockets = this.#sockets()
    const isThere = () => sockets.length === 0 || sockets.some((path) => existsSync(path))
    try {
      if (!isThere()) this.#watchFolders(sockets)
    } catch (error) {
      // No more folders can be watched (`fs.inotify`).
      this.#port.host.log('the folder of the bus cannot be watched', { error })
      return this.#retry.start()
    }
    // It may have come before its folder was watched.
    if (isThere()) this.#retry.start()
  }

  /** A folder may be made later than this, and removed: what is watched is the nearest one that exists. */
  #watchFolders(sockets: readonly string[]): void {
    for (const folder of new Set(sockets.map(nearestFolder))) {
      const watcher = watchFolder(folder, { persistent: false }, () => this.#wait())
      this.#folders = [...this.#folders, watcher]
      watcher.on('error', (error) => {
        this.#port.host.log('the folder of the bus cannot be watched', { error })
        this.#retry.start()
      })
    }
  }

  #unwatchFolders(): void {
    for (const watcher of this.#folders) watcher.close()
    this.#folders = []
  }

  #sockets(): readonly string[] {
    try {
      return busAddresses(this.#port.address).flatMap(({ socket }) => ('path' in socket ? [socket.path] : []))
    } catch {
      return []
    }
  }
}

function nearestFolder(path: string): string {
  const folder = dirname(path)
  return existsSync(folder) || folder === path ? folder : nearestFolder(folder)
}

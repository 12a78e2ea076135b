import { randomUUID } from 'node:crypto'
import {
  type Activate,
  type Backend,
  BackendError,
  type BackendHost,
  type Call,
  type Driver,
  type Traffic,
  type World,
} from '@roamkit/core/contract'
import { systemBusAddress } from '../bus/bus-address.js'
import { BusError, type Connect } from '../bus/bus-port.js'
import { bootId, canBindSockets, hasCounters, networkNamespace, readCounters } from '../kernel-files.js'
import { Service } from '../service.js'
import { Activations } from './activations.js'
import { activate, deactivate, recheck, scan } from './commands.js'
import { NetworkdEpoch } from './epoch.js'
import { MANAGER_PATH, NETWORKD, TITLE } from './names.js'

/** Options of {@link networkd}. */
export interface NetworkdOptions {
  /**
   * D-Bus address of the system bus. Node cannot open abstract sockets.
   *
   * @defaultValue `DBUS_SYSTEM_BUS_ADDRESS`, otherwise `/run/dbus/system_bus_socket`, otherwise `/var/run/dbus/system_bus_socket`
   */
  readonly busAddress?: string
  /**
   * How long systemd-networkd may take to answer, in milliseconds. Activations wait as long as their caller does.
   *
   * @defaultValue 25000
   */
  readonly callTimeout?: number
  /**
   * Where the kernel shows its interfaces.
   *
   * @defaultValue '/sys'
   */
  readonly sys?: string
  /**
   * Where systemd-networkd keeps the state of its links. It changes there also when no signal says so. Without it, changes of DNS servers and
   * search domains show with the next signal.
   *
   * @defaultValue '/run/systemd/netif/links'
   */
  readonly stateFolder?: string
}

/** Loaded when a backend is opened, so that importing the package stays cheap. */
const connectLazily: Connect = async (address, options) =>
  (await import('../bus/bus.js')).connect(address, options)

/**
 * A driver for systemd-networkd (systemd 252 or newer) over D-Bus. It has a configuration for each link that networkd manages, brings links up
 * (`ReconfigureLink`), and takes none down, because networkd has no method for that. Nothing happens before `open`, which rejects with
 * `ERR_SERVICE_LOST` if the bus or networkd is not running, or with `signal.reason`. An open backend keeps the process alive until it is
 * disposed. It reconnects by itself after networkd or the bus was restarted.
 */
export function networkd(options: NetworkdOptions = {}): Driver {
  return networkdOver(connectLazily, options)
}

/** Like {@link networkd}, over another implementation of the bus port: for tests. */
export function networkdOver(connect: Connect, options: NetworkdOptions = {}): Driver {
  const { callTimeout = 25_000, sys = '/sys', stateFolder = '/run/systemd/netif/links' } = options
  return {
    contract: 1,
    name: 'networkd',
    async open(host: BackendHost, call: Call): Promise<Backend> {
      const lasting = {
        host,
        callTimeout,
        sys,
        stateFolder,
        namespace: networkNamespace(),
        statistics: hasCounters(sys),
        directRouting: canBindSockets(),
        // networkd asks polkit about other users, and tells the answer only to an attempt.
        mayReconfigure: process.geteuid?.() === 0 ? ('yes' as const) : ('unknown' as const),
        activations: new Activations((bootId() ?? randomUUID()).slice(0, 8)),
      }
      const service = new Service({
        connect,
        address: options.busAddress ?? systemBusAddress(process.env),
        host,
        callTimeout,
        title: TITLE,
        name: NETWORKD,
        namespace: MANAGER_PATH,
        begin: (start) => new NetworkdEpoch({ ...start, ...lasting }),
      })
      try {
        await service.open(call.signal)
      } catch (error) {
        service.close()
        throw openFailure(error)
      }
      return new NetworkdBackend(service, sys)
    },
  }
}

class NetworkdBackend implements Backend {
  readonly holders = null
  readonly #service: Service<NetworkdEpoch>
  readonly #sys: string

  constructor(service: Service<NetworkdEpoch>, sys: string) {
    this.#service = service
    this.#sys = sys
  }

  snapshot(): World {
    return this.#service.world()
  }

  activate(id: string, request: Activate): Promise<string> {
    return this.#service.run(request, (epoch) => activate(epoch, id, request))
  }

  deactivate(id: string, activation: string, call: Call): Promise<void> {
    return this.#service.run(call, async (epoch) => deactivate(epoch, id, activation))
  }

  scan(call: Call): Promise<void> {
    return this.#service.run(call, async () => scan())
  }

  recheck(id: string, call: Call): Promise<void> {
    return this.#service.run(call, async (epoch) => recheck(epoch, id))
  }

  traffic(id: string): Traffic | null {
    const { configurations, statistics } = this.snapshot()
    const name = configurations.find((known) => known.id === id)?.interface?.name
    return name === undefined || !statistics || this.#service.isClosed ? null : readCounters(this.#sys, name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#service.close()
  }
}

/** Translates an absent networkd or bus for the caller of `open`. An abort stays the caller's own reason. */
function openFailure(error: unknown): unknown {
  return error instanceof BusError
    ? new BackendError('ERR_SERVICE_LOST', `cannot reach ${TITLE}: ${error.message}`, { cause: error })
    : error
}

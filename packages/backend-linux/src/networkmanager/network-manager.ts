import {
  type Activate,
  type Backend,
  BackendError,
  type BackendHost,
  type Call,
  type Driver,
  type Ended,
  type Holders,
  type Traffic,
  type World,
} from '@roamkit/core/contract'
import { linuxHolders } from '@roamkit/holders'
import { systemBusAddress } from '../bus/bus-address.js'
import { BusError, type Connect } from '../bus/bus-port.js'
import { canBindSockets, hasCounters, networkNamespace, readCounters } from '../kernel-files.js'
import { type EpochStart, Service } from '../service.js'
import type { CommandContext } from './command-context.js'
import { activate, deactivate, recheck, scan } from './commands.js'
import { Epoch } from './epoch.js'
import { ModemManager } from './modems/modem-manager.js'
import { NetworkCertainty } from './network-certainty.js'
import { forget, save } from './network-commands.js'
import { NM, ROOT_PATH } from './objects/names.js'

/** Options of {@link networkManager}. */
export interface NetworkManagerOptions {
  /**
   * D-Bus address of the system bus. Node cannot open abstract sockets.
   *
   * @defaultValue `DBUS_SYSTEM_BUS_ADDRESS`, otherwise `/run/dbus/system_bus_socket`, otherwise `/var/run/dbus/system_bus_socket`
   */
  readonly busAddress?: string
  /**
   * How long NetworkManager may take to answer, in milliseconds. Activations wait as long as their caller does.
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
   * Other users, by number, whose processes are believed when they say that they brought a link up (rule H1), besides this user and
   * root. Holding a link needs no trust.
   *
   * @defaultValue none
   */
  readonly trustedUsers?: readonly number[]
  /**
   * Whether the Wi-Fi networks in sight that have no profile are configurations, too (rule N1). To open one, a session needs `secrets` unless the
   * network is open. The profile that NetworkManager then gets is in memory only, and goes with the link.
   *
   * @defaultValue false
   */
  readonly visibleNetworks?: boolean
}

/** Loaded when a backend is opened, so that importing the package stays cheap. */
const connectLazily: Connect = async (address, options) =>
  (await import('../bus/bus.js')).connect(address, options)

/**
 * A driver for NetworkManager (1.32 or newer) over D-Bus. Nothing happens before `open`, which rejects with `ERR_SERVICE_LOST` if the
 * bus or NetworkManager is not running, or with `signal.reason`. An open backend keeps the process alive until it is disposed. It
 * reconnects by itself after NetworkManager or the bus was restarted.
 */
export function networkManager(options: NetworkManagerOptions = {}): Driver {
  return networkManagerOver(connectLazily, options)
}

/** Like {@link networkManager}, over another implementation of the bus port: for tests, and for other D-Bus clients. */
export function networkManagerOver(connect: Connect, options: NetworkManagerOptions = {}): Driver {
  const { callTimeout = 25_000, sys = '/sys' } = options
  return {
    contract: 1,
    name: 'networkmanager',
    async open(host: BackendHost, call: Call): Promise<Backend> {
      const address = options.busAddress ?? systemBusAddress(process.env)
      const service = new Service({
        connect,
        address,
        host,
        callTimeout,
        title: 'NetworkManager',
        name: NM,
        namespace: ROOT_PATH,
        begin: epochsOf(host, { callTimeout, sys, visibleNetworks: options.visibleNetworks ?? false }),
      })
      let holders: Holders | null
      try {
        await service.open(call.signal)
        holders = await systemHolders(service, host, sys, options)
        if (call.signal.aborted) await holders?.[Symbol.asyncDispose]()
        call.signal.throwIfAborted()
      } catch (error) {
        service.close()
        throw openFailure(error)
      }
      return new NetworkManagerBackend(service, holders, host, { callTimeout, sys })
    },
  }
}

/** Begins the lives of NetworkManager, with what outlives each of them. */
function epochsOf(
  host: BackendHost,
  options: { readonly callTimeout: number; readonly sys: string; readonly visibleNetworks: boolean },
): (start: EpochStart) => Epoch {
  const namespace = networkNamespace()
  const lasting = {
    ...options,
    host,
    // Not the bus's id, which changes in a restart that keeps the links and their holders. Nor its path: one bus has several if it is
    // mounted into a container. A network has one NetworkManager.
    scope: namespace === null ? null : `networkmanager ${namespace}`,
    statistics: hasCounters(options.sys),
    directRouting: canBindSockets(),
    keptNetworks: new Set<string>(),
    endings: new Map<string, Ended>(),
    modemManager: new ModemManager({
      callTimeout: options.callTimeout,
      log: (event, detail) => host.log(event, detail),
    }),
  }
  return (start) => new Epoch({ ...start, ...lasting })
}

/** Counts holders across the machine. The count is certain while all who are counted see the same links. */
function systemHolders(
  service: Service<Epoch>,
  host: BackendHost,
  sys: string,
  { trustedUsers = [] }: NetworkManagerOptions,
): Promise<Holders | null> {
  const log = (event: string, detail?: object) => host.log(event, detail)
  const certainty = new NetworkCertainty({ epoch: () => service.epoch, sys, log })
  return linuxHolders({ clock: host.clock, log, trustedUsers, isCertain: () => certainty.isCertain() })
}

/** Whether NetworkManager manages any device. Of another backend: `false`. */
export function managesDevices(backend: Backend): boolean {
  return backend instanceof NetworkManagerBackend && backend.managesDevices
}

class NetworkManagerBackend implements Backend {
  readonly holders: Holders | null
  readonly #service: Service<Epoch>
  readonly #host: BackendHost
  readonly #options: { readonly callTimeout: number; readonly sys: string }

  constructor(
    service: Service<Epoch>,
    holders: Holders | null,
    host: BackendHost,
    options: { readonly callTimeout: number; readonly sys: string },
  ) {
    this.#service = service
    this.holders = holders
    this.#host = host
    this.#options = options
  }

  get managesDevices(): boolean {
    return this.#service.epoch?.managesDevices ?? false
  }

  snapshot(): World {
    return this.#service.world()
  }

  activate(id: string, request: Activate): Promise<string> {
    return this.#run(request, (context) => activate(context, id, request))
  }

  deactivate(id: string, activation: string, call: Call): Promise<void> {
    return this.#run(call, (context) => deactivate(context, id, activation, call))
  }

  scan(call: Call): Promise<void> {
    return this.#run(call, (context) => scan(context, call))
  }

  recheck(id: string, call: Call): Promise<void> {
    return this.#run(call, (context) => recheck(context, id, call))
  }

  save(id: string, call: Call): Promise<void> {
    return this.#run(call, (context) => save(context, id, call))
  }

  forget(id: string, call: Call): Promise<void> {
    return this.#run(call, (context) => forget(context, id, call))
  }

  traffic(id: string): Traffic | null {
    const name = this.snapshot().configurations.find((known) => known.id === id)?.interface?.name
    return name === undefined || this.#service.isClosed ? null : readCounters(this.#options.sys, name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#service.close()
    await this.holders?.[Symbol.asyncDispose]()
  }

  #run<T>(call: Call, command: (context: CommandContext) => Promise<T>): Promise<T> {
    const { clock } = this.#host
    const { callTimeout } = this.#options
    return this.#service.run(call, (epoch) => command({ epoch, clock, callTimeout }))
  }
}

/** Translates an absent NetworkManager or bus for the caller of `open`. An abort stays the caller's own reason. */
function openFailure(error: unknown): unknown {
  return error instanceof BusError
    ? new BackendError('ERR_SERVICE_LOST', `cannot reach NetworkManager: ${error.message}`, { cause: error })
    : error
}

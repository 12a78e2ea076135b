import type {
  Activate,
  Backend,
  BackendHost,
  Call,
  Driver,
  Ended,
  Holders,
  Traffic,
  World,
} from '@roamkit/core/contract'
import { linuxHolders } from '@roamkit/holders'
import { systemBusAddress } from '../bus/bus-address.js'
import type { Connect } from '../bus/bus-port.js'
import { canBindSockets, hasCounters, networkNamespace, trafficOf } from '../kernel-files.js'
import { type EpochStart, Service } from '../service.js'
import { openFailure } from '../service-errors.js'
import type { CommandContext } from './command-context.js'
import { activate, deactivate, recheck, scan } from './commands.js'
import { Epoch } from './epoch.js'
import { ModemManager } from './modems/modem-manager.js'
import { NetworkCertainty } from './network-certainty.js'
import { forget, save } from './network-commands.js'
import { NM, ROOT_PATH } from './objects/names.js'
import type { NetworkManagerOptions } from './options.js'

/** For people. */
const TITLE = 'NetworkManager'

/** What `networkManager()` loads, over some implementation of the bus port. */
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
        title: TITLE,
        name: NM,
        namespace: ROOT_PATH,
        begin: epochsOf(host, { callTimeout, sys, visibleNetworks: options.visibleNetworks ?? false }),
      })
      let holders: Holders | null
      try {
        const ready = service.open(call.signal)
        ;[holders] = await Promise.all([systemHolders(service, host, { ...options, sys, ready }), ready])
        if (call.signal.aborted) await holders?.[Symbol.asyncDispose]()
        call.signal.throwIfAborted()
      } catch (error) {
        service.close()
        throw openFailure(error, TITLE)
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

interface SystemHoldersOptions extends NetworkManagerOptions {
  readonly sys: string
  /** The service being opened. */
  readonly ready: Promise<void>
}

/** Counts holders across the machine. The count is certain while all who are counted see the same links. */
function systemHolders(
  service: Service<Epoch>,
  host: BackendHost,
  { sys, ready, trustedUsers = [] }: SystemHoldersOptions,
): Promise<Holders | null> {
  const log = (event: string, detail?: object) => host.log(event, detail)
  const certainty = new NetworkCertainty({ epoch: () => service.epoch, sys, log })
  return linuxHolders({
    ...{ clock: host.clock, log, trustedUsers, ready },
    isCertain: () => certainty.isCertain(),
  })
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

  /** Whether NetworkManager manages any device. `linux()` asks for it. */
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
    return this.#service.isClosed ? null : trafficOf(this.snapshot(), id, this.#options.sys)
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

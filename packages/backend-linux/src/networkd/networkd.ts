import { randomUUID } from 'node:crypto'
import type { Activate, Backend, BackendHost, Call, Driver, Traffic, World } from '@roamkit/core/contract'
import { systemBusAddress } from '../bus/bus-address.js'
import type { Connect } from '../bus/bus-port.js'
import { bootId, canBindSockets, hasCounters, networkNamespace, trafficOf } from '../kernel-files.js'
import { Service } from '../service.js'
import { openFailure } from '../service-errors.js'
import { Activations } from './activations.js'
import { activate, deactivate, recheck, scan } from './commands.js'
import { NetworkdEpoch } from './epoch.js'
import { MANAGER_PATH, NETWORKD, TITLE } from './names.js'
import type { NetworkdOptions } from './options.js'

/** What `networkd()` loads, over some implementation of the bus port. */
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
        activations: new Activations(bootId() ?? randomUUID()),
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
        throw openFailure(error, TITLE)
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
    return this.#service.isClosed ? null : trafficOf(this.snapshot(), id, this.#sys)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#service.close()
  }
}

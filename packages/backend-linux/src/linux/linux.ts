import type { Backend, BackendHost, Call, Driver } from '@roamkit/core/contract'
import { systemBusAddress } from '../bus/bus-address.js'
import type { Connect } from '../bus/bus-port.js'
import { connman } from '../connman/driver.js'
import { kernel } from '../kernel/driver.js'
import { networkd } from '../networkd/driver.js'
import { networkManager } from '../networkmanager/driver.js'
import { BusNames } from './bus-names.js'
import type { Candidate } from './candidate.js'
import { FollowingBackend } from './following-backend.js'
import type { LinuxOptions } from './options.js'

/** What `linux()` loads, over some implementation of the bus port. */
export function linuxOver(connect: Connect, options: LinuxOptions): Driver {
  const { departureTimeout = 8000, visibleNetworks, ...common } = options
  const { busAddress, callTimeout, trustedUsers } = common
  const bus = {
    ...(busAddress !== undefined && { busAddress }),
    ...(callTimeout !== undefined && { callTimeout }),
  }
  const trust = trustedUsers === undefined ? {} : { trustedUsers }
  const networks = visibleNetworks === undefined ? {} : { visibleNetworks }
  const lists = (backend: Backend) => backend.snapshot().configurations.length > 0
  const candidates: readonly Candidate[] = [
    {
      driver: networkManager({ ...bus, ...trust, ...networks }),
      title: 'NetworkManager',
      service: 'org.freedesktop.NetworkManager',
      manages: ({ managesDevices = false }: Backend & { readonly managesDevices?: boolean }) =>
        managesDevices,
    },
    {
      driver: connman({ ...bus, ...trust, ...networks }),
      title: 'ConnMan',
      service: 'net.connman',
      manages: lists,
    },
    {
      driver: networkd({ ...bus, ...trust }),
      title: 'systemd-networkd',
      service: 'org.freedesktop.network1',
      manages: lists,
    },
    { driver: kernel(trust), title: 'the kernel', service: null, manages: () => true },
  ]
  return {
    contract: 1,
    name: 'linux',
    open: (host: BackendHost, call: Call) =>
      FollowingBackend.open(
        {
          name: 'linux',
          candidates,
          host,
          departureTimeout,
          watchServices: (appeared) => watchServices(candidates, { connect, host, busAddress, appeared }),
        },
        call,
      ),
  }
}

/** Reports when a daemon of one of the candidates comes to the bus. */
function watchServices(
  candidates: readonly Candidate[],
  {
    connect,
    host,
    busAddress,
    appeared,
  }: { connect: Connect; host: BackendHost; busAddress: string | undefined; appeared: () => void },
): () => void {
  const services = candidates.flatMap(({ service }) => service ?? [])
  const address = busAddress ?? systemBusAddress(process.env)
  const names = new BusNames(services, { connect, address, host, onAppear: appeared })
  void names.follow()
  return () => names.close()
}

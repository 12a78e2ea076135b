import { checkOptions, type Expected, expected } from '@roamkit/core/backend-kit'
import type { Backend, BackendHost, Call, Driver } from '@roamkit/core/contract'
import { systemBusAddress } from '../bus/bus-address.js'
import type { Connect } from '../bus/bus-port.js'
import { connman } from '../connman/connman.js'
import { kernel } from '../kernel/kernel.js'
import { networkd } from '../networkd/networkd.js'
import {
  managesDevices,
  type NetworkManagerOptions,
  networkManager,
} from '../networkmanager/network-manager.js'
import { BusNames } from './bus-names.js'
import type { Candidate } from './candidate.js'
import { FollowingBackend } from './following-backend.js'

/** Options of {@link linux}. A backend ignores those of other backends. */
export interface LinuxOptions
  extends Pick<NetworkManagerOptions, 'busAddress' | 'callTimeout' | 'trustedUsers' | 'visibleNetworks'> {
  /**
   * How long the daemon in use may be away before another backend takes over, in milliseconds. Keep it below `serviceGrace` of the manager,
   * after which sessions end.
   *
   * @defaultValue 8000
   */
  readonly departureTimeout?: number
}

const OPTIONS: Readonly<Record<keyof LinuxOptions, Expected>> = {
  busAddress: expected.text,
  callTimeout: expected.milliseconds,
  trustedUsers: expected.listOf(expected.number),
  visibleNetworks: expected.flag,
  departureTimeout: expected.milliseconds,
}

/**
 * The driver for a Linux machine: NetworkManager, ConnMan, systemd-networkd or, without any of them, the kernel, whichever runs and manages at
 * least one device, in this order. It follows: when a better one is started or begins to manage a device, or when the one in use has been away for
 * `departureTimeout`, the next takes over, and `manager.backend` and `backendChanged` say so. A session stays open and connected if its link
 * goes on. The backends have different identifiers for the same link, so such a link keeps the one that it had, beside its new one.
 *
 * Nothing happens before `open`, which rejects with `ERR_SERVICE_LOST` and all reasons if no backend can be used, with any other error of the
 * backend that it would have picked, or with `signal.reason`. An open backend keeps the process alive until it is disposed.
 *
 * @throws TypeError or RangeError for an option that does not exist, or cannot have that value
 */
export function linux(options: LinuxOptions = {}): Driver {
  checkOptions('linux()', options, OPTIONS)
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
      manages: managesDevices,
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
          watchServices: (appeared) => watchServices(candidates, { host, busAddress, appeared }),
        },
        call,
      ),
  }
}

/** Reports when a daemon of one of the candidates comes to the bus. */
function watchServices(
  candidates: readonly Candidate[],
  { host, busAddress, appeared }: { host: BackendHost; busAddress: string | undefined; appeared: () => void },
): () => void {
  const services = candidates.flatMap(({ service }) => service ?? [])
  const address = busAddress ?? systemBusAddress(process.env)
  const names = new BusNames(services, { connect: connectLazily, address, host, onAppear: appeared })
  void names.follow()
  return () => names.close()
}

/** Loaded when a backend is opened, so that importing the package stays cheap. */
const connectLazily: Connect = async (address, options) =>
  (await import('../bus/bus.js')).connect(address, options)

import { type ManagerOptions, NetworkConfigurationManager } from '@roamkit/core'
import { lazyDriver } from '@roamkit/core/backend-kit'
import type { Driver } from '@roamkit/core/contract'
import { platform, windowsLazily } from '../platform/platform.js'
import type { BackendChoice } from './request.js'

/** What the backend lists. */
export interface Listing {
  /**
   * Whether it lists networks in range that have no profile, too (rule N1).
   *
   * @defaultValue false
   */
  readonly visibleNetworks?: boolean
}

/** Opens a manager on the backend that was asked for. Rejects as core does. */
export function openManager(
  choice: BackendChoice,
  options: ManagerOptions = {},
  listing: Listing = {},
): Promise<NetworkConfigurationManager> {
  return NetworkConfigurationManager.open(driverOf(choice, listing), options)
}

/** The driver of that choice. Nothing happens, and nothing is loaded, before it is opened. */
export function driverOf({ backend, bus }: BackendChoice, { visibleNetworks = false }: Listing = {}): Driver {
  const ofBus = bus === null ? {} : { busAddress: bus }
  const options = { visibleNetworks, ...ofBus }
  const ofLinux = () => import('@roamkit/backend-linux')
  switch (backend) {
    case 'platform':
      return platform(options)
    case 'networkmanager':
      return lazyDriver(backend, async () => (await ofLinux()).networkManager(options))
    case 'connman':
      return lazyDriver(backend, async () => (await ofLinux()).connman(options))
    case 'networkd':
      return lazyDriver(backend, async () => (await ofLinux()).networkd(ofBus))
    case 'kernel':
      return lazyDriver(backend, async () => (await ofLinux()).kernel())
    case 'windows':
      return windowsLazily(options)
    case 'generic':
      return lazyDriver(backend, async () => (await import('@roamkit/backend-generic')).generic())
    case 'mock':
      return lazyDriver(backend, async () =>
        (await import('./mock-machine.js')).mockMachine({ visibleNetworks }),
      )
  }
}

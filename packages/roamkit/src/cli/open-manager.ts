import { generic } from '@roamkit/backend-generic'
import { connman, kernel, networkd, networkManager } from '@roamkit/backend-linux'
import { type ManagerOptions, NetworkConfigurationManager } from '@roamkit/core'
import type { Driver } from '@roamkit/core/contract'
import { platform, windowsLazily } from '../platform/platform.js'
import { mockHost } from './mock-host.js'
import type { BackendChoice } from './request.js'

/** What the backend lists. */
export interface Listing {
  /**
   * Whether it lists networks in sight that have no profile, too (rule N1).
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

/** The driver of that choice. Nothing happens before it is opened. */
export function driverOf({ backend, bus }: BackendChoice, { visibleNetworks = false }: Listing = {}): Driver {
  const ofBus = bus === null ? {} : { busAddress: bus }
  const options = { visibleNetworks, ...ofBus }
  switch (backend) {
    case 'platform':
      return platform(options)
    case 'networkmanager':
      return networkManager(options)
    case 'connman':
      return connman(options)
    case 'networkd':
      return networkd(ofBus)
    case 'kernel':
      return kernel()
    case 'windows':
      return windowsLazily(options)
    case 'generic':
      return generic()
    case 'mock':
      return mockHost({ visibleNetworks })
  }
}

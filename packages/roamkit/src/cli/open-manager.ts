import { generic } from '@roamkit/backend-generic'
import { networkManager } from '@roamkit/backend-linux'
import { type ManagerOptions, NetworkConfigurationManager } from '@roamkit/core'
import type { Driver } from '@roamkit/core/contract'
import { platform, windowsLazily } from '../platform/platform.js'
import { mockHost } from './mock-host.js'
import type { BackendChoice } from './request.js'

/** Opens a manager on the backend that was asked for. Rejects as core does. */
export function openManager(
  choice: BackendChoice,
  options: ManagerOptions = {},
): Promise<NetworkConfigurationManager> {
  return NetworkConfigurationManager.open(driverOf(choice), options)
}

/** The driver of that choice. Nothing happens before it is opened. */
export function driverOf({ backend, bus }: BackendChoice): Driver {
  const options = bus === null ? {} : { busAddress: bus }
  switch (backend) {
    case 'platform':
      return platform(options)
    case 'networkmanager':
      return networkManager(options)
    case 'windows':
      return windowsLazily()
    case 'generic':
      return generic()
    case 'mock':
      return mockHost()
  }
}

import { generic } from '@roamkit/backend-generic'
import { networkManager } from '@roamkit/backend-linux'
import { type ManagerOptions, NetworkConfigurationManager } from '@roamkit/core'
import type { Driver } from '@roamkit/core/contract'
import type { PickedBackend } from '../platform/first-of.js'
import { platform, windowsLazily } from '../platform/platform.js'
import { mockHost } from './mock-host.js'
import type { BackendChoice } from './request.js'

/** An open manager, and whose facts it has. */
export interface Host extends AsyncDisposable {
  readonly manager: NetworkConfigurationManager
  readonly backend: PickedBackend
}

/** Opens a manager on the backend that was asked for. Disposing closes it. Rejects as core does. */
export async function openHost(choice: BackendChoice, options: ManagerOptions = {}): Promise<Host> {
  const driver = driverOf(choice)
  let backend: PickedBackend = { name: driver.name, passedOver: [] }
  const manager = await NetworkConfigurationManager.open(driver, {
    ...options,
    log: (event, detail) => {
      if (event === 'backend') backend = detail as PickedBackend
      options.log?.(event, detail)
    },
  })
  return { manager, backend, [Symbol.asyncDispose]: () => manager.close() }
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

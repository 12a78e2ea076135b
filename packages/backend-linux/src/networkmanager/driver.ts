import { lazyDriver } from '@roamkit/core/backend-kit'
import type { Driver } from '@roamkit/core/contract'
import type { NetworkManagerOptions } from './options.js'

/**
 * A driver for NetworkManager (1.32 or newer) over D-Bus. Nothing happens before `open`, which rejects with `ERR_SERVICE_LOST` if the
 * bus or NetworkManager is not running, or with `signal.reason`. An open backend keeps the process alive until it is disposed. It
 * reconnects by itself after NetworkManager or the bus was restarted.
 */
export function networkManager(options: NetworkManagerOptions = {}): Driver {
  return lazyDriver('networkmanager', async () => {
    const [{ networkManagerOver }, { connect }] = await Promise.all([
      import('./network-manager.js'),
      import('../bus/bus.js'),
    ])
    return networkManagerOver(connect, options)
  })
}

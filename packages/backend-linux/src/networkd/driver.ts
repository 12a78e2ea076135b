import { lazyDriver } from '@roamkit/core/backend-kit'
import type { Driver } from '@roamkit/core/contract'
import type { NetworkdOptions } from './options.js'

/**
 * A driver for systemd-networkd (systemd 252 or newer) over D-Bus. It has a configuration for each link that networkd manages, brings links up
 * (`ReconfigureLink`), and takes none down, because networkd has no method for that. Nothing happens before `open`, which rejects with
 * `ERR_SERVICE_LOST` if the bus or networkd is not running, or with `signal.reason`. An open backend keeps the process alive until it is
 * disposed. It reconnects by itself after networkd or the bus was restarted.
 */
export function networkd(options: NetworkdOptions = {}): Driver {
  return lazyDriver('networkd', async () => {
    const [{ networkdOver }, { connect }] = await Promise.all([
      import('./networkd.js'),
      import('../bus/bus.js'),
    ])
    return networkdOver(connect, options)
  })
}

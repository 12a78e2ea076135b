import { lazyDriver } from '@roamkit/core/backend-kit'
import type { Driver } from '@roamkit/core/contract'
import type { ConnmanOptions } from './options.js'

/**
 * A driver for ConnMan (1.41 or newer) over D-Bus. Nothing happens before `open`, which rejects with `ERR_SERVICE_LOST` if the bus or
 * ConnMan is not running, or with `signal.reason`. An open backend keeps the process alive until it is disposed. It reconnects by itself
 * after ConnMan or the bus was restarted. ConnMan does not name activations, so holders are counted within this process and this driver.
 */
export function connman(options: ConnmanOptions = {}): Driver {
  return lazyDriver('connman', async () => {
    const [{ connmanOver }, { connect }] = await Promise.all([
      import('./connman.js'),
      import('../bus/bus.js'),
    ])
    return connmanOver(connect, options)
  })
}

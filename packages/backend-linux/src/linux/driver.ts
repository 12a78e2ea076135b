import { checkOptions, type Expected, expected, lazyDriver } from '@roamkit/core/backend-kit'
import type { Driver } from '@roamkit/core/contract'
import type { LinuxOptions } from './options.js'

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
  return lazyDriver('linux', async () => {
    const [{ linuxOver }, { connect }] = await Promise.all([import('./linux.js'), import('../bus/bus.js')])
    return linuxOver(connect, options)
  })
}

import type { Driver } from '@roamkit/core/contract'
import { openInterfaceBackend } from './interface-backend.js'
import { type Interfaces, interfacesOnly, systemReader } from './system-reader.js'

/** Options of {@link generic}. */
export interface GenericOptions {
  /**
   * Milliseconds between two polls, and so the longest delay until a change shows.
   * @defaultValue 2000
   */
  readonly interval?: number
  /**
   * Reads the interfaces instead of `os.networkInterfaces`. The backend then reads nothing else of this machine: no default routes and no byte
   * counters, and `directRouting` is false.
   * @defaultValue `os.networkInterfaces` and, on Linux, `/proc`
   */
  readonly read?: () => Interfaces
  /**
   * Lists the names of all interfaces, up or not. Used only together with `read`. The backend removes an interface that is not among them
   * (rule S13).
   * @defaultValue not known: an interface stays in the snapshot, with its link down, while `read` does not list it
   */
  readonly existing?: () => ReadonlySet<string>
}

/**
 * Creates a driver that polls `os.networkInterfaces()` on the host's clock. Reads nothing of the platform before `open`, which rejects with
 * `ERR_SERVICE_LOST` if the interfaces cannot be read.
 * @throws RangeError for an invalid `interval`
 */
export function generic(options: GenericOptions = {}): Driver {
  const { interval = 2000, read, existing } = options
  if (!(interval > 0)) throw new RangeError(`generic: the interval must be more than 0 ms, not ${interval}`)
  return {
    contract: 1,
    name: 'generic',
    async open(host, call) {
      call.signal.throwIfAborted()
      return openInterfaceBackend(
        read ? interfacesOnly(read, existing) : systemReader(process.platform),
        interval,
        host,
      )
    },
  }
}

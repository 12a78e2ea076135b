import type { Driver } from '@roamkit/core/contract'
import { openInterfaceBackend } from './interface-backend.js'
import { type Interfaces, interfacesOnly, systemReader } from './system-reader.js'

/** How the machine is looked at; everything has a default. */
export interface GenericOptions {
  /** Milliseconds between two readings, 2000: a change is seen that much late at worst. */
  readonly interval?: number
  /**
   * Reads the interfaces instead of `os.networkInterfaces`. This machine is then asked nothing else: no default route, no
   * statistics.
   */
  readonly read?: () => Interfaces
  /**
   * Which interfaces there are, up or not, by their names; used with `read` only. What is not among them is removed (rule S13).
   * Without it nobody can tell, and what was seen once is down while `read` does not list it.
   */
  readonly existing?: () => ReadonlySet<string>
}

/**
 * The driver that reads `os.networkInterfaces()` on the host's clock. Opening rejects with `ERR_SERVICE_LOST` where the
 * interfaces cannot be read; the platform is looked at then and not before.
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

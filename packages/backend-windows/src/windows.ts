import { BackendError, type Driver } from '@roamkit/core/contract'
import type { KnownActivations } from './links/activation-store.js'
import { NotificationHealth } from './notifications/notification-health.js'

/** Paths of DLLs in place of the system's, for tests: each has the functions that it stands for. */
export interface WindowsLibraries {
  /** IP Helper. */
  readonly iphlpapi?: string
  /** Native Wifi. */
  readonly wlanapi?: string
  /** The service control manager, which tells when the service behind Native Wifi stops and starts. */
  readonly sechost?: string
  /** Remote access: the phone books. */
  readonly rasapi32?: string
  /** A COM server of the network list manager, asked by its `DllGetClassObject`. */
  readonly netlist?: string
}

/** Options of {@link windows}. */
export interface WindowsOptions {
  /**
   * Milliseconds between two readings as long as notifications are unproven (see {@link windows}), 2000: a change is seen that
   * much late at worst.
   */
  readonly interval?: number
  /** DLLs in place of the system's. */
  readonly libraries?: WindowsLibraries
}

/**
 * A driver for Windows 10 and later, by FFI. Nothing happens before `open`, which rejects with `ERR_SERVICE_LOST` anywhere
 * else, or where koffi cannot be loaded. Changes are told by Windows's notifications. A registration counts for nothing
 * until its first notification has come: until then the world says `updates: 'polling'`, the log says why, and everything is
 * read again every `interval`.
 */
export function windows(options: WindowsOptions = {}): Driver {
  const { interval = 2000, libraries = {} } = options
  if (!(interval > 0)) throw new RangeError(`windows: the interval must be more than 0 ms, not ${interval}`)
  const health = new NotificationHealth()
  const known: KnownActivations = { entries: new Map() }
  return {
    contract: 1,
    name: 'windows',
    async open(host, call) {
      call.signal.throwIfAborted()
      if (process.platform !== 'win32')
        throw new BackendError('ERR_SERVICE_LOST', 'windows: this is not Windows')
      const { openWindows, Libraries } = await loaded()
      call.signal.throwIfAborted()
      return openWindows({ libraries: new Libraries(libraries), health, known, interval, host }, call)
    },
  }
}

/** Koffi takes tens of milliseconds to load, which only those pay who open this backend. */
async function loaded() {
  try {
    return await import('./native.js')
  } catch (cause) {
    throw new BackendError('ERR_SERVICE_LOST', 'windows: koffi cannot be loaded', { cause })
  }
}

import { BackendError, type Driver } from '@roamkit/core/contract'
import type { KnownActivations } from './links/activation-store.js'
import { NotificationHealth } from './notifications/notification-health.js'

/** Paths of DLLs to load instead of the system's. For tests. Each must export the functions of the DLL that it replaces. */
export interface WindowsLibraries {
  /**
   * IP Helper.
   *
   * @defaultValue the system's `iphlpapi.dll`
   */
  readonly iphlpapi?: string
  /**
   * Native Wifi.
   *
   * @defaultValue the system's `wlanapi.dll`
   */
  readonly wlanapi?: string
  /**
   * The service control manager, which notifies when the service behind Native Wifi stops and starts.
   *
   * @defaultValue the system's `sechost.dll`
   */
  readonly sechost?: string
  /**
   * Power management, which notifies when the machine goes to sleep and wakes up.
   *
   * @defaultValue the system's `powrprof.dll`
   */
  readonly powrprof?: string
  /**
   * Remote access: the phone books.
   *
   * @defaultValue the system's `rasapi32.dll`
   */
  readonly rasapi32?: string
  /**
   * A COM server of the network list manager, through its `DllGetClassObject`.
   *
   * @defaultValue none: COM finds the system's
   */
  readonly netlist?: string
}

/** Options of {@link windows}. */
export interface WindowsOptions {
  /**
   * Milliseconds between two readings while notifications are unproven (see {@link windows}). Changes are then seen at most that much
   * late.
   *
   * @defaultValue 2000
   */
  readonly interval?: number
  /**
   * Whether the Wi-Fi networks in range that have no profile are configurations, too (rule N1). To open one, a session needs `secrets` unless the
   * network is open. The profile that Windows then gets is not stored, and goes with the link.
   *
   * @defaultValue false
   */
  readonly visibleNetworks?: boolean
  /**
   * DLLs to load instead of the system's. For tests.
   *
   * @defaultValue the system's
   */
  readonly libraries?: WindowsLibraries
}

/**
 * Creates a driver for Windows 10 and later, which calls Windows by FFI. Nothing happens before `open`. It rejects with
 * `ERR_SERVICE_LOST` on other systems, or if koffi cannot be loaded.
 *
 * Windows notifies changes. A registration for notifications counts as unproven until its first notification has come. Until all are
 * proven, the world has `updates: 'polling'`, the log lists the unproven ones, and everything is read again every `interval`.
 *
 * @throws RangeError if the interval is not more than 0
 */
export function windows(options: WindowsOptions = {}): Driver {
  const { interval = 2000, visibleNetworks = false, libraries = {} } = options
  if (!(interval > 0)) throw new RangeError(`windows: interval must be greater than 0 ms, but is ${interval}`)
  const health = new NotificationHealth()
  const known: KnownActivations = { entries: new Map() }
  return {
    contract: 1,
    name: 'windows',
    async open(host, call) {
      call.signal.throwIfAborted()
      if (process.platform !== 'win32')
        throw new BackendError('ERR_SERVICE_LOST', 'windows: this is not Windows')
      const { openWindows, Libraries } = await loadNative()
      call.signal.throwIfAborted()
      const opening = { libraries: new Libraries(libraries), health, known, interval, visibleNetworks, host }
      return openWindows(opening, call)
    },
  }
}

/** Loads koffi only when a backend is opened: it takes tens of milliseconds. */
async function loadNative() {
  try {
    return await import('./native.js')
  } catch (cause) {
    throw new BackendError('ERR_SERVICE_LOST', 'windows: koffi cannot be loaded', { cause })
  }
}

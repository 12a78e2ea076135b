import { registerCallback, unregisterCallback } from '../ffi/callback.js'
import { callbacks, koffi, structs } from '../ffi/declarations.js'
import { type Guid, guidText } from '../ffi/guid.js'
import type { Functions } from '../ffi/libraries.js'
import { WifiAcm, WifiMsm, WifiSource, WinError } from '../ffi/numbers.js'
import { WindowsError } from '../ffi/windows-error.js'
import type { Listener } from './listener.js'
import type { NotificationHealth } from './notification-health.js'
import type { WifiNote } from './wifi-note.js'

const CLIENT_VERSION = 2

/** A handle of the WLAN service, and the notifications that come with it. */
export class WifiNotifications {
  /** For every call to the service. */
  readonly handle: unknown
  readonly #functions: Functions<'wlanapi'>
  readonly #listener: Listener<WifiNote>
  #callback: bigint | null = null
  #isClosed = false

  private constructor(functions: Functions<'wlanapi'>, handle: unknown, listener: Listener<WifiNote>) {
    this.#functions = functions
    this.handle = handle
    this.#listener = listener
  }

  /** Opens a handle and registers; rejects with a `WindowsError` if the service is not running. */
  static async open(
    functions: Functions<'wlanapi'>,
    health: NotificationHealth,
    listener: Listener<WifiNote>,
  ): Promise<WifiNotifications> {
    const out: [unknown] = [null]
    const code = await functions.WlanOpenHandle.async(CLIENT_VERSION, null, [0], out)
    if (code !== WinError.Success) throw new WindowsError('WlanOpenHandle', code)
    const notifications = new WifiNotifications(functions, out[0], listener)
    await notifications.#register(health)
    return notifications
  }

  /** Ends the registration and closes the handle. Nothing is notified after the call. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    // Waits for callbacks in flight, which in turn wait for this thread.
    const code = await this.#functions.WlanCloseHandle.async(this.handle, null)
    // After a restart of the service the handle is invalid, and nothing calls any more.
    const isOver = code === WinError.Success || code === WinError.InvalidHandle
    if (this.#callback !== null && isOver) unregisterCallback(this.#callback)
  }

  async #register(health: NotificationHealth): Promise<void> {
    const callback = registerCallback(
      (data: unknown) => this.#notify(data),
      callbacks.wlan,
      this.#listener.onError,
    )
    const code = await this.#functions.WlanRegisterNotification.async(
      this.handle,
      WifiSource.Acm | WifiSource.Msm,
      0,
      callback,
      null,
      null,
      null,
    )
    if (code === WinError.Success) {
      this.#callback = callback
      health.recordRegistration('wifi')
      return
    }
    unregisterCallback(callback)
    health.recordRefusal('wifi')
  }

  #notify(data: unknown): void {
    if (this.#isClosed) return
    const head = koffi.decode(data, structs.WLAN_NOTIFICATION_DATA) as NotificationData
    const guid = guidText(head.InterfaceGuid)
    const { NotificationSource: source, NotificationCode: code } = head
    if (source === WifiSource.Msm) return this.#notifyMsm(guid, code)
    if (source !== WifiSource.Acm) return
    const kind = ABOUT_CONNECTIONS[code]
    const isWhole = head.dwDataSize >= koffi.offsetof(structs.WLAN_CONNECTION_NOTIFICATION_DATA, 'dwFlags')
    if (kind !== undefined && head.pData && isWhole) {
      const { strProfileName, wlanReasonCode } = koffi.decode(
        head.pData,
        structs.WLAN_CONNECTION_NOTIFICATION_DATA,
      ) as ConnectionData
      this.#listener.onHint({ kind, guid, profile: strProfileName, reason: wlanReasonCode })
    } else if (code in ABOUT_INTERFACES)
      this.#listener.onHint({ kind: ABOUT_INTERFACES[code] ?? 'other', guid })
    else this.#listener.onHint({ kind: 'other', guid })
  }

  #notifyMsm(guid: string, code: number): void {
    if (code === WifiMsm.RoamingStart) this.#listener.onHint({ kind: 'roaming', guid })
    else if (code === WifiMsm.RoamingEnd) this.#listener.onHint({ kind: 'roamed', guid })
    else if (code === WifiMsm.SignalQualityChange) this.#listener.onHint({ kind: 'signal', guid })
    else if (code === WifiMsm.RadioStateChange) this.#listener.onHint({ kind: 'radio', guid })
  }
}

interface NotificationData {
  readonly NotificationSource: number
  readonly NotificationCode: number
  readonly InterfaceGuid: Guid
  readonly dwDataSize: number
  readonly pData: bigint | number
}

interface ConnectionData {
  readonly strProfileName: string
  readonly wlanReasonCode: number
}

const ABOUT_CONNECTIONS: Readonly<
  Record<number, 'started' | 'completed' | 'failed' | 'disconnecting' | 'disconnected'>
> = {
  [WifiAcm.ConnectionStart]: 'started',
  [WifiAcm.ConnectionComplete]: 'completed',
  [WifiAcm.ConnectionAttemptFail]: 'failed',
  [WifiAcm.Disconnecting]: 'disconnecting',
  [WifiAcm.Disconnected]: 'disconnected',
}

const ABOUT_INTERFACES: Readonly<
  Record<number, 'interfaces' | 'profiles' | 'scanned' | 'scanFailed' | 'networks'>
> = {
  [WifiAcm.InterfaceArrival]: 'interfaces',
  [WifiAcm.InterfaceRemoval]: 'interfaces',
  [WifiAcm.ProfileChange]: 'profiles',
  [WifiAcm.ProfileNameChange]: 'profiles',
  [WifiAcm.ScanComplete]: 'scanned',
  [WifiAcm.ScanFail]: 'scanFailed',
  [WifiAcm.ScanListRefresh]: 'networks',
}

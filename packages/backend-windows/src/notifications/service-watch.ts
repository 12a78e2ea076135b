import { registerCallback, unregisterCallback } from '../ffi/callback.js'
import { callbacks } from '../ffi/declarations.js'
import type { Functions, Libraries } from '../ffi/libraries.js'
import { WinError } from '../ffi/numbers.js'
import type { Listener } from './listener.js'
import type { NotificationHealth } from './notification-health.js'

/** The WLAN AutoConfig service's own name, the same in every language. */
const SERVICE = 'wlansvc'
/** SC_MANAGER_CONNECT, SERVICE_QUERY_STATUS: rights that every user has. */
const CONNECT = 1
const QUERY_STATUS = 4
/** SC_EVENT_STATUS_CHANGE. */
const STATUS_CHANGE = 2

/**
 * Notifies when the WLAN AutoConfig service stops or starts, or is about to: the service does not announce it to its own clients.
 * Each notification is only a hint. What has happened is not decoded.
 */
export class ServiceWatch {
  readonly #functions: Functions<'sechost'>
  readonly #listener: Listener<void>
  /** Open handles, the first one opened first. */
  readonly #handles: unknown[] = []
  #subscription: { readonly handle: unknown; readonly callback: bigint } | null = null
  #isClosed = false

  private constructor(functions: Functions<'sechost'>, listener: Listener<void>) {
    this.#functions = functions
    this.#listener = listener
  }

  /**
   * Starts to watch. Resolves to `null` if that is impossible: before Windows 8, or if there is no such service. It then records a
   * refusal in `health`, and the next call to the service finds out that it has stopped.
   */
  static async open(
    libraries: Libraries,
    health: NotificationHealth,
    listener: Listener<void>,
  ): Promise<ServiceWatch | null> {
    const functions = libraries.get('sechost')
    if (functions === null) {
      health.recordRefusal('service')
      return null
    }
    const watch = new ServiceWatch(functions, listener)
    if (await watch.#subscribe()) {
      health.recordRegistration('service')
      return watch
    }
    health.recordRefusal('service')
    await watch.close()
    return null
  }

  /** Stops watching and closes the handles. Nothing is notified after the call. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const { UnsubscribeServiceChangeNotifications, CloseServiceHandle } = this.#functions
    if (this.#subscription !== null) {
      // Waits for callbacks in flight, which in turn wait for this thread.
      await UnsubscribeServiceChangeNotifications.async(this.#subscription.handle)
      unregisterCallback(this.#subscription.callback)
    }
    for (const handle of this.#handles.splice(0).reverse()) await CloseServiceHandle.async(handle)
  }

  async #subscribe(): Promise<boolean> {
    const { OpenSCManagerW, OpenServiceW, SubscribeServiceChangeNotifications } = this.#functions
    const manager = this.#keep(await OpenSCManagerW.async(null, null, CONNECT))
    const service = manager && this.#keep(await OpenServiceW.async(manager, SERVICE, QUERY_STATUS))
    if (!service) return false
    const out: [unknown] = [null]
    const callback = registerCallback(() => this.#notify(), callbacks.service, this.#listener.onError)
    const code = await SubscribeServiceChangeNotifications.async(service, STATUS_CHANGE, callback, null, out)
    if (code !== WinError.Success || !out[0]) {
      unregisterCallback(callback)
      return false
    }
    this.#subscription = { handle: out[0], callback }
    return true
  }

  /** Keeps a handle to close; `null` if there is none. */
  #keep(handle: unknown): unknown {
    if (!handle) return null
    this.#handles.push(handle)
    return handle
  }

  #notify(): void {
    if (!this.#isClosed) this.#listener.onHint()
  }
}

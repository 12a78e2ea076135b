import { registered, unregistered } from '../ffi/callback.js'
import { callbacks } from '../ffi/declarations.js'
import type { Functions, Libraries } from '../ffi/libraries.js'
import { WinError } from '../ffi/numbers.js'
import type { Listener } from './listener.js'
import type { NotificationHealth } from './notification-health.js'

/** The WLAN AutoConfig service's own name, the same in every language. */
const SERVICE = 'wlansvc'
/** SC_MANAGER_CONNECT, SERVICE_QUERY_STATUS: what every user may. */
const CONNECT = 1
const QUERY_STATUS = 4
/** SC_EVENT_STATUS_CHANGE. */
const STATUS_CHANGE = 2

/**
 * Tells that the WLAN AutoConfig service has stopped or started, or is about to, which its own clients are not told. What has
 * happened is not looked at: each notification is a hint.
 */
export class ServiceWatch {
  readonly #functions: Functions<'sechost'>
  readonly #listener: Listener<void>
  /** In the order in which they were opened. */
  readonly #handles: unknown[] = []
  #subscription: { readonly handle: unknown; readonly callback: bigint } | null = null
  #isClosed = false

  private constructor(functions: Functions<'sechost'>, listener: Listener<void>) {
    this.#functions = functions
    this.#listener = listener
  }

  /**
   * Watches from now on. `null` where it cannot (before Windows 8, or where there is no such service), which is noted in
   * `health` and no error: the service's end is then found by the next call to it.
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
    const it = new ServiceWatch(functions, listener)
    if (await it.#subscribe()) {
      health.recordRegistration('service')
      return it
    }
    health.recordRefusal('service')
    await it.close()
    return null
  }

  /** Stops watching and gives the handles back; no hint comes after it is called. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const { UnsubscribeServiceChangeNotifications, CloseServiceHandle } = this.#functions
    if (this.#subscription !== null) {
      // Waits for callbacks in flight, which wait for this thread.
      await UnsubscribeServiceChangeNotifications.soon(this.#subscription.handle)
      unregistered(this.#subscription.callback)
    }
    for (const handle of this.#handles.splice(0).reverse()) await CloseServiceHandle.soon(handle)
  }

  async #subscribe(): Promise<boolean> {
    const { OpenSCManagerW, OpenServiceW, SubscribeServiceChangeNotifications } = this.#functions
    const manager = this.#opened(await OpenSCManagerW.soon(null, null, CONNECT))
    const service = manager && this.#opened(await OpenServiceW.soon(manager, SERVICE, QUERY_STATUS))
    if (!service) return false
    const out: [unknown] = [null]
    const callback = registered(() => this.#hint(), callbacks.service, this.#listener.failed)
    const code = await SubscribeServiceChangeNotifications.soon(service, STATUS_CHANGE, callback, null, out)
    if (code !== WinError.Success || !out[0]) {
      unregistered(callback)
      return false
    }
    this.#subscription = { handle: out[0], callback }
    return true
  }

  #opened(handle: unknown): unknown {
    if (!handle) return null
    this.#handles.push(handle)
    return handle
  }

  #hint(): void {
    if (!this.#isClosed) this.#listener.hinted()
  }
}

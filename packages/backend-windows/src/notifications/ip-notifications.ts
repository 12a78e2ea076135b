import { registerCallback, unregisterCallback } from '../ffi/callback.js'
import { callbacks } from '../ffi/declarations.js'
import type { Functions, Native } from '../ffi/libraries.js'
import { WinError } from '../ffi/numbers.js'
import type { Listener } from './listener.js'
import type { IpHintSource, NotificationHealth } from './notification-health.js'

/** MibInitialNotification: the call that comes with the registration itself. */
const INITIAL = 3
const ALL_FAMILIES = 0

interface Registration {
  readonly handle: unknown
  readonly callback: bigint
}

/**
 * The notifications of IP Helper. Each is only a hint. They come on threads of Windows, which wait until the JavaScript thread has time:
 * so everything that waits for callbacks in flight is called on another thread.
 */
export class IpNotifications {
  readonly #functions: Functions<'iphlpapi'>
  readonly #listener: Listener<IpHintSource>
  readonly #registrations: Registration[] = []
  #isClosed = false

  private constructor(functions: Functions<'iphlpapi'>, listener: Listener<IpHintSource>) {
    this.#functions = functions
    this.#listener = listener
  }

  /** Registers for everything. Records in `health` what Windows accepts and refuses; a refusal is not an error. */
  static async open(
    functions: Functions<'iphlpapi'>,
    health: NotificationHealth,
    listener: Listener<IpHintSource>,
  ): Promise<IpNotifications> {
    const notifications = new IpNotifications(functions, listener)
    const ofTable = (register: Native) => (callback: bigint, out: [unknown]) =>
      register.async(ALL_FAMILIES, callback, null, 0, out)
    const all: readonly [IpHintSource, (callback: bigint, out: [unknown]) => Promise<number>][] = [
      ['interface', ofTable(functions.NotifyIpInterfaceChange)],
      ['address', ofTable(functions.NotifyUnicastIpAddressChange)],
      ['route', ofTable(functions.NotifyRouteChange2)],
      [
        'hint',
        (callback, out) => functions.NotifyNetworkConnectivityHintChange.async(callback, null, 0, out),
      ],
    ]
    await Promise.all(all.map(([source, register]) => notifications.#register(source, register, health)))
    return notifications
  }

  /** Cancels every registration. Nothing is notified after the call. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await Promise.all(this.#registrations.map((registration) => this.#cancel(registration)))
  }

  async #register(
    source: IpHintSource,
    register: (callback: bigint, out: [unknown]) => Promise<number>,
    health: NotificationHealth,
  ): Promise<void> {
    const out: [unknown] = [null]
    const callback = this.#callback(source)
    const code = await register(callback, out)
    // A stub that reports success but returns no handle will never call.
    if (code !== WinError.Success || !out[0]) {
      unregisterCallback(callback)
      health.recordRefusal(source)
      return
    }
    health.recordRegistration(source)
    this.#registrations.push({ handle: out[0], callback })
  }

  #callback(source: IpHintSource): bigint {
    const { onError } = this.#listener
    if (source === 'hint') return registerCallback(() => this.#notify(source), callbacks.hint, onError)
    return registerCallback(
      (_context: unknown, _row: unknown, type: number) => type !== INITIAL && this.#notify(source),
      callbacks.change,
      onError,
    )
  }

  #notify(source: IpHintSource): void {
    if (!this.#isClosed) this.#listener.onHint(source)
  }

  async #cancel({ handle, callback }: Registration): Promise<void> {
    const code = await this.#functions.CancelMibChangeNotify2.async(handle)
    // If the cancellation fails, Windows may still call: the callback must stay.
    if (code === WinError.Success) unregisterCallback(callback)
  }
}

import { registered, unregistered } from '../ffi/callback.js'
import { callbacks } from '../ffi/declarations.js'
import type { Functions, Native } from '../ffi/libraries.js'
import { WinError } from '../ffi/numbers.js'
import type { Listener } from './listener.js'
import type { IpHintSource, NotificationHealth } from './notification-health.js'

/** MibInitialNotification: the call that comes with the registration itself. */
const INITIAL = 3
const ALL_FAMILIES = 0

/** Something to take back. */
interface Registration {
  readonly handle: unknown
  readonly callback: bigint
}

/**
 * IP Helper's notifications, each of which is no more than a hint. They come from threads of Windows, which wait until the
 * JS thread has time; that is why everything that waits for callbacks in flight is called on another thread.
 */
export class IpNotifications {
  readonly #functions: Functions<'iphlpapi'>
  readonly #hinted: Listener<IpHintSource>['hinted']
  readonly #failed: Listener<IpHintSource>['failed']
  readonly #registrations: Registration[] = []
  #isClosed = false

  private constructor(functions: Functions<'iphlpapi'>, { hinted, failed }: Listener<IpHintSource>) {
    this.#functions = functions
    this.#hinted = hinted
    this.#failed = failed
  }

  /** Registers for everything; what cannot be had is noted in `health` and no error. */
  static async open(
    functions: Functions<'iphlpapi'>,
    health: NotificationHealth,
    listener: Listener<IpHintSource>,
  ): Promise<IpNotifications> {
    const it = new IpNotifications(functions, listener)
    const ofTable = (register: Native) => (callback: bigint, out: [unknown]) =>
      register.soon(ALL_FAMILIES, callback, null, 0, out)
    const all: readonly [IpHintSource, (callback: bigint, out: [unknown]) => Promise<number>][] = [
      ['interface', ofTable(functions.NotifyIpInterfaceChange)],
      ['address', ofTable(functions.NotifyUnicastIpAddressChange)],
      ['route', ofTable(functions.NotifyRouteChange2)],
      ['hint', (callback, out) => functions.NotifyNetworkConnectivityHintChange.soon(callback, null, 0, out)],
    ]
    await Promise.all(all.map(([source, register]) => it.#register(source, register, health)))
    return it
  }

  /** Takes every registration back; no hint comes after it is called. */
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
    // A stub that answers with success and no handle will never call.
    if (code !== WinError.Success || !out[0]) {
      unregistered(callback)
      health.recordRefusal(source)
      return
    }
    health.recordRegistration(source)
    this.#registrations.push({ handle: out[0], callback })
  }

  #callback(source: IpHintSource): bigint {
    if (source === 'hint') return registered(() => this.#hint(source), callbacks.hint, this.#failed)
    return registered(
      (_context: unknown, _row: unknown, type: number) => type !== INITIAL && this.#hint(source),
      callbacks.change,
      this.#failed,
    )
  }

  #hint(source: IpHintSource): void {
    if (!this.#isClosed) this.#hinted(source)
  }

  async #cancel({ handle, callback }: Registration): Promise<void> {
    const code = await this.#functions.CancelMibChangeNotify2.soon(handle)
    // Windows may still call where the cancellation failed: the callback then has to stay.
    if (code === WinError.Success) unregistered(callback)
  }
}

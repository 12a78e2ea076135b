import { registerCallback, unregisterCallback } from '../ffi/callback.js'
import { callbacks } from '../ffi/declarations.js'
import type { Functions, Libraries } from '../ffi/libraries.js'
import { PowerEvent, WinError } from '../ffi/numbers.js'
import type { Listener } from './listener.js'
import type { NotificationHealth } from './notification-health.js'

/** DEVICE_NOTIFY_CALLBACK. */
const AS_CALLBACK = 2

/** What has happened to the machine. */
export type PowerHint = 'asleep' | 'awake'

/** Notifies when the machine goes to sleep, some moments before it does, and when it is awake again. */
export class PowerNotifications {
  readonly #functions: Functions<'powrprof'>
  readonly #listener: Listener<PowerHint>
  #registration: { readonly handle: unknown; readonly callback: bigint } | null = null
  #isClosed = false

  private constructor(functions: Functions<'powrprof'>, listener: Listener<PowerHint>) {
    this.#functions = functions
    this.#listener = listener
  }

  /** Starts to listen. Resolves to `null`, and records a refusal in `health`, if this Windows does not notify. */
  static async open(
    libraries: Libraries,
    health: NotificationHealth,
    listener: Listener<PowerHint>,
  ): Promise<PowerNotifications | null> {
    const functions = libraries.get('powrprof')
    const notifications = functions && new PowerNotifications(functions, listener)
    if (notifications && (await notifications.#register())) {
      health.recordRegistration('power')
      return notifications
    }
    health.recordRefusal('power')
    return null
  }

  /** Ends the registration. Nothing is notified after the call. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    const registration = this.#registration
    if (registration === null) return
    this.#registration = null
    // Waits for callbacks in flight, which in turn wait for this thread.
    const code = await this.#functions.PowerUnregisterSuspendResumeNotification.async(registration.handle)
    // If it fails, Windows may still call: the callback must stay.
    if (code === WinError.Success) unregisterCallback(registration.callback)
  }

  async #register(): Promise<boolean> {
    const { onError } = this.#listener
    const callback = registerCallback(
      (_context: unknown, type: number) => {
        this.#notify(type)
        return WinError.Success
      },
      callbacks.power,
      onError,
      WinError.Success,
    )
    const out: [unknown] = [null]
    const code = await this.#functions.PowerRegisterSuspendResumeNotification.async(
      AS_CALLBACK,
      { Callback: callback, Context: 0n },
      out,
    )
    if (code !== WinError.Success || !out[0]) {
      unregisterCallback(callback)
      return false
    }
    this.#registration = { handle: out[0], callback }
    return true
  }

  #notify(type: number): void {
    if (this.#isClosed) return
    if (type === PowerEvent.Suspend) this.#listener.onHint('asleep')
    else if (type === PowerEvent.ResumeAutomatic || type === PowerEvent.ResumeSuspend)
      this.#listener.onHint('awake')
  }
}

import { Backoff } from '@roamkit/core/backend-kit'
import type { Host } from '@roamkit/core/contract'
import type { Functions, Libraries } from '../ffi/libraries.js'
import { WinError } from '../ffi/numbers.js'
import { isServiceAway, WindowsError } from '../ffi/windows-error.js'
import type { NotificationHealth } from '../notifications/notification-health.js'
import { ServiceWatch } from '../notifications/service-watch.js'
import type { WifiNote } from '../notifications/wifi-note.js'
import { WifiNotifications } from '../notifications/wifi-notifications.js'
import { WifiReader } from '../tables/wifi-reader.js'

/** The pauses before the service is asked again, in milliseconds. */
const RETRY = { first: 100, longest: 5000 }

/** What the WLAN service is watched with. */
export interface WifiServiceContext {
  readonly libraries: Libraries
  /** Where its registrations are noted. */
  readonly health: NotificationHealth
  readonly host: Host
  /** Is told of every notification of the service. */
  noted(note: WifiNote): void
  /** The service control manager says that the service has stopped or started, or is about to. */
  hinted(): void
  /** It may be worth asking the service again. */
  ask(): void
  /** Is told what went wrong in one of these. */
  failed(error: unknown): void
}

/**
 * The WLAN service as it comes and goes: a handle for each of its lives, opened when it is asked for. While it is away it is asked
 * again after each hint, with growing pauses for some seconds; and on and on only where no hint is known to come.
 */
export class WifiService {
  readonly #context: WifiServiceContext
  readonly #functions: Functions<'wlanapi'> | null
  readonly #backoff: Backoff
  #watch: ServiceWatch | null = null
  #life: { readonly notifications: WifiNotifications; readonly reader: WifiReader } | null = null
  #opening: Promise<WifiReader | null> | null = null
  /** Handles that are being given back. */
  #leaving: Promise<unknown> = Promise.resolve()
  #hadOne = false
  #isHinted = false
  /** That there is none is in the log. */
  #isSaid = false
  #isClosed = false

  /** @param context whom to tell; nothing is opened yet */
  constructor(context: WifiServiceContext) {
    this.#context = context
    this.#functions = context.libraries.get('wlanapi')
    this.#backoff = new Backoff(context.host.clock, RETRY, context.ask)
  }

  /** Listens to the service control manager, where that can be had. */
  async watch(): Promise<void> {
    if (this.#functions === null) return
    const { libraries, health, failed } = this.#context
    this.#watch = await ServiceWatch.open(libraries, health, { hinted: () => this.#hint(), failed })
  }

  /** What can be asked now; `null` while it is not known to be there. */
  get current(): WifiReader | null {
    return this.#life?.reader ?? null
  }

  /**
   * Opens a handle where there is none. Resolves to `null` on a machine that never had the service while this backend lives;
   * rejects with a `WindowsError` where it was there and is away.
   */
  reader(): Promise<WifiReader | null> {
    if (this.#life !== null) return Promise.resolve(this.#life.reader)
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null
    })
    return this.#opening
  }

  /** Its handle is of no use any more, and no note comes by it from now on. */
  lose(): void {
    const life = this.#life
    this.#life = null
    if (life === null) return
    this.#leaving = Promise.all([this.#leaving, life.notifications.close()])
  }

  /** It answers nothing, or nothing of use: it is asked again, as long as that is worth it. */
  askAgain(): void {
    if (this.#isClosed) return
    const isTold = this.#context.health.of('service') === 'proven'
    if (!isTold || !this.#backoff.isLong) this.#backoff.start()
  }

  /** It answers. */
  answered(): void {
    this.#isHinted = false
    this.#backoff.reset()
  }

  /** Gives everything back; no note and no hint comes after it is called. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#backoff.reset()
    await this.#opening?.catch(() => null)
    this.lose()
    await Promise.all([this.#leaving, this.#watch?.close()])
  }

  #hint(): void {
    if (this.#isClosed) return
    this.#isHinted = true
    this.#backoff.reset()
    this.#context.hinted()
    this.#context.ask()
  }

  async #open(): Promise<WifiReader | null> {
    const { health, host, noted, failed } = this.#context
    const functions = this.#functions
    if (functions === null || this.#isClosed) return null
    try {
      const notifications = await WifiNotifications.open(functions, health, {
        hinted: (note) => {
          if (!this.#isClosed) noted(note)
        },
        failed,
      })
      const reader = new WifiReader(functions, notifications.handle)
      this.#life = { notifications, reader }
      this.#hadOne = true
      return reader
    } catch (error) {
      if (!(error instanceof WindowsError) || this.#hadOne) throw error
      // One that was never seen may be about to start.
      if (this.#isHinted) this.askAgain()
      const isUsual = isServiceAway(error.code) || error.code === WinError.NotSupported
      if (!this.#isSaid) host.log('windows: no Wi-Fi', { error, isUsual })
      this.#isSaid = true
      return null
    }
  }
}

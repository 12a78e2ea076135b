import { Backoff } from '@roamkit/core/backend-kit'
import type { BackendHost } from '@roamkit/core/contract'
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

/** What a {@link WifiService} needs. */
export interface WifiServiceContext {
  readonly libraries: Libraries
  /** Records which registrations succeed. */
  readonly health: NotificationHealth
  readonly host: BackendHost
  /** Receives every notification of the service. */
  onNote(note: WifiNote): void
  /** The service has stopped or started, or is about to, as the service control manager notifies. */
  onHint(): void
  /** It is time to ask the service again. */
  onRetry(): void
  /** Receives what the other callbacks throw. Must not throw. */
  onError(error: unknown): void
}

/**
 * The WLAN service as it stops and starts. Each run of the service needs a new handle, which is opened on demand. While the service
 * is away, it is asked again after each hint, after pauses that grow to 5 s. The attempts then end, unless hints are not known to
 * arrive.
 */
export class WifiService {
  readonly #context: WifiServiceContext
  readonly #functions: Functions<'wlanapi'> | null
  readonly #backoff: Backoff
  #watch: ServiceWatch | null = null
  #run: { readonly notifications: WifiNotifications; readonly reader: WifiReader } | null = null
  #opening: Promise<WifiReader | null> | null = null
  /** Handles that are being closed. */
  #closing: Promise<unknown> = Promise.resolve()
  #hasRun = false
  #isHinted = false
  /** Whether its absence is in the log. */
  #isLogged = false
  #isClosed = false

  /** @param context what it needs; nothing is opened yet */
  constructor(context: WifiServiceContext) {
    this.#context = context
    this.#functions = context.libraries.get('wlanapi')
    this.#backoff = new Backoff(context.host.clock, RETRY, context.onRetry)
  }

  /** Listens to the service control manager, if possible. */
  async watch(): Promise<void> {
    if (this.#functions === null) return
    const { libraries, health, onError } = this.#context
    this.#watch = await ServiceWatch.open(libraries, health, { onHint: () => this.#notify(), onError })
  }

  /** The reader of the present run; `null` while the service is not known to run. */
  get current(): WifiReader | null {
    return this.#run?.reader ?? null
  }

  /**
   * Opens a handle unless one is open. Resolves to `null` if the service has never run since this backend was opened. Rejects with a
   * `WindowsError` if it ran before and is away now.
   */
  reader(): Promise<WifiReader | null> {
    if (this.#run !== null) return Promise.resolve(this.#run.reader)
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null
    })
    return this.#opening
  }

  /** Closes the handle, which has become useless. Nothing is notified through it after the call. */
  lose(): void {
    const run = this.#run
    this.#run = null
    if (run === null) return
    this.#closing = Promise.all([this.#closing, run.notifications.close()])
  }

  /** Asks again after a pause. Gives up after the longest pause if a hint is certain to come. */
  askAgain(): void {
    if (this.#isClosed) return
    const isNotified = this.#context.health.of('service') === 'proven'
    if (!isNotified || !this.#backoff.isLong) this.#backoff.start()
  }

  /** The service has answered: the next pause is the shortest again. */
  recordAnswer(): void {
    this.#isHinted = false
    this.#backoff.reset()
  }

  /** Closes everything. Nothing is notified after the call. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#backoff.reset()
    await this.#opening?.catch(() => null)
    this.lose()
    await Promise.all([this.#closing, this.#watch?.close()])
  }

  #notify(): void {
    if (this.#isClosed) return
    this.#isHinted = true
    this.#backoff.reset()
    this.#context.onHint()
    this.#context.onRetry()
  }

  async #open(): Promise<WifiReader | null> {
    const { health, host, onNote, onError } = this.#context
    const functions = this.#functions
    if (functions === null || this.#isClosed) return null
    try {
      const notifications = await WifiNotifications.open(functions, health, {
        onHint: (note) => {
          if (!this.#isClosed) onNote(note)
        },
        onError,
      })
      const reader = new WifiReader(functions, notifications.handle)
      this.#run = { notifications, reader }
      this.#hasRun = true
      return reader
    } catch (error) {
      if (!(error instanceof WindowsError) || this.#hasRun) throw error
      // It has not run yet, but may be about to start.
      if (this.#isHinted) this.askAgain()
      const isUsual = isServiceAway(error.code) || error.code === WinError.NotSupported
      if (!this.#isLogged) host.log('windows: no Wi-Fi', { error, isUsual })
      this.#isLogged = true
      return null
    }
  }
}

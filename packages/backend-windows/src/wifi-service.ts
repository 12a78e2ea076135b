import type { Host } from '@roamkit/core/contract'
import type { Functions } from './libraries.js'
import { WinError } from './numbers.js'
import type { Trust } from './trust.js'
import type { WifiNote } from './wifi-note.js'
import { WifiNotifications } from './wifi-notifications.js'
import { WifiReader } from './wifi-reader.js'
import { isServiceAway, WindowsError } from './windows-error.js'

/** The WLAN service as it comes and goes: a handle for each of its lives, opened when it is asked for. */
export class WifiService {
  readonly #functions: Functions<'wlanapi'> | null
  readonly #trust: Trust
  readonly #host: Host
  readonly #noted: (note: WifiNote) => void
  #life: { readonly notifications: WifiNotifications; readonly reader: WifiReader } | null = null
  #opening: Promise<WifiReader | null> | null = null
  #hadOne = false
  #isClosed = false

  /**
   * @param functions of wlanapi.dll; `null`: there is none
   * @param trust where its registration is noted
   * @param host for its log
   * @param noted is told of every notification
   */
  constructor(
    functions: Functions<'wlanapi'> | null,
    trust: Trust,
    host: Host,
    noted: (note: WifiNote) => void,
  ) {
    this.#functions = functions
    this.#trust = trust
    this.#host = host
    this.#noted = noted
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

  /** Its handle is of no use any more. */
  async lost(): Promise<void> {
    const life = this.#life
    this.#life = null
    await life?.notifications.close()
  }

  /** Gives the handle back; no note comes after it is called. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#opening?.catch(() => null)
    await this.lost()
  }

  async #open(): Promise<WifiReader | null> {
    const functions = this.#functions
    if (functions === null || this.#isClosed) return null
    try {
      const notifications = await WifiNotifications.open(functions, this.#trust, (note) => {
        if (!this.#isClosed) this.#noted(note)
      })
      const reader = new WifiReader(functions, notifications.handle)
      this.#life = { notifications, reader }
      this.#hadOne = true
      return reader
    } catch (error) {
      if (!(error instanceof WindowsError) || this.#hadOne) throw error
      const isUsual = isServiceAway(error.code) || error.code === WinError.NotSupported
      this.#host.log('windows: no Wi-Fi', { error, isUsual })
      return null
    }
  }
}

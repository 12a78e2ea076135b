import { BusError } from '../bus/bus-port.js'
import { dictionary } from '../bus/property.js'
import { isMissingObject } from '../service-errors.js'
import type { Mirror } from './objects/mirror.js'
import { PROFILE, SETTINGS } from './objects/names.js'

/** dbus-daemon refuses calls of a connection that waits for 128 answers (`max_replies_per_connection`). This leaves room for other calls. */
const MOST_AT_ONCE = 64

/** What {@link Profiles} needs. */
export interface ProfilesPort {
  /** `Settings.Connection.GetSettings` of the profile at a path. */
  settings(path: string): Promise<unknown>
  /** Called when a profile's settings have arrived. */
  onChange(): void
  log(event: string, detail?: object): void
}

/** A profile whose settings were requested. */
interface Asking {
  again: boolean
  isAnswered: boolean
  /** Resolves with the first answer, whatever it is. */
  first: Promise<void>
}

/**
 * Keeps every profile's settings beside it in the mirror. Settings are not properties: they are requested when a profile appears, and
 * again whenever it sends `Updated`, for many profiles at once, and for each at most once at a time.
 */
export class Profiles {
  readonly #mirror: Mirror
  readonly #port: ProfilesPort
  readonly #asking = new Map<string, Asking>()
  #underWay = 0
  /** Requests that wait until there are fewer under way. */
  readonly #waiting: (() => void)[] = []

  /**
   * @param mirror where the settings go
   * @param port where they come from
   */
  constructor(mirror: Mirror, port: ProfilesPort) {
    this.#mirror = mirror
    this.#port = port
  }

  /** Requests the settings of a profile. If a request is under way, requests them once more after its answer. */
  refresh(path: string): void {
    const asking = this.#asking.get(path)
    if (asking) {
      asking.again = true
      return
    }
    const entry: Asking = { again: false, first: Promise.resolve(), isAnswered: false }
    this.#asking.set(path, entry)
    entry.first = new Promise((resolve) => {
      void this.#ask(path, entry, resolve)
    })
  }

  /** Resolves when every profile has had an answer. It does not wait for a second answer to the same profile. */
  async untilSettled(): Promise<void> {
    for (;;) {
      const open = [...this.#asking.values()].filter((entry) => !entry.isAnswered)
      if (open.length === 0) return
      await Promise.all(open.map((entry) => entry.first))
    }
  }

  async #ask(path: string, entry: Asking, onAnswer: () => void): Promise<void> {
    do {
      entry.again = false
      try {
        this.#mirror.annotate(path, SETTINGS, dictionary(await this.#settings(path)))
      } catch (error) {
        this.#handleFailure(path, error)
      }
      entry.isAnswered = true
      onAnswer()
    } while (entry.again && this.#mirror.read(path, PROFILE))
    this.#asking.delete(path)
    this.#port.onChange()
  }

  async #settings(path: string): Promise<unknown> {
    if (this.#underWay < MOST_AT_ONCE) this.#underWay += 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await this.#port.settings(path)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#underWay -= 1
      else next()
    }
  }

  #handleFailure(path: string, error: unknown): void {
    // Gone during the request: the mirror learns that by signal.
    if (isMissingObject(error) || !this.#mirror.read(path, PROFILE)) return
    // A profile that this user may not see is no configuration. After any other failure the old settings stay.
    if (error instanceof BusError && error.answer !== null) this.#mirror.forget(path, SETTINGS)
    this.#port.log('cannot read the settings of a profile', { path, error })
  }
}

import { BusError } from '../bus/bus-port.js'
import { isMissingObject } from './failure.js'
import type { Mirror } from './mirror.js'
import { PROFILE, SETTINGS } from './names.js'
import { dictionary } from './property.js'

/** What {@link Profiles} needs of its surroundings. */
export interface ProfilesPort {
  /** `Settings.Connection.GetSettings` of the profile at a path. */
  settings(path: string): Promise<unknown>
  /** A profile's settings have arrived. */
  onChange(): void
  log(event: string, detail?: object): void
}

/** A profile whose settings are being asked for. */
interface Asking {
  again: boolean
  isAnswered: boolean
  /** Resolves with the first answer, whatever it is. */
  first: Promise<void>
}

/**
 * Keeps every profile's settings beside it in the mirror. Settings are no properties: they are asked for when a profile
 * appears and again whenever it says `Updated`, all at once and each at most once at a time.
 */
export class Profiles {
  readonly #mirror: Mirror
  readonly #port: ProfilesPort
  readonly #asking = new Map<string, Asking>()

  /**
   * @param mirror where the settings go
   * @param port where they come from
   */
  constructor(mirror: Mirror, port: ProfilesPort) {
    this.#mirror = mirror
    this.#port = port
  }

  /** Asks for the settings of a profile, once more after the present answer where it is being asked. */
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

  /** Resolves when every profile has had an answer; one that is asked about once more meanwhile is not waited for again. */
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
        const settings = dictionary(await this.#port.settings(path))
        this.#mirror.annotate(path, SETTINGS, settings)
      } catch (error) {
        this.#handleFailure(path, error)
      }
      entry.isAnswered = true
      onAnswer()
    } while (entry.again && this.#mirror.read(path, PROFILE))
    this.#asking.delete(path)
    this.#port.onChange()
  }

  #handleFailure(path: string, error: unknown): void {
    // Gone while it was asked about: the mirror hears of it by signal.
    if (isMissingObject(error) || !this.#mirror.read(path, PROFILE)) return
    // A profile that is not for this user is none of its configurations; what cannot be told otherwise stays as it was.
    if (error instanceof BusError && error.answer !== null) this.#mirror.forget(path, SETTINGS)
    this.#port.log('settings of a profile are not readable', { path, error })
  }
}

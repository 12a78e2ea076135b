import { BusError } from './bus/bus-port.js'
import { isMissingObject } from './failure.js'
import type { Mirror } from './mirror.js'
import { PROFILE, SETTINGS } from './names.js'
import { dictionary } from './property.js'

/** What {@link Profiles} needs of its surroundings. */
export interface ProfilesPort {
  /** `Settings.Connection.GetSettings` of the profile at a path. */
  settings(path: string): Promise<unknown>
  /** A profile's settings have arrived. */
  changed(): void
  log(event: string, detail?: object): void
}

/**
 * Keeps every profile's settings beside it in the mirror. Settings are no properties: they are asked for when a profile
 * appears and again whenever it says `Updated`, all at once and each at most once at a time.
 */
export class Profiles {
  readonly #mirror: Mirror
  readonly #port: ProfilesPort
  readonly #asking = new Map<string, { again: boolean; readonly done: Promise<void> }>()

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
    const entry = { again: false, done: Promise.resolve() }
    this.#asking.set(path, entry)
    entry.done = this.#ask(path, entry)
  }

  /** Resolves when nothing is being asked. */
  async settled(): Promise<void> {
    while (this.#asking.size > 0) await Promise.all([...this.#asking.values()].map((entry) => entry.done))
  }

  async #ask(path: string, entry: { again: boolean }): Promise<void> {
    do {
      entry.again = false
      try {
        const settings = dictionary(await this.#port.settings(path))
        this.#mirror.annotate(path, SETTINGS, settings)
      } catch (error) {
        this.#without(path, error)
      }
    } while (entry.again && this.#mirror.read(path, PROFILE))
    this.#asking.delete(path)
    this.#port.changed()
  }

  #without(path: string, error: unknown): void {
    // Gone while it was asked about: the mirror hears of it by signal.
    if (isMissingObject(error) || !this.#mirror.read(path, PROFILE)) return
    // A profile that is not for this user is none of its configurations; what cannot be told otherwise stays as it was.
    if (error instanceof BusError && error.answer !== null) this.#mirror.forget(path, SETTINGS)
    this.#port.log('settings of a profile are not readable', { path, error })
  }
}

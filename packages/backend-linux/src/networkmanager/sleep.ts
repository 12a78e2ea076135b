import { flag, number } from '../bus/property.js'
import type { Mirror } from './objects/mirror.js'
import { MANAGER_PATH, NM } from './objects/names.js'

/** NM_STATE_ASLEEP: after `Manager.Sleep(true)`, and also after `Manager.Enable(false)`, which is `nmcli networking off`. */
const ASLEEP = 10

/** What {@link NetworkManagerSleep} needs. */
export interface SleepPort {
  /** Asks for the property `NetworkingEnabled`. May reject. */
  askNetworkingEnabled(): Promise<unknown>
  /** The answer has changed {@link NetworkManagerSleep.isAsleep}. */
  onChange(): void
}

/**
 * Whether NetworkManager was put to sleep (`Manager.Sleep`). Networking that is switched off (`Manager.Enable`) is no sleep, but has the
 * same `State`. Only `NetworkingEnabled` tells the two apart, and its signal comes some milliseconds after that of `State`. So when `State`
 * becomes asleep, `NetworkingEnabled` is asked for: NetworkManager answers when it has finished with the request, and the answer is final.
 * If networking is off and the machine sleeps, NetworkManager shows no difference, and this says awake.
 */
export class NetworkManagerSleep {
  readonly #mirror: Mirror
  readonly #port: SleepPort
  #isAsleep = false
  #hasSlept = false
  #isAsking = false

  constructor(mirror: Mirror, port: SleepPort) {
    this.#mirror = mirror
    this.#port = port
  }

  /** Whether it sleeps. */
  get isAsleep(): boolean {
    return this.#isAsleep
  }

  /** Whether it has slept since it was read first: then something on this machine tells it of sleep. */
  get hasSlept(): boolean {
    return this.#hasSlept
  }

  /** All objects were read at once, so that the two properties belong together. */
  read(): void {
    this.#set(this.#seemsAsleep)
  }

  /** A signal of the manager object was applied. */
  look(): void {
    if (!this.#seemsAsleep) this.#set(false)
    else if (!this.#isAsleep && !this.#isAsking) void this.#ask()
  }

  get #seemsAsleep(): boolean {
    const manager = this.#mirror.read(MANAGER_PATH, NM)
    return number(manager, 'State') === ASLEEP && flag(manager, 'NetworkingEnabled') !== false
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    // A NetworkManager that does not answer is one that tells nothing.
    const isEnabled = await this.#port.askNetworkingEnabled().catch(() => null)
    this.#isAsking = false
    if (isEnabled !== true || !this.#seemsAsleep || this.#isAsleep) return
    this.#set(true)
    this.#port.onChange()
  }

  #set(isAsleep: boolean): void {
    this.#isAsleep = isAsleep
    this.#hasSlept ||= isAsleep
  }
}

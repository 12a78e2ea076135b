import type { BackendHost } from '@roamkit/core/contract'
import { type Bus, type BusSignal, PROPERTIES } from './bus/bus-port.js'

/** The login manager's service (systemd-logind or elogind), and the prefix of its interfaces. */
const LOGIND = 'org.freedesktop.login1'
const MANAGER = `${LOGIND}.Manager`
const MANAGER_PATH = '/org/freedesktop/login1'
/** How long the bus and logind may take to answer, in milliseconds. Opening a backend waits for it. */
const TIMEOUT = 1000

/** What {@link Logind} needs. */
export interface LogindPort {
  /** Milliseconds; at most a second is waited. */
  readonly callTimeout: number
  readonly log: BackendHost['log']
  /** Called when {@link Logind.isPreparingForSleep} has changed. */
  onChange(): void
}

/**
 * Follows logind, which announces to every program that the machine is about to sleep, before NetworkManager takes links down, and that it is
 * awake again. A machine without logind, such as a container, is no error: nothing is asked then until logind appears on the bus.
 */
export class Logind {
  readonly #port: LogindPort
  #isPreparing: boolean | null = null
  #bus: Bus | null = null
  /** Answers to earlier questions, or of an earlier logind, do not count. */
  #question = 0

  constructor(port: LogindPort) {
    this.#port = port
  }

  /** From the announcement of a sleep until the wake-up; `null` if logind is not on the bus, or has not told. */
  get isPreparingForSleep(): boolean | null {
    return this.#isPreparing
  }

  /** Listens on a new connection. Resolves when logind has told, or it is clear that it does not, within a second. Never rejects. */
  async follow(bus: Bus): Promise<void> {
    this.#bus = bus
    const watch = {
      service: LOGIND,
      namespace: MANAGER_PATH,
      only: [{ interface: MANAGER, member: 'PrepareForSleep' }],
      signal: (signal: BusSignal) => this.#receive(bus, signal),
      owner: (owner: string | null) => void this.#ask(bus, owner),
    }
    try {
      await this.#ask(bus, await bus.listen(watch, this.#wait))
    } catch (error) {
      // The bus may let us see NetworkManager and nothing else.
      if (this.#bus === bus) this.#port.log('logind cannot be followed', { error })
    }
  }

  /** The connection is over: whether the machine sleeps is unknown until the next one. Calls nothing back. */
  forget(): void {
    this.#bus = null
    this.#isPreparing = null
    this.#question += 1
  }

  get #wait() {
    return { deadline: Math.min(TIMEOUT, this.#port.callTimeout) }
  }

  /** A logind that starts while the machine sleeps has announced nothing: its property tells. */
  async #ask(bus: Bus, owner: string | null): Promise<void> {
    if (this.#bus !== bus) return
    this.#question += 1
    const question = this.#question
    if (owner === null) return this.#set(null)
    try {
      const [isPreparing] = await bus.call(
        {
          destination: owner,
          path: MANAGER_PATH,
          interface: PROPERTIES,
          member: 'Get',
          signature: 'ss',
          body: [MANAGER, 'PreparingForSleep'],
        },
        this.#wait,
      )
      if (question === this.#question) this.#set(typeof isPreparing === 'boolean' ? isPreparing : null)
    } catch (error) {
      if (question === this.#question)
        this.#port.log('logind does not say whether the machine sleeps', { error })
    }
  }

  #receive(bus: Bus, { path, interface: name, body: [isPreparing] }: BusSignal): void {
    if (this.#bus !== bus || path !== MANAGER_PATH || name !== MANAGER || typeof isPreparing !== 'boolean')
      return
    // Newer than any answer that is still to come.
    this.#question += 1
    this.#set(isPreparing)
  }

  #set(isPreparing: boolean | null): void {
    if (this.#isPreparing === isPreparing) return
    this.#isPreparing = isPreparing
    this.#port.onChange()
  }
}

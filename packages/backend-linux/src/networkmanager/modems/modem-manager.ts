import { deferred } from '@roamkit/core/backend-kit'
import type { BackendHost } from '@roamkit/core/contract'
import { type Bus, type BusSignal, PROPERTIES } from '../../bus/bus-port.js'
import { asText, dictionary, type Properties } from '../../bus/property.js'
import { MODEM_3GPP, MODEM_MANAGER, MODEM_MANAGER_PATH, OBJECT_MANAGER } from '../objects/names.js'

/** How long the bus and ModemManager may take to answer, in milliseconds. Opening a backend waits for it if there is a modem. */
const TIMEOUT = 1000

/** What {@link ModemManager} needs. */
export interface ModemManagerPort {
  /** Milliseconds; at most a second is waited. */
  readonly callTimeout: number
  readonly log: BackendHost['log']
}

/** A modem that is being followed. */
export interface FollowedModem {
  /** Resolves with the first report, within some seconds, or with {@link end}. */
  readonly first: Promise<void>
  /** No report comes any more. Idempotent. */
  end(): void
}

/** Takes the properties of the interface `Modem.Modem3gpp`; `null` if they are unknown. */
type TakeRegistration = (properties: Properties | null) => void

interface Following {
  readonly modem: string
  readonly report: TakeRegistration
  isAsking: boolean
  again: boolean
}

/**
 * Follows ModemManager, which knows the mobile network that a modem is registered in. It is not asked, listened to or started before there
 * is a modem to follow. Each of its signals about a modem makes it be asked again, and so does its restart. A ModemManager that is missing is no error.
 */
export class ModemManager {
  readonly #port: ModemManagerPort
  readonly #followed = new Set<Following>()
  #bus: Bus | null = null
  /** ModemManager's unique name. Calls go there, because a call to its well-known name would start it. */
  #owner: string | null = null
  /** Resolves when the owner is known, or it is clear that it cannot be. */
  #listening: Promise<void> | null = null

  constructor(port: ModemManagerPort) {
    this.#port = port
  }

  /**
   * Reports what is known of a modem, and again after each signal about it. Follows nothing on an earlier connection any more.
   *
   * @param modem its object path
   */
  follow(bus: Bus, modem: string, take: TakeRegistration): FollowedModem {
    if (this.#bus !== bus) this.#use(bus)
    const first = deferred()
    const report: TakeRegistration = (properties) => {
      take(properties)
      first.resolve()
    }
    const following = { modem, report, isAsking: false, again: false }
    this.#followed.add(following)
    void this.#begin(bus, following)
    return {
      first: first.promise,
      end: () => {
        first.resolve()
        this.#followed.delete(following)
      },
    }
  }

  #use(bus: Bus): void {
    this.#bus = bus
    this.#owner = null
    this.#listening = null
    this.#followed.clear()
  }

  async #begin(bus: Bus, following: Following): Promise<void> {
    this.#listening ??= this.#listen(bus)
    await this.#listening
    await this.#ask(following)
  }

  async #listen(bus: Bus): Promise<void> {
    const watch = {
      service: MODEM_MANAGER,
      namespace: MODEM_MANAGER_PATH,
      // Its other signals, such as those of signal strength, are many.
      only: [{ interface: PROPERTIES, about: MODEM_3GPP }, { interface: OBJECT_MANAGER }],
      signal: (signal: BusSignal) => this.#receive(bus, signal),
      owner: (owner: string | null) => this.#change(bus, owner),
    }
    try {
      const owner = await bus.listen(watch, this.#wait)
      if (this.#bus === bus) this.#owner = owner
    } catch (error) {
      // The bus may let us see NetworkManager and nothing else.
      if (this.#bus === bus && this.#followed.size > 0)
        this.#port.log('ModemManager cannot be followed', { error })
    }
  }

  get #wait() {
    return { deadline: Math.min(TIMEOUT, this.#port.callTimeout) }
  }

  #change(bus: Bus, owner: string | null): void {
    if (this.#bus !== bus) return
    this.#owner = owner
    for (const following of this.#followed) void this.#ask(following)
  }

  /** A modem that is locked has no `Modem3gpp` yet. */
  #receive(bus: Bus, { path, interface: name, body }: BusSignal): void {
    if (this.#bus !== bus) return
    const about = name === OBJECT_MANAGER ? asText(body[0]) : path
    for (const following of this.#followed) if (following.modem === about) void this.#ask(following)
  }

  /** Asks, one question at a time. Whatever is said during a question is asked for once more after it. */
  async #ask(following: Following): Promise<void> {
    following.again = true
    if (following.isAsking) return
    following.isAsking = true
    while (following.again && this.#followed.has(following)) {
      following.again = false
      const properties = await this.#read(following)
      if (this.#followed.has(following)) following.report(properties)
    }
    following.isAsking = false
  }

  async #read(following: Following): Promise<Properties | null> {
    const [bus, owner] = [this.#bus, this.#owner]
    if (bus === null || owner === null) return null
    try {
      const [properties] = await bus.call(
        {
          destination: owner,
          path: following.modem,
          interface: PROPERTIES,
          member: 'GetAll',
          signature: 's',
          body: [MODEM_3GPP],
        },
        this.#wait,
      )
      return dictionary(properties)
    } catch (error) {
      // A modem without 3GPP (CDMA), one that is locked, or one that has just gone.
      if (this.#owner === owner && this.#followed.has(following))
        this.#port.log('ModemManager does not know the network of a modem', { modem: following.modem, error })
      return null
    }
  }
}

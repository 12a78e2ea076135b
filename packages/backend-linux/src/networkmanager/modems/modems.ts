import type { BackendHost } from '@roamkit/core/contract'
import type { Bus, BusSignal } from '../../bus/bus-port.js'
import { asText, type Properties, text } from '../../bus/property.js'
import type { Mirror } from '../objects/mirror.js'
import { DEVICE, MODEM, MODEM_3GPP, OBJECT_MANAGER } from '../objects/names.js'
import type { FollowedModem, ModemManager } from './modem-manager.js'

/** ModemManager's path of a modem. With oFono, NetworkManager has modems of other kinds. */
const MODEM_PATH = /^\/org\/freedesktop\/ModemManager1\/Modem\/\d{1,10}$/

/** What the translation reads of a modem's registration. The rest is not stored. */
const WANTED = ['RegistrationState', 'OperatorCode', 'OperatorName']

/** What {@link Modems} needs. */
export interface ModemsPort {
  readonly bus: Bus
  readonly modemManager: ModemManager
  /** Notified when a modem's registration has changed in the mirror. */
  readonly host: Pick<BackendHost, 'changed'>
}

/**
 * Keeps what ModemManager says of each modem beside NetworkManager's device in the mirror. The `Udi` of such a device is ModemManager's path of
 * the modem.
 */
export class Modems {
  readonly #mirror: Mirror
  readonly #port: ModemsPort
  readonly #followed = new Map<string, FollowedModem>()

  /**
   * @param mirror where the registrations go
   * @param port where they come from
   */
  constructor(mirror: Mirror, port: ModemsPort) {
    this.#mirror = mirror
    this.#port = port
  }

  /** Begins with the modems that are in the mirror. Resolves when each has been reported on, within some seconds. */
  async load(): Promise<void> {
    for (const device of this.#mirror.pathsWith(MODEM)) this.#add(device)
    await Promise.all([...this.#followed.values()].map(({ first }) => first))
  }

  /** Takes a signal that has been applied to the mirror. */
  note({ interface: name, member, body }: BusSignal): void {
    if (name !== OBJECT_MANAGER) return
    const device = asText(body[0])
    if (member === 'InterfacesAdded') this.#add(device)
    else if (this.#mirror.read(device, MODEM) === undefined) this.#remove(device)
  }

  /** Follows no modem any more. */
  end(): void {
    for (const device of [...this.#followed.keys()]) this.#remove(device)
  }

  #add(device: string): void {
    const modem = text(this.#mirror.read(device, DEVICE), 'Udi')
    if (this.#mirror.read(device, MODEM) === undefined || !MODEM_PATH.test(modem)) return
    if (this.#followed.has(device)) return
    const { bus, modemManager } = this.#port
    this.#followed.set(
      device,
      modemManager.follow(bus, modem, (properties) => this.#take(device, properties)),
    )
  }

  #remove(device: string): void {
    this.#followed.get(device)?.end()
    this.#followed.delete(device)
  }

  #take(device: string, properties: Properties | null): void {
    const known = this.#mirror.read(device, MODEM_3GPP)
    if (WANTED.every((name) => known?.get(name) === properties?.get(name))) return
    if (properties === null) this.#mirror.forget(device, MODEM_3GPP)
    else
      this.#mirror.annotate(device, MODEM_3GPP, new Map(WANTED.map((name) => [name, properties.get(name)])))
    this.#port.host.changed()
  }
}

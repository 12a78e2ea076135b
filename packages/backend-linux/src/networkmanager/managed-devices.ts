import { flag, number } from '../bus/property.js'
import type { Mirror } from './objects/mirror.js'
import { DEVICE, MANAGER_PATH, NM } from './objects/names.js'

/** `NMDeviceType` */
const LOOPBACK = 32
/** `NMState` */
const ASLEEP = 10

/** The devices that NetworkManager manages. */
export class ManagedDevices {
  readonly #mirror: Mirror
  /** The path of one of them, so that not all are looked at again. */
  #last: string | null = null

  /** @param mirror NetworkManager's objects */
  constructor(mirror: Mirror) {
    this.#mirror = mirror
  }

  /**
   * Whether there is one besides the loopback. While the machine sleeps, or networking is switched off, NetworkManager manages none for a while, and
   * is in charge all the same.
   */
  isAny(): boolean {
    const manager = this.#mirror.read(MANAGER_PATH, NM)
    if (flag(manager, 'NetworkingEnabled') === false || number(manager, 'State') === ASLEEP) return true
    if (this.#last !== null && this.#isManaged(this.#last)) return true
    this.#last = null
    for (const path of this.#mirror.pathsWith(DEVICE)) {
      if (!this.#isManaged(path)) continue
      this.#last = path
      return true
    }
    return false
  }

  #isManaged(path: string): boolean {
    const device = this.#mirror.read(path, DEVICE)
    return flag(device, 'Managed') === true && number(device, 'DeviceType') !== LOOPBACK
  }
}

// What is around the fake machine: access points, and cables. It has the controls of the Wi-Fi lab.

/** Weaker than this, nothing is heard, in dBm. */
const AUDIBLE = -95

/**
 * @typedef {object} AccessPoint
 * @property {string} name
 * @property {string} ssid
 * @property {string} address
 * @property {number} frequency megahertz
 * @property {number} signal dBm
 * @property {string | null} key `null`: open
 * @property {boolean} [isHidden] does not announce its name
 * @property {boolean} [isInRange]
 * @property {boolean} [isOn]
 * @property {import('./ip-config.mjs').Lease} subnet behind it
 */

/** The access points that radios hear. */
export class Air {
  /** @type {Map<string, AccessPoint>} */
  #accessPoints = new Map()
  /** @type {Set<() => void>} */
  #listeners = new Set()

  /** @param {AccessPoint} accessPoint */
  add(accessPoint) {
    this.#accessPoints.set(accessPoint.name, { isInRange: true, isOn: true, ...accessPoint })
  }

  /** What is heard, in the order in which it was added. */
  get audible() {
    return [...this.#accessPoints.values()].filter(
      ({ isInRange, isOn, signal }) => isInRange && isOn && signal > AUDIBLE,
    )
  }

  /** Calls back whenever something changes; returns the undo. @param {() => void} listener */
  listen(listener) {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @param {string} name @param {Partial<AccessPoint>} facts */
  change(name, facts) {
    const accessPoint = this.#accessPoints.get(name)
    if (accessPoint === undefined) throw new Error(`there is no access point ${name}`)
    Object.assign(accessPoint, facts)
    for (const listener of [...this.#listeners]) listener()
  }
}

export class World {
  air = new Air()
  /** @type {Map<string, import('./cable.mjs').Cable>} */
  cables = new Map()

  /** How strong the machine receives an access point. @param {string} name @param {number} signal dBm */
  setSignal(name, signal) {
    this.air.change(name, { signal })
  }

  /** Out of range, an access point falls silent without a farewell. @param {string} name @param {boolean} isInRange */
  setInRange(name, isInRange) {
    this.air.change(name, { isInRange })
  }

  /** @param {string} name */
  switchOn(name) {
    this.air.change(name, { isOn: true })
  }

  /** @param {string} name */
  switchOff(name) {
    this.air.change(name, { isOn: false })
  }

  /** @param {'in' | 'out'} where @param {string} [name] of the socket */
  cable(where, name = 'eth0') {
    const cable = this.cables.get(name)
    if (cable === undefined) throw new Error(`there is no socket ${name}`)
    if (where === 'in') cable.plug()
    else cable.unplug()
  }
}

// A profile in use: an activation from its beginning to its end.
import { ACTIVE, ACTIVE_STATE, MANAGER_PATH } from './names.mjs'

/** What an activation can fail with. @typedef {'failed' | 'replaced' | 'over'} Outcome */

export class ActiveConnection {
  path
  profile
  device
  /** It is unknown until the device begins, though it is told as activating. @type {number} */
  state = 0
  isDefault = false
  #objects

  /**
   * @param {number} number
   * @param {object} parts
   * @param {import('./profile.mjs').Profile} parts.profile
   * @param {import('./device.mjs').Device} parts.device
   * @param {string} parts.specific the access point that the client asked for, or `/`
   * @param {import('./objects.mjs').Objects} parts.objects
   */
  constructor(number, { profile, device, specific, objects }) {
    this.path = `${MANAGER_PATH}/ActiveConnection/${number}`
    this.profile = profile
    this.device = device
    this.#objects = objects
    objects.add({
      [this.path]: {
        [ACTIVE]: {
          Connection: profile.path,
          Controller: '/',
          Default: false,
          Default6: false,
          Devices: [device.path],
          Dhcp4Config: '/',
          Dhcp6Config: '/',
          Id: profile.id,
          Ip4Config: '/',
          Ip6Config: '/',
          Master: '/',
          SpecificObject: specific,
          State: ACTIVE_STATE.activating,
          StateFlags: 0,
          Type: profile.type,
          Uuid: profile.uuid,
          Vpn: false,
        },
      },
    })
  }

  /** @param {import('./objects.mjs').Properties} properties */
  change(properties) {
    this.#objects.change(this.path, ACTIVE, properties)
  }

  get specific() {
    return this.#objects.read(this.path, ACTIVE).SpecificObject
  }

  /** A signal first, then the property. @param {number} state @param {number} [reason] `NMActiveConnectionStateReason` */
  enter(state, reason = 0) {
    this.state = state
    this.#objects.signal(this.path, ACTIVE, 'StateChanged', state, reason)
    this.change({ State: state })
  }

  /** @param {boolean} isDefault */
  setDefault(isDefault) {
    if (this.isDefault === isDefault) return
    this.isDefault = isDefault
    this.change({ Default: isDefault })
  }

  remove() {
    this.#objects.remove(this.path)
  }
}

// A socket for a cable.
import { Device } from './device.mjs'
import { FLAGS } from './device-properties.mjs'
import { DEVICE_STATE, REASON, WIRED } from './names.mjs'

/** `NMDeviceType` of a veth, which is what the labs have. */
const VETH = 20
/** Megabits a second */
const SPEED = 10_000

export class Cable extends Device {
  #carries = false
  #speed = 0
  #subnet

  /**
   * @param {import('./network-manager.mjs').FakeNetworkManager} manager
   * @param {{ name: string, number: number, hardwareAddress: string, subnet: import('./ip-config.mjs').Lease }} parts
   */
  constructor(manager, { name, number, hardwareAddress, subnet }) {
    super(manager, {
      name,
      number,
      state: DEVICE_STATE.unavailable,
      reason: REASON.nowManaged,
      facts: {
        Capabilities: 7,
        DeviceType: VETH,
        Driver: 'veth',
        DriverVersion: '1.0',
        HwAddress: hardwareAddress,
      },
      interfaces: {
        [`${WIRED.replace('.Wired', '.Veth')}`]: { Peer: '/' },
        [WIRED]: {
          Carrier: false,
          HwAddress: hardwareAddress,
          PermHwAddress: '',
          S390Subchannels: [],
          Speed: 0,
        },
      },
    })
    this.#subnet = subnet
  }

  get carries() {
    return this.#carries
  }

  /** @override */
  get lease() {
    return this.#carries ? this.#subnet : null
  }

  plug() {
    if (this.#carries) return
    this.#carries = true
    this.#changeWired({ Carrier: true })
    if (this.#speed !== SPEED) {
      this.#speed = SPEED
      this.#changeWired({ Speed: SPEED })
    }
    const wasUnavailable = this.state === DEVICE_STATE.unavailable
    if (wasUnavailable) this.state = DEVICE_STATE.disconnected // what is available is told first
    this.listAvailable()
    this.change({ InterfaceFlags: FLAGS.carrier })
    if (!wasUnavailable) return
    this.state = DEVICE_STATE.unavailable
    this.enter(DEVICE_STATE.disconnected, REASON.carrier)
  }

  /** NetworkManager gives the link up some seconds later. */
  unplug() {
    if (!this.#carries) return
    this.#carries = false
    this.#changeWired({ Carrier: false })
    this.change({ InterfaceFlags: FLAGS.up })
    this.manager.later(this.manager.times.carrierWait, () => this.giveUp())
  }

  /** It is usable no more, unless the cable is in again. */
  giveUp() {
    if (this.#carries || this.state === DEVICE_STATE.unavailable) return
    if (this.active !== null) return this.fail(REASON.carrier, DEVICE_STATE.unavailable)
    this.change({ AvailableConnections: [] })
    this.enter(DEVICE_STATE.unavailable, REASON.carrier)
  }

  /** @param {import('./objects.mjs').Properties} properties */
  #changeWired(properties) {
    this.manager.objects.change(this.path, WIRED, properties)
  }
}

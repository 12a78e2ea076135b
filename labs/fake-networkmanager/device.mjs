// A device of the fake: brings links up and takes them down, and tells of it in the order in which NetworkManager 1.42 does.
import { deviceProperties, FLAGS } from './device-properties.mjs'
import { addressesOf, dhcpOptions, emptyConfigs, NO_ADDRESSES } from './ip-config.mjs'
import {
  ACTIVE_STATE,
  CONNECTIVITY,
  DEVICE,
  DEVICE_STATE,
  DHCP4,
  IP4,
  IP6,
  MANAGER_PATH,
  METERED,
  REASON,
} from './names.mjs'

/** @typedef {import('./active-connection.mjs').ActiveConnection} ActiveConnection */

/** `NMActivationStateFlags` */
const LAYER2_READY = 0x4
const IP4_READY = 0x8
const IP6_READY = 0x10

/** `NMActiveConnectionStateReason` of an end whose reason the device gives. */
const DEVICE_DISCONNECTED = 3

/** An activation that comes to nothing, with the `NMDeviceStateReason`. */
export class ActivationFailed extends Error {
  reason

  /** @param {number} reason */
  constructor(reason) {
    super(`the activation fails with reason ${reason}`)
    this.reason = reason
  }
}

/** The link went on to something else. */
class Superseded extends Error {}

export class Device {
  path
  name
  state
  /** @type {ActiveConnection | null} */
  active = null
  manager
  /** The path of what DHCP gave. @type {string | null} */
  dhcp = null
  /** Whether a default route leads through it. */
  hasRoute = false
  connectivity = CONNECTIVITY.none
  /** The activation that waits until the device is free. @type {ActiveConnection | null} */
  #next = null
  /** What is under way. */
  #work = new AbortController()

  /**
   * @param {import('./network-manager.mjs').FakeNetworkManager} manager
   * @param {{ name: string, number: number, state: number, reason: number, facts: import('./objects.mjs').Properties, interfaces: import('./objects.mjs').Interfaces }} parts
   */
  constructor(manager, { name, number, state, reason, facts, interfaces }) {
    this.manager = manager
    this.name = name
    this.state = state
    this.path = `${MANAGER_PATH}/Devices/${number}`
    this.ip4 = `${MANAGER_PATH}/IP4Config/${number}`
    this.ip6 = `${MANAGER_PATH}/IP6Config/${number}`
    manager.objects.add({
      ...emptyConfigs(this),
      [this.path]: {
        [DEVICE]: { ...deviceProperties({ name, state, reason, ip4: this.ip4, ip6: this.ip6 }), ...facts },
        ...interfaces,
      },
    })
  }

  /** Whether a link can be brought up. */
  get isAvailable() {
    return this.state > DEVICE_STATE.unavailable
  }

  /** @param {import('./objects.mjs').Properties} properties */
  change(properties) {
    this.manager.objects.change(this.path, DEVICE, properties)
  }

  /** @param {number} state @param {number} reason */
  enter(state, reason) {
    const former = this.state
    this.state = state
    this.change({ State: state })
    this.change({ StateReason: [state, reason] })
    this.manager.objects.signal(this.path, DEVICE, 'StateChanged', state, former, reason)
  }

  /** The profiles that it can use now. */
  listAvailable() {
    const profiles = this.isAvailable ? this.manager.profiles.filter((profile) => this.fits(profile)) : []
    const paths = profiles.map(({ path }) => path)
    if (String(this.manager.objects.read(this.path, DEVICE).AvailableConnections) === String(paths)) return
    this.change({ AvailableConnections: paths })
  }

  /** @param {import('./profile.mjs').Profile} profile */
  fits(profile) {
    return profile.device === this.name
  }

  /**
   * Begins an activation, once the device is free. What comes before the answer is told at once.
   *
   * @param {ActiveConnection} active
   */
  activate(active) {
    this.cancelNext()
    this.#next = active
    if (this.active === null) this.#run((over) => this.#beginNext(over))
    else this.deactivate(REASON.newActivation)
  }

  /** The activation that waits for the device does not get it any more. */
  cancelNext() {
    const next = this.#next
    this.#next = null
    if (next === null) return
    next.enter(ACTIVE_STATE.deactivated, DEVICE_DISCONNECTED)
    this.manager.removeActive(next)
  }

  /** Takes the link down; what comes before the answer is told at once. @param {number} reason */
  deactivate(reason) {
    const { active, manager } = this
    if (active === null || this.state === DEVICE_STATE.deactivating) return
    const isUp = this.state === DEVICE_STATE.activated
    this.enter(DEVICE_STATE.deactivating, reason)
    active.enter(ACTIVE_STATE.deactivating)
    manager.updateState()
    if (isUp) {
      this.#repeatConfigs(active)
      this.#setConnectivity(CONNECTIVITY.none)
    }
    this.#run(async (over) => {
      await manager.pause(manager.times.teardown, over)
      this.disconnectLayer2(active)
      this.#releaseIp(active)
      this.#detach(active)
      this.enter(DEVICE_STATE.disconnected, reason)
      this.#end(active)
      await this.#beginNext(over)
    })
  }

  /** The link cannot go on. @param {number} reason @param {number} then the state that the device has afterwards */
  fail(reason, then = DEVICE_STATE.disconnected) {
    const { active } = this
    if (active === null) return
    this.#run(async () => this.#failed(active, reason, then))
  }

  /** The device cannot be used any more, at once: it is switched off. @param {number} reason */
  withdraw(reason) {
    const { active } = this
    this.#abandon()
    this.cancelNext()
    if (active !== null) {
      this.#releaseIp(active)
      this.#detach(active)
    }
    this.enter(DEVICE_STATE.unavailable, reason)
    if (active !== null) {
      active.enter(ACTIVE_STATE.deactivated, DEVICE_DISCONNECTED)
      this.manager.updateState()
      for (const name of ['Ip4Config', 'Dhcp4Config', 'Ip6Config', 'Dhcp6Config'])
        active.change({ [name]: '/' })
      active.change({ Devices: [] })
    }
    this.afterWithdrawal()
    if (active === null) return
    this.#setConnectivity(CONNECTIVITY.none)
    this.change({ IpInterface: '' })
    this.manager.choosePrimary()
    this.#run(async (over) => {
      await this.manager.pause(0, over)
      this.#removeConfigs()
      this.change({ InterfaceFlags: FLAGS.off })
      this.manager.removeActive(active)
    })
  }

  /** Ends whatever is under way, without a word: the service is gone. */
  halt() {
    this.#abandon()
  }

  // What kinds of devices do differently.

  /** Up to the state "config". @param {ActiveConnection} _active */
  prepare(_active) {}

  /**
   * Connects; throws {@link ActivationFailed} if that fails.
   *
   * @param {ActiveConnection} _active
   * @param {AbortSignal} _over
   * @returns {Promise<void>}
   */
  async connectLayer2(_active, _over) {}

  /** Lets the other side know that the link goes down. @param {ActiveConnection} _active */
  disconnectLayer2(_active) {}

  /** The link is down. */
  releaseLayer2() {}

  /** After a switched-off device has released its link. */
  afterWithdrawal() {}

  /** After the link is up. */
  afterActivation() {}

  /** What DHCP gives; `null` if no server answers. @returns {import('./ip-config.mjs').Lease | null} */
  get lease() {
    return null
  }

  get routeMetric() {
    return 100
  }

  get hardwareAddress() {
    return this.manager.objects.read(this.path, DEVICE).HwAddress
  }

  // What is under way.

  #abandon() {
    this.#work.abort(new Superseded())
    this.#work = new AbortController()
  }

  /** @param {(over: AbortSignal) => Promise<void>} work in place of what is under way */
  #run(work) {
    this.#abandon()
    const { signal } = this.#work
    work(signal).catch((error) => {
      if (!(error instanceof Superseded)) throw error
    })
  }

  /** @param {AbortSignal} over */
  async #beginNext(over) {
    await this.manager.pause(0, over)
    const next = this.#next
    this.#next = null
    if (next !== null) await this.#bringUp(next, over)
  }

  /** @param {ActiveConnection} active @param {AbortSignal} over */
  async #bringUp(active, over) {
    try {
      this.active = active
      this.change({ ActiveConnection: active.path })
      this.enter(DEVICE_STATE.prepare, REASON.none)
      active.enter(ACTIVE_STATE.activating)
      this.manager.updateState()
      this.manager.showActivating()
      this.prepare(active)
      this.enter(DEVICE_STATE.config, REASON.none)
      await this.connectLayer2(active, over)
      await this.#configureIp(active, over)
      this.#becomeUp(active)
    } catch (error) {
      if (!(error instanceof ActivationFailed)) throw error
      this.#failed(active, error.reason, DEVICE_STATE.disconnected)
    }
  }

  /** @param {ActiveConnection} active @param {AbortSignal} over */
  async #configureIp(active, over) {
    const { manager } = this
    active.change({ StateFlags: LAYER2_READY })
    this.enter(DEVICE_STATE.ipConfig, REASON.none)
    const dhcp = manager.nextPath('DHCP4Config')
    this.dhcp = dhcp
    manager.objects.add({ [dhcp]: { [DHCP4]: { Options: {} } } })
    this.change({ Dhcp4Config: dhcp })
    manager.objects.change(this.ip4, IP4, { DnsPriority: 100 })
    manager.objects.change(this.ip6, IP6, { DnsPriority: 100 })
    const ready = LAYER2_READY | (active.profile.hasIp6 ? 0 : IP6_READY)
    if (ready !== LAYER2_READY) active.change({ StateFlags: ready })
    await manager.pause(manager.times.dhcp, over)
    const { lease } = this
    if (lease === null) {
      await manager.pause(manager.times.dhcpTimeout, over)
      throw new ActivationFailed(REASON.ipConfigUnavailable)
    }
    manager.objects.change(dhcp, DHCP4, { Options: dhcpOptions(lease, this.hardwareAddress) })
    this.change({ Metered: METERED.guessedNo })
    this.hasRoute = true
    manager.chooseDefault()
    manager.objects.change(this.ip4, IP4, addressesOf(lease, this.routeMetric))
    active.change({ StateFlags: ready | IP4_READY })
  }

  /** @param {ActiveConnection} active */
  #becomeUp(active) {
    const { manager } = this
    this.enter(DEVICE_STATE.ipCheck, REASON.none)
    manager.showActivating()
    this.change({ IpInterface: this.name })
    this.enter(DEVICE_STATE.secondaries, REASON.none)
    this.enter(DEVICE_STATE.activated, REASON.none)
    active.profile.wasUsed = true
    active.enter(ACTIVE_STATE.activated)
    manager.updateState()
    this.#repeatConfigs(active)
    this.afterActivation()
    this.#setConnectivity(CONNECTIVITY.full)
  }

  /** @param {ActiveConnection} active */
  #repeatConfigs(active) {
    active.change({ Ip4Config: this.ip4 })
    active.change({ Dhcp4Config: this.dhcp ?? '/' })
    active.change({ Ip6Config: this.ip6 })
    active.change({ Dhcp6Config: '/' })
  }

  /** @param {number} connectivity */
  #setConnectivity(connectivity) {
    this.connectivity = connectivity
    this.change({ Ip4Connectivity: connectivity })
    if (connectivity === CONNECTIVITY.full) this.manager.updateConnectivity()
    this.change({ Ip6Connectivity: connectivity })
    if (connectivity !== CONNECTIVITY.full) this.manager.updateConnectivity()
  }

  /** @param {ActiveConnection} active @param {number} reason @param {number} then */
  #failed(active, reason, then) {
    const { manager } = this
    if (then === DEVICE_STATE.disconnected) this.enter(DEVICE_STATE.failed, reason)
    else this.enter(then, reason)
    active.enter(ACTIVE_STATE.deactivated, DEVICE_DISCONNECTED)
    manager.updateState()
    active.change({ Devices: [] })
    manager.showActivating()
    this.#releaseIp(active)
    this.#detach(active)
    this.#setConnectivityIfUp()
    manager.choosePrimary()
    this.change({ IpInterface: '' })
    this.#removeConfigs()
    manager.removeActive(active)
    if (then === DEVICE_STATE.disconnected) this.enter(then, REASON.none)
    this.listAvailable()
  }

  #setConnectivityIfUp() {
    if (this.connectivity === CONNECTIVITY.full) this.#setConnectivity(CONNECTIVITY.none)
  }

  /** @param {ActiveConnection} active */
  #releaseIp(active) {
    const { manager } = this
    if (this.dhcp !== null) {
      this.change({ Dhcp4Config: '/' })
      active.change({ Dhcp4Config: '/' })
    }
    this.releaseLayer2()
    if (this.dhcp === null) return
    manager.objects.change(this.ip4, IP4, { DnsPriority: 0 })
    manager.objects.change(this.ip6, IP6, { DnsPriority: 0 })
    if (!this.hasRoute) return
    this.change({ Metered: METERED.unknown })
    this.hasRoute = false
    manager.releaseDefault(active)
  }

  /** @param {ActiveConnection} active */
  #detach(active) {
    if (this.active === active) this.active = null
    this.change({ ActiveConnection: '/' })
  }

  /** @param {ActiveConnection} active */
  #end(active) {
    const { manager } = this
    active.enter(ACTIVE_STATE.deactivated, DEVICE_DISCONNECTED)
    manager.updateState()
    active.change({ Devices: [] })
    manager.showActivating()
    manager.choosePrimary()
    this.change({ IpInterface: '' })
    this.#removeConfigs()
    manager.removeActive(active)
  }

  #removeConfigs() {
    if (this.dhcp === null) return
    this.manager.objects.remove(this.dhcp)
    this.dhcp = null
    this.manager.objects.change(this.ip4, IP4, NO_ADDRESSES)
  }
}

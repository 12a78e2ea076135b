// A FAKE NetworkManager: devices, profiles and activations that tell of themselves as NetworkManager 1.42 does in the Wi-Fi lab's recordings.
import { ActiveConnection } from './active-connection.mjs'
import { Cable } from './cable.mjs'
import { Device } from './device.mjs'
import { FLAGS } from './device-properties.mjs'
import { MANAGER } from './manager-properties.mjs'
import {
  ACTIVE_STATE,
  AGENT_MANAGER,
  AGENT_MANAGER_PATH,
  CONNECTIVITY,
  DEVICE,
  DEVICE_STATE,
  IP4,
  IP6,
  MANAGER_PATH,
  METERED,
  NM,
  PROFILE,
  REASON,
  SETTINGS,
  SETTINGS_PATH,
  STATE,
} from './names.mjs'
import { Objects } from './objects.mjs'
import { Profile } from './profile.mjs'
import { Radio } from './radio.mjs'
import { Agents } from './secrets.mjs'

/** Milliseconds, as the lab takes them. */
const TIMES = {
  association: 20,
  wrongKey: 4000,
  dhcp: 5,
  dhcpTimeout: 15_000,
  teardown: 5,
  scan: 4000,
  /** Until the supplicant notices that an access point has fallen silent, or has become weak. */
  loss: 300,
  linkTimeout: 15_000,
  carrierWait: 6000,
  radio: 100,
}

/** @typedef {typeof TIMES} Times */

/**
 * @typedef {object} FakeOptions
 * @property {import('./clock.mjs').Clock} clock
 * @property {(signal: import('./objects.mjs').Signal) => void} say
 * @property {import('./secrets.mjs').CallAgent} [callAgent]
 * @property {Partial<Times>} [times]
 */

export class FakeNetworkManager {
  objects
  times
  agents
  /** @type {Profile[]} in the order in which they are listed */
  profiles = []
  /** @type {import("./device.mjs").Device[]} */
  devices = []
  /** The newest first. @type {ActiveConnection[]} */
  actives = []
  isWirelessEnabled = true
  #clock
  #counts = new Map()
  #state = STATE.disconnected
  #connectivity = CONNECTIVITY.none
  #activating = '/'
  /** @type {ActiveConnection | null} */
  #primary = null
  /** @type {ActiveConnection | null} the owner of the default route */
  #default = null
  #metered = METERED.unknown
  #over = new AbortController()

  /** @param {FakeOptions} options */
  constructor({ clock, say, callAgent, times }) {
    this.#clock = clock
    this.times = { ...TIMES, ...times }
    this.objects = new Objects(say)
    this.agents = new Agents(callAgent ?? (() => Promise.reject(new Error('there is no way to agents'))))
    this.objects.add({
      [MANAGER_PATH]: { [NM]: MANAGER },
      [SETTINGS_PATH]: { [SETTINGS]: { CanModify: true, Connections: [], Hostname: 'vm' } },
      [AGENT_MANAGER_PATH]: { [AGENT_MANAGER]: {} },
      [`${MANAGER_PATH}/DnsManager`]: {
        [`${NM}.DnsManager`]: { Configuration: [], Mode: 'none', RcManager: 'unmanaged' },
      },
    })
  }

  /** Waits, unless what it waits for is over. @param {number} milliseconds @param {AbortSignal} over */
  pause(milliseconds, over) {
    return this.#clock.pause(milliseconds, over)
  }

  /** Does something later, unless the service has ended by then. @param {number} milliseconds @param {() => void} run */
  later(milliseconds, run) {
    this.pause(milliseconds, this.#over.signal).then(run, () => undefined)
  }

  /** Nothing happens any more. */
  halt() {
    this.#over.abort(new Error('the service is over'))
    for (const device of this.devices) device.halt()
  }

  /** @param {string} kind @returns {string} the path of a new object */
  nextPath(kind) {
    return `${MANAGER_PATH}/${kind}/${this.nextNumber(kind)}`
  }

  /** @param {string} kind */
  nextNumber(kind) {
    const number = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, number)
    return number
  }

  // Devices.

  /** The loopback, which NetworkManager leaves alone. It is the first one that it drops at its end. */
  addLoopback() {
    const facts = {
      Capabilities: 5,
      DeviceType: 32,
      HwAddress: '00:00:00:00:00:00',
      InterfaceFlags: FLAGS.carrier,
      Mtu: 65_536,
    }
    const interfaces = { [`${DEVICE}.Loopback`]: {} }
    const state = { state: DEVICE_STATE.unmanaged, reason: REASON.none }
    const device = new Device(this, {
      name: 'lo',
      number: this.nextNumber('Devices'),
      ...state,
      facts,
      interfaces,
    })
    const none = Buffer.alloc(16)
    const itself = Buffer.from([...none.subarray(1), 1])
    const { ip4, ip6 } = device
    this.objects.change(ip4, IP4, { ...LOOPBACK, Addresses: [[0x0100007f, 8, 0]] })
    this.objects.change(ip6, IP6, {
      AddressData: [{ address: '::1', prefix: 128 }],
      Addresses: [[itself, 128, none]],
    })
    return this.#addDevice(device)
  }

  /** @param {{ name: string, air: import('./world.mjs').Air, isManaged?: boolean }} parts */
  addRadio(parts) {
    return this.#addDevice(new Radio(this, { ...parts, number: this.nextNumber('Devices') }))
  }

  /** @param {{ name: string, hardwareAddress: string, subnet: import('./ip-config.mjs').Lease }} parts */
  addCable(parts) {
    return this.#addDevice(new Cable(this, { ...parts, number: this.nextNumber('Devices') }))
  }

  /** @template {import('./device.mjs').Device} D @param {D} device @returns {D} */
  #addDevice(device) {
    this.devices.push(device)
    const Devices = this.devices.map(({ path }) => path)
    this.#change({ Devices, AllDevices: Devices })
    return device
  }

  // Profiles.

  /** @param {import('./profile.mjs').ProfileStart} start */
  addProfile(start) {
    const profile = new Profile(this.nextNumber('Settings'), start)
    this.profiles.push(profile)
    this.objects.add({ [profile.path]: profile.interfaces })
    this.objects.signal(SETTINGS_PATH, SETTINGS, 'NewConnection', profile.path)
    this.#listProfiles()
    return profile
  }

  /** @param {Profile} profile */
  removeProfile(profile) {
    this.profiles = this.profiles.filter((one) => one !== profile)
    this.objects.change(SETTINGS_PATH, SETTINGS, { Connections: this.profiles.map(({ path }) => path) })
    this.objects.signal(profile.path, PROFILE, 'Removed')
    this.objects.signal(SETTINGS_PATH, SETTINGS, 'ConnectionRemoved', profile.path)
    const active = this.actives.find((one) => one.profile === profile)
    active?.change({ Connection: '/' })
    this.objects.remove(profile.path)
    if (active !== undefined && active.state <= ACTIVE_STATE.activated)
      active.device.deactivate(REASON.connectionRemoved)
    for (const device of this.devices) device.listAvailable()
  }

  /** Keeps a profile that was in memory only. @param {Profile} profile */
  saveProfile(profile) {
    profile.save()
    const { Filename, ...flags } = profile.interfaces[PROFILE] ?? {}
    this.objects.change(profile.path, PROFILE, { Filename })
    this.objects.change(profile.path, PROFILE, flags)
    this.updated(profile)
    this.later(0, () => this.agents.save(profile))
  }

  /** The profile has other settings now, or other secrets. @param {Profile} profile */
  updated(profile) {
    this.objects.signal(profile.path, PROFILE, 'Updated')
    const active = this.actives.find((one) => one.profile === profile)
    active?.change({ Id: profile.id })
    active?.change({ Type: profile.type })
  }

  #listProfiles() {
    this.objects.change(SETTINGS_PATH, SETTINGS, { Connections: this.profiles.map(({ path }) => path) })
    for (const device of this.devices) device.listAvailable()
  }

  // Activations.

  /** @param {Profile} profile @param {import('./device.mjs').Device} device @param {string} specific */
  activate(profile, device, specific) {
    const { objects } = this
    const active = new ActiveConnection(this.nextNumber('ActiveConnection'), {
      profile,
      device,
      specific,
      objects,
    })
    this.actives.unshift(active)
    this.#listActives()
    device.activate(active)
    return active
  }

  /** @param {ActiveConnection} active @param {number} reason */
  deactivate(active, reason) {
    if (active.device.active === active) return active.device.deactivate(reason)
    // It waits for the device to be free.
    active.device.cancelNext()
  }

  /** @param {ActiveConnection} active */
  removeActive(active) {
    active.remove()
    this.actives = this.actives.filter((one) => one !== active)
    this.#listActives()
    if (active.profile.isVolatile && !this.actives.some(({ profile }) => profile === active.profile))
      this.removeProfile(active.profile)
  }

  #listActives() {
    this.#change({ ActiveConnections: this.actives.map(({ path }) => path) })
  }

  /** Tells which activation is under way, if there is no link yet. */
  showActivating() {
    const isUnderWay = (/** @type {ActiveConnection} */ { state, device }) =>
      state === ACTIVE_STATE.activating &&
      device.state >= DEVICE_STATE.prepare &&
      device.state < DEVICE_STATE.ipCheck
    const others = this.#primary !== null && !isUnderWay(this.#primary)
    const path = others ? '/' : (this.actives.find(isUnderWay)?.path ?? '/')
    if (path === this.#activating) return
    this.#activating = path
    this.#change({ ActivatingConnection: path })
  }

  // What follows for the machine.

  /** The default route goes to the best link that has one. */
  chooseDefault() {
    const best = this.#bestActive()
    if (best === this.#default) return
    this.#default?.setDefault(false)
    this.#default = best
    this.updateState()
    best?.setDefault(true)
    this.#showPrimary(best)
    this.#showMetered()
  }

  /** @param {ActiveConnection} active whose default route is gone */
  releaseDefault(active) {
    if (this.#default !== active) return
    this.#default = null
    this.#showMetered()
    active.setDefault(false)
  }

  /** If the primary connection is over, the next best takes its place. */
  choosePrimary() {
    if (this.#primary === null || this.#primary.state !== ACTIVE_STATE.deactivated) return
    if (this.#bestActive() === null) this.#showPrimary(null)
    else this.chooseDefault()
  }

  #bestActive() {
    const candidates = this.devices.filter(
      ({ hasRoute, active }) => hasRoute && active !== null && active.state <= ACTIVE_STATE.activated,
    )
    const [best] = candidates.sort((one, other) => one.routeMetric - other.routeMetric)
    return best?.active ?? null
  }

  /** @param {ActiveConnection | null} active */
  #showPrimary(active) {
    this.#primary = active
    this.#change({ PrimaryConnection: active?.path ?? '/' })
    this.#change({ PrimaryConnectionType: active?.profile.type ?? '' })
  }

  #showMetered() {
    const metered = this.#default === null ? METERED.unknown : METERED.guessedNo
    if (metered === this.#metered) return
    this.#metered = metered
    this.#change({ Metered: metered })
  }

  updateConnectivity() {
    const connectivity = Math.max(...this.devices.map((device) => device.connectivity))
    if (connectivity === this.#connectivity) return
    this.#connectivity = connectivity
    this.updateState()
    this.#change({ Connectivity: connectivity })
  }

  updateState() {
    const state = this.#bestState()
    if (state === this.#state) return
    this.#state = state
    this.#change({ State: state })
    this.objects.signal(MANAGER_PATH, NM, 'StateChanged', state)
  }

  #bestState() {
    let best = STATE.disconnected
    for (const { state, isDefault } of this.actives) {
      if (state === ACTIVE_STATE.activated && isDefault) best = STATE.connectedSite
      else if (state === ACTIVE_STATE.activated && best < STATE.connecting) best = STATE.connectedLocal
      else if (state === ACTIVE_STATE.activating && best !== STATE.connectedSite) best = STATE.connecting
      else if (state === ACTIVE_STATE.deactivating && best < STATE.disconnecting) best = STATE.disconnecting
    }
    return best >= STATE.connectedLocal && this.#connectivity === CONNECTIVITY.full
      ? STATE.connectedGlobal
      : best
  }

  /** @param {boolean} isEnabled */
  enableWireless(isEnabled) {
    const was = this.isWirelessEnabled
    this.isWirelessEnabled = isEnabled
    const radios = this.devices.filter((device) => device instanceof Radio)
    this.objects.together(MANAGER_PATH, NM, () => {
      // NetworkManager tells the old value first if it is switched on.
      this.#change({ WirelessEnabled: was && isEnabled })
      if (!isEnabled) for (const radio of radios) radio.switchOff()
    })
    if (!isEnabled || was) return
    this.later(this.times.radio, () => {
      for (const radio of radios) radio.switchOn()
      this.#change({ WirelessEnabled: true })
    })
  }

  /** @param {import('./objects.mjs').Properties} properties */
  #change(properties) {
    this.objects.change(MANAGER_PATH, NM, properties)
  }
}

const LOOPBACK = { AddressData: [{ address: '127.0.0.1', prefix: 8 }] }

// A Wi-Fi radio, with what the supplicant does: scans, connects, roams between the access points of one network.
import { accessPointObject, INFRASTRUCTURE, strengthOf } from './access-point.mjs'
import { ActivationFailed, Device } from './device.mjs'
import { FLAGS } from './device-properties.mjs'
import { ACCESS_POINT, DEVICE_STATE, REASON, WIRELESS } from './names.mjs'

const WIFI = 2
/** A link in use reports less than a scan does. dB */
const LESS_IN_USE = 10
/** Below this the supplicant looks for a better access point. dBm */
const WEAK = -70
const MARGIN = 8
/** After so many scans without it, the supplicant forgets an access point. */
const MISSED = 2

/** @typedef {import('./world.mjs').AccessPoint} AccessPoint */
/** @typedef {import('./active-connection.mjs').ActiveConnection} ActiveConnection */
/** @typedef {{ path: string, accessPoint: AccessPoint, ssid: string, missed: number }} Seen missed: in how many scans in a row it was not heard */

export class Radio extends Device {
  #air
  /** What it has seen, in the order in which it is listed. @type {Seen[]} */
  #seen = []
  /** The one that it is on. @type {Seen | null} */
  #current = null
  #isScanning = false
  #isLosing = false
  #scans = 0
  /** @type {() => unknown} */
  #unlisten = () => undefined

  /**
   * @param {import('./network-manager.mjs').FakeNetworkManager} manager
   * @param {{ name: string, number: number, air: import('./world.mjs').Air, isManaged?: boolean }} parts
   */
  constructor(manager, { name, number, air, isManaged = true }) {
    const hardwareAddress = `02:00:00:00:0${name.replace(/\D/g, '')}:00`
    super(manager, {
      name,
      number,
      state: isManaged ? DEVICE_STATE.disconnected : DEVICE_STATE.unmanaged,
      reason: isManaged ? REASON.supplicantAvailable : REASON.none,
      facts: {
        DeviceType: WIFI,
        Driver: 'mac80211_hwsim',
        DriverVersion: '6.1.176',
        FirmwareVersion: 'N/A',
        HwAddress: hardwareAddress,
        InterfaceFlags: isManaged ? FLAGS.up : FLAGS.off,
        Udi: `/sys/devices/virtual/mac80211_hwsim/hw${name.replace('wlan', 'sim')}/net/${name}`,
      },
      interfaces: {
        [WIRELESS]: {
          AccessPoints: [],
          ActiveAccessPoint: '/',
          Bitrate: 0,
          HwAddress: hardwareAddress,
          LastScan: isManaged ? 0 : -1,
          Mode: INFRASTRUCTURE,
          PermHwAddress: hardwareAddress,
          WirelessCapabilities: 10_239,
        },
      },
    })
    this.#air = air
    if (!isManaged) return
    this.#unlisten = air.listen(() => this.#checkLink())
    for (const accessPoint of air.audible) this.#take(accessPoint)
  }

  /** @override */
  get lease() {
    return this.#current?.accessPoint.subnet ?? null
  }

  /** @override */
  get routeMetric() {
    return 600
  }

  /** Looks around; what is new is told after a while. */
  scan() {
    if (this.#isScanning || this.state < DEVICE_STATE.disconnected) return
    this.#isScanning = true
    this.manager.later(this.manager.times.scan, () => {
      this.#isScanning = false
      if (this.state >= DEVICE_STATE.disconnected) this.#look()
    })
  }

  /** @override @param {import('./profile.mjs').Profile} profile */
  fits(profile) {
    if (!super.fits(profile) || profile.ssid === null) return false
    return profile.isHidden || this.#seen.some(({ ssid }) => ssid === profile.ssid)
  }

  switchOff() {
    if (this.state <= DEVICE_STATE.unavailable) return
    this.change({ AvailableConnections: [] })
    this.withdraw(REASON.none)
  }

  switchOn() {
    if (this.state !== DEVICE_STATE.unavailable) return
    this.change({ InterfaceFlags: FLAGS.up })
    this.state = DEVICE_STATE.disconnected
    this.listAvailable()
    this.state = DEVICE_STATE.unavailable
    this.enter(DEVICE_STATE.disconnected, REASON.supplicantAvailable)
    this.scan()
  }

  /** @override */
  halt() {
    super.halt()
    this.#unlisten()
  }

  // The course of an activation.

  /** @override @param {ActiveConnection} active */
  prepare(active) {
    this.#changeWireless({ Mode: INFRASTRUCTURE })
    const wanted = this.#seen.find(({ path }) => path === active.specific)
    // A guess: which one it will be is for the supplicant to decide.
    const first = wanted ?? this.#seen.find(({ ssid }) => ssid === active.profile.ssid)
    if (first !== undefined && first !== this.#current) this.#changeCurrent(first, active)
  }

  /** @override @param {ActiveConnection} active @param {AbortSignal} over */
  async connectLayer2(active, over) {
    const {
      profile,
      profile: { isProtected },
    } = active
    let isNew = false
    if (isProtected && profile.key === null) this.manager.agents.save(profile)
    for (;;) {
      if (isProtected) await this.#authenticate(active, { isNew, over })
      const outcome = await this.#associate(active, over)
      if (outcome === 'connected') return
      if (outcome === 'gone') throw new ActivationFailed(REASON.ssidNotFound)
      isNew = true
    }
  }

  /**
   * Gets a key: that of the profile, unless it was wrong; otherwise from an agent.
   *
   * @param {ActiveConnection} active
   * @param {{ isNew: boolean, over: AbortSignal }} options isNew: whether the last one was wrong
   */
  async #authenticate(active, { isNew, over }) {
    const { profile } = active
    this.enter(DEVICE_STATE.needAuth, isNew ? REASON.supplicantDisconnect : REASON.none)
    if (isNew) this.#changeCurrent(null, active)
    if (isNew || profile.key === null) {
      const key = await this.manager.agents.ask(profile, { isNew })
      over.throwIfAborted()
      if (key === null) throw new ActivationFailed(REASON.noSecrets)
      profile.key = key
    }
    this.manager.updated(profile)
    this.enter(DEVICE_STATE.prepare, REASON.none)
    this.prepare(active)
    this.enter(DEVICE_STATE.config, REASON.none)
  }

  /** The supplicant takes the strongest one. @param {ActiveConnection} active @param {AbortSignal} over @returns {Promise<'connected' | 'refused' | 'gone'>} */
  async #associate(active, over) {
    const { manager } = this
    const { profile } = active
    const isThere = () => this.#bestOf(profile.ssid) !== undefined
    if (!isThere()) {
      this.scan()
      await manager.pause(manager.times.scan + 1, over)
      this.prepare(active)
    }
    await manager.pause(manager.times.association, over)
    if (!isThere()) await manager.pause(manager.times.linkTimeout, over)
    const best = this.#bestOf(profile.ssid)
    if (best === undefined) return 'gone'
    this.change({ InterfaceFlags: FLAGS.carrier })
    if (best.accessPoint.key === profile.key) {
      if (best !== this.#current) this.#changeCurrent(best, active)
      return 'connected'
    }
    await manager.pause(manager.times.wrongKey, over)
    this.change({ InterfaceFlags: FLAGS.up })
    return 'refused'
  }

  /** @override */
  afterActivation() {
    if (this.#current === null) return
    this.#showStrength(this.#current)
    const { seen } = /** @type {any} */ (this.active).profile
    if (!seen.includes(this.#current.accessPoint.address)) seen.push(this.#current.accessPoint.address)
  }

  /** @override @param {ActiveConnection} active */
  disconnectLayer2(active) {
    if (this.#current === null || !this.#isAudible(this.#current)) return
    this.change({ InterfaceFlags: FLAGS.up })
    this.#changeCurrent(null, active)
  }

  /** @override */
  releaseLayer2() {
    const current = this.#current
    if (current === null) return
    this.#current = null
    if (!this.#isAudible(current)) this.#forget(current)
    this.#changeWireless({ ActiveAccessPoint: '/' })
  }

  /** @override */
  afterWithdrawal() {
    for (const seen of [...this.#seen]) this.#forget(seen)
  }

  // The link in use.

  #checkLink() {
    const current = this.#current
    if (current === null || this.state !== DEVICE_STATE.activated || this.#isLosing) return
    if (this.#isAudible(current) && this.#better(current) === undefined) return
    this.#isLosing = true
    const { active, manager } = this
    manager.later(manager.times.loss, () => {
      this.#isLosing = false
      if (this.active !== active || this.state !== DEVICE_STATE.activated || this.#current !== current) return
      if (this.#isAudible(current)) this.#leaveWeak(current)
      else this.#leaveSilent(current)
    })
  }

  /** The better one among those of the same network, if this one is weak. @param {Seen} current */
  #better({ ssid, accessPoint: { signal } }) {
    if (signal >= WEAK) return undefined
    return this.#seen
      .filter((one) => one.ssid === ssid && this.#isAudible(one) && one.accessPoint.signal >= signal + MARGIN)
      .sort((one, other) => other.accessPoint.signal - one.accessPoint.signal)[0]
  }

  /** @param {Seen} current */
  #leaveWeak(current) {
    const better = this.#better(current)
    if (better === undefined) return
    this.change({ InterfaceFlags: FLAGS.up })
    this.#changeCurrent(better, this.active)
    this.#showStrength(current)
    this.change({ InterfaceFlags: FLAGS.carrier })
    this.#showStrength(better)
  }

  /** @param {Seen} current */
  #leaveSilent(current) {
    this.change({ InterfaceFlags: FLAGS.up })
    // The supplicant forgets it, and finds it again among the kernel's last results: as another object.
    this.#discover(current.accessPoint, current.ssid, { missed: -1 })
    this.#countScan()
    if (this.#return(current)) return
    const { active, manager } = this
    const end = manager.times.linkTimeout
    // The supplicant goes on looking until NetworkManager gives up.
    const search = (/** @type {number} */ elapsed) =>
      manager.later(manager.times.scan, () => {
        if (this.active !== active || this.state !== DEVICE_STATE.activated) return
        this.#look()
        if (this.#return(current)) return
        if (elapsed >= end) this.fail(REASON.ssidNotFound)
        else search(elapsed + manager.times.scan)
      })
    search(manager.times.scan)
  }

  /** Connects to another access point of the network, or to the same one again. @param {Seen} current */
  #return(current) {
    const found = this.#bestOf(current.ssid)
    if (found === undefined) return false
    this.change({ InterfaceFlags: FLAGS.carrier })
    if (found === current) return true
    this.#showStrength(found)
    if (!this.#isAudible(current)) this.#forget(current)
    this.#changeCurrent(found, this.active)
    return true
  }

  // What is seen.

  /** @param {Seen} seen */
  #isAudible({ accessPoint }) {
    return this.#air.audible.includes(accessPoint)
  }

  /** @param {string | null} ssid */
  #bestOf(ssid) {
    return this.#seen
      .filter((one) => one.ssid === ssid && this.#isAudible(one))
      .sort((one, other) => other.accessPoint.signal - one.accessPoint.signal)[0]
  }

  /** Takes what is heard now, the strongest first, and forgets what was not heard twice in a row. */
  #look() {
    const { audible } = this.#air
    for (const seen of [...this.#seen]) {
      seen.missed = audible.includes(seen.accessPoint) ? 0 : seen.missed + 1
      if (seen.missed >= MISSED && seen !== this.#current) this.#forget(seen)
    }
    for (const accessPoint of [...audible].sort((one, other) => other.signal - one.signal))
      this.#take(accessPoint)
    this.#countScan()
  }

  #countScan() {
    this.#scans += 1
    this.#changeWireless({ LastScan: this.#scans })
  }

  /** @param {AccessPoint} accessPoint */
  #take(accessPoint) {
    for (const ssid of this.#namesOf(accessPoint)) {
      const known = this.#seen.find((one) => one.accessPoint === accessPoint && one.ssid === ssid)
      if (known === undefined) this.#discover(accessPoint, ssid)
      else if (known !== this.#current) this.#showStrength(known)
    }
  }

  /** One that does not announce its name shows it only if it is asked by its name, as for a profile that says so. @param {AccessPoint} accessPoint */
  #namesOf({ ssid, isHidden }) {
    if (!isHidden) return [ssid]
    return this.manager.profiles.some((profile) => profile.isHidden && profile.ssid === ssid)
      ? [ssid, '']
      : ['']
  }

  /** @param {AccessPoint} accessPoint @param {string} ssid @param {{ missed: number }} [options] */
  #discover(accessPoint, ssid, { missed } = { missed: 0 }) {
    const path = this.manager.nextPath('AccessPoint')
    this.manager.objects.add({ [path]: accessPointObject(accessPoint, ssid) })
    this.manager.objects.signal(this.path, WIRELESS, 'AccessPointAdded', path)
    this.#seen.push({ path, accessPoint, ssid, missed })
    this.#listSeen()
    this.listAvailable()
  }

  /** @param {Seen} seen */
  #forget(seen) {
    if (!this.#seen.includes(seen)) return
    this.#seen = this.#seen.filter((one) => one !== seen)
    this.#listSeen()
    this.manager.objects.signal(this.path, WIRELESS, 'AccessPointRemoved', seen.path)
    this.manager.objects.remove(seen.path)
    this.listAvailable()
  }

  #listSeen() {
    this.#changeWireless({ AccessPoints: this.#seen.map(({ path }) => path) })
  }

  /** @param {Seen} seen */
  #showStrength({ path, accessPoint: { signal } }) {
    const isInUse = path === this.#current?.path && this.state === DEVICE_STATE.activated
    const strength = strengthOf(isInUse ? signal - LESS_IN_USE : signal)
    if (this.manager.objects.read(path, ACCESS_POINT).Strength === strength) return
    this.manager.objects.change(path, ACCESS_POINT, { Strength: strength })
  }

  /** @param {Seen | null} seen @param {ActiveConnection | null} active */
  #changeCurrent(seen, active) {
    this.#current = seen
    const path = seen?.path ?? '/'
    this.#changeWireless({ ActiveAccessPoint: path })
    if (active !== null && active.specific !== path) active.change({ SpecificObject: path })
  }

  /** @param {import('./objects.mjs').Properties} properties */
  #changeWireless(properties) {
    this.manager.objects.change(this.path, WIRELESS, properties)
  }
}

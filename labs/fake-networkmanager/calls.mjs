// The methods of the fake, and what they answer.
import {
  ACTIVE_STATE,
  AGENT_MANAGER,
  DEVICE_STATE,
  NM,
  OBJECT_MANAGER,
  PROFILE,
  PROPERTIES,
  REASON,
  SETTINGS,
  WIRELESS,
} from './names.mjs'
import { EVERYTHING_ALLOWED } from './profile.mjs'
import { Radio } from './radio.mjs'
import { variants } from './signatures.mjs'

/** @typedef {{ path: string, interface: string, member: string, body: readonly any[], sender: string }} Call */
/** @typedef {{ signature: string, body: unknown[] }} Answer values are plain: see `wire.mjs` */

/** An error that is answered, by its D-Bus name. */
export class Refusal extends Error {
  /** @param {string} name @param {string} message */
  constructor(name, message) {
    super(message)
    this.name = name
  }
}

const UNKNOWN_METHOD = 'org.freedesktop.DBus.Error.UnknownMethod'
/** Settings that are not meant to be kept after the link has gone. */
const VOLATILE = 'volatile'

/** @type {Answer} */
const NOTHING = { signature: '', body: [] }

/** @typedef {(nm: import('./network-manager.mjs').FakeNetworkManager, call: Call) => Answer} Method */

/** @type {Record<string, Method>} */
const METHODS = {
  [`${OBJECT_MANAGER}.GetManagedObjects`]: ({ objects }) => ({
    signature: 'a{oa{sa{sv}}}',
    body: [structuredClone(objects.all)],
  }),
  [`${PROPERTIES}.Get`]({ objects }, { path, body: [name, property] }) {
    const value = objects.all[path]?.[name]?.[property]
    if (value === undefined)
      throw new Refusal('org.freedesktop.DBus.Error.InvalidArgs', `No such property “${property}”`)
    return { signature: 'v', body: [{ within: name, key: property, value }] }
  },
  [`${PROPERTIES}.GetAll`]: ({ objects }, { path, body: [name] }) => ({
    signature: 'a{sv}',
    body: [variants(name, objects.read(path, name))],
  }),
  [`${PROPERTIES}.Set`](nm, { body: [, property, value] }) {
    if (property !== 'WirelessEnabled')
      throw new Refusal('org.freedesktop.DBus.Error.InvalidArgs', `the fake cannot set ${property}`)
    nm.enableWireless(value)
    return NOTHING
  },
  [`${NM}.GetDevices`]: ({ devices }) => ({ signature: 'ao', body: [devices.map(({ path }) => path)] }),
  [`${NM}.GetPermissions`]: () => ({ signature: 'a{ss}', body: [EVERYTHING_ALLOWED] }),
  [`${NM}.ActivateConnection`](nm, { body: [profilePath, devicePath, specific] }) {
    const profile = profileAt(nm, profilePath)
    const device = deviceFor(nm, profile, devicePath)
    return { signature: 'o', body: [nm.activate(profile, device, specific).path] }
  },
  [`${NM}.AddAndActivateConnection2`](nm, { body: [given, devicePath, specific, options] }) {
    const device = nm.devices.find(({ path }) => path === devicePath)
    if (device === undefined) throw new Refusal(`${NM}.UnknownDevice`, 'Device not found')
    if (!device.isAvailable) throw new Refusal(`${NM}.UnknownConnection`, `${device.name} is not available`)
    const profile = nm.addProfile(
      profileFrom(given, { device: device.name, isVolatile: options?.persist === VOLATILE }),
    )
    const active = nm.activate(profile, device, specific)
    return { signature: 'ooa{sv}', body: [profile.path, active.path, {}] }
  },
  [`${NM}.DeactivateConnection`](nm, { body: [path] }) {
    const active = nm.actives.find((one) => one.path === path)
    if (active === undefined || active.state >= ACTIVE_STATE.deactivating)
      throw new Refusal(`${NM}.ConnectionNotActive`, 'The connection was not active.')
    nm.deactivate(active, REASON.userRequested)
    return NOTHING
  },
  [`${NM}.CheckConnectivity`]: ({ objects }, { path }) => ({
    signature: 'u',
    body: [objects.read(path, NM).Connectivity],
  }),
  [`${WIRELESS}.RequestScan`](nm, { path }) {
    const radio = nm.devices.find((device) => device.path === path)
    if (!(radio instanceof Radio) || radio.state < DEVICE_STATE.disconnected)
      throw new Refusal(`${NM}.Device.NotAllowed`, 'Scanning not allowed while unavailable')
    radio.scan()
    return NOTHING
  },
  [`${SETTINGS}.ListConnections`]: ({ profiles }) => ({
    signature: 'ao',
    body: [profiles.map(({ path }) => path)],
  }),
  [`${SETTINGS}.AddConnection2`](nm, { body: [given] }) {
    const wifi = given['802-11-wireless']
    const radio = nm.devices.find((device) => device instanceof Radio && wifi !== undefined)
    const device = given.connection['interface-name'] ?? radio?.name ?? ''
    const profile = nm.addProfile(profileFrom(given, { device, isVolatile: false }))
    return { signature: 'oa{sv}', body: [profile.path, {}] }
  },
  [`${PROFILE}.GetSettings`]: (nm, { path }) => ({
    signature: 'a{sa{sv}}',
    body: [profileAt(nm, path).settings],
  }),
  [`${PROFILE}.Update2`](nm, { path }) {
    nm.saveProfile(profileAt(nm, path))
    return { signature: 'a{sv}', body: [{}] }
  },
  [`${PROFILE}.Delete`](nm, { path }) {
    const profile = profileAt(nm, path)
    nm.removeProfile(profile)
    nm.later(0, () => nm.agents.forget(profile))
    return NOTHING
  },
  [`${AGENT_MANAGER}.RegisterWithCapabilities`](nm, { sender }) {
    nm.agents.register(sender)
    return NOTHING
  },
  [`${AGENT_MANAGER}.Unregister`](nm, { sender }) {
    nm.agents.unregister(sender)
    return NOTHING
  },
  'org.freedesktop.DBus.Peer.Ping': () => NOTHING,
}

/**
 * Answers a call, or throws a {@link Refusal}. What the call has said at once is said before it is answered.
 *
 * @param {import('./network-manager.mjs').FakeNetworkManager} nm
 * @param {Call} call
 * @returns {Answer}
 */
export function answer(nm, call) {
  const method = METHODS[`${call.interface}.${call.member}`]
  if (method === undefined)
    throw new Refusal(UNKNOWN_METHOD, `the fake has no method ${call.interface}.${call.member}`)
  return method(nm, call)
}

/** @param {import('./network-manager.mjs').FakeNetworkManager} nm @param {string} path */
function profileAt(nm, path) {
  const profile = nm.profiles.find((one) => one.path === path)
  if (profile === undefined) throw new Refusal(UNKNOWN_METHOD, `Object does not exist at path “${path}”`)
  return profile
}

/** @param {import('./network-manager.mjs').FakeNetworkManager} nm @param {import('./profile.mjs').Profile} profile @param {string} path */
function deviceFor(nm, profile, path) {
  const device = nm.devices.find((one) => (path === '/' ? one.name === profile.device : one.path === path))
  if (device === undefined) throw new Refusal(`${NM}.UnknownDevice`, 'Device not found')
  if (device.isAvailable) return device
  const text = `Connection '${profile.id}' is not available on device ${device.name}`
  throw new Refusal(`${NM}.UnknownConnection`, text)
}

/** @param {Record<string, Record<string, any>>} given @param {{ device: string, isVolatile: boolean }} options */
function profileFrom(given, { device, isVolatile }) {
  const { id, uuid } = given.connection ?? {}
  const wifi = given['802-11-wireless']
  const security = given['802-11-wireless-security']
  return {
    ...{ id, uuid, device, isVolatile },
    ...(wifi !== undefined && { ssid: Buffer.from(wifi.ssid).toString() }),
    key: security?.psk ?? null,
    given,
  }
}

// The machine and the air of the Wi-Fi lab, as the fake has them.
import { FakeNetworkManager } from './network-manager.mjs'
import { World } from './world.mjs'

const KEY = 'labsecret1'

const PROFILES = {
  home: { device: 'wlan0', ssid: 'lab-home', key: KEY },
  guest: { device: 'wlan0', ssid: 'lab-guest', key: KEY },
  'wrong-key': { device: 'wlan0', ssid: 'lab-guest', key: 'not-the-key' },
  hidden: { device: 'wlan0', ssid: 'lab-hidden', key: KEY, isHidden: true },
  'guest-2': { device: 'wlan1', ssid: 'lab-guest', key: KEY },
  cable: { device: 'eth0' },
}

const subnet = (/** @type {number} */ number, /** @type {number} */ host) => ({
  address: `10.92.${number}.${host}`,
  gateway: `10.92.${number}.1`,
  prefix: 24,
})

/** @type {import('./world.mjs').AccessPoint[]} */
const ACCESS_POINTS = [
  {
    name: 'near',
    ssid: 'lab-home',
    address: '02:00:00:00:02:00',
    frequency: 2412,
    signal: -45,
    key: KEY,
    subnet: subnet(0, 62),
  },
  {
    name: 'far',
    ssid: 'lab-home',
    address: '02:00:00:00:03:00',
    frequency: 2437,
    signal: -60,
    key: KEY,
    subnet: subnet(0, 62),
  },
  {
    name: 'guest',
    ssid: 'lab-guest',
    address: '02:00:00:00:04:00',
    frequency: 2462,
    signal: -55,
    key: KEY,
    subnet: subnet(1, 62),
  },
  {
    ...{
      name: 'hidden',
      ssid: 'lab-hidden',
      address: '02:00:00:00:05:00',
      frequency: 2437,
      signal: -50,
      key: KEY,
    },
    ...{ isHidden: true, subnet: subnet(2, 62) },
  },
]

/** @typedef {keyof typeof PROFILES} ProfileName */

/** The order of the profiles by UUID. */
const BY_UUID = /** @type {ProfileName[]} */ (['home', 'guest', 'wrong-key', 'hidden', 'guest-2', 'cable'])

/** @param {ProfileName} name */
export const uuidOf = (name) => `0000000${BY_UUID.indexOf(name)}-aaaa-4bbb-8ccc-000000000000`

/** The access points, before anything has happened. @param {readonly string[]} seen addresses, in their order */
function makeWorld(seen) {
  const world = new World()
  const place = (/** @type {string} */ address) =>
    seen.includes(address) ? seen.indexOf(address) : seen.length
  for (const one of [...ACCESS_POINTS].sort((one, other) => place(one.address) - place(other.address)))
    world.air.add(one)
  return world
}

/**
 * A fake NetworkManager in the world of the Wi-Fi lab.
 *
 * @param {import('./network-manager.mjs').FakeOptions & { profiles?: readonly ProfileName[], seen?: readonly string[], world?: World }} options profiles:
 * those that there are, in their order; seen: the addresses of the access points, in the order in which the radio has found them; world: one that there is already
 */
export function labWorld({ profiles = BY_UUID, seen = [], world = makeWorld(seen), ...options }) {
  const nm = new FakeNetworkManager(options)
  for (const id of profiles) nm.addProfile({ id, uuid: uuidOf(id), ...PROFILES[id] })
  nm.addLoopback()
  const hardwareAddress = 'F2:21:AE:55:6C:D0'
  const socket = nm.addCable({ name: 'eth0', hardwareAddress, subnet: subnet(2, 84) })
  if (world.cables.get('eth0')?.carries) socket.plug()
  world.cables.set('eth0', socket)
  nm.addRadio({ name: 'wlan0', air: world.air })
  nm.addRadio({ name: 'wlan1', air: world.air, isManaged: false })
  return { nm, world }
}

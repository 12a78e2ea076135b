import { setTimeout as elapsed } from 'node:timers/promises'

/** Both links lead to loopback, so that real sockets can use them. */
const loopback = {
  name: 'lo',
  index: 1,
  hardwareAddress: null,
  mtu: 65_536,
  addresses: ['127.0.0.1/8'],
  gateways: [],
  dns: [],
  searchDomains: [],
}

/**
 * A machine with a cable and a Wi-Fi. The session does not try what is out of range.
 *
 * @type {readonly import('@roamkit/backend-mock').MockConfiguration[]}
 */
export const MACHINE = [
  { id: 'cable', name: 'Cable', device: 'eth0', activate: 'unknown', interface: loopback },
  {
    id: 'wifi',
    name: 'Wi-Fi',
    bearer: 'wlan',
    device: 'wlan0',
    signal: 60,
    activate: 'unknown',
    interface: loopback,
  },
]

/**
 * That machine on the move: its cable is pulled, later the Wi-Fi is out of range, too, and both come back.
 *
 * @param {import('@roamkit/backend-mock').MockWorld} world
 * @param {number} pace milliseconds between two changes
 * @param {(count: number) => Promise<unknown>} connections resolves when the gateway has connected that many times
 */
export async function playOutages(world, pace, connections) {
  await connections(1)
  await elapsed(pace)
  world.setInRange('cable', false)
  await connections(2)
  await elapsed(pace)
  world.setInRange('wifi', false)
  await elapsed(pace)
  world.setInRange('wifi', true)
  await elapsed(pace)
  world.setInRange('cable', true)
  await connections(3)
  await elapsed(pace)
}

import { setTimeout as elapsed } from 'node:timers/promises'

/**
 * A machine with a cable and a Wi-Fi. What is out of range is not tried.
 *
 * @type {readonly import('@roamkit/backend-mock').MockConfiguration[]}
 */
export const MACHINE = [
  { id: 'cable', name: 'Cable', device: 'eth0', activate: 'unknown' },
  { id: 'wifi', name: 'Wi-Fi', bearer: 'wlan', device: 'wlan0', signal: 60, activate: 'unknown' },
]

/**
 * That machine on the move: its cable is pulled, later the Wi-Fi is out of range, too, and both come back.
 *
 * @param {import('@roamkit/backend-mock').MockWorld} world
 * @param {number} pace milliseconds between two changes
 */
export async function playOutages(world, pace) {
  await elapsed(pace)
  world.setInRange('cable', false)
  await elapsed(pace)
  world.setInRange('wifi', false)
  await elapsed(pace)
  world.setInRange('wifi', true)
  await elapsed(pace)
  world.setInRange('cable', true)
  await elapsed(pace)
}

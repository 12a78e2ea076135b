// What the bench's NetworkManager has and says: the objects of the fake one (labs/fake-networkmanager) on a machine with many devices in a
// large office, and signals of the kind that NetworkManager sends most.
import { labWorld, VirtualClock, World } from '@roamkit/lab-fake-networkmanager'
import { answer } from '../../labs/fake-networkmanager/calls.mjs'
import {
  ACCESS_POINT,
  DEVICE,
  MANAGER_PATH,
  NM,
  PROFILE,
  PROPERTIES,
} from '../../labs/fake-networkmanager/names.mjs'
import { variants } from '../../labs/fake-networkmanager/signatures.mjs'

/** How many objects there are, and how many of them cables, which have two more each. */
const [OBJECTS, CABLES] = [302, 32]

/** How many signals there are before the first comes again. */
export const CYCLE = 64

const lan = { address: '10.92.0.62', gateway: '10.92.0.1', prefix: 24 }
const radio = { frequency: 2412, signal: -45, key: 'labsecret1', subnet: lan }

/** The fake, connected to the first of its access points. */
export async function makeMachine() {
  const clock = new VirtualClock()
  const air = new World()
  const outside = { clock, world: air, say() {}, callAgent: async () => [] }
  const empty = labWorld({ ...outside, world: new World() }).nm
  const accessPoints = OBJECTS - Object.keys(empty.objects.all).length - 3 * CABLES - 2
  for (let index = 0; index < accessPoints; index += 1) {
    const ssid = ['lab-home', 'lab-guest', `office ${index}`][index % 3] ?? ''
    air.air.add({ ...radio, name: `${index}`, ssid, address: hardwareAddress(index) })
  }
  const { nm } = labWorld(outside)
  for (let index = 0; index < CABLES; index += 1)
    nm.addCable({ name: `veth${index}`, hardwareAddress: hardwareAddress(4096 + index), subnet: lan })
  await clock.advance(1000)
  const [profile] = pathsWith(nm, PROFILE)
  const body = [profile, '/', '/']
  answer(nm, { path: MANAGER_PATH, interface: NM, member: 'ActivateConnection', sender: ':1.7', body })
  await clock.advance(60_000)
  return nm
}

/**
 * The signals of a cycle, as fields of messages: access points in the order of their paths, each with 3 to 5 properties. Each one changes a
 * configuration, because the networks that they belong to have profiles.
 *
 * @param {Awaited<ReturnType<typeof makeMachine>>} nm
 */
export function makeSignals(nm) {
  const ours = pathsWith(nm, ACCESS_POINT).filter((_, index) => index % 3 < 2)
  return Array.from({ length: CYCLE }, (_, index) => {
    const path = ours[index % 8] ?? ''
    const known = nm.objects.read(path, ACCESS_POINT)
    const changed = {
      Strength: (index >> 3) % 2 ? 30 + (index % 8) : 90 - (index % 8),
      LastSeen: 1000 + index,
      HwAddress: known.HwAddress,
      ...(index % 3 > 0 && { MaxBitrate: 54_000 + index }),
      ...(index % 3 > 1 && { Ssid: known.Ssid }),
    }
    return {
      ...{ path, interface: PROPERTIES, member: 'PropertiesChanged', signature: 'sa{sv}as' },
      body: [ACCESS_POINT, variants(ACCESS_POINT, changed), []],
    }
  })
}

/** A signal of the device in use. @param {1 | 2} Metered `NMMetered`: yes or no */
export const makeLast = (Metered) => ({
  ...{
    path: `${MANAGER_PATH}/Devices/3`,
    interface: PROPERTIES,
    member: 'PropertiesChanged',
    signature: 'sa{sv}as',
  },
  body: [DEVICE, variants(DEVICE, { Metered }), []],
})

/** @param {Awaited<ReturnType<typeof makeMachine>>} nm @param {string} name */
function pathsWith(nm, name) {
  return Object.entries(nm.objects.all).flatMap(([path, interfaces]) => (name in interfaces ? [path] : []))
}

/** @param {number} index */
function hardwareAddress(index) {
  const hex = (/** @type {number} */ byte) => byte.toString(16).padStart(2, '0').toUpperCase()
  return `02:00:00:00:${hex(index >> 8)}:${hex(index & 255)}`
}

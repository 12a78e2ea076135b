// What NetworkManager 1.42 sent in the Wi-Fi lab (labs/wifi), one signal after the other.
import type { Backend, BackendHost } from '@roamkit/core/contract'
import { beforeEach, expect, it } from 'vitest'
import { networkManagerOver } from '../src/networkmanager/network-manager.js'
import { ACCESS_POINT, ACTIVE, DEVICE, WIRELESS } from '../src/networkmanager/objects/names.js'
import { networkId } from '../src/networkmanager/objects/network-id.js'
import type { NetworkManagerOptions } from '../src/networkmanager/options.js'
import { accessPoint as seen, wlan } from './air.js'
import { AT, active, LAB_A, manager, type Objects, profile, settings } from './captured.js'
import { FakeBus } from './fake-bus.js'
import { ManualClock } from './manual-clock.js'

const WLAN = `${AT}/Devices/1`
const NEAR = '02:00:00:00:02:00'
const FAR = '02:00:00:00:03:00'
const ssid = new TextEncoder().encode('lab-home')

const accessPoint = (number: number, address: string, strength: number): Objects => ({
  [`${AT}/AccessPoint/${number}`]: {
    [ACCESS_POINT]: { Ssid: ssid, HwAddress: address, Strength: strength },
  },
})

let bus: FakeBus
let backend: Backend

beforeEach(async () => {
  bus = new FakeBus()
  bus.objects = {
    ...manager(),
    ...profile(1),
    ...accessPoint(1, NEAR, 92),
    ...accessPoint(2, FAR, 67),
    [WLAN]: {
      [DEVICE]: {
        Interface: 'wlan0',
        State: 100,
        InterfaceFlags: 0x10003,
        ActiveConnection: `${AT}/ActiveConnection/1`,
        AvailableConnections: [`${AT}/Settings/1`],
      },
      [WIRELESS]: { ActiveAccessPoint: `${AT}/AccessPoint/1`, LastScan: 5 },
    },
    ...active(1, 1, LAB_A, { SpecificObject: `${AT}/AccessPoint/1` }),
  }
  bus.settings = {
    [`${AT}/Settings/1`]: settings('home', LAB_A, {
      connection: { type: '802-11-wireless' },
      '802-11-wireless': { ssid },
    }),
  }
  await open()
})

async function open(options: NetworkManagerOptions = {}): Promise<void> {
  const host: BackendHost = { changed: () => undefined, log: () => undefined, clock: new ManualClock() }
  const driver = networkManagerOver(bus.connect, { sys: '/nowhere', ...options })
  backend = await driver.open(host, { signal: new AbortController().signal })
}

const home = () => backend.snapshot().configurations[0]
const deviceState = (state: number, former: number, reason: number) =>
  bus.signal(WLAN, DEVICE, 'StateChanged', state, former, reason)

/** The end of an activation: the device has said why. */
function end() {
  bus.activeState(1, 4, 3)
  bus.remove(`${AT}/ActiveConnection/1`)
}

it('R15 a change of the access point within a network goes from the one to the other, without a gap', () => {
  const before = home()
  expect(before).toMatchObject({ link: 'up', point: NEAR, signal: 90 })
  bus.change(WLAN, WIRELESS, { ActiveAccessPoint: '/' })
  bus.remove(`${AT}/AccessPoint/1`)
  expect(home()).toMatchObject({ link: 'up', point: NEAR, signal: 90 })
  bus.change(WLAN, WIRELESS, { ActiveAccessPoint: `${AT}/AccessPoint/2` })
  bus.change(`${AT}/ActiveConnection/1`, ACTIVE, { SpecificObject: `${AT}/AccessPoint/2` })
  expect(home()).toMatchObject({ link: 'up', point: FAR, signal: 65, activation: before?.activation })
})

it('has no access point any more when the link is down', () => {
  bus.change(WLAN, WIRELESS, { ActiveAccessPoint: '/' })
  deviceState(110, 100, 39)
  end()
  expect(home()).toMatchObject({ link: 'down', point: null })
})

const deviceStates = (...states: readonly (readonly [state: number, former: number, reason: number])[]) => {
  for (const one of states) deviceState(...one)
}

it('ends with radioOff if the radio is switched off, by NetworkManager or by rfkill', () => {
  deviceState(20, 100, 0)
  end()
  expect(home()?.ended).toMatchObject({ reason: 'radioOff', native: 'unavailable' })
})

it('does not take another reason of a device that becomes unavailable for a radio that is off', () => {
  deviceState(20, 100, 10)
  end()
  expect(home()?.ended).toMatchObject({ reason: 'other', native: 'supplicant-failed' })
})

it('ends with secretWrong if the access point refused the stored key, and no agent has another one', () => {
  deviceStates([40, 30, 0], [50, 40, 0], [60, 50, 8], [120, 60, 7])
  end()
  expect(home()?.ended).toMatchObject({ reason: 'secretWrong', native: 'no-secrets' })
})

it('ends with secretWrong if connecting with the stored key took too long, and NetworkManager asked for another one', () => {
  deviceStates([40, 30, 0], [50, 40, 0], [60, 50, 0], [40, 60, 0], [50, 40, 0], [60, 50, 0], [120, 60, 7])
  end()
  expect(home()?.ended).toMatchObject({ reason: 'secretWrong', native: 'no-secrets' })
})

// nm-device-iwd.c: it asks while it connects, goes on, and fails without asking again.
it('ends with secretWrong if iwd was given a key and could not connect with it', () => {
  deviceStates([40, 30, 0], [50, 40, 0], [60, 50, 0], [50, 60, 0], [120, 50, 7])
  end()
  expect(home()?.ended).toMatchObject({ reason: 'secretWrong', native: 'no-secrets' })
})

it('ends with secretMissing if iwd was given no key', () => {
  deviceStates([40, 30, 0], [50, 40, 0], [60, 50, 0], [120, 60, 7])
  end()
  expect(home()?.ended).toMatchObject({ reason: 'secretMissing', native: 'no-secrets' })
})

it('ends with secretWrong if the access point refuses the key of a link that was up, because it was changed there', () => {
  deviceStates([100, 90, 0], [60, 100, 8], [120, 60, 7])
  end()
  expect(home()?.ended).toMatchObject({ reason: 'secretWrong', native: 'no-secrets' })
})

it('has no access point while NetworkManager has made up its address, as it does with iwd', () => {
  const made = { HwAddress: '00:01:02:00:00:07', Frequency: 2417, MaxBitrate: 65000, Flags: 0 }
  bus.change(WLAN, WIRELESS, { ActiveAccessPoint: '/' })
  deviceState(110, 100, 39)
  end()
  bus.add(active(2, 1, LAB_A, { SpecificObject: `${AT}/AccessPoint/1` }))
  bus.change(WLAN, WIRELESS, { ActiveAccessPoint: `${AT}/AccessPoint/1` })
  bus.change(`${AT}/AccessPoint/1`, ACCESS_POINT, made)
  expect(home()).toMatchObject({ link: 'up', point: null, signal: 90 })
  bus.change(`${AT}/AccessPoint/1`, ACCESS_POINT, { HwAddress: NEAR, Frequency: 5180 })
  expect(home()).toMatchObject({ link: 'up', point: NEAR })
})

it('ends with secretMissing if there is no key, also after one was refused in an earlier activation', () => {
  deviceStates(
    [50, 40, 0],
    [60, 50, 8],
    [120, 60, 7],
    [30, 120, 0],
    [40, 30, 0],
    [50, 40, 0],
    [60, 50, 0],
    [120, 60, 7],
  )
  end()
  expect(home()?.ended).toMatchObject({ reason: 'secretMissing', native: 'no-secrets' })
})

it('N7 a link whose profile is deleted goes on, signal by signal, until NetworkManager says how it ended', async () => {
  const id = networkId(ssid, 'wpa')
  bus.objects = {
    ...manager(),
    ...profile(1),
    ...seen(1, 'lab-home'),
    ...wlan([1], { number: 1, facts: { State: 100, ActiveConnection: `${AT}/ActiveConnection/1` } }),
    ...active(1, 1, id, { SpecificObject: `${AT}/AccessPoint/1` }),
  }
  bus.settings[`${AT}/Settings/1`] = settings('home', id, {
    connection: { type: '802-11-wireless' },
    '802-11-wireless': { ssid },
    '802-11-wireless-security': { 'key-mgmt': 'wpa-psk' },
  })
  await backend[Symbol.asyncDispose]()
  await open({ visibleNetworks: true })
  const before = home()
  expect(before).toMatchObject({ id, link: 'up', saved: true })
  bus.change(`${AT}/ActiveConnection/1`, ACTIVE, { Connection: '/' })
  expect(home()).toBe(before)
  bus.remove(`${AT}/Settings/1`)
  expect(home()).toBe(before)
  deviceState(110, 100, 38)
  bus.activeState(1, 3, 0)
  expect(home()).toBe(before)
  deviceState(30, 110, 38)
  bus.activeState(1, 4, 3)
  expect(home()).toMatchObject({
    id,
    link: 'down',
    saved: false,
    ended: { activation: before?.activation, reason: 'requested' },
  })
})

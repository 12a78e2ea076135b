import { describe, expect, it } from 'vitest'
import { PROPERTIES } from '../src/bus/bus-port.js'
import { ACCESS_POINT, DEVICE, OBJECT_MANAGER, WIRELESS } from '../src/networkmanager/objects/names.js'
import { sent } from './as-sent.js'
import { AT, LAB_A, manager, type Objects, profile, settings, wiredDevice } from './captured.js'
import { translate } from './machine.js'

describe('the strongest access point of a network', () => {
  const [ours, other] = ['ours', 'another'].map((name) => new TextEncoder().encode(name)) as [
    Uint8Array,
    Uint8Array,
  ]
  const wifi = settings('home', LAB_A, {
    connection: { type: '802-11-wireless' },
    '802-11-wireless': { ssid: ours },
  })
  const at = (number: number) => `${AT}/AccessPoint/${number}`
  const heard = (number: number, Strength: number): Objects => ({
    [at(number)]: { [ACCESS_POINT]: { Ssid: ours, Strength } },
  })
  const wlan: Objects = {
    [`${AT}/Devices/1`]: {
      [DEVICE]: { Interface: 'wlan0', AvailableConnections: [`${AT}/Settings/1`] },
      [WIRELESS]: { ActiveAccessPoint: '/' },
    },
  }
  const objects = { ...manager(), ...profile(1), ...wlan, ...heard(1, 40), ...heard(2, 80), ...heard(3, 60) }

  function hear() {
    const { mirror, translator } = translate({ objects, settings: { 1: wifi } })
    const say = (name: string, member: string, path: string, ...body: unknown[]) =>
      mirror.apply({ path, interface: name, member, sender: ':1.1', body })
    return {
      signal: () => translator.world().configurations[0]?.signal,
      world: () => translator.world(),
      change: (number: number, properties: Record<string, unknown>) =>
        say(PROPERTIES, 'PropertiesChanged', at(number), ACCESS_POINT, sent(properties), []),
      remove: (number: number) => say(OBJECT_MANAGER, 'InterfacesRemoved', '/', at(number), [ACCESS_POINT]),
    }
  }

  it('is another when it fades, and when another grows', () => {
    const { signal, change } = hear()
    expect(signal()).toBe(80)
    change(2, { Strength: 50 })
    expect(signal()).toBe(60)
    change(1, { Strength: 90 })
    expect(signal()).toBe(90)
  })

  it('is another when it goes, until there is none', () => {
    const { signal, remove } = hear()
    const found = [2, 3, 1].map((number) => {
      remove(number)
      return signal()
    })
    expect(found).toEqual([60, 40, null])
  })

  it('is another when it gets another name, and the same again when it gets its own back', () => {
    const { signal, change } = hear()
    change(2, { Ssid: other })
    expect(signal()).toBe(60)
    change(2, { Ssid: ours, Strength: 70 })
    expect(signal()).toBe(70)
  })

  it('is all that shows of them: others come, go and change unseen', () => {
    const { world, change, remove } = hear()
    const before = world()
    change(1, { Strength: 75, HwAddress: 'AA:BB:CC:00:00:09' })
    expect(world()).toBe(before)
    remove(3)
    expect(world()).toBe(before)
  })
})

it('what NetworkManager tells again as it was is no change', () => {
  const objects = { ...manager(), ...profile(1), ...wiredDevice(1, 'eth-a') }
  const { mirror, translator } = translate({ objects, settings: { 1: settings('lab-a', LAB_A) } })
  const tell = (properties: Record<string, unknown>) =>
    mirror.apply({
      ...{ path: `${AT}/Devices/1`, interface: PROPERTIES, member: 'PropertiesChanged', sender: ':1.1' },
      body: [DEVICE, sent(properties), []],
    })
  tell({ Interface: 'eth-a', Udi: Uint8Array.from([1, 2]) })
  translator.world()
  tell({ Interface: 'eth-a', Udi: Uint8Array.from([1, 2]) })
  expect(mirror.isChanged).toBe(false)
  tell({ Udi: Uint8Array.from([1, 3]) })
  expect(mirror.isChanged).toBe(true)
})

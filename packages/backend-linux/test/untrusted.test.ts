import type { Backend, BackendHost } from '@roamkit/core/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PROPERTIES } from '../src/bus/bus-port.js'
import { networkManagerOver } from '../src/networkmanager/network-manager.js'
import {
  ACTIVE,
  DEVICE,
  MANAGER_PATH,
  MODEM_3GPP,
  NM,
  OBJECT_MANAGER,
  PROFILE,
  ROOT_PATH,
} from '../src/networkmanager/objects/names.js'
import { asSent, sent } from './as-sent.js'
import { AT, active, LAB_A, LAB_B, type Objects, profile, settings, wiredDevice } from './captured.js'
import { FakeBus } from './fake-bus.js'
import { MODEM, modemDevice, registration } from './fake-modem.js'
import { ManualClock, settle } from './manual-clock.js'
import { RandomWords } from './random-words.js'
import { worldFaults } from './world-faults.js'

// Real sockets are not what is tried here, and cost a hundred times as much.
vi.mock('@roamkit/holders', () => ({ linuxHolders: async () => null }))

const RUNS = Number(process.env.ROAMKIT_RUNS ?? 300)
const SEED = Number(process.env.ROAMKIT_SEED ?? Date.now() % 1e9)

const uncaught: unknown[] = []
const note = (error: unknown) => void uncaught.push(error)

beforeEach(() => {
  uncaught.length = 0
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('uncaughtException', note)
  process.off('unhandledRejection', note)
})

const call = () => ({ signal: new AbortController().signal, secret: null })

function openOn(bus: FakeBus, clock = new ManualClock()): Promise<Backend> {
  const host: BackendHost = { changed: () => undefined, log: () => undefined, clock }
  return networkManagerOver(bus.connect, { sys: '/nowhere', callTimeout: 100 }).open(host, call())
}

/** What a NetworkManager with a bit of everything shows. */
const rich: Objects = {
  ...new FakeBus().objects,
  ...profile(3),
  ...wiredDevice(3, 'wlan0', { AvailableConnections: [`${AT}/Settings/3`] }),
  ...active(2, 2, LAB_B, {
    Type: 'vpn',
    SpecificObject: `${AT}/ActiveConnection/1`,
    Ip4Config: `${AT}/IP4Config/3`,
  }),
  ...profile(4),
  ...modemDevice(4, `${MODEM}/1`),
  [`${AT}/AccessPoint/1`]: {
    [`${NM}.AccessPoint`]: { Ssid: Uint8Array.from([97]), Strength: 50, HwAddress: 'AA:BB:CC:00:00:01' },
  },
}
const wifi = {
  connection: { type: '802-11-wireless' },
  '802-11-wireless': { ssid: Uint8Array.from([97]), hidden: true },
  '802-11-wireless-security': { 'key-mgmt': 'sae' },
  proxy: { method: 1, 'pac-url': 'http://x' },
}
const richSettings = [
  settings('lab-a', LAB_A),
  settings('vpn', LAB_B, { connection: { type: 'vpn' } }),
  settings('home', 'u-home', wifi),
  settings('lte', 'u-lte', { connection: { type: 'gsm' } }),
].map(asSent)

const tree = sent(rich)

/** One signal of the kinds that are listened to, right or wrong. */
function shout(bus: FakeBus, words: RandomWords): void {
  const path = words.path()
  switch (words.below(9)) {
    case 0:
      return bus.signal(
        ROOT_PATH,
        OBJECT_MANAGER,
        'InterfacesAdded',
        words.damaged(path, 5),
        words.damaged(tree.get(path), 10),
      )
    case 1:
      return bus.signal(
        ROOT_PATH,
        OBJECT_MANAGER,
        'InterfacesRemoved',
        path,
        words.damaged([words.interface(), words.interface()], 10),
      )
    case 2:
      return bus.signal(
        path,
        ACTIVE,
        'StateChanged',
        words.chance(80) ? words.below(5) : words.value(),
        words.value(),
      )
    case 3:
      return bus.signal(
        path,
        DEVICE,
        'StateChanged',
        words.value(),
        words.value(),
        words.chance(80) ? words.below(90) : words.value(),
      )
    case 4:
      return bus.signal(
        words.path(),
        words.of([PROFILE, NM, words.interface()]),
        words.of(['Updated', 'CheckPermissions', 'x']),
      )
    case 5:
      return bus.signal(
        path,
        words.interface(),
        words.of(['StateChanged', 'PropertiesChanged', 'InterfacesAdded']),
        words.value(),
        words.value(),
        words.value(),
      )
    case 6:
      return words.chance(20)
        ? bus.changeModemManager(words.of([null, ':3.1', ':3.2']))
        : bus.modemSignal(
            words.of([`${MODEM}/1`, path]),
            words.of([PROPERTIES, OBJECT_MANAGER]),
            words.of(['PropertiesChanged', 'InterfacesAdded', 'InterfacesRemoved']),
            words.of([MODEM_3GPP, `${MODEM}/1`, words.value()]),
            words.value(),
          )
    default:
      return bus.signal(
        path,
        PROPERTIES,
        'PropertiesChanged',
        words.damaged(words.interface(), 5),
        words.damaged(words.dictionary(), 5),
        words.value(),
      )
  }
}

/** A life of the backend, with a NetworkManager that says anything. What was wrong with its worlds. */
async function run(seed: number): Promise<readonly string[]> {
  const words = new RandomWords(seed)
  const bus = new FakeBus()
  const clock = new ManualClock()
  const faults: string[] = []
  const percent = words.of([0, 1, 5, 20])
  bus.answers.GetManagedObjects = () => [words.damaged(tree, percent), words.value()]
  bus.answers.GetAll = () => [words.damaged(sent(registration()), 20), words.value()]
  bus.modemManager = words.of([null, ':3.1'])
  bus.answers.GetSettings = () => [words.damaged(words.of(richSettings), percent)]
  bus.answers.GetPermissions = () => [words.damaged(asSent(bus.permissions), percent)]
  for (const member of [
    'ActivateConnection',
    'DeactivateConnection',
    'CheckConnectivity',
    'Get',
    'RequestScan',
  ])
    bus.answers[member] = () =>
      words.chance(70) ? [`${AT}/ActiveConnection/${words.below(10)}`] : [words.value()]
  const opening = openOn(bus, clock).catch((error: unknown) => error as Error)
  await clock.advance(300)
  const backend = await opening
  if (backend instanceof Error) return []
  const look = () => {
    for (const fault of worldFaults(backend.snapshot())) faults.push(fault)
  }
  look()
  for (let round = 0; round < 12; round += 1) {
    shout(bus, words)
    if (words.chance(60)) look()
    if (words.chance(20)) {
      const { id = 'nobody', activation = null } = words.of(backend.snapshot().configurations) ?? {}
      const command = words.of([
        () => backend.activate(id, call()),
        () => backend.deactivate(id, activation ?? 'none', call()),
        () => backend.scan(call()),
        () => backend.recheck(id, call()),
        async () => backend.traffic(id),
      ])
      command().catch((error: unknown) => {
        if ((error as Error)?.name !== 'BackendError') faults.push(`rejects with ${error}`)
      })
    }
    if (words.chance(20)) await Promise.resolve()
  }
  await settle()
  look()
  await backend[Symbol.asyncDispose]()
  await settle()
  if (clock.pending !== 0 || bus.open !== 0)
    faults.push(`left: ${clock.pending} timers, ${bus.open} connections`)
  return faults
}

describe('what NetworkManager says is untrusted', () => {
  it(`${RUNS} lives with wrong types, untrusted names and half a tree: no throw, and every world is valid (ROAMKIT_SEED=${SEED})`, async () => {
    const names = Object.getOwnPropertyNames(Object.prototype).join()
    for (let index = 0; index < RUNS; index += 1) {
      const faults = await run(SEED + index)
      expect(faults, `ROAMKIT_SEED=${SEED + index} ROAMKIT_RUNS=1`).toEqual([])
      expect(uncaught, `ROAMKIT_SEED=${SEED + index} ROAMKIT_RUNS=1`).toEqual([])
    }
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(names)
    expect([Object.isFrozen(Object.prototype), Object.isFrozen(Map.prototype)]).toEqual([false, false])
  }, 3_600_000)

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'a profile of the type %s is of an unknown bearer, and freezes nothing',
    async (type) => {
      const bus = new FakeBus()
      bus.settings[`${AT}/Settings/1`] = settings('x', LAB_A, { connection: { type } })
      const backend = await openOn(bus)
      expect(worldFaults(backend.snapshot())).toEqual([])
      expect(backend.snapshot().configurations[0]?.bearer).toBe('unknown')
      expect(Object.isFrozen(Object.prototype)).toBe(false)
      await backend[Symbol.asyncDispose]()
    },
  )

  it('an interface with a NUL in its name has no index and no counters', async () => {
    const bus = new FakeBus()
    bus.objects = {
      ...bus.objects,
      ...wiredDevice(1, 'eth\0a', { ActiveConnection: `${AT}/ActiveConnection/1` }),
    }
    const backend = await openOn(bus)
    expect(backend.snapshot().configurations[0]?.interface).toMatchObject({ name: 'eth\0a', index: null })
    expect(backend.traffic(LAB_A)).toBeNull()
    await backend[Symbol.asyncDispose]()
  })

  it('a hundred thousand of everything takes time in proportion', async () => {
    const bus = new FakeBus()
    const many = Array.from({ length: 100_000 }, (_, index) => `${AT}/Settings/${index}`)
    const addresses = many.map((_, index) => ({
      address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
      prefix: 8,
    }))
    const backend = await openOn(bus)
    for (const lists of [many, [...many].reverse(), []]) {
      bus.change(`${AT}/Devices/1`, DEVICE, { AvailableConnections: lists, Ports: lists })
      bus.change(`${AT}/ActiveConnection/1`, ACTIVE, { Devices: lists })
      bus.change(`${AT}/IP4Config/1`, `${NM}.IP4Config`, {
        AddressData: lists.length ? addresses : [],
        Domains: lists,
      })
      bus.signal(ROOT_PATH, OBJECT_MANAGER, 'InterfacesRemoved', `${AT}/Devices/77`, lists)
      expect(worldFaults(backend.snapshot())).toEqual([])
    }
    await backend[Symbol.asyncDispose]()
    // Half a second here; in proportion to the square it would be minutes.
  }, 30_000)

  it('ten thousand profiles take time in proportion', async () => {
    const bus = new FakeBus()
    for (let number = 10; number < 10_010; number += 1) {
      Object.assign(bus.objects, profile(number))
      bus.settings[`${AT}/Settings/${number}`] = settings('x', `u${(number * 7919) % 100_003}`)
    }
    const backend = await openOn(bus)
    expect(backend.snapshot().configurations).toHaveLength(10_002)
    await backend[Symbol.asyncDispose]()
  }, 30_000)

  it('answers a command that names no activation with an error, and takes it for none', async () => {
    const bus = new FakeBus()
    bus.answers.ActivateConnection = () => [{ toString: () => `${AT}/ActiveConnection/7` }]
    const backend = await openOn(bus)
    await expect(backend.activate(LAB_B, call())).rejects.toMatchObject({ code: 'ERR_ACTIVATION_FAILED' })
    await backend[Symbol.asyncDispose]()
  })

  it('a state that is none changes nothing', async () => {
    const backend = await (async () => {
      const bus = new FakeBus()
      const opened = await openOn(bus)
      const before = opened.snapshot()
      for (const state of ['2', null, {}, [4], Number.NaN])
        bus.signal(`${AT}/ActiveConnection/1`, ACTIVE, 'StateChanged', state, state)
      expect(opened.snapshot()).toBe(before)
      bus.signal(MANAGER_PATH, PROPERTIES, 'PropertiesChanged', { name: NM }, [['Startup', true]], 7)
      expect(opened.snapshot()).toBe(before)
      return opened
    })()
    await backend[Symbol.asyncDispose]()
  })
})

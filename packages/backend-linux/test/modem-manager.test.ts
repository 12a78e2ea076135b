import type { Backend, BackendHost, LinkConfiguration, World } from '@roamkit/core/contract'
import { beforeEach, describe, expect, it } from 'vitest'
import { PROPERTIES } from '../src/bus/bus-port.js'
import { networkManagerOver } from '../src/networkmanager/network-manager.js'
import {
  MODEM_3GPP,
  MODEM_MANAGER,
  MODEM_MANAGER_PATH,
  OBJECT_MANAGER,
} from '../src/networkmanager/objects/names.js'
import { AT, LAB_A, profile, settings } from './captured.js'
import { FakeBus } from './fake-bus.js'
import { MODEM, modemDevice, registration } from './fake-modem.js'
import { ManualClock, settle } from './manual-clock.js'
import { worldFaults } from './world-faults.js'

const LTE = 'f0000000-aaaa-4bbb-8ccc-000000000000'
const home = { operator: 'Telekom.de', operatorCode: '26201', registration: 'home' }
const visited = { operator: 'Orange F', operatorCode: '20801', registration: 'visited' }
const ofVisited = { OperatorName: 'Orange F', OperatorCode: '20801', RegistrationState: 5 }

let bus: FakeBus
let clock: ManualClock
let logged: string[]
let backend: Backend | null
/** The worlds that a host sees that reads at each poke. */
let worlds: World[]

beforeEach(() => {
  bus = new FakeBus()
  bus.modemManager = ':3.1'
  bus.registrations = { [`${MODEM}/1`]: registration() }
  bus.settings[`${AT}/Settings/4`] = settings('lte', LTE, { connection: { type: 'gsm' } })
  clock = new ManualClock()
  logged = []
  worlds = []
  backend = null
})

async function open(): Promise<Backend> {
  const host: BackendHost = {
    changed: () => {
      if (backend !== null) worlds.push(backend.snapshot())
    },
    log: (event) => logged.push(event),
    clock,
  }
  const call = { signal: new AbortController().signal }
  backend = await networkManagerOver(bus.connect, { sys: '/nowhere' }).open(host, call)
  return backend
}

function plugIn(udi = `${MODEM}/1`, facts = {}): void {
  bus.add({ ...profile(4), ...modemDevice(4, udi, facts) })
}

function lte(): LinkConfiguration | undefined {
  const world = backend?.snapshot()
  expect(world && worldFaults(world)).toEqual([])
  return world?.configurations.find(({ id }) => id === LTE)
}

/** FAKE ModemManager's properties change, and its signal says so. */
async function change(facts: Record<string, unknown>, modem = `${MODEM}/1`): Promise<void> {
  bus.registrations[modem] = registration(facts)
  bus.modemSignal(modem, PROPERTIES, 'PropertiesChanged', MODEM_3GPP, facts, [])
  await settle()
}

const questions = () => bus.calls.filter(({ member }) => member === 'GetAll')

describe('a machine without a modem', () => {
  it('never asks for ModemManager, and does not listen to it (T4)', async () => {
    await open()
    bus.changeModemManager(':3.2')
    await settle()
    expect([bus.listenedTo.includes(MODEM_MANAGER), questions()]).toEqual([false, []])
    expect(backend?.snapshot().configurations.map(({ cellular }) => cellular)).toEqual([null, null])
  })

  it('asks when one is plugged in, and no more when it is unplugged (T4)', async () => {
    await open()
    plugIn()
    await settle()
    expect([lte()?.cellular, questions().length]).toEqual([home, 1])
    bus.remove(`${AT}/Devices/4`)
    await change(ofVisited)
    expect([lte()?.cellular, questions().length]).toEqual([null, 1])
  })
})

describe('a modem (FAKE)', () => {
  beforeEach(() => plugIn())

  it('has its operator and its registration in the first snapshot, and no timer is left (T4)', async () => {
    await open()
    expect([lte()?.cellular, clock.pending, worlds]).toEqual([home, 0, []])
  })

  it('is asked for by the unique name of ModemManager, because a call to the other name would start it', async () => {
    await open()
    expect(questions()).toMatchObject([{ destination: ':3.1', path: `${MODEM}/1`, body: [MODEM_3GPP] }])
    expect(bus.calls.some(({ destination }) => destination === MODEM_MANAGER)).toBe(false)
  })

  it.each([
    ['idle', 0, null],
    ['home', 1, 'home'],
    ['searching', 2, null],
    ['denied', 3, null],
    ['unknown', 4, null],
    ['roaming', 5, 'visited'],
    ['home, SMS only', 6, 'home'],
    ['roaming, SMS only', 7, 'visited'],
    ['emergency only', 8, null],
    ['home, CSFB not preferred', 9, 'home'],
    ['roaming, CSFB not preferred', 10, 'visited'],
    ['attached for restricted local services', 11, null],
    ['a state to come', 12, null],
  ])('that ModemManager calls %s (%i) is registered: %s (T4)', async (_, state, expected) => {
    bus.registrations[`${MODEM}/1`] = registration({ RegistrationState: state })
    await open()
    expect(lte()?.cellular?.registration).toBe(expected)
  })

  it('crosses a border: one signal, one poke, and nothing else is another object (T4, C2)', async () => {
    await open()
    const before = backend?.snapshot()
    await change(ofVisited)
    expect([lte()?.cellular, worlds.length, questions().length]).toEqual([visited, 1, 2])
    const of = (world: World | undefined) => world?.configurations.filter(({ id }) => id !== LTE) ?? []
    expect(of(worlds[0]).every((one, index) => one === of(before)[index])).toBe(true)
  })

  it('signals that change nothing that is shown, and those of other modems, are no change (C2)', async () => {
    await open()
    const before = backend?.snapshot()
    await change({ EnabledFacilityLocks: 2 })
    bus.modemSignal(
      `${MODEM}/1`,
      PROPERTIES,
      'PropertiesChanged',
      `${MODEM_MANAGER}.Modem`,
      { SignalQuality: [3, true] },
      [],
    )
    await change(ofVisited, `${MODEM}/7`)
    expect([backend?.snapshot() === before, worlds, questions().length]).toEqual([true, [], 2])
  })

  it('that is locked has no registration until it is unlocked (T4)', async () => {
    bus.registrations = {}
    await open()
    expect(lte()?.cellular).toBeNull()
    bus.registrations = { [`${MODEM}/1`]: registration() }
    bus.modemSignal(MODEM_MANAGER_PATH, OBJECT_MANAGER, 'InterfacesAdded', `${MODEM}/1`, { [MODEM_3GPP]: {} })
    await settle()
    expect(lte()?.cellular).toEqual(home)
    bus.registrations = {}
    bus.modemSignal(MODEM_MANAGER_PATH, OBJECT_MANAGER, 'InterfacesRemoved', `${MODEM}/1`, [MODEM_3GPP])
    await settle()
    expect(lte()?.cellular).toBeNull()
  })

  it('that changes while it is being asked is asked once more, however often it changes', async () => {
    const answers: (() => void)[] = []
    await open()
    bus.answers.GetAll = () =>
      new Promise((resolve) => {
        const now = bus.registrations[`${MODEM}/1`]
        answers.push(() => resolve([now]))
      })
    await change({ OperatorName: 'One' })
    await change({ OperatorName: 'Two' })
    await change(ofVisited)
    answers[0]?.()
    await settle()
    answers[1]?.()
    await settle()
    expect([lte()?.cellular, answers.length]).toEqual([visited, 2])
  })

  it('is unknown while ModemManager is away, and asked for again when it is back', async () => {
    await open()
    bus.changeModemManager(null)
    await settle()
    expect(lte()?.cellular).toBeNull()
    bus.registrations[`${MODEM}/1`] = registration(ofVisited)
    bus.changeModemManager(':3.2')
    await settle()
    expect(lte()?.cellular).toEqual(visited)
    expect(questions().map(({ destination }) => destination)).toEqual([':3.1', ':3.2'])
  })

  it('is as before after a restart of NetworkManager, with one subscription (S14)', async () => {
    await open()
    const before = lte()
    bus.changeOwner(null)
    expect(lte()).toBe(before)
    bus.changeOwner(':1.9')
    await settle()
    expect([backend?.snapshot().service, lte() === before]).toEqual(['ready', true])
    await change(ofVisited)
    expect([lte()?.cellular, questions().length]).toEqual([visited, 3])
  })

  it('is followed again on a new bus', async () => {
    await open()
    bus.registrations[`${MODEM}/1`] = registration(ofVisited)
    bus.break()
    await clock.advance(100)
    expect(lte()?.cellular).toEqual(visited)
    await change({})
    expect(lte()?.cellular).toEqual(home)
  })

  it('whose ModemManager starts later is followed then', async () => {
    bus.modemManager = null
    await open()
    expect([lte()?.cellular, questions(), logged.filter((event) => event.includes('Modem'))]).toEqual([
      null,
      [],
      [],
    ])
    bus.changeModemManager(':3.1')
    await settle()
    expect(lte()?.cellular).toEqual(home)
  })

  it('whose ModemManager does not answer is unknown, delays the opening by a second, and is not polled', async () => {
    bus.answers.GetAll = () => new Promise(() => undefined)
    const opening = open()
    await clock.advance(999)
    expect(backend).toBeNull()
    await clock.advance(1)
    await opening
    await clock.advance(3_600_000)
    expect([lte()?.cellular, questions().length, clock.pending]).toEqual([null, 1, 0])
    expect(logged).toContain('ModemManager does not know the network of a modem')
  })

  it('is unknown where the bus does not let ModemManager be followed', async () => {
    bus.refusesModemManager = true
    await open()
    expect([lte()?.cellular, questions()]).toEqual([null, []])
    expect(logged).toContain('ModemManager cannot be followed')
  })

  it('that goes while it is asked for does not delay the opening', async () => {
    bus.answers.GetAll = () => {
      bus.remove(`${AT}/Devices/4`)
      return new Promise(() => undefined)
    }
    await open()
    expect(lte()?.cellular).toBeNull()
  })

  it('tells nothing after disposal', async () => {
    await open()
    await backend?.[Symbol.asyncDispose]()
    await change(ofVisited)
    expect([worlds, bus.open, clock.pending, questions().length]).toEqual([[], 0, 0, 1])
  })

  it.each<[string, unknown, unknown]>([
    ['a name of spaces', { OperatorName: '   ' }, { ...home, operator: null }],
    ['a name as long as a book', { OperatorName: 'x'.repeat(100_000) }, { ...home, operator: null }],
    ['a name that is no text', { OperatorName: 7 }, { ...home, operator: null }],
    ['a code that is no number', { OperatorCode: '26201; x' }, { ...home, operatorCode: null }],
    ['a code of four digits', { OperatorCode: '2620' }, { ...home, operatorCode: null }],
    ['a code of six digits', { OperatorCode: '310260' }, { ...home, operatorCode: '310260' }],
    ['a state that is no number', { RegistrationState: '5' }, { ...home, registration: null }],
    ['nothing but empty texts', { OperatorName: '', OperatorCode: '', RegistrationState: 0 }, null],
  ])('that says %s is believed in the rest', async (_, facts, expected) => {
    bus.registrations[`${MODEM}/1`] = registration(facts as Record<string, unknown>)
    await open()
    expect(lte()?.cellular).toEqual(expected)
  })

  it.each([7, null, 'x', [['RegistrationState', 5]]])('that answers %j is unknown', async (answer) => {
    bus.answers.GetAll = () => [answer]
    await open()
    expect(lte()?.cellular).toBeNull()
  })
})

describe('a modem that ModemManager does not know (FAKE)', () => {
  it("has the operator's code that NetworkManager shows while it is connected (T4)", async () => {
    bus.modemManager = null
    plugIn(`${MODEM}/1`, { OperatorCode: '26201' })
    await open()
    expect(lte()?.cellular).toEqual({ operator: null, operatorCode: '26201', registration: null })
  })

  it.each(['/ril_0', '/sys/devices/x', '', '/org/freedesktop/ModemManager1/Modem/1/../2', 7])(
    'is not asked for: its Udi is %j',
    async (udi) => {
      plugIn(udi as string)
      await open()
      expect([lte()?.cellular, questions()]).toEqual([null, []])
    },
  )

  it('is not asked for if the device is no modem', async () => {
    const { [`${AT}/Devices/4`]: device } = modemDevice(4, `${MODEM}/1`)
    const { 'org.freedesktop.NetworkManager.Device': facts } = device ?? {}
    bus.add({ ...profile(4), [`${AT}/Devices/4`]: { 'org.freedesktop.NetworkManager.Device': facts ?? {} } })
    await open()
    expect(questions()).toEqual([])
    expect(backend?.snapshot().configurations.find(({ id }) => id === LAB_A)?.cellular).toBeNull()
  })
})

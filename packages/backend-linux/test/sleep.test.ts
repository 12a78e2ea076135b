import { type Backend, type BackendHost, worldFaults } from '@roamkit/core/contract'
import { beforeEach, describe, expect, it } from 'vitest'
import { networkManagerOver } from '../src/networkmanager/network-manager.js'
import { MANAGER_PATH, NM } from '../src/networkmanager/objects/names.js'
import { manager } from './captured.js'
import { FakeBus, fail } from './fake-bus.js'
import { ManualClock, settle } from './manual-clock.js'

const call = { signal: new AbortController().signal }

let bus: FakeBus
let clock: ManualClock
let logged: string[]
let backend: Backend | null
/** What a host sees that reads at each poke. */
let seen: string[]
let host: BackendHost

beforeEach(() => {
  bus = new FakeBus()
  clock = new ManualClock()
  logged = []
  backend = null
  seen = []
  host = {
    changed: () => {
      const world = backend?.snapshot()
      if (world === undefined) return
      expect(worldFaults(world)).toEqual([])
      if (seen.at(-1) !== world.power) seen.push(world.power)
    },
    log: (event) => logged.push(event),
    clock,
  }
})

async function open(): Promise<Backend> {
  backend = await networkManagerOver(bus.connect, { sys: '/nowhere' }).open(host, call)
  seen.push(backend.snapshot().power)
  return backend
}

const aboutLogind = () => logged.filter((event) => event.includes('logind'))
const asksLogind = () => bus.calls.filter(({ destination }) => destination.startsWith(':2'))

/** `Manager.Sleep`, as NetworkManager reports it. */
function sleepNetworkManager(isAsleep: boolean): void {
  bus.change(MANAGER_PATH, NM, { State: isAsleep ? 10 : 70 })
}

/** `Manager.Enable`: `State` changes first, and in between come the signals of the devices. */
async function enableNetworking(isEnabled: boolean): Promise<void> {
  Object.assign(bus.objects[MANAGER_PATH]?.[NM] ?? {}, { NetworkingEnabled: isEnabled })
  bus.change(MANAGER_PATH, NM, { State: isEnabled ? 20 : 10 })
  await settle()
  bus.activeState(1, isEnabled ? 2 : 3)
  await settle()
  bus.change(MANAGER_PATH, NM, { NetworkingEnabled: isEnabled })
  await settle()
}

describe('on a machine with logind', () => {
  beforeEach(() => {
    bus.logind = ':2.1'
  })

  it('the first snapshot says that the machine is awake, and no timer is left (L4)', async () => {
    await open()
    expect([seen, clock.pending, aboutLogind()]).toEqual([['awake'], 0, []])
    expect(asksLogind()).toMatchObject([
      {
        destination: ':2.1',
        path: '/org/freedesktop/login1',
        member: 'Get',
        body: ['org.freedesktop.login1.Manager', 'PreparingForSleep'],
      },
    ])
  })

  it('a logind that answers after NetworkManager is waited for (L4)', async () => {
    bus.preparingForSleep = async () => {
      await settle()
      return true
    }
    await open()
    expect(seen).toEqual(['asleep'])
  })

  it('an announced sleep shows before any link goes down, and lasts until the wake-up (L4)', async () => {
    const { configurations } = (await open()).snapshot()
    bus.prepareForSleep(true)
    expect(seen).toEqual(['awake', 'asleep'])
    expect(backend?.snapshot().configurations).toBe(configurations)
    bus.prepareForSleep(false)
    expect(seen).toEqual(['awake', 'asleep', 'awake'])
    expect(asksLogind()).toHaveLength(1)
  })

  it('a backend that is opened in a machine about to sleep knows (L4)', async () => {
    bus.preparingForSleep = () => true
    await open()
    expect(seen).toEqual(['asleep'])
  })

  it('the machine sleeps until both logind and NetworkManager say that it is awake (L4)', async () => {
    await open()
    bus.prepareForSleep(true)
    sleepNetworkManager(true)
    await settle()
    bus.prepareForSleep(false)
    expect(backend?.snapshot().power).toBe('asleep')
    sleepNetworkManager(false)
    expect(seen).toEqual(['awake', 'asleep', 'awake'])
  })

  it('what is said while NetworkManager is away is shown (L4, S14)', async () => {
    await open()
    bus.changeOwner(null)
    bus.prepareForSleep(true)
    expect(backend?.snapshot()).toMatchObject({ service: 'lost', power: 'asleep' })
    bus.changeOwner(':1.9')
    await settle()
    expect(backend?.snapshot()).toMatchObject({ service: 'ready', power: 'asleep' })
    bus.prepareForSleep(false)
    expect(seen).toEqual(['awake', 'asleep', 'awake'])
  })

  it('a logind that restarts is asked again; in between it is unknown (L4)', async () => {
    await open()
    bus.changeLogind(null)
    expect(seen).toEqual(['awake', 'unknown'])
    bus.preparingForSleep = () => true
    bus.changeLogind(':2.2')
    await settle()
    expect(seen).toEqual(['awake', 'unknown', 'asleep'])
  })

  it('an answer that is older than a signal does not count (L4)', async () => {
    let answer: (isPreparing: boolean) => void = () => undefined
    await open()
    bus.preparingForSleep = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    bus.changeLogind(null)
    bus.changeLogind(':2.2')
    await settle()
    bus.prepareForSleep(true)
    answer(false)
    await settle()
    expect(backend?.snapshot().power).toBe('asleep')
  })

  it('a lost bus makes it unknown, and a new one tells again (L4)', async () => {
    await open()
    bus.prepareForSleep(true)
    bus.break()
    await settle()
    expect(backend?.snapshot()).toMatchObject({ service: 'lost', power: 'unknown' })
    await clock.advance(100)
    expect(backend?.snapshot()).toMatchObject({ service: 'ready', power: 'awake' })
    bus.prepareForSleep(true)
    expect(seen.at(-1)).toBe('asleep')
  })

  it('a bus that is lost after NetworkManager makes it unknown as well (L4)', async () => {
    await open()
    bus.changeOwner(null)
    bus.break()
    await settle()
    expect(seen).toEqual(['awake', 'unknown'])
  })

  it.each<[string, () => void]>([
    ['a body of another type', () => bus.prepareForSleep(1)],
    ['no body', () => bus.prepareForSleep()],
    [
      'another path',
      () => bus.logindSignal('/org/freedesktop/login1/seat', 'org.freedesktop.login1.Manager', true),
    ],
    [
      'another interface',
      () => bus.logindSignal('/org/freedesktop/login1', 'org.freedesktop.login1.Seat', true),
    ],
  ])('a signal with %s changes nothing (L4)', async (_, send) => {
    await open()
    send()
    expect(seen).toEqual(['awake'])
  })

  it.each<[string, () => void, string]>([
    ['an answer of another type', () => (bus.preparingForSleep = () => 'no'), ''],
    [
      'an error',
      () => (bus.preparingForSleep = () => fail('org.freedesktop.DBus.Error.UnknownProperty')),
      'logind does not say whether the machine sleeps',
    ],
    ['a bus that refuses', () => (bus.refusesLogind = true), 'logind cannot be followed'],
  ])(
    '%s leaves it unknown, is not asked for again, and opens all the same (L4)',
    async (_, prepare, word) => {
      prepare()
      await open()
      await clock.advance(3_600_000)
      expect(seen).toEqual(['unknown'])
      expect(asksLogind().length).toBeLessThan(2)
      expect(aboutLogind()).toEqual(word === '' ? [] : [word])
    },
  )

  it('nothing is told after disposal (L4)', async () => {
    await open()
    await backend?.[Symbol.asyncDispose]()
    bus.prepareForSleep(true)
    expect([seen, bus.open, clock.pending]).toEqual([['awake'], 0, 0])
  })
})

describe('on a machine without logind', () => {
  it('nothing tells of the next sleep, which is no error and is not asked for again (L4)', async () => {
    await open()
    await clock.advance(3_600_000)
    expect([seen, clock.pending, aboutLogind()]).toEqual([['unknown'], 0, []])
    expect(bus.calls.some(({ body }) => body?.includes('PreparingForSleep'))).toBe(false)
  })

  it('a logind that starts later is followed (L4)', async () => {
    await open()
    bus.changeLogind(':2.1')
    await settle()
    bus.prepareForSleep(true)
    expect(seen).toEqual(['unknown', 'awake', 'asleep'])
  })

  it('NetworkManager tells when a program puts it to sleep, and from then on it is trusted to (L4)', async () => {
    await open()
    sleepNetworkManager(true)
    await settle()
    sleepNetworkManager(false)
    sleepNetworkManager(true)
    await settle()
    expect(seen).toEqual(['unknown', 'asleep', 'awake', 'asleep'])
  })

  it('a NetworkManager that already sleeps is known to (L4)', async () => {
    bus.objects = { ...bus.objects, ...manager({ State: 10 }) }
    await open()
    sleepNetworkManager(false)
    expect(seen).toEqual(['asleep', 'awake'])
  })

  it('networking that is switched off and on is no sleep, at no moment (L4)', async () => {
    await open()
    await enableNetworking(false)
    await enableNetworking(true)
    expect(seen).toEqual(['unknown'])
    expect(backend?.snapshot().configurations[0]?.link).toBe('up')
  })

  it('networking that is off at the start is no sleep (L4)', async () => {
    bus.objects = { ...bus.objects, ...manager({ State: 10, NetworkingEnabled: false }) }
    await open()
    expect(seen).toEqual(['unknown'])
  })

  it('a sleep that is over before NetworkManager has answered is not shown (L4)', async () => {
    await open()
    sleepNetworkManager(true)
    sleepNetworkManager(false)
    await settle()
    expect(seen).toEqual(['unknown'])
  })

  it('a NetworkManager that leaves while it sleeps sleeps no longer (L4)', async () => {
    await open()
    sleepNetworkManager(true)
    await settle()
    bus.changeOwner(null)
    expect(backend?.snapshot()).toMatchObject({ service: 'lost', power: 'unknown' })
  })

  it('an answer that comes when NetworkManager has left changes nothing (L4)', async () => {
    let answer: () => void = () => undefined
    await open()
    bus.answers.Get = () =>
      new Promise((resolve) => {
        answer = () => resolve([true])
      })
    sleepNetworkManager(true)
    await settle()
    bus.changeOwner(null)
    answer()
    await settle()
    expect(seen).toEqual(['unknown'])
  })
})

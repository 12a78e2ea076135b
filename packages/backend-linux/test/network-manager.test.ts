import { getEventListeners } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backend, BackendHost } from '@roamkit/core/contract'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { networkManagerOver } from '../src/networkmanager/network-manager.js'
import { ACTIVE, DEVICE, MANAGER_PATH, NM, PROFILE, WIRED } from '../src/networkmanager/objects/names.js'
import { AT, active, LAB_A, LAB_B, manager, profile, settings, wiredDevice } from './captured.js'
import { FakeBus, fail } from './fake-bus.js'
import { ManualClock, settle } from './manual-clock.js'

const call = { signal: new AbortController().signal }
const request = { ...call, secret: null }

let bus: FakeBus
let clock: ManualClock
let changes: number
let host: BackendHost

beforeEach(() => {
  bus = new FakeBus()
  clock = new ManualClock()
  changes = 0
  host = {
    changed: () => {
      changes += 1
    },
    log: () => undefined,
    clock,
  }
})

function open(): Promise<Backend> {
  return networkManagerOver(bus.connect, { sys: '/nowhere' }).open(host, call)
}

function link(backend: Backend, id: string) {
  return backend.snapshot().configurations.find((known) => known.id === id)
}

describe('opening', () => {
  it('rejects with ERR_SERVICE_LOST where the bus cannot be reached, and leaves nothing', async () => {
    bus.isReachable = false
    await expect(open()).rejects.toMatchObject({ name: 'BackendError', code: 'ERR_SERVICE_LOST' })
    expect([bus.open, clock.pending]).toEqual([0, 0])
  })

  it('rejects with ERR_SERVICE_LOST where NetworkManager has no owner, and closes the bus', async () => {
    bus.owner = null
    await expect(open()).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
    expect([bus.open, clock.pending]).toEqual([0, 0])
  })

  it('rejects with the abort reason and closes the bus', async () => {
    const controller = new AbortController()
    bus.answers.GetManagedObjects = () => new Promise(() => undefined)
    const opening = networkManagerOver(bus.connect).open(host, controller)
    await settle()
    controller.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
    expect([bus.open, clock.pending]).toEqual([0, 0])
  })

  it('rejects when NetworkManager leaves while it is being read', async () => {
    bus.answers.GetManagedObjects = () => new Promise(() => undefined)
    const opening = open()
    await settle()
    bus.changeOwner(null)
    await expect(opening).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
    expect(bus.open).toBe(0)
  })

  it('waits until NetworkManager has started up', async () => {
    bus.objects = { ...bus.objects, ...manager({ Startup: true }) }
    let opened = false
    const opening = open().then((backend) => {
      opened = true
      return backend
    })
    await settle()
    expect(opened).toBe(false)
    bus.change(MANAGER_PATH, NM, { Startup: false })
    const backend = await opening
    expect(backend.snapshot().service).toBe('ready')
    expect(clock.pending).toBe(0)
  })

  it('opens with what there is when starting up takes longer than a call may', async () => {
    bus.objects = { ...bus.objects, ...manager({ Startup: true }) }
    const opening = open()
    await settle()
    await clock.advance(25_000)
    expect((await opening).snapshot().configurations).toHaveLength(2)
  })

  it('asks again while NetworkManager has a name but no objects yet', async () => {
    const complete = bus.answers.GetManagedObjects as () => readonly unknown[]
    let asked = 0
    bus.answers.GetManagedObjects = () => {
      asked += 1
      return asked < 3 ? fail('org.freedesktop.DBus.Error.UnknownMethod') : complete()
    }
    const opening = open()
    await clock.advance(100)
    await opening
    expect(asked).toBe(3)
  })

  it('rejects with ERR_SERVICE_LOST, saying why, where the objects never appear', async () => {
    bus.answers.GetManagedObjects = () => fail('org.freedesktop.DBus.Error.UnknownObject')
    const opening = open()
    const failure = opening.catch((error: unknown) => error)
    await clock.advance(25_000)
    expect(await failure).toMatchObject({
      code: 'ERR_SERVICE_LOST',
      message:
        'cannot reach NetworkManager: NetworkManager is on the bus, but had no objects within 25000 ms',
      cause: { code: 'ERR_BUS_TIMED_OUT' },
    })
    expect([bus.open, clock.pending]).toEqual([0, 0])
  })

  it('rejects with the abort reason while the objects do not appear', async () => {
    bus.answers.GetManagedObjects = () => fail('org.freedesktop.DBus.Error.UnknownObject')
    const controller = new AbortController()
    const opening = networkManagerOver(bus.connect).open(host, controller)
    const failure = opening.catch((error: unknown) => error)
    await clock.advance(1000)
    controller.abort(new Error('enough'))
    expect(await failure).toMatchObject({ message: 'enough' })
    expect([bus.open, clock.pending]).toEqual([0, 0])
  })

  it('rejects where NetworkManager adds profiles for ever, and does not answer for the last one', async () => {
    let number = 10
    bus.answers.GetSettings = () =>
      new Promise((resolve) => {
        clock.after(100, () => {
          bus.add(profile(number))
          number += 1
          resolve([{}])
        })
      })
    const failure = open().catch((error: unknown) => error)
    await clock.advance(26_000)
    expect(await failure).toMatchObject({ code: 'ERR_SERVICE_LOST' })
    expect(bus.open).toBe(0)
  })

  it('reads hundreds of profiles without asking for more at once than the bus daemon allows', async () => {
    const most = 128
    let underWay = 0
    for (let number = 3; number <= 500; number += 1) {
      Object.assign(bus.objects, profile(number))
      const uuid = `00000000-aaaa-4bbb-8ccc-${String(number).padStart(12, '0')}`
      bus.settings[`${AT}/Settings/${number}`] = settings(`lab-${number}`, uuid)
    }
    bus.answers.GetSettings = async ({ path }) => {
      underWay += 1
      if (underWay > most) return fail('org.freedesktop.DBus.Error.LimitsExceeded')
      await settle()
      underWay -= 1
      return [bus.settings[path]]
    }
    const backend = await open()
    expect(backend.snapshot().configurations).toHaveLength(500)
    await backend[Symbol.asyncDispose]()
  })

  it('does not wait for a profile that is updated again and again', async () => {
    bus.answers.GetSettings = async ({ path }) => {
      await settle()
      bus.signal(`${AT}/Settings/2`, PROFILE, 'Updated')
      return [bus.settings[path]]
    }
    const backend = await open()
    expect(backend.snapshot().configurations).toHaveLength(2)
    await backend[Symbol.asyncDispose]()
  })

  it('has one question about permissions under way, and asks once more for all that is said meanwhile', async () => {
    const backend = await open()
    const before = bus.calls.filter(({ member }) => member === 'GetPermissions').length
    for (let count = 0; count < 100; count += 1) bus.signal(MANAGER_PATH, NM, 'CheckPermissions')
    await settle()
    expect(bus.calls.filter(({ member }) => member === 'GetPermissions').length - before).toBe(2)
    await backend[Symbol.asyncDispose]()
  })

  it('applies signals that overtake the snapshot', async () => {
    let answer: (body: readonly unknown[]) => void = () => undefined
    const stale = structuredClone(bus.objects)
    bus.answers.GetManagedObjects = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    const opening = open()
    await settle()
    bus.change(`${AT}/Devices/1`, WIRED, { Carrier: false })
    answer([stale])
    expect(link(await opening, LAB_A)?.carrier).toBe(false)
  })
})

describe('the world', () => {
  it('is the same object while nothing changed, and shares every unchanged configuration', async () => {
    const backend = await open()
    const before = backend.snapshot()
    expect(backend.snapshot()).toBe(before)
    bus.change(`${AT}/Devices/1`, WIRED, { Carrier: false })
    const after = backend.snapshot()
    expect(after).not.toBe(before)
    expect(after.configurations[1]).toBe(before.configurations[1])
    expect(Object.isFrozen(after.configurations[0]?.interface?.addresses)).toBe(true)
  })

  it('is the same object after a change that says nothing new', async () => {
    const backend = await open()
    const before = backend.snapshot()
    bus.change(`${AT}/Devices/1`, DEVICE, { Mtu: 1500, State: 100 })
    expect(backend.snapshot()).toBe(before)
  })

  it('pokes once for many signals until a snapshot is read', async () => {
    const backend = await open()
    backend.snapshot()
    changes = 0
    for (let mtu = 1400; mtu < 1450; mtu += 1) bus.change(`${AT}/Devices/1`, DEVICE, { Mtu: mtu })
    expect(changes).toBe(1)
    expect(link(backend, LAB_A)?.interface?.mtu).toBe(1449)
  })

  it('is not touched by counters', async () => {
    await open()
    changes = 0
    bus.change(`${AT}/Devices/1`, `${NM}.Device.Statistics`, { RxBytes: 5 })
    expect(changes).toBe(0)
  })

  it('lists a new profile once its settings are known, and drops a removed one', async () => {
    const backend = await open()
    bus.settings[`${AT}/Settings/3`] = settings('new', 'uuid-3')
    bus.add(profile(3))
    expect(link(backend, 'uuid-3')).toBeUndefined()
    await settle()
    expect(link(backend, 'uuid-3')?.name).toBe('new')
    bus.remove(`${AT}/Settings/3`)
    expect(link(backend, 'uuid-3')).toBeUndefined()
  })

  it('survives a profile that vanishes while its settings are asked for', async () => {
    const backend = await open()
    bus.add(profile(3))
    bus.remove(`${AT}/Settings/3`)
    await settle()
    expect(backend.snapshot().configurations).toHaveLength(2)
  })

  it('reads the settings again after Updated, once more for one that came meanwhile', async () => {
    const backend = await open()
    const answers: ((body: readonly unknown[]) => void)[] = []
    bus.answers.GetSettings = () => new Promise((resolve) => answers.push(resolve))
    bus.signal(`${AT}/Settings/2`, PROFILE, 'Updated')
    bus.signal(`${AT}/Settings/2`, PROFILE, 'Updated')
    answers[0]?.([settings('old', LAB_B)])
    await settle()
    expect(answers).toHaveLength(2)
    answers[1]?.([settings('renamed', LAB_B)])
    await settle()
    expect(link(backend, LAB_B)?.name).toBe('renamed')
  })

  it('leaves out profiles whose settings are not for this user', async () => {
    bus.answers.GetSettings = ({ path }) =>
      path.endsWith('/2') ? fail(`${NM}.Settings.PermissionDenied`) : [bus.settings[path]]
    expect((await open()).snapshot().configurations.map((known) => known.name)).toEqual(['lab-a'])
  })

  it('asks for permissions again when NetworkManager says that they changed', async () => {
    const backend = await open()
    bus.permissions = { [`${NM}.network-control`]: 'auth' }
    bus.signal(MANAGER_PATH, NM, 'CheckPermissions')
    await settle()
    expect([link(backend, LAB_A)?.activate, link(backend, LAB_B)?.deactivate]).toEqual(['ask', 'ask'])
  })

  it('remembers why an activation ended after its object is gone', async () => {
    const backend = await open()
    const { activation } = link(backend, LAB_A) ?? {}
    bus.signal(`${AT}/Devices/1`, DEVICE, 'StateChanged', 20, 100, 40)
    bus.activeState(1, 4, 3)
    bus.remove(`${AT}/ActiveConnection/1`)
    expect(link(backend, LAB_A)).toMatchObject({
      link: 'down',
      activation: null,
      ended: { activation, reason: 'carrierLost', native: 'carrier' },
    })
  })

  it('never shows why an activation ended before it shows that it ended', async () => {
    const backend = await open()
    bus.signal(`${AT}/ActiveConnection/1`, ACTIVE, 'StateChanged', 4, 2)
    expect(link(backend, LAB_A)).toMatchObject({ link: 'down', ended: { reason: 'requested' } })
  })

  it('shows a flap between two snapshots as another activation', async () => {
    const backend = await open()
    const before = link(backend, LAB_A)?.activation
    bus.activeState(1, 4, 2)
    bus.remove(`${AT}/ActiveConnection/1`)
    bus.add(active(2, 1, LAB_A))
    const after = link(backend, LAB_A)
    expect([after?.link, after?.activation === before, after?.ended?.activation]).toEqual([
      'up',
      false,
      before,
    ])
  })
})

it("has the index of the interface that carries: a modem's is not its control port's, nor PPP's that of its base", async () => {
  const sys = mkdtempSync(join(tmpdir(), 'roamkit-sys-'))
  onTestFinished(() => rmSync(sys, { recursive: true }))
  for (const [name, index] of [
    ['wwan0', 7],
    ['ppp0', 8],
    ['eth-b', 3],
  ] as const) {
    mkdirSync(join(sys, 'class/net', name), { recursive: true })
    writeFileSync(join(sys, 'class/net', name, 'ifindex'), `${index}\n`)
  }
  const modem = { Interface: 'cdc-wdm0', IpInterface: 'wwan0', DeviceType: 8 }
  bus.objects = {
    ...bus.objects,
    ...wiredDevice(1, 'cdc-wdm0', { ...modem, ActiveConnection: `${AT}/ActiveConnection/1` }),
    ...active(2, 2, LAB_B),
  }
  const backend = await networkManagerOver(bus.connect, { sys }).open(host, call)
  expect(link(backend, LAB_A)?.interface).toMatchObject({ name: 'wwan0', index: 7, hardwareAddress: null })
  expect(link(backend, LAB_B)?.interface).toMatchObject({ name: 'eth-b', index: 3 })
  bus.change(`${AT}/Devices/2`, DEVICE, { IpInterface: 'ppp0' })
  expect(link(backend, LAB_B)?.interface).toMatchObject({ name: 'ppp0', index: 8, hardwareAddress: null })
  await backend[Symbol.asyncDispose]()
})

describe('commands', () => {
  it('activates on the device that can carry the profile, and answers the activation', async () => {
    const backend = await open()
    bus.answers.ActivateConnection = () => {
      bus.add(active(7, 2, LAB_B, { State: 1 }))
      return [`${AT}/ActiveConnection/7`]
    }
    const activation = await backend.activate(LAB_B, request)
    expect(bus.calls.at(-1)?.body).toEqual([`${AT}/Settings/2`, `${AT}/Devices/2`, '/'])
    expect(link(backend, LAB_B)).toMatchObject({ link: 'activating', activation })
  })

  it('asks whether a link is still up before it answers with its activation', async () => {
    const backend = await open()
    const { activation } = link(backend, LAB_A) ?? {}
    bus.answers.Get = () => {
      // The news is on its way when the question is asked, and comes before the answer.
      bus.activeState(1, 3)
      return [3]
    }
    expect(await backend.activate(LAB_A, request)).not.toBe(activation)
    expect(bus.calls.map(({ member }) => member)).toContain('ActivateConnection')
  })

  it('answers with the present activation where the link is up', async () => {
    const backend = await open()
    expect(await backend.activate(LAB_A, request)).toBe(link(backend, LAB_A)?.activation)
    expect(bus.calls.some(({ member }) => member === 'ActivateConnection')).toBe(false)
  })

  it('waits for a late answer longer than a call may take otherwise', async () => {
    const backend = await open()
    let answer: (body: readonly unknown[]) => void = () => undefined
    bus.answers.ActivateConnection = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    const activating = backend.activate(LAB_B, request)
    await clock.advance(60_000)
    answer([`${AT}/ActiveConnection/9`])
    expect(await activating).toMatch(/\/9$/)
  })

  it('leaves no listener on the caller’s signal', async () => {
    const backend = await open()
    const controller = new AbortController()
    for (let round = 0; round < 3; round += 1) {
      await backend.activate(LAB_B, { signal: controller.signal, secret: null })
      await backend.deactivate(LAB_A, String(link(backend, LAB_A)?.activation), controller)
      await backend.recheck(LAB_A, controller)
    }
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  it('rejects with the abort reason and takes nothing back', async () => {
    const backend = await open()
    const controller = new AbortController()
    bus.answers.ActivateConnection = () => new Promise(() => undefined)
    const activating = backend.activate(LAB_B, { signal: controller.signal, secret: null })
    controller.abort(new Error('enough'))
    await expect(activating).rejects.toThrow('enough')
    expect(bus.calls.some(({ member }) => member === 'DeactivateConnection')).toBe(false)
  })

  it.each([
    [`${NM}.PermissionDenied`, 'ERR_DENIED'],
    [`${NM}.Settings.PermissionDenied`, 'ERR_DENIED'],
    ['org.freedesktop.DBus.Error.AccessDenied', 'ERR_DENIED'],
    ['org.freedesktop.DBus.Error.ServiceUnknown', 'ERR_SERVICE_LOST'],
    ['org.freedesktop.DBus.Error.NoReply', 'ERR_SERVICE_LOST'],
    [`${NM}.UnknownConnection`, 'ERR_UNKNOWN_CONFIGURATION'],
    [`${NM}.UnknownDevice`, 'ERR_ACTIVATION_FAILED'],
  ])('turns %s into %s with the name in the message and the cause', async (name, code) => {
    const backend = await open()
    bus.answers.ActivateConnection = () => fail(name)
    const failure = await backend.activate(LAB_B, request).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'BackendError', code, cause: { answer: name } })
    expect((failure as Error).message).toContain('"lab-b"')
  })

  it('rejects unknown ids with ERR_UNKNOWN_CONFIGURATION', async () => {
    const backend = await open()
    await expect(backend.activate('nobody', request)).rejects.toMatchObject({
      code: 'ERR_UNKNOWN_CONFIGURATION',
    })
  })

  it('deactivates exactly the activation it was given, and no other', async () => {
    const backend = await open()
    await backend.deactivate(LAB_A, 'superseded', call)
    expect(bus.calls.some(({ member }) => member === 'DeactivateConnection')).toBe(false)
    await backend.deactivate(LAB_A, String(link(backend, LAB_A)?.activation), call)
    expect(bus.calls.at(-1)).toMatchObject({
      member: 'DeactivateConnection',
      body: [`${AT}/ActiveConnection/1`],
    })
  })

  it('deactivates the activation that it was given, though the profile shows another one (T5)', async () => {
    const backend = await open()
    const ours = `${AT}/ActiveConnection/7`
    bus.change(`${AT}/Devices/1`, DEVICE, { AvailableConnections: [] })
    bus.answers.ActivateConnection = () => {
      bus.add(active(7, 2, LAB_B))
      return [ours]
    }
    const activation = await backend.activate(LAB_B, request)
    bus.add(active(8, 2, LAB_B, { Devices: [`${AT}/Devices/1`] }))
    // Its cable is out: the backend still shows what it was asked for, another one of this profile is up elsewhere.
    bus.change(`${AT}/Devices/2`, WIRED, { Carrier: false })
    expect(link(backend, LAB_B)).toMatchObject({ activation, carrier: false })
    bus.activeState(7, 3)
    expect(link(backend, LAB_B)?.activation).not.toBe(activation)
    await backend.deactivate(LAB_B, activation, call)
    expect(bus.calls.at(-1)).toMatchObject({ member: 'DeactivateConnection', body: [ours] })
  })

  it('has nothing to deactivate where the link ended by itself', async () => {
    const backend = await open()
    bus.answers.DeactivateConnection = () => fail(`${NM}.ConnectionNotActive`)
    await backend.deactivate(LAB_A, String(link(backend, LAB_A)?.activation), call)
  })

  it('refuses to scan without a Wi-Fi device', async () => {
    const backend = await open()
    expect(backend.snapshot().scan).toBe('no')
    await expect(backend.scan(call)).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
  })
})

describe('a scan', () => {
  const wlan = `${AT}/Devices/9`
  const wifiDevice = {
    [wlan]: { [DEVICE]: { Interface: 'wlan0' }, [`${NM}.Device.Wireless`]: { LastScan: 1 } },
  }

  it('resolves when the device reports a new one', async () => {
    bus.objects = { ...bus.objects, ...wifiDevice }
    bus.answers.RequestScan = () => []
    const backend = await open()
    expect(backend.snapshot().scan).toBe('yes')
    let done = false
    const scanning = backend.scan(call).then(() => {
      done = true
    })
    await settle()
    expect(done).toBe(false)
    bus.change(wlan, `${NM}.Device.Wireless`, { LastScan: 2 })
    await scanning
    expect(clock.pending).toBe(0)
  })

  it.each([
    [10, 'unmanaged'],
    [20, 'unavailable'],
  ])('is not asked of a device in state %i (%s) if another one can scan', async (State) => {
    const second = { ...wifiDevice[wlan], [DEVICE]: { Interface: 'wlan1', State } }
    bus.objects = { ...bus.objects, ...wifiDevice, [`${AT}/Devices/10`]: second }
    bus.answers.RequestScan = () => []
    const scanning = (await open()).scan(call)
    await settle()
    const asked = bus.calls.filter(({ member }) => member === 'RequestScan').map(({ path }) => path)
    expect(asked).toEqual([wlan])
    bus.change(wlan, `${NM}.Device.Wireless`, { LastScan: State })
    await scanning
  })

  it('of twenty devices listens once to the signal of the call while it waits for them', async () => {
    for (let number = 10; number < 30; number += 1)
      bus.objects = { ...bus.objects, [`${AT}/Devices/${number}`]: wifiDevice[wlan] ?? {} }
    bus.answers.RequestScan = () => []
    const { signal } = new AbortController()
    const scanning = (await open()).scan({ signal })
    await settle()
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    await clock.advance(15_000)
    await scanning
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('is taken for done after 15 seconds', async () => {
    bus.objects = { ...bus.objects, ...wifiDevice }
    bus.answers.RequestScan = () => []
    const scanning = (await open()).scan(call)
    await settle()
    await clock.advance(15_000)
    await scanning
  })
})

describe('the service', () => {
  it('keeps the last world, marked as lost, while NetworkManager is away', async () => {
    const backend = await open()
    const before = backend.snapshot()
    bus.changeOwner(null)
    const lost = backend.snapshot()
    expect(lost).toEqual({ ...before, service: 'lost' })
    expect(lost.recheck).toBe('yes')
    expect(lost.configurations).toBe(before.configurations)
    expect(backend.snapshot()).toBe(lost)
    await expect(backend.activate(LAB_B, request)).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
  })

  it('rejects what is pending with ERR_SERVICE_LOST when NetworkManager leaves', async () => {
    const backend = await open()
    bus.answers.ActivateConnection = () => new Promise(() => undefined)
    const activating = backend.activate(LAB_B, request)
    bus.changeOwner(null)
    await expect(activating).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
  })

  it('is ready again with other paths and the same ids, and keeps unchanged configurations', async () => {
    const backend = await open()
    const before = backend.snapshot().configurations[1]
    bus.changeOwner(null)
    bus.objects = { ...manager({ Startup: true }), ...profile(8), ...profile(9) }
    bus.objects[`${AT}/Devices/3`] = {
      [DEVICE]: { Interface: 'eth-b', ActiveConnection: '/', AvailableConnections: [`${AT}/Settings/9`] },
      [WIRED]: { Carrier: true },
    }
    bus.settings = {
      [`${AT}/Settings/8`]: settings('lab-a', LAB_A),
      [`${AT}/Settings/9`]: settings('lab-b', LAB_B),
    }
    bus.changeOwner(':1.9')
    await settle()
    expect(backend.snapshot().service).toBe('lost')
    bus.change(MANAGER_PATH, NM, { Startup: false })
    await settle()
    const after = backend.snapshot()
    expect([after.service, after.configurations.map((known) => known.id)]).toEqual(['ready', [LAB_A, LAB_B]])
    expect(after.configurations[1]).toBe(before)
    expect(after.configurations[0]).toMatchObject({ link: 'down', ended: { reason: 'serviceLost' } })
  })

  it('hides that a NetworkManager that is stopped drops its devices before it leaves', async () => {
    const backend = await open()
    const before = link(backend, LAB_A)
    bus.remove(`${AT}/Devices/1`)
    expect(link(backend, LAB_A)).toBe(before)
    bus.changeOwner(null)
    expect(link(backend, LAB_A)).toBe(before)
  })

  it('is lost as soon as a NetworkManager that is stopped drops the loopback, its first device', async () => {
    bus.objects = { ...bus.objects, ...wiredDevice(9, 'lo') }
    const backend = await open()
    const before = backend.snapshot()
    bus.remove(`${AT}/Devices/9`)
    bus.remove(`${AT}/Devices/2`)
    const lost = backend.snapshot()
    expect([lost.service, lost.configurations]).toEqual(['lost', before.configurations])
    bus.changeOwner(null)
    expect(backend.snapshot()).toBe(lost)
    bus.objects = { ...bus.objects, ...wiredDevice(2, 'eth-b') }
    bus.changeOwner(':1.9')
    await settle()
    expect(backend.snapshot().service).toBe('ready')
    expect(clock.pending).toBe(0)
  })

  it('is ready all the time while a user deletes the loopback, which is not real any more when it goes', async () => {
    bus.objects = { ...bus.objects, ...wiredDevice(9, 'lo', { Real: true }) }
    const backend = await open()
    const before = backend.snapshot()
    bus.change(`${AT}/Devices/9`, DEVICE, { IpInterface: '', Real: false, HwAddress: '' })
    bus.remove(`${AT}/Devices/9`)
    expect([backend.snapshot(), clock.pending]).toEqual([before, 0])
  })

  it('is lost where NetworkManager begins to leave while it is being read', async () => {
    bus.objects = { ...bus.objects, ...wiredDevice(9, 'lo'), ...manager({ Startup: true }) }
    const opening = open()
    await settle()
    bus.remove(`${AT}/Devices/9`)
    await expect(opening).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
    expect([bus.open, clock.pending]).toEqual([0, 0])
  })

  it('has one timer where a NetworkManager that came back begins to leave while it is being read', async () => {
    const backend = await open()
    bus.changeOwner(null)
    bus.objects = { ...bus.objects, ...wiredDevice(9, 'lo'), ...manager({ Startup: true }) }
    bus.changeOwner(':1.9')
    await settle()
    bus.remove(`${AT}/Devices/9`)
    await settle()
    expect([backend.snapshot().service, clock.pending]).toEqual(['lost', 1])
    bus.changeOwner(null)
    expect(clock.pending).toBe(0)
  })

  it('reads everything again if NetworkManager drops the loopback and stays', async () => {
    bus.objects = { ...bus.objects, ...wiredDevice(9, 'lo') }
    const backend = await open()
    bus.remove(`${AT}/Devices/9`)
    await clock.advance(5000)
    expect([backend.snapshot().service, clock.pending]).toEqual(['ready', 0])
  })

  it('has one scope for one bus under two addresses: the network (H2)', async () => {
    const at = async (busAddress: string) => {
      const backend = await networkManagerOver(bus.connect, { busAddress }).open(host, call)
      const { scope } = backend.snapshot()
      await backend[Symbol.asyncDispose]()
      return scope
    }
    expect(await at('unix:path=/somewhere')).toMatch(/^networkmanager net:\[\d+\]$/)
    expect(await at('unix:path=/somewhere')).toBe(await at('unix:path=/elsewhere'))
  })

  it('has the same scope after a restart of the bus, for its links are the same (rule H2)', async () => {
    const backend = await open()
    const { scope } = backend.snapshot()
    bus.break()
    bus.busId = 'bus00002'
    await clock.advance(5000)
    expect(backend.snapshot()).toMatchObject({ service: 'ready', scope })
    expect((await open()).snapshot().scope).toBe(scope)
  })

  it('connects again with growing pauses when the bus is gone, and reads everything again', async () => {
    const backend = await open()
    bus.isReachable = false
    bus.break()
    await settle()
    expect(backend.snapshot().service).toBe('lost')
    await clock.advance(20_000)
    // 0.1, 0.3, 0.7, 1.5, 3.1, 6.3 s, then every 5 s.
    expect(bus.tries).toBe(1 + 8)
    expect(clock.pending).toBe(1)
    bus.isReachable = true
    bus.busId = 'bus00002'
    bus.owner = null
    await clock.advance(5000)
    expect([backend.snapshot().service, bus.open]).toEqual(['lost', 1])
    bus.changeOwner(':1.1')
    await settle()
    expect(backend.snapshot().service).toBe('ready')
    expect(link(backend, LAB_A)?.activation).toContain('bus00002')
  })

  it('keeps the process alive while it waits for the bus, until it is disposed or back', async () => {
    const ports = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length
    const backend = await open()
    const before = ports()
    bus.isReachable = false
    bus.break()
    await settle()
    expect(ports()).toBe(before + 1)
    bus.isReachable = true
    await clock.advance(100)
    expect([backend.snapshot().service, ports()]).toEqual(['ready', before])
    bus.break()
    await settle()
    await backend[Symbol.asyncDispose]()
    await settle()
    expect(ports()).toBe(before)
  })

  it('ignores what the former NetworkManager had still to say', async () => {
    const backend = await open()
    let answer: (body: readonly unknown[]) => void = () => undefined
    bus.answers.GetSettings = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    bus.signal(`${AT}/Settings/2`, PROFILE, 'Updated')
    bus.changeOwner(null)
    answer([settings('late', LAB_B)])
    await settle()
    expect(link(backend, LAB_B)?.name).toBe('lab-b')
  })
})

describe('disposing', () => {
  it('rejects what is pending with ERR_CLOSED and gives bus and timers back', async () => {
    const backend = await open()
    bus.answers.ActivateConnection = () => new Promise(() => undefined)
    const activating = backend.activate(LAB_B, request)
    await backend[Symbol.asyncDispose]()
    await expect(activating).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await expect(backend.activate(LAB_B, request)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    const aborted = { signal: AbortSignal.abort(new Error('enough')), secret: null }
    await expect(backend.activate(LAB_B, aborted)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    expect([bus.open, clock.pending]).toEqual([0, 0])
  })

  it('stops connecting again', async () => {
    const backend = await open()
    bus.isReachable = false
    bus.break()
    await clock.advance(1000)
    const { tries } = bus
    await backend[Symbol.asyncDispose]()
    await clock.advance(60_000)
    expect([bus.tries, clock.pending]).toEqual([tries, 0])
  })

  it('does not poke afterwards', async () => {
    const backend = await open()
    await backend[Symbol.asyncDispose]()
    changes = 0
    bus.change(`${AT}/ActiveConnection/1`, ACTIVE, { State: 4 })
    expect(changes).toBe(0)
  })
})

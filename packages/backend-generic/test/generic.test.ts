import { networkInterfaces, release } from 'node:os'
import { VirtualClock } from '@roamkit/backend-mock'
import { canBindToDevice } from '@roamkit/core/backend-kit'
import type { Backend, BackendHost, World } from '@roamkit/core/contract'
import { expect, test } from 'vitest'
import { type GenericOptions, generic, type Interfaces } from '../src/index.js'
import { openInterfaceBackend } from '../src/interface-backend.js'
import { interfacesOnly, systemReader } from '../src/system-reader.js'
import { address, loopback } from './interfaces.js'

const neverAborted = { signal: new AbortController().signal }

/** A host in virtual time that records every `changed()`. */
function scriptedHost() {
  const clock = new VirtualClock()
  const notes: { pokes: number; logged: string[] } = { pokes: 0, logged: [] }
  const host: BackendHost = { clock, changed: () => notes.pokes++, log: (event) => notes.logged.push(event) }
  return { clock, host, notes }
}

/** A backend on interfaces that the test can change. */
async function openMachine(options: GenericOptions = {}) {
  const { clock, host, notes } = scriptedHost()
  const machine = { interfaces: { ...loopback, eth0: [address('192.0.2.2/24')] } as Interfaces, looks: 0 }
  const read = () => {
    machine.looks += 1
    return machine.interfaces
  }
  const backend = await generic({ read, ...options }).open(host, neverAborted)
  return { backend, clock, machine, notes }
}

function ids(backend: Backend): string[] {
  return backend.snapshot().configurations.map(({ id }) => id)
}

test('reads the interfaces when it is opened, and then once per interval', async () => {
  const { backend, clock, machine } = await openMachine({ interval: 500 })
  expect(machine.looks).toBe(1)
  expect(ids(backend)).toEqual(['generic:eth0'])
  await clock.advance(1500)
  expect(machine.looks).toBe(4)
})

test('calls changed() only when something has changed', async () => {
  const { backend, clock, machine, notes } = await openMachine()
  const before = backend.snapshot()
  await clock.advance(60_000)
  expect(notes.pokes).toBe(0)
  expect(backend.snapshot()).toBe(before)
  machine.interfaces = loopback
  await clock.advance(2000)
  expect(notes.pokes).toBe(1)
  expect(backend.snapshot().configurations).toMatchObject([{ id: 'generic:eth0', link: 'down' }])
})

test('a scan reads the interfaces at once', async () => {
  const { backend, machine, notes } = await openMachine()
  machine.interfaces = { ...machine.interfaces, wlan0: [address('198.51.100.2/24')] }
  await backend.scan(neverAborted)
  expect(ids(backend)).toEqual(['generic:eth0', 'generic:wlan0'])
  expect(notes.pokes).toBe(1)
})

test('commands are not supported, and deactivate of a superseded activation resolves', async () => {
  const { backend } = await openMachine()
  const notSupported = { name: 'BackendError', code: 'ERR_NOT_SUPPORTED' }
  await expect(backend.activate('generic:eth0', { ...neverAborted, secret: null })).rejects.toMatchObject(
    notSupported,
  )
  const { activation } = backend.snapshot().configurations.find(({ id }) => id === 'generic:eth0') ?? {}
  await expect(backend.deactivate('generic:eth0', String(activation), neverAborted)).rejects.toMatchObject(
    notSupported,
  )
  await expect(backend.recheck('generic:eth0', neverAborted)).rejects.toMatchObject(notSupported)
  await expect(backend.deactivate('generic:eth0', 'generic:eth0#0', neverAborted)).resolves.toBeUndefined()
})

test('commands on an unknown interface reject with ERR_UNKNOWN_CONFIGURATION', async () => {
  const { backend } = await openMachine()
  const unknown = { name: 'BackendError', code: 'ERR_UNKNOWN_CONFIGURATION' }
  await expect(backend.activate('generic:eth9', { ...neverAborted, secret: null })).rejects.toMatchObject(
    unknown,
  )
  await expect(backend.deactivate('generic:eth9', 'x', neverAborted)).rejects.toMatchObject(unknown)
  await expect(backend.recheck('generic:eth9', neverAborted)).rejects.toMatchObject(unknown)
})

test('a call with an aborted signal rejects with the abort reason', async () => {
  const { backend, machine } = await openMachine()
  const reason = new Error('changed my mind')
  const call = { signal: AbortSignal.abort(reason), secret: null }
  await expect(backend.activate('generic:eth0', call)).rejects.toBe(reason)
  await expect(backend.deactivate('generic:eth0', 'generic:eth0#1', call)).rejects.toBe(reason)
  await expect(backend.scan(call)).rejects.toBe(reason)
  await expect(backend.recheck('generic:eth0', call)).rejects.toBe(reason)
  await expect(generic().open(scriptedHost().host, call)).rejects.toBe(reason)
  expect(machine.looks).toBe(1)
})

test('a disposed backend stops polling, never calls changed() and rejects every call', async () => {
  const { backend, clock, machine, notes } = await openMachine()
  await backend[Symbol.asyncDispose]()
  await backend[Symbol.asyncDispose]()
  expect(clock.pending).toBe(0)
  machine.interfaces = {}
  await clock.advance(10_000)
  expect([machine.looks, notes.pokes]).toEqual([1, 0])
  expect(backend.traffic('generic:eth0')).toBeNull()
  for (const call of [
    () => backend.activate('generic:eth0', { ...neverAborted, secret: null }),
    () => backend.deactivate('generic:eth0', 'x', neverAborted),
    () => backend.scan(neverAborted),
    () => backend.recheck('generic:eth0', neverAborted),
  ]) {
    await expect(call()).rejects.toMatchObject({ name: 'BackendError', code: 'ERR_CLOSED' })
  }
})

test('a failed poll loses the service until a poll succeeds', async () => {
  let broken = false
  const read = () => {
    if (broken) throw new Error('uv_interface_addresses')
    return { eth0: [address('192.0.2.2/24')] }
  }
  const { backend, clock, notes } = await openMachine({ read })
  const before = backend.snapshot()
  broken = true
  await clock.advance(4000)
  expect(backend.snapshot()).toEqual({ ...before, service: 'lost' })
  expect(notes).toEqual({ pokes: 1, logged: ['generic: poll failed', 'generic: poll failed'] })
  const scan = backend.scan(neverAborted)
  await expect(scan).rejects.toMatchObject({
    code: 'ERR_SERVICE_LOST',
    cause: { message: 'uv_interface_addresses' },
  })
  broken = false
  await clock.advance(2000)
  expect(backend.snapshot()).toEqual(before)
  expect(notes.pokes).toBe(2)
})

test('while the service is lost, every command rejects with ERR_SERVICE_LOST', async () => {
  let looks = 0
  const read = () => {
    if (looks++ > 0) throw new Error('uv_interface_addresses')
    return { eth0: [address('192.0.2.2/24')] }
  }
  const { backend, clock } = await openMachine({ read })
  await clock.advance(2000)
  for (const id of ['generic:eth0', 'generic:eth9']) {
    for (const command of [
      () => backend.activate(id, { ...neverAborted, secret: null }),
      () => backend.deactivate(id, 'x', neverAborted),
      () => backend.recheck(id, neverAborted),
    ])
      await expect(command()).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
  }
})

test('backends name the same activation differently, so they share no scope', async () => {
  const { backend, clock, machine } = await openMachine()
  machine.interfaces = {}
  await clock.advance(2000)
  machine.interfaces = { eth0: [address('192.0.2.2/24')] }
  await clock.advance(2000)
  const later = await generic({ read: () => machine.interfaces }).open(scriptedHost().host, neverAborted)
  expect(later.snapshot().configurations[0]?.activation).not.toBe(
    backend.snapshot().configurations[0]?.activation,
  )
  expect([backend.snapshot().scope, later.snapshot().scope]).toEqual([null, null])
})

test('open rejects if the interfaces cannot be read, and leaves no timer', async () => {
  const { clock, host } = scriptedHost()
  const read = () => {
    throw new Error('uv_interface_addresses')
  }
  await expect(generic({ read }).open(host, neverAborted)).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
  expect(clock.pending).toBe(0)
})

test('an interface that is no longer listed is removed if it does not exist (S13)', async () => {
  let names = ['lo', 'eth0']
  const { backend, clock, machine } = await openMachine({ existing: () => new Set(names) })
  machine.interfaces = {}
  await clock.advance(2000)
  expect(ids(backend)).toEqual(['generic:eth0'])
  names = ['lo']
  await clock.advance(2000)
  expect(ids(backend)).toEqual([])
})

test('default route and byte counters come from the reader on every call', () => {
  const { host } = scriptedHost()
  let received = 1
  const reader = {
    ...interfacesOnly(() => ({ eth0: [address('192.0.2.2/24')] })),
    defaultInterface: () => 'eth0',
    traffic: (name: string) => (name === 'eth0' ? { received, written: 0 } : null),
    statistics: true,
    directRouting: true,
  }
  const backend = openInterfaceBackend(reader, 1000, host)
  expect(backend.snapshot()).toMatchObject({
    statistics: true,
    directRouting: true,
    defaultId: 'generic:eth0',
  })
  received = 2
  expect(backend.traffic('generic:eth0')).toEqual({ received: 2, written: 0 })
  expect(backend.traffic('eth0')).toBeNull()
})

test('on this machine it lists the interfaces that are not loopback', async () => {
  const backend = await generic().open(scriptedHost().host, neverAborted)
  const outward = Object.entries(networkInterfaces()).filter(([, infos = []]) =>
    infos.some(({ internal }) => !internal),
  )
  const names = new Set(outward.map(([name]) => name.replace(/:[^:]*$/, '')))
  expect(new Set(backend.snapshot().configurations.map(({ name }) => name))).toEqual(names)
  await backend[Symbol.asyncDispose]()
})

test.runIf(process.platform === 'linux')('on Linux it counts bytes', async () => {
  const backend = await generic().open(scriptedHost().host, neverAborted)
  const world: World = backend.snapshot()
  expect(world.statistics).toBe(true)
  for (const { id } of world.configurations) expect(backend.traffic(id)?.received).toBeGreaterThanOrEqual(0)
  await backend[Symbol.asyncDispose]()
})

test.each([
  ['win32', true],
  ['darwin', false],
  ['freebsd', false],
  ['linux', canBindToDevice(release(), process.geteuid?.())],
])('on %s a socket can be bound to one interface: %s', (platform, isPossible) => {
  expect(systemReader(platform).directRouting).toBe(isPossible)
})

test('a failed poll keeps the last value of directRouting', async () => {
  const { host, clock } = scriptedHost()
  let isBroken = false
  const interfaces = () => {
    if (isBroken) throw new Error('uv_interface_addresses')
    return { eth0: [address('192.0.2.2/24')] }
  }
  const backend = openInterfaceBackend({ ...interfacesOnly(interfaces), directRouting: true }, 1000, host)
  isBroken = true
  await clock.advance(1000)
  expect(backend.snapshot()).toMatchObject({ service: 'lost', directRouting: true })
  await backend[Symbol.asyncDispose]()
})

test.each([0, -1, Number.NaN])('throws for an interval of %d ms', (interval) => {
  expect(() => generic({ interval })).toThrow(RangeError)
})

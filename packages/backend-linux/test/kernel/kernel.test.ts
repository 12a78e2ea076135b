import { NetworkConfigurationManager } from '@roamkit/core'
import { asyncDispose, type Backend, type BackendHost } from '@roamkit/core/contract'
import { expect, it, onTestFinished } from 'vitest'
import { kernel } from '../../src/kernel/driver.js'
import { kernelOver } from '../../src/kernel/kernel.js'
import type { KernelOptions } from '../../src/kernel/options.js'
import { hostBytes, requestOf } from '../../src/kernel/wire.js'
import { ManualClock } from '../manual-clock.js'
import { FakeNetlink } from './fake-netlink.js'
import { messagesIn, recorded } from './recorded.js'

const forever = { signal: new AbortController().signal }
const request = { ...forever, secret: null }

async function open(fake: FakeNetlink, options: KernelOptions = {}) {
  const clock = new ManualClock()
  let calls = 0
  const logged: string[] = []
  const host: BackendHost = {
    clock,
    log: (event) => void logged.push(event),
    changed: () => {
      calls += 1
    },
  }
  const backend = await kernelOver(fake.machine, options).open(host, forever)
  onTestFinished(() => backend[asyncDispose]())
  return { backend, clock, logged, changes: () => calls }
}

const link = (backend: Backend, id: string) => backend.snapshot().configurations.find((one) => one.id === id)

/** The interface of a step, switched on. */
function switchedOn(step: string): Buffer {
  const [made] = messagesIn(step)
  const payload = Buffer.from(made?.payload ?? [])
  payload.writeUInt32LE(payload.readUInt32LE(8) | 1, 8)
  return Buffer.from(requestOf(16, 2, 0, payload))
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

it('subscribes, asks for everything once, and sets no timer', async () => {
  const fake = new FakeNetlink()
  const { backend, clock, changes } = await open(fake)
  expect(fake.asked).toEqual(['links', 'addresses', 'routes4', 'routes6'])
  expect(backend.snapshot()).toMatchObject({ updates: 'events', service: 'ready', power: 'unknown' })
  expect(link(backend, 'kernel:eth0')?.link).toBe('up')
  const before = changes()
  fake.play('lan0 is deleted')
  expect(link(backend, 'kernel:eth0')).toBeUndefined()
  expect(changes()).toBeGreaterThan(before)
  expect(clock.pending).toBe(0)
})

it('reads everything again on a new connection when messages were lost, and shows the service as ready meanwhile', async () => {
  const fake = new FakeNetlink()
  const { backend, clock } = await open(fake)
  const before = backend.snapshot()
  fake.asked.length = 0
  fake.fail('ENOBUFS')
  await settle()
  expect(fake.asked).toEqual(['links', 'addresses', 'routes4', 'routes6'])
  expect(fake.opened - fake.closed).toBe(1)
  expect(backend.snapshot()).toBe(before)
  expect(clock.pending).toBe(0)
})

it('removes what was deleted while messages were lost', async () => {
  const fake = new FakeNetlink()
  const { backend } = await open(fake)
  fake.play('a tunnel is made')
  fake.change = (what, datagrams) => (what === 'links' ? datagrams.slice(-1) : datagrams)
  fake.fail('ENOBUFS')
  await settle()
  expect(backend.snapshot().configurations).toEqual([])
})

it('asks again for a list that was torn by a change (NLM_F_DUMP_INTR)', async () => {
  const fake = new FakeNetlink()
  let torn = 2
  fake.change = (what, datagrams) => {
    if (what !== 'links' || torn === 0) return datagrams
    torn -= 1
    return datagrams.map((datagram) => {
      const copy = Buffer.from(datagram)
      copy.writeUInt16LE(copy.readUInt16LE(6) | 0x10, 6)
      return copy
    })
  }
  const { backend } = await open(fake)
  expect(fake.asked.filter((what) => what === 'links')).toHaveLength(3)
  expect(link(backend, 'kernel:eth0')?.link).toBe('up')
})

it('S14: keeps the last known links while the kernel gives no socket, and tries again after pauses', async () => {
  const fake = new FakeNetlink()
  const { backend, clock } = await open(fake)
  const { configurations } = backend.snapshot()
  fake.obstacle = new Error('socket: EMFILE')
  fake.fail('EIO')
  expect(backend.snapshot()).toMatchObject({ service: 'lost', configurations })
  await expect(backend.scan(forever)).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
  await clock.advance(250)
  expect(backend.snapshot().service).toBe('lost')
  fake.obstacle = null
  await clock.advance(1000)
  await settle()
  expect(backend.snapshot()).toMatchObject({ service: 'ready', configurations })
  expect(clock.pending).toBe(0)
})

it('rejects with ERR_SERVICE_LOST if the kernel gives no socket, or lists nothing', async () => {
  const host: BackendHost = { clock: new ManualClock(), log() {}, changed() {} }
  const fake = new FakeNetlink()
  fake.obstacle = new Error('socket: EAFNOSUPPORT')
  await expect(kernelOver(fake.machine).open(host, forever)).rejects.toMatchObject({
    code: 'ERR_SERVICE_LOST',
    message: expect.stringContaining('EAFNOSUPPORT'),
  })
  fake.obstacle = null
  fake.change = () => [Buffer.from(requestOf(2, 0, 0, hostBytes([-1 >>> 0, 4])))]
  await expect(kernelOver(fake.machine).open(host, forever)).rejects.toMatchObject({
    code: 'ERR_SERVICE_LOST',
    message: expect.stringContaining('EPERM'),
  })
  expect(fake.opened - fake.closed).toBe(0)
})

it('rejects with the reason of an abort, and leaves nothing open', async () => {
  const fake = new FakeNetlink()
  const abort = new AbortController()
  fake.beforeList = () => abort.abort(new Error('enough'))
  const host: BackendHost = { clock: new ManualClock(), log() {}, changed() {} }
  await expect(kernelOver(fake.machine).open(host, abort)).rejects.toThrow('enough')
  expect(fake.opened - fake.closed).toBe(0)
})

it('only observes unless it may control: a link that is up can be opened, and one that is down cannot', async () => {
  const { backend } = await open(new FakeNetlink())
  const up = link(backend, 'kernel:eth0')
  expect(up).toMatchObject({ activate: 'no', deactivate: 'no' })
  expect(await backend.activate('kernel:eth0', request)).toBe(up?.activation)
  await expect(backend.activate('kernel:tun0', request)).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
  const refused = backend.deactivate('kernel:eth0', up?.activation ?? '', forever)
  await expect(refused).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
  await backend.deactivate('kernel:eth0', 'an older one', forever)
})

it('S3: with control, an interface is switched on, and shown as coming up until it has a carrier', async () => {
  const fake = new FakeNetlink()
  const { backend } = await open(fake, { control: true })
  const activating = backend.activate('kernel:tun0', request)
  await settle()
  const [command] = fake.commands
  expect(command).toMatchObject({ type: 16 })
  // The kernel reports the change before it acknowledges the request.
  fake.send(switchedOn('a tunnel is made'))
  fake.acknowledge(0)
  const activation = await activating
  expect(link(backend, 'kernel:tun0')).toMatchObject({ link: 'activating', activation, carrier: false })
})

it('E1: says beforehand that it may not control, and refuses', async () => {
  const fake = new FakeNetlink()
  fake.isPermitted = false
  const { backend } = await open(fake, { control: true })
  expect(link(backend, 'kernel:tun0')).toMatchObject({ activate: 'no', deactivate: 'no' })
  await expect(backend.activate('kernel:tun0', request)).rejects.toMatchObject({ code: 'ERR_DENIED' })
  expect(fake.commands).toEqual([])
})

it.each([
  [1, 'ERR_DENIED'],
  [19, 'ERR_UNKNOWN_CONFIGURATION'],
  [95, 'ERR_NOT_SUPPORTED'],
  [132, 'ERR_ACTIVATION_FAILED'],
])(
  'a request that the kernel refuses with %i rejects with %s, and changes nothing (E1)',
  async (failure, code) => {
    const fake = new FakeNetlink()
    const { backend } = await open(fake, { control: true })
    const before = backend.snapshot()
    const activating = backend.activate('kernel:tun0', request)
    await settle()
    fake.acknowledge(failure)
    await expect(activating).rejects.toMatchObject({ code })
    expect(backend.snapshot()).toBe(before)
  },
)

it('settles what is pending when it is disposed or loses its connection', async () => {
  const fake = new FakeNetlink()
  const { backend, clock } = await open(fake, { control: true })
  const first = backend.activate('kernel:tun0', request)
  await settle()
  fake.fail('EIO')
  await expect(first).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
  await clock.advance(100)
  await settle()
  const second = backend.activate('kernel:tun0', request)
  await settle()
  await backend[asyncDispose]()
  await expect(second).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  expect(fake.opened - fake.closed).toBe(0)
})

it('a request whose answer was lost among other messages is settled by what the kernel lists', async () => {
  const fake = new FakeNetlink()
  const { backend } = await open(fake, { control: true })
  const refused = backend.activate('kernel:tun0', request)
  await settle()
  fake.fail('ENOBUFS')
  await expect(refused).rejects.toMatchObject({ code: 'ERR_ACTIVATION_FAILED' })
  const accepted = backend.activate('kernel:tun0', request)
  await settle()
  fake.change = (what, datagrams) =>
    what === 'links' ? [switchedOn('a tunnel is made'), ...datagrams.slice(-1)] : datagrams
  fake.fail('ENOBUFS')
  expect(await accepted).toBe(link(backend, 'kernel:tun0')?.activation)
})

it('calls the host no more once that has disposed the backend, not even for the rest of a datagram', async () => {
  const fake = new FakeNetlink()
  let calls = 0
  let backend: Backend | null = null
  const changed = () => {
    calls += 1
    backend?.[asyncDispose]()
  }
  backend = await kernelOver(fake.machine).open({ clock: new ManualClock(), log() {}, changed }, forever)
  calls = 0
  fake.send(Buffer.concat(recorded('lan0 is deleted')))
  expect(calls).toBe(1)
})

it('E2: refuses an invalid size of the buffer', () => {
  expect(() => kernel({ receiveBuffer: 0 })).toThrow(RangeError)
})

it('S1: a session for an interface that appears later comes alive with it', async () => {
  const fake = new FakeNetlink()
  fake.change = (what, datagrams) => (what === 'links' ? datagrams.slice(-1) : datagrams)
  const manager = await NetworkConfigurationManager.open(kernelOver(fake.machine))
  onTestFinished(() => manager.close())
  const session = manager.createSession('kernel:tun0')
  expect(session.state).toBe('invalid')
  fake.play('a tunnel is made')
  await expect.poll(() => session.state).toBe('disconnected')
})

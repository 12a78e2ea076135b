import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { connect } from '../src/bus/bus.js'
import type { BusSignal } from '../src/bus/bus-port.js'
import { LONGEST_BODY } from '../src/bus/message-framer.js'
import { ManualClock } from './manual-clock.js'
import { ScriptedServer } from './scripted-server.js'
import { type WireMessage, type WireValue, writeMessage } from './wire-writer.js'

const DAEMON = 'org.freedesktop.DBus'
const SERVICE = 'org.roamkit.test.Service'
const STRANGER = ':1.66'
const SIGNAL = { path: '/org/roamkit/a', interface: 'org.roamkit.test', member: 'Changed' } as const
const OWNER_CHANGED = {
  path: '/org/freedesktop/DBus',
  interface: DAEMON,
  member: 'NameOwnerChanged',
  signature: 'sss',
} as const

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'roamkit-strangers-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function serve(answers: Readonly<Record<string, WireMessage>> = {}): Promise<ScriptedServer> {
  const server = new ScriptedServer(join(directory, 'bus'), answers)
  await server.listen()
  onTestFinished(() => server.end())
  return server
}

/** A connection to a FAKE bus, and what is heard on it. */
async function open(answers: Readonly<Record<string, WireMessage>> = {}) {
  const server = await serve(answers)
  const signals: BusSignal[] = []
  const owners: (string | null)[] = []
  const clock = new ManualClock()
  const bus = await connect(server.address, {
    clock,
    deadline: 5000,
    watch: {
      service: SERVICE,
      namespace: '/org/roamkit',
      signal: (signal) => signals.push(signal),
      owner: (owner) => owners.push(owner),
    },
  })
  onTestFinished(() => bus.close())
  /** Until everything that was sent so far has been read. */
  const settled = async () => {
    const member = `Mark${signals.length}`
    server.mark(member)
    await vi.waitFor(() => expect(signals.at(-1)?.member).toBe(member), { timeout: 20_000 })
    signals.pop()
  }
  return { server, bus, signals, owners, clock, settled }
}

const ask = (member: string, destination = ':1.5') =>
  ({ destination, path: '/org/roamkit/a', interface: 'org.roamkit.test', member }) as const

/** Until the client's call has come, which is the last of that name; its serial. */
async function called(server: ScriptedServer, member: string): Promise<number> {
  const find = () => server.sent.findLast((sent) => sent.member === member)
  await vi.waitFor(() => expect(find()).toBeDefined())
  return find()?.serial ?? 0
}

it('the values of a signal that its listener ignores are not read, and what follows is', async () => {
  const server = await serve()
  const heard: string[] = []
  const bus = await connect(server.address, {
    ...{ clock: new ManualClock(), deadline: 5000 },
    watch: {
      ...{ service: SERVICE, namespace: '/org/roamkit' },
      ignores: (path, name) => path === '/org/roamkit/a' && name === SIGNAL.interface,
      signal: ({ path }) => heard.push(path),
      owner: () => undefined,
    },
  })
  onTestFinished(() => bus.close())
  server.send({ ...SIGNAL, sender: ':1.5' })
  server.send({ ...SIGNAL, path: '/org/roamkit/b', sender: ':1.5' })
  server.send({ ...SIGNAL, interface: 'org.roamkit.other', sender: ':1.5' })
  await vi.waitFor(() => expect(heard).toEqual(['/org/roamkit/b', '/org/roamkit/a']))
})

describe('what a stranger sends', () => {
  it.each<[string, WireMessage]>([
    ['a signal with a descriptor', { ...SIGNAL, signature: 'h', body: [0] }],
    ['a signal with descriptors', { ...SIGNAL, signature: 'ah', body: [[0]] }],
    ['a signal with a variant of a descriptor', { ...SIGNAL, signature: 'v', body: [['h', 0]] }],
    ['a signal like the service’s', { ...SIGNAL, signature: 's', body: ['forged'] }],
    ['a change of owner', { ...OWNER_CHANGED, body: [SERVICE, ':1.5', STRANGER] }],
    ['a message of a type of the future', { ...SIGNAL, type: 9 }],
    ['a message of type 0', { ...SIGNAL, type: 0 }],
    ['an answer to nothing', { type: 2, replySerial: 4711, signature: 'h', body: [0] }],
  ])('%s changes nothing', async (_, message) => {
    const { server, bus, signals, owners, settled } = await open()
    server.send({ ...message, sender: STRANGER })
    await settled()
    expect([signals, owners, bus.owner]).toEqual([[], [], ':1.5'])
  })

  it.each([STRANGER, ':1.55', 'org.roamkit.test'])(
    'an answer to a call of ours is not believed of %s, whatever the serial',
    async (sender) => {
      const { server, bus, settled } = await open()
      const answer = bus.call(ask('Ask'), { deadline: null })
      const serial = await called(server, 'Ask')
      const forged = { replySerial: serial, sender }
      server.send({ type: 2, ...forged, signature: 's', body: ['forged'] })
      server.send({ type: 3, ...forged, errorName: 'org.example.Forged' })
      await settled()
      server.send({ type: 2, replySerial: serial, sender: ':1.5', signature: 's', body: ['true'] })
      expect(await answer).toEqual(['true'])
    },
  )

  it('32 MB come and go, and the next signal is heard', async () => {
    const { server, signals, settled } = await open()
    const body: WireValue = Array.from({ length: 1000 }, () => ['y', 1])
    const head = writeMessage({ ...SIGNAL, sender: STRANGER, signature: 'av', body: [body] })
    head.writeUInt32LE(32_000_000, 4)
    server.socket.write(head)
    const there = 4 + 1000 * 4
    const chunk = Buffer.alloc(2 ** 20)
    for (let left = 32_000_000 - there; left > 0; left -= chunk.length)
      server.socket.write(chunk.subarray(0, Math.min(left, chunk.length)))
    await settled()
    expect(signals).toEqual([])
  })

  it('a call is answered with UnknownMethod, unless no answer is expected', async () => {
    const { server, settled } = await open()
    server.send({ type: 1, ...SIGNAL, serial: 31, sender: STRANGER, signature: 'h', body: [0] })
    server.send({ type: 1, ...SIGNAL, serial: 32, sender: STRANGER, flags: 1 })
    server.send({ type: 1, ...SIGNAL, serial: 33, sender: '\n' })
    server.send({ type: 1, ...SIGNAL, serial: 34 })
    await settled()
    await vi.waitFor(() => expect(server.sent.some(({ type }) => type === 3)).toBe(true))
    expect(server.sent.filter(({ type }) => type === 3)).toMatchObject([
      { replySerial: 31, errorName: `${DAEMON}.Error.UnknownMethod` },
    ])
  })

  it('calls without end make us write no more than the other side takes', async () => {
    const { server, settled } = await open()
    server.socket.pause()
    const calls = 20_000
    const one = writeMessage({ type: 1, ...SIGNAL, sender: STRANGER })
    server.socket.write(Buffer.concat(Array(calls).fill(one)))
    await settled()
    server.socket.resume()
    await settled()
    const answers = server.sent.filter(({ type }) => type === 3).length
    expect(answers).toBeGreaterThan(0)
    expect(answers).toBeLessThan(calls / 10)
  })
})

describe('what the watched service sends', () => {
  it.each<[string, WireMessage]>([
    ['a descriptor', { ...SIGNAL, signature: 'h', body: [0] }],
    ['a body that is not what the signature says', { ...SIGNAL, signature: 's', body: Buffer.alloc(3) }],
    ['a signature that is none', { ...SIGNAL, signature: 'a', body: Buffer.alloc(4) }],
    ['a signal from outside the subtree', { ...SIGNAL, path: '/org/roamkitx', signature: 's', body: ['x'] }],
  ])('%s costs that signal alone', async (_, message) => {
    const { server, bus, signals, settled } = await open()
    server.send({ ...message, sender: ':1.5' })
    await settled()
    server.send({ ...SIGNAL, sender: ':1.5', signature: 's', body: ['good'] })
    await settled()
    expect(signals.map(({ body }) => body)).toEqual([['good']])
    expect(bus.owner).toBe(':1.5')
  })

  it.each<[string, WireMessage]>([
    ['a descriptor', { signature: 'h', body: [0] }],
    ['half a string', { signature: 's', body: Buffer.from([200, 0, 0, 0, 120]) }],
  ])('an answer that cannot be read (%s) rejects the call, and says so', async (_, answer) => {
    const { server, bus, settled } = await open()
    const call = bus.call(ask('Ask'), { deadline: null })
    const rejected = expect(call).rejects.toMatchObject({
      code: 'ERR_BUS_ANSWER',
      answer: null,
      message: expect.stringMatching(/^Ask: the answer cannot be read: /),
      cause: { name: 'WireError' },
    })
    server.send({ type: 2, replySerial: await called(server, 'Ask'), sender: ':1.5', ...answer })
    await rejected
    await settled()
  })

  it('an error whose message cannot be read is reported by its name; long messages are cut', async () => {
    const { server, bus } = await open()
    const fail = async (member: string, answer: WireMessage) => {
      const told = bus.call(ask(member), { deadline: null }).catch((error: Error) => error)
      const replySerial = await called(server, member)
      server.send({ type: 3, replySerial, sender: ':1.5', errorName: 'org.example.Failed', ...answer })
      return (await told) as Error
    }
    expect(await fail('Short', { signature: 's', body: Buffer.alloc(2) })).toMatchObject({
      answer: 'org.example.Failed',
      message: 'Short: org.example.Failed',
    })
    const { message } = await fail('Long', { signature: 's', body: ['x'.repeat(100_000)] })
    expect(message.length).toBeLessThan(1100)
  })

  it('an answer of more than 16 MiB rejects the call before it has come', async () => {
    const { server, bus, settled } = await open()
    const call = bus.call(ask('Ask'), { deadline: null })
    const rejected = expect(call).rejects.toMatchObject({ code: 'ERR_BUS_ANSWER', message: /16 MiB/ })
    const head = writeMessage({
      ...{ type: 2, replySerial: await called(server, 'Ask'), sender: ':1.5' },
      ...{ signature: 'ay', body: Buffer.alloc(8) },
    })
    head.writeUInt32LE(LONGEST_BODY + 8, 4)
    server.socket.write(head)
    await rejected
    server.socket.write(Buffer.alloc(LONGEST_BODY))
    await settled()
  })

  it('the bus daemon may answer in its place, when it cannot', async () => {
    const { server, bus } = await open()
    const call = bus.call(ask('Ask'), { deadline: null })
    const rejected = expect(call).rejects.toMatchObject({ answer: `${DAEMON}.Error.NoReply` })
    const replySerial = await called(server, 'Ask')
    server.send({ type: 3, replySerial, sender: DAEMON, errorName: `${DAEMON}.Error.NoReply` })
    await rejected
  })
})

describe('a connection that breaks', () => {
  it.each<[string, (server: ScriptedServer) => void]>([
    ['bytes that are no message', (server) => server.socket.write('HTTP/1.1 200 OK\r\n\r\n')],
    ['a length beyond the limits', (server) => server.socket.write(tooLong())],
    ['an end in the middle of a header', (server) => server.socket.end(signal().subarray(0, 20))],
    ['an end in the middle of a body', (server) => server.socket.end(signal().subarray(0, -3))],
    [
      'a change of owner that cannot be read',
      (server) => server.send({ ...OWNER_CHANGED, sender: DAEMON, body: Buffer.alloc(1) }),
    ],
  ])('%s is an end like any other', async (_, strike) => {
    const { server, bus } = await open()
    const call = bus.call(ask('Ask'), { deadline: null })
    const rejected = expect(call).rejects.toMatchObject({ code: 'ERR_BUS_CLOSED' })
    strike(server)
    await rejected
    expect(await bus.closed).toMatchObject({ code: 'ERR_BUS_CLOSED' })
    expect(bus.owner).toBeNull()
    await expect(bus.call(ask('Ask'), { deadline: null })).rejects.toMatchObject({ code: 'ERR_BUS_CLOSED' })
    await vi.waitFor(() => expect(server.socket.closed).toBe(true))
  })

  it('closing from within a signal ends the reading of the same chunk', async () => {
    const server = await serve()
    const heard: string[] = []
    const bus = await connect(server.address, {
      clock: new ManualClock(),
      deadline: 5000,
      watch: {
        service: SERVICE,
        namespace: '/org/roamkit',
        signal({ member }) {
          heard.push(member)
          bus.close()
        },
        owner: () => undefined,
      },
    })
    server.socket.write(Buffer.concat([signal(), signal()]))
    await bus.closed
    expect(heard).toEqual(['Changed'])
  })

  it('what it said in bytes that are no message is in the cause', async () => {
    const { server, bus } = await open()
    server.socket.write(Buffer.alloc(64, 0xff))
    expect(await bus.closed).toMatchObject({ cause: { name: 'WireError' } })
  })
})

describe('a Hello that is refused', () => {
  const limits = `${DAEMON}.Error.LimitsExceeded`
  const refusal = (errorName: string, text: string) => ({ type: 3, errorName, signature: 's', body: [text] })
  const options = {
    clock: new ManualClock(),
    deadline: null,
    watch: { service: SERVICE, namespace: '/', signal: () => undefined, owner: () => undefined },
  }
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  beforeAll(() => void process.on('unhandledRejection', note))
  afterAll(() => void process.off('unhandledRejection', note))

  it('is what connecting rejects with, in the daemon’s own words, also where the rest is refused as well', async () => {
    const denied = refusal(`${DAEMON}.Error.AccessDenied`, 'not before Hello')
    const server = await serve({
      Hello: refusal(limits, 'The maximum number of active connections for UID 0 has been reached'),
      GetId: denied,
      AddMatch: denied,
      GetNameOwner: denied,
    })
    for (const address of [server.address, `${server.address};unix:path=${directory}/nobody`])
      await expect(connect(address, options)).rejects.toMatchObject({
        code: 'ERR_BUS_CONNECT',
        answer: limits,
        message: expect.stringMatching(/maximum number of active connections.*LimitsExceeded/),
      })
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  })
})

function signal(): Buffer {
  return writeMessage({ ...SIGNAL, sender: ':1.5', signature: 's', body: ['there'] })
}

function tooLong(): Buffer {
  const bytes = signal()
  bytes.writeUInt32LE(2 ** 31, 4)
  return bytes
}

import { type ChildProcess, spawn } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Message, sessionBus } from 'dbus-next'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../src/bus/bus.js'
import type { Bus, BusSignal } from '../src/bus/bus-port.js'
import { sent } from './as-sent.js'
import { ManualClock, settle } from './manual-clock.js'

const DAEMON = 'org.freedesktop.DBus'
const SERVICE = 'org.roamkit.test.Service'
const hasDaemon = existsSync('/usr/bin/dbus-daemon')
const onDaemon = hasDaemon
  ? 'on a real dbus-daemon'
  : 'on a real dbus-daemon (skipped: /usr/bin/dbus-daemon is not installed)'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'roamkit-bus-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

interface Heard {
  readonly signals: BusSignal[]
  readonly owners: (string | null)[]
  /** Resolves when a signal with that member has been heard. */
  until(member: string): Promise<BusSignal>
  untilOwner(): Promise<string | null>
}

function listener(clock: ManualClock, onSignal: (signal: BusSignal) => void = () => undefined) {
  const signals: BusSignal[] = []
  const owners: (string | null)[] = []
  const waiting: (() => void)[] = []
  const wake = () => {
    for (const run of waiting.splice(0)) run()
  }
  const heard: Heard = {
    signals,
    owners,
    async until(member) {
      for (;;) {
        const found = signals.find((signal) => signal.member === member)
        if (found) return found
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    async untilOwner() {
      const count = owners.length
      while (owners.length === count) await new Promise<void>((resolve) => waiting.push(resolve))
      return owners.at(-1) ?? null
    },
  }
  const options = {
    clock,
    deadline: 5000,
    watch: {
      service: SERVICE,
      namespace: '/org/roamkit',
      signal(signal: BusSignal) {
        signals.push(signal)
        wake()
        onSignal(signal)
      },
      owner(owner: string | null) {
        owners.push(owner)
        wake()
      },
    },
  }
  return { heard, options }
}

describe.skipIf(!hasDaemon)(onDaemon, () => {
  let daemon: ChildProcess
  let address: string
  /** The same bus in another place. */
  let escaped: string
  let exited: Promise<void>
  const services: { disconnect(): void }[] = []
  const connections: Bus[] = []

  async function startDaemon(): Promise<void> {
    const socket = join(directory, 'bus')
    escaped = `unix:path=${directory}/a%3ab%3bc%2cd%3de%20f`
    for (const name of ['bus', 'a:b;c,d=e f']) rmSync(join(directory, name), { force: true })
    writeFileSync(
      join(directory, 'bus.conf'),
      `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=${socket}</listen><listen>${escaped}</listen>
<auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true"/><allow receive_requested_reply="true"/></policy></busconfig>`,
    )
    daemon = spawn(
      '/usr/bin/dbus-daemon',
      [
        `--config-file=${join(directory, 'bus.conf')}`,
        '--nofork',
        '--nopidfile',
        '--nosyslog',
        '--print-address=1',
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    exited = new Promise((resolve) => daemon.once('exit', () => resolve()))
    // Printed once it listens.
    await new Promise((resolve) => daemon.stdout?.once('data', resolve))
    address = `unix:path=${socket}`
  }

  beforeAll(startDaemon)
  afterEach(() => {
    for (const connection of connections.splice(0)) connection.close()
    for (const service of services.splice(0)) service.disconnect()
  })
  afterAll(async () => {
    daemon.kill('SIGKILL')
    await exited
  })

  /** A service of the test's own; answers nothing by itself. */
  async function service(wellKnown = SERVICE) {
    const bus = sessionBus({
      busAddress: address.replace('path=', 'socket='),
      authMethods: ['EXTERNAL'],
    } as never)
    bus.on('error', () => undefined)
    services.push(bus)
    await new Promise((resolve) => bus.once('connect', resolve))
    await bus.requestName(wellKnown, 0)
    const emit = (member: string, signature = '', body: unknown[] = [], path = '/org/roamkit/a') =>
      bus.send(Message.newSignal(path, 'org.roamkit.test', member, signature, body))
    return { bus, emit, name: (bus as unknown as { name: string }).name }
  }

  async function client(onSignal?: (signal: BusSignal) => void) {
    const clock = new ManualClock()
    const { heard, options } = listener(clock, onSignal)
    const bus = await connect(address, options)
    connections.push(bus)
    return { bus, heard, clock }
  }

  const ask = (member: string, destination = DAEMON) => ({
    destination,
    path: '/org/freedesktop/DBus',
    interface: destination === DAEMON ? DAEMON : 'org.roamkit.test',
    member,
  })

  it('knows the bus and the owner of the service, and leaves no timer', async () => {
    const { name } = await service()
    const { bus, clock } = await client()
    expect([bus.id.length, bus.owner, clock.pending]).toEqual([32, name, 0])
  })

  it('says null for a service without owner', async () => {
    const { bus } = await client()
    expect(bus.owner).toBeNull()
  })

  it('answers calls with plain values', async () => {
    const { bus } = await client()
    const { signal } = new AbortController()
    const [names] = await bus.call(ask('ListNames'), { signal, deadline: null })
    expect(names).toContain(DAEMON)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('delivers signals with variants, 64-bit numbers and byte arrays made plain', async () => {
    const { emit } = await service()
    const { heard } = await client()
    const { Variant } = await import('dbus-next')
    emit('Values', 'a{sv}t', [
      { ssid: new Variant('ay', Buffer.from('hi')), deep: new Variant('v', new Variant('u', 7)) },
      2n ** 40n,
    ])
    const { body } = await heard.until('Values')
    expect(body).toEqual([sent({ ssid: Uint8Array.from([104, 105]), deep: 7 }), 2 ** 40])
  })

  it('hears nothing from outside the namespace, and nothing from those who do not own the service', async () => {
    const { emit } = await service()
    const { bus, heard } = await client()
    const stranger = sessionBus({
      busAddress: address.replace('path=', 'socket='),
      authMethods: ['EXTERNAL'],
    } as never)
    services.push(stranger)
    await new Promise((resolve) => stranger.once('connect', resolve))
    const [mine] = await bus.call(
      { ...ask('GetNameOwner'), signature: 's', body: [DAEMON] },
      { deadline: null },
    )
    expect(mine).toBe(DAEMON)
    stranger.send(Message.newSignal('/org/roamkit/a', 'org.roamkit.test', 'Forged'))
    emit('Elsewhere', '', [], '/org/other')
    emit('Last')
    await heard.until('Last')
    expect(heard.signals.map(({ member }) => member)).toEqual(['Last'])
  })

  describe('listening to another service as well', () => {
    const OTHER = 'org.roamkit.test.Other'
    const WANTED = [
      { interface: 'org.roamkit.test', member: 'Wanted' },
      { interface: 'org.roamkit.test', about: 'this' },
    ]

    async function clientOfBoth() {
      const { bus, heard } = await client()
      const other = listener(new ManualClock())
      const watch = { ...other.options.watch, service: OTHER, only: WANTED }
      return { bus, heard, other: other.heard, owner: await bus.listen(watch, { deadline: null }) }
    }

    it('hears only the wanted signals, only from its owner, and the first service as before', async () => {
      const first = await service()
      const second = await service(OTHER)
      const stranger = await service('org.roamkit.test.Stranger')
      const { bus, heard, other, owner } = await clientOfBoth()
      expect([owner, bus.owner]).toEqual([second.name, first.name])
      // Sent to this client alone, a signal needs no match rule.
      const forged = Message.newSignal('/org/roamkit/a', 'org.roamkit.test', 'Wanted', 's', ['this'])
      const [names] = await bus.call(ask('ListNames'), { deadline: null })
      const known = [first.name, second.name, stranger.name]
      for (const name of (names as string[]).filter((one) => one.startsWith(':') && !known.includes(one)))
        stranger.bus.send(Object.assign(forged, { destination: name }))
      await stranger.bus.call(new Message(ask('ListNames')))
      second.emit('Wanted', 's', ['elsewhere'], '/org/other')
      second.emit('Unwanted')
      second.emit('Unwanted', 's', ['that'])
      second.emit('Wanted', 's', ['true'])
      second.emit('Other', 's', ['this'])
      expect((await other.until('Other')).body).toEqual(['this'])
      first.emit('Last')
      await heard.until('Last')
      expect(heard.signals.map(({ member }) => member)).toEqual(['Last'])
      expect(other.signals.map(({ member }) => member)).toEqual(['Wanted', 'Other'])
    })

    it('reports that it is not there, that it comes and that it leaves, and nothing of that to the first', async () => {
      const first = await service()
      const { bus, heard, other, owner } = await clientOfBoth()
      expect(owner).toBeNull()
      const came = other.untilOwner()
      const second = await service(OTHER)
      expect(await came).toBe(second.name)
      const left = other.untilOwner()
      second.bus.disconnect()
      expect(await left).toBeNull()
      expect([heard.owners, bus.owner]).toEqual([[], first.name])
    })

    it('rejects on a connection that has ended', async () => {
      const { bus } = await client()
      bus.close()
      const watch = { ...listener(new ManualClock()).options.watch, service: OTHER }
      await expect(bus.listen(watch, { deadline: null })).rejects.toMatchObject({ code: 'ERR_BUS_CLOSED' })
    })
  })

  it('reports the service leaving and coming back, and rejects calls to the one that left', async () => {
    const first = await service()
    const { bus, heard } = await client()
    first.bus.addMethodHandler(() => true)
    const call = bus.call(ask('Wait', String(bus.owner)), { deadline: null })
    await settle()
    first.bus.disconnect()
    await expect(call).rejects.toMatchObject({ name: 'BusError' })
    if (heard.owners.length === 0) await heard.untilOwner()
    expect([heard.owners, bus.owner]).toEqual([[null], null])
    const back = heard.untilOwner()
    const second = await service()
    expect(await back).toBe(second.name)
  })

  it('answers every caller that it offers nothing', async () => {
    const { bus: caller } = await service()
    const names = async () => {
      const reply = await caller.call(new Message(ask('ListNames')))
      return ((reply?.body[0] ?? []) as string[]).filter((name) => name.startsWith(':'))
    }
    const before = await names()
    await client()
    const [name = ''] = (await names()).filter((one) => !before.includes(one))
    await expect(caller.call(new Message(ask('Anything', name)))).rejects.toMatchObject({
      type: 'org.freedesktop.DBus.Error.UnknownMethod',
    })
  })

  it('rejects with the D-Bus error name and the native error as cause', async () => {
    const { bus } = await client()
    await expect(bus.call(ask('Nonsense'), { deadline: null })).rejects.toMatchObject({
      code: 'ERR_BUS_ANSWER',
      answer: 'org.freedesktop.DBus.Error.UnknownMethod',
      cause: { name: 'DBusError' },
    })
  })

  it('rejects with the abort reason, before and during a call, and forgets the call', async () => {
    const { bus: silent, name } = await service()
    silent.addMethodHandler(() => true)
    const { bus, clock } = await client()
    const aborted = AbortSignal.abort(new Error('before'))
    await expect(bus.call(ask('Wait', name), { signal: aborted, deadline: null })).rejects.toThrow('before')
    const controller = new AbortController()
    const call = bus.call(ask('Wait', name), { signal: controller.signal, deadline: 1000 })
    controller.abort(new Error('during'))
    await expect(call).rejects.toThrow('during')
    expect([clock.pending, getEventListeners(controller.signal, 'abort')]).toEqual([0, []])
  })

  it('listens once to a signal that many calls wait for, so that Node warns of no leak and no call looks through the others', async () => {
    const { bus: silent, name } = await service()
    silent.addMethodHandler(() => true)
    const { bus } = await client()
    const controller = new AbortController()
    const wait = { signal: controller.signal, deadline: null }
    const calls = Array.from({ length: 20 }, () => bus.call(ask('Wait', name), wait))
    const all = Promise.allSettled(calls)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    controller.abort(new Error('enough'))
    for (const outcome of await all)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'enough' } })
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  it('rejects with ERR_BUS_TIMED_OUT at the deadline', async () => {
    const { bus: silent, name } = await service()
    silent.addMethodHandler(() => true)
    const { bus, clock } = await client()
    const call = bus.call(ask('Wait', name), { deadline: 1000 })
    const rejected = expect(call).rejects.toMatchObject({ code: 'ERR_BUS_TIMED_OUT' })
    await clock.advance(1000)
    await rejected
  })

  it('lets a throwing listener surface as an uncaught exception, and goes on', async () => {
    const { emit } = await service()
    const { heard } = await client((signal) => {
      if (signal.member === 'Bad') throw new Error('from a listener')
    })
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const uncaught = new Promise((resolve) => process.once('uncaughtException', resolve))
    try {
      emit('Bad')
      emit('Good')
      expect(await uncaught).toMatchObject({ message: 'from a listener' })
    } finally {
      for (const other of others) process.on('uncaughtException', other)
    }
    await heard.until('Good')
  })

  it('rejects what is pending with ERR_BUS_CLOSED when it is closed', async () => {
    const { bus: silent, name } = await service()
    silent.addMethodHandler(() => true)
    const { bus } = await client()
    const call = bus.call(ask('Wait', name), { deadline: null })
    bus.close()
    await expect(call).rejects.toMatchObject({ code: 'ERR_BUS_CLOSED' })
    await expect(bus.call(ask('ListNames'), { deadline: null })).rejects.toMatchObject({
      code: 'ERR_BUS_CLOSED',
    })
    expect(await bus.closed).toMatchObject({ code: 'ERR_BUS_CLOSED' })
  })

  it('notices that the daemon died, rejects what is pending, and can connect again', async () => {
    const { bus: silent, name } = await service()
    silent.addMethodHandler(() => true)
    const { bus } = await client()
    const call = bus.call(ask('Wait', name), { deadline: null })
    const rejected = expect(call).rejects.toMatchObject({ code: 'ERR_BUS_CLOSED' })
    daemon.kill('SIGKILL')
    await exited
    await rejected
    expect(await bus.closed).toMatchObject({ code: 'ERR_BUS_CLOSED' })
    await startDaemon()
    const again = await client()
    expect(again.bus.id).not.toBe(bus.id)
  })

  it('opens paths with characters that are escaped', async () => {
    const bus = await connect(escaped, listener(new ManualClock()).options)
    connections.push(bus)
    expect(bus.id).toHaveLength(32)
  })

  it('tries every part of an address in turn', async () => {
    const { options } = listener(new ManualClock())
    const bus = await connect(`unix:path=${join(directory, 'nothing')};${address}`, options)
    connections.push(bus)
    expect(bus.id).toHaveLength(32)
  })
})

describe('on a FAKE server', () => {
  let server: Server
  let sockets: Socket[]
  const path = () => join(directory, 'fake')

  async function listen(serve: (socket: Socket) => void): Promise<string> {
    sockets = []
    server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => undefined)
      serve(socket)
    })
    await new Promise<void>((resolve) => server.listen(path(), resolve))
    return `unix:path=${path()}`
  }

  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  it('that accepts and stays silent: rejects at the deadline', async () => {
    const clock = new ManualClock()
    let accepted: () => void = () => undefined
    const connected = new Promise<void>((resolve) => {
      accepted = resolve
    })
    const address = await listen((socket) => socket.once('data', accepted))
    const opening = connect(address, listener(clock).options)
    const rejected = expect(opening).rejects.toMatchObject({ code: 'ERR_BUS_TIMED_OUT' })
    await connected
    await clock.advance(5000)
    await rejected
    expect(clock.pending).toBe(0)
  })

  it('that accepts and stays silent: rejects with the abort reason', async () => {
    const clock = new ManualClock()
    const controller = new AbortController()
    const address = await listen((socket) => socket.once('data', () => controller.abort(new Error('enough'))))
    const opening = connect(address, { ...listener(clock).options, signal: controller.signal })
    await expect(opening).rejects.toThrow('enough')
    expect(clock.pending).toBe(0)
  })

  it('that closes during authentication: rejects', async () => {
    const address = await listen((socket) => socket.once('data', () => socket.end()))
    await expect(connect(address, listener(new ManualClock()).options)).rejects.toMatchObject({
      name: 'BusError',
    })
  })

  it('that refuses authentication: rejects with ERR_BUS_CONNECT', async () => {
    const address = await listen((socket) => socket.on('data', () => socket.write('REJECTED EXTERNAL\r\n')))
    await expect(connect(address, listener(new ManualClock()).options)).rejects.toMatchObject({
      code: 'ERR_BUS_CONNECT',
    })
  })

  it('that refuses Hello: rejects, and nothing is left unhandled', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    const address = await listen((socket) => {
      let isAuthenticated = false
      socket.on('data', (data) => {
        if (!isAuthenticated) {
          isAuthenticated = true
          socket.write('OK 0123456789abcdef0123456789abcdef\r\n')
        } else if (data.includes('Hello')) socket.write(helloRefusal())
      })
    })
    await expect(connect(address, listener(new ManualClock()).options)).rejects.toMatchObject({
      code: 'ERR_BUS_CONNECT',
    })
    await settle()
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})

it('rejects if nothing listens', async () => {
  const { options } = listener(new ManualClock())
  await expect(connect(`unix:path=${join(directory, 'nobody')}`, options)).rejects.toMatchObject({
    name: 'BusError',
  })
})

/** An ERROR message in little endian, in reply to serial 1. */
function helloRefusal(): Buffer {
  const name = 'org.freedesktop.DBus.Error.LimitsExceeded'
  const errorName = Buffer.concat([
    Buffer.from([4, 1, 115, 0, name.length, 0, 0, 0]),
    Buffer.from(`${name}\0`),
  ])
  const padding = Buffer.alloc((8 - (errorName.length % 8)) % 8)
  const replySerial = Buffer.from([5, 1, 117, 0, 1, 0, 0, 0])
  const fields = Buffer.concat([errorName, padding, replySerial])
  const header = Buffer.from([108, 3, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, fields.length, 0, 0, 0])
  return Buffer.concat([header, fields, Buffer.alloc((8 - (fields.length % 8)) % 8)])
}

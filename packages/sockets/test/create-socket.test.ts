import { createSocket as createPlain } from 'node:dgram'
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { createSocket, LinkError } from '../src/index.js'
import { ADDRESSES, decide, endOf, openLab, tryB } from './lab.js'

/** A UDP server that sends what it receives back, and knows where it came from. */
async function startEcho(type: 'udp4' | 'udp6' = 'udp4') {
  const from: string[] = []
  const server = createPlain(type, (message, { address, port }) => {
    from.push(address)
    server.send(message, port, address)
  })
  server.bind(0, type === 'udp6' ? '::1' : '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: server.address().port, from }
}

it.each(['device', 'address', 'none'] as const)(
  'a UDP socket is bound to the link when its first datagram is sent (%s)',
  async (binding) => {
    const { session } = await openLab()
    const { port, from } = await startEcho()
    const socket = createSocket(session, { type: 'udp4', binding })
    expect(socket.binding).toBe('none')
    socket.send('hello', port, '127.0.0.1')
    const [message] = await once(socket, 'message')
    expect(String(message)).toBe('hello')
    expect(socket.binding).toBe(binding)
    if (binding === 'address') expect(from).toEqual([ADDRESSES.a])
    socket.close()
  },
)

it('a UDP socket can be connected, and takes a name', async () => {
  const { session } = await openLab()
  const { port } = await startEcho()
  const socket = createSocket(session, 'udp4')
  socket.connect(port, 'localhost')
  await once(socket, 'connect')
  socket.send('hello')
  expect(String((await once(socket, 'message'))[0])).toBe('hello')
  socket.close()
})

it.each([
  ['a port', [0]],
  ['a port and an address', [0, '127.0.0.44']],
  ['options', [{ port: 0, address: '127.0.0.44' }]],
] as const)('bind() takes %s, and calls back', async (what, values) => {
  const { session } = await openLab()
  const socket = createSocket(session, 'udp4')
  await new Promise<void>((resolve) => {
    ;(socket.bind as (...values: unknown[]) => void)(...values, resolve)
  })
  const { address, port } = socket.address()
  expect(address).toBe(what === 'a port' ? '0.0.0.0' : '127.0.0.44')
  expect(port).toBeGreaterThan(0)
  const other = createSocket(session, 'udp4')
  other.bind(port, address)
  const [error] = await once(other, 'error')
  expect(error).toMatchObject({ code: 'ERR_BIND_FAILED', cause: { code: 'EADDRINUSE', syscall: 'bind' } })
  expect(error.message).toBe(`cannot bind a socket to ${address}, port ${port} (EADDRINUSE)`)
  for (const one of [socket, other]) one.close()
})

it('a socket emits nothing before bind() has returned, and cannot be bound twice', async () => {
  const { session } = await openLab()
  const { port } = await startEcho()
  const socket = createSocket(session, 'udp4')
  socket.bind(0)
  expect(() => socket.bind(0)).toThrow('Socket is already bound')
  socket.send('early', port, '127.0.0.1')
  await once(socket, 'listening')
  expect(String((await once(socket, 'message'))[0])).toBe('early')
  expect(() => socket.bind(0)).toThrow('Socket is already bound')
  socket.close()
  const closed = createSocket(session, 'udp4')
  closed.bind(0)
  closed.close()
  await once(closed, 'close')
})

it('an IPv6 socket is bound to the device', async () => {
  const { session } = await openLab()
  const { port } = await startEcho('udp6')
  const socket = createSocket(session, 'udp6')
  socket.send('hello', port, '::1')
  expect(String((await once(socket, 'message'))[0])).toBe('hello')
  expect(socket.binding).toBe('device')
  socket.close()
})

it('the listener is called for each datagram', async () => {
  const { session } = await openLab()
  const { port } = await startEcho()
  const message = await new Promise<string>((resolve) => {
    const socket = createSocket(session, 'udp4', (data) => {
      socket.close()
      resolve(String(data))
    })
    socket.send('hello', port, '127.0.0.1')
  })
  expect(message).toBe('hello')
})

it('a UDP socket ends when its link is lost, and when the session has left it', async () => {
  const lab = await openLab()
  const socket = createSocket(lab.session, 'udp4')
  socket.bind(0)
  const end = endOf(socket)
  await decide(lab, await tryB(lab), 'accept')
  expect(await end).toBe('ERR_LINK_LOST/roamed')
  const next = endOf(createSocket(lab.session, 'udp4'))
  lab.world.carrier('b', false)
  await lab.clock.advance(0)
  expect(await next).toBe('ERR_LINK_LOST/down')
})

it('a UDP socket survives a sleep of the machine', async () => {
  const { session, world, clock } = await openLab()
  const { port } = await startEcho()
  const socket = createSocket(session, 'udp4')
  socket.bind(0)
  world.setPower('asleep')
  await clock.advance(60_000)
  world.setPower('awake')
  await clock.advance(100)
  socket.send('hello', port, '127.0.0.1')
  expect(String((await once(socket, 'message'))[0])).toBe('hello')
  socket.close()
})

it('createSocket() throws without a link, and for what it cannot do', async () => {
  const { session, manager } = await openLab()
  expect(() => createSocket(manager.createSession('b'), 'udp4')).toThrow(LinkError)
  expect(() => createSocket(session, { type: 'udp4', wait: true } as never)).toThrow(
    "createSocket() cannot wait: call it when the session is connected ('wait' is for connections)",
  )
  const socket = createSocket(session, 'udp4')
  expect(() => socket.bind(0, '::1')).toThrow('a socket of type udp4 binds to an IPv4 address, not to "::1"')
  socket.close()
})

it('a link without an address of the family cannot be bound to by address', async () => {
  const { session } = await openLab()
  const socket = createSocket(session, { type: 'udp6', binding: 'address' })
  socket.bind(0)
  expect((await once(socket, 'error'))[0]).toMatchObject({ code: 'ERR_NO_ADDRESS' })
  socket.close()
})

it('close() right after send() closes the socket, as dgram does', async () => {
  const { session } = await openLab()
  const { port } = await startEcho()
  const socket = createSocket(session, 'udp4')
  socket.send('last words', port, '127.0.0.1')
  socket.close()
  await once(socket, 'close')
})

it('a lost link closes a socket before what waits on it is sent', async () => {
  const { session, world, clock } = await openLab()
  const { port, from } = await startEcho()
  const socket = createSocket(session, 'udp4')
  const end = endOf(socket)
  world.carrier('a', false)
  const passed = clock.advance(0)
  socket.send('too late', port, '127.0.0.1')
  await passed
  expect(await end).toBe('ERR_LINK_LOST/down')
  expect(from).toEqual([])
})

it('what an error listener throws does not keep other sockets from ending', async () => {
  const { session, world, clock } = await openLab()
  const thrown: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => thrown.push(error))
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
  })
  // Without a listener, `error` throws.
  createSocket(session, 'udp4')
  const end = endOf(createSocket(session, 'udp4'))
  world.carrier('a', false)
  await clock.advance(0)
  expect(await end).toBe('ERR_LINK_LOST/down')
  expect(thrown).toMatchObject([{ code: 'ERR_LINK_LOST' }])
})

it('only a socket that was never bound has certainly sent nothing', async () => {
  const { session, world, clock } = await openLab()
  const [bound, unbound] = [createSocket(session, 'udp4'), createSocket(session, 'udp4')]
  bound.bind(0)
  await once(bound, 'listening')
  const errors = Promise.all([bound, unbound].map((socket) => once(socket, 'error')))
  world.carrier('a', false)
  await clock.advance(0)
  expect((await errors).map(([error]) => error.isRetryable)).toEqual([false, true])
})

it.each([
  [70_000, 'bind() takes a port from 0 to 65535, not 70000'],
  [-1, 'bind() takes a port from 0 to 65535, not -1'],
  [{ port: 70_000 }, 'bind() takes a port from 0 to 65535, not 70000'],
  [{ fd: 1 }, 'a socket of createSocket() cannot take over a descriptor: that is bound already'],
])('bind() throws for %j', async (asked, message) => {
  const { session } = await openLab()
  const socket = createSocket(session, 'udp4')
  expect(() => socket.bind(asked as number)).toThrow(message)
  socket.close()
})

it('bind() takes a port as text and no address as empty, as dgram does', async () => {
  const { session } = await openLab()
  const free = createPlain('udp4')
  free.bind(0)
  await once(free, 'listening')
  const { port } = free.address()
  await new Promise<void>((resolve) => free.close(resolve))
  const socket = createSocket(session, 'udp4')
  socket.bind(String(port) as never, '')
  await once(socket, 'listening')
  expect(socket.address().port).toBe(port)
  socket.close()
})

it.each([
  ['udp4', '239.1.2.3', '127.0.0.11'],
  ['udp6', 'ff02::123', '::%lo'],
] as const)('a %s socket joins and leaves a group on its link', async (type, group, own) => {
  const { session } = await openLab()
  const socket = createSocket(session, type)
  expect(() => socket.addMembership(group)).toThrow('addMembership() needs a socket that is bound')
  socket.bind(0)
  await once(socket, 'listening')
  socket.addMembership(group)
  // The system knows it on that interface.
  socket.dropMembership(group, own)
  expect(() => socket.dropMembership(group)).toThrow('EADDRNOTAVAIL')
  socket.close()
})

it('options that are undefined count as left out, and a signal that has aborted closes the socket', async () => {
  const lab = await openLab()
  const { port } = await startEcho()
  const none = { wait: undefined, by: undefined, binding: undefined, lookup: undefined }
  const socket = createSocket(lab.session, { type: 'udp4', ...none } as never)
  socket.send('hello', port, 'localhost')
  expect(String((await once(socket, 'message'))[0])).toBe('hello')
  expect(socket.binding).toBe('device')
  socket.close()
  createSocket(lab.session, { type: 'udp4', signal: AbortSignal.abort() })
  // Would be closed a second time.
  lab.world.carrier('a', false)
  await lab.clock.advance(0)
})

it('sockets share a port with reusePort', async () => {
  const { session } = await openLab()
  const sockets = [0, 1].map(() => createSocket(session, { type: 'udp4', reusePort: true } as never))
  const [first, second] = sockets
  first?.bind(0)
  await once(first as NonNullable<typeof first>, 'listening')
  second?.bind(first?.address().port)
  await once(second as NonNullable<typeof second>, 'listening')
  for (const socket of sockets) socket.close()
})

it("a socket that is not bound to its link has dgram's own addMembership()", async () => {
  const { session } = await openLab()
  const socket = createSocket(session, { type: 'udp4', binding: 'none' })
  socket.addMembership('239.1.2.3', '127.0.0.1')
  expect(socket.address().port).toBeGreaterThan(0)
  expect(socket.binding).toBe('none')
  socket.close()
})

import { once } from 'node:events'
import { expect, it } from 'vitest'
import { connect } from '../src/index.js'
import { endOf, openLab, startServer } from './lab.js'

const HOST = '127.0.0.1'

it.each([
  [{ localAddress: 'here' }, "localAddress must be an IP address, not 'here'"],
  [{ localPort: 70_000 }, 'localPort must be a port from 0 to 65535, not 70000'],
  [{ localPort: -1 }, 'localPort must be a port from 0 to 65535, not -1'],
])('connect() throws for %j', async (local, message) => {
  const { session } = await openLab()
  expect(() => connect(session, { port: 9, host: HOST, ...local })).toThrow(message)
})

it.each(['device', 'address', 'none'] as const)(
  'a local address of the other family is an error, not left out (%s)',
  async (binding) => {
    const { session } = await openLab()
    const { port } = await startServer()
    const socket = connect(session, { port, host: HOST, localAddress: '::1', binding })
    const [error] = await once(socket, 'error')
    expect(error).toMatchObject({
      code: 'ERR_BIND_FAILED',
      message: '127.0.0.1 cannot be reached from the local address ::1',
    })
  },
)

it('an empty local end is none, as for net', async () => {
  const { session } = await openLab()
  const { port } = await startServer()
  const socket = connect(session, { port, host: HOST, localAddress: '', localPort: 0 })
  await once(socket, 'connect')
  socket.destroy()
})

it('a socket says its address although the follower asked for it while it was connecting', async () => {
  const { session, world, clock } = await openLab()
  const { port } = await startServer()
  const link = session.interface
  if (link === null) throw new Error('no interface')
  const withAddresses = (...addresses: readonly string[]) =>
    world.set('a', { interface: { ...link, addresses } })
  const socket = connect(session, {
    port,
    host: 'app.test',
    binding: 'address',
    lookup: (_host, _options, done) => {
      withAddresses('127.0.0.11/8', '127.0.0.55/8')
      void clock.advance(0).then(() => done(null, [{ address: HOST, family: 4 }]))
    },
  })
  const end = endOf(socket)
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  expect(socket.localAddress).toBe('127.0.0.11')
  withAddresses('127.0.0.55/8')
  await clock.advance(0)
  expect(await end).toBe('ERR_LINK_LOST/addressGone')
})

it("the application's own look-up is used for names, and not asked for addresses", async () => {
  const { session } = await openLab()
  const { port } = await startServer()
  const asked: string[] = []
  const lookup = (
    host: string,
    _options: object,
    done: (error: null, address: string, family: 4) => void,
  ) => {
    asked.push(host)
    done(null, HOST, 4)
  }
  for (const host of ['app.test', HOST]) {
    const socket = connect(session, { port, host, lookup: lookup as never })
    await once(socket, 'connect')
    expect(socket.remoteAddress).toBe(HOST)
    socket.destroy()
  }
  expect(asked).toEqual(['app.test'])
})

it("an error of the application's own look-up is the error of the connection", async () => {
  const { session } = await openLab()
  const failed = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  const socket = connect(session, {
    port: 9,
    host: 'app.test',
    lookup: (_host, _options, done) => done(failed, ''),
  })
  expect((await once(socket, 'error'))[0]).toBe(failed)
})

it('the option timeout works as for net', async () => {
  const { session } = await openLab()
  const { port } = await startServer()
  const socket = connect(session, { port, host: HOST, timeout: 20 })
  await once(socket, 'timeout')
  socket.destroy()
})

it.each([
  [{ host: 7 }, 'host must be a text, not 7'],
  // Node itself crashes for this one.
  [{ host: [HOST] }, 'host must be a text, not an array'],
  [{ lookup: 'dns' }, "lookup must be a function, not 'dns'"],
])('connect() throws for %j, as well', async (options, message) => {
  const { session } = await openLab()
  expect(() => connect(session, { port: 9, ...options } as never)).toThrow(message)
})

it('an IPv4 address may be written as a mapped one', async () => {
  const { session } = await openLab()
  const { port } = await startServer()
  const socket = connect(session, { port, host: `::ffff:${HOST}`, binding: 'address' })
  await once(socket, 'connect')
  expect(socket.localAddress).toBe('127.0.0.11')
  socket.destroy()
})

it.each(['', 'lo\0', 'longer-than-16-bytes'])('no device can be called %j', async (name) => {
  const { session } = await openLab()
  const { port } = await startServer()
  const link = session.interface
  if (link === null) throw new Error('no interface')
  const socket = connect({ ...link, name }, { port, host: HOST })
  expect((await once(socket, 'error'))[0]).toMatchObject({ code: 'ERR_BIND_FAILED' })
  expect(socket.binding).toBe('none')
})

it.each(['addresses', 'dns', 'searchDomains'])('an interface without its %s is refused', async (member) => {
  const { session } = await openLab()
  const link = { ...session.interface, [member]: undefined }
  expect(() => connect(link as never, { port: 9, host: HOST })).toThrow(
    'the first argument of connect() must be a session, a trial or an interface, not an object',
  )
})

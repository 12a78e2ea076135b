import { once } from 'node:events'
import type { Socket } from 'node:net'
import { byOrder } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { type ConnectOptions, connect, type Via } from '../src/index.js'
import { ADDRESSES, advance, decide, endOf, openLab, startServer, tryB } from './lab.js'

const HOST = '127.0.0.1'

/** A connection that is bound by its address, so that the server sees which link it uses. */
async function connected(via: Via, port: number, options: Partial<ConnectOptions> = {}): Promise<Socket> {
  const socket = connect(via, { port, host: HOST, binding: 'address', ...options } as ConnectOptions)
  await once(socket, 'connect')
  return socket
}

describe('connect()', () => {
  it.each([undefined, 'device', 'address', 'none'] as const)(
    'makes a socket that carries data, and says how it is bound (%s)',
    async (binding) => {
      const { session } = await openLab()
      const { port, from } = await startServer()
      const socket = connect(session, { port, host: HOST, ...(binding && { binding }) })
      expect(socket.binding).toBe('none')
      socket.write('hello')
      const [data] = await once(socket, 'data')
      expect(String(data)).toBe('hello')
      expect(socket.binding).toBe(binding ?? 'device')
      if (binding === 'address') expect(from).toEqual([ADDRESSES.a])
      socket.destroy()
    },
  )

  it('takes a port and a host, as net.connect() does', async () => {
    const { session } = await openLab()
    const { port } = await startServer()
    await new Promise<void>((resolve) => {
      const socket = connect(session, port, HOST, () => {
        socket.destroy()
        resolve()
      })
    })
  })

  it('binds to the local address and port that it is given', async () => {
    const { session } = await openLab()
    const { port, from } = await startServer()
    const taken = await connected(session, port, { localAddress: '127.0.0.99', binding: 'device' })
    expect(from).toEqual(['127.0.0.99'])
    const twice = { localAddress: '127.0.0.99', localPort: taken.localPort ?? 0, binding: 'device' } as const
    const other = connect(session, { port: (await startServer()).port, host: HOST, ...twice })
    expect(await endOf(other)).toBe('ERR_BIND_FAILED')
    taken.destroy()
  })

  it('resolves names', async () => {
    const { session } = await openLab()
    const { port } = await startServer()
    const socket = await connected(session, port, { host: 'localhost', family: 4 })
    expect(socket.remoteAddress).toBe(HOST)
    socket.destroy()
  })

  it("fails with net's own error when nothing listens", async () => {
    const { session } = await openLab()
    const { port, server } = await startServer()
    server.close()
    await once(server, 'close')
    expect(await endOf(connect(session, { port, host: HOST }))).toBe('ECONNREFUSED')
  })
})

describe('a connection', () => {
  it('ends with ERR_LINK_LOST as soon as its link is lost', async () => {
    const { session, world, clock } = await openLab()
    const { port } = await startServer()
    const end = endOf(await connected(session, port))
    world.carrier('a', false)
    await clock.advance(0)
    expect(await end).toBe('ERR_LINK_LOST/down')
  })

  it('can be repeated if nothing was sent, and otherwise perhaps not', async () => {
    const { session, world, clock } = await openLab()
    const { port } = await startServer()
    const [silent, used] = [await connected(session, port), await connected(session, port)]
    used.write('x')
    await once(used, 'data')
    const ends = [silent, used].map((socket) => once(socket, 'error'))
    world.carrier('a', false)
    await clock.advance(0)
    const errors = (await Promise.all(ends)).map(([error]) => error)
    expect(errors.map(({ isRetryable, configuration }) => [isRetryable, configuration])).toEqual([
      [true, 'a'],
      [false, 'a'],
    ])
  })

  it('ends when the address that it is bound to has gone (T7)', async () => {
    const { session, world, clock, manager } = await openLab()
    const { port } = await startServer()
    const end = endOf(await connected(session, port))
    const now = session.interface
    world.set('a', { interface: { ...(now as NonNullable<typeof now>), addresses: ['127.0.0.55/8'] } })
    await clock.advance(0)
    expect(await end).toBe('ERR_LINK_LOST/addressGone')
    expect(manager.isOnline).toBe(true)
  })

  it('stays when the link gets a further address', async () => {
    const { session, world, clock } = await openLab()
    const { port } = await startServer()
    const socket = await connected(session, port)
    const now = session.interface
    world.set('a', {
      interface: { ...(now as NonNullable<typeof now>), addresses: [`${ADDRESSES.a}/8`, '127.0.0.55/8'] },
    })
    await clock.advance(100)
    socket.write('still here')
    expect(String((await once(socket, 'data'))[0])).toBe('still here')
    socket.destroy()
  })

  it('ends when the machine has slept (L4)', async () => {
    const { session, world, clock } = await openLab()
    const { port } = await startServer()
    const end = endOf(await connected(session, port))
    world.setPower('asleep')
    await clock.advance(60_000)
    world.setPower('awake')
    await clock.advance(0)
    expect(await end).toBe('ERR_LINK_LOST/resumed')
  })

  it('ends with ERR_SESSION_CLOSED when the session is closed', async () => {
    const { session, clock } = await openLab()
    const { port } = await startServer()
    const end = endOf(await connected(session, port))
    void session.close()
    await clock.advance(0)
    expect(await end).toBe('ERR_SESSION_CLOSED')
  })

  it('uses the old link in a trial, and ends with the trial accepted', async () => {
    const lab = await openLab()
    const { port, from } = await startServer()
    const trial = await tryB(lab)
    const old = await connected(lab.session, port)
    expect(from).toEqual([ADDRESSES.a])
    const end = endOf(old)
    await decide(lab, trial, 'accept')
    expect(await end).toBe('ERR_LINK_LOST/roamed')
    const next = await connected(lab.session, port)
    expect(from.at(-1)).toBe(ADDRESSES.b)
    next.destroy()
  })

  it('of a trial uses the new link, and stays when that is accepted', async () => {
    const lab = await openLab()
    const { port, from } = await startServer()
    const trial = await tryB(lab)
    const socket = await connected(trial, port)
    expect(from).toEqual([ADDRESSES.b])
    await decide(lab, trial, 'accept')
    socket.write('still here')
    expect(String((await once(socket, 'data'))[0])).toBe('still here')
    const again = await connected(trial, port)
    for (const one of [socket, again]) one.destroy()
  })

  it('of a trial ends when that is rejected; those of the old link stay', async () => {
    const lab = await openLab()
    const { port } = await startServer()
    const old = await connected(lab.session, port)
    const trial = await tryB(lab)
    const end = endOf(await connected(trial, port))
    await decide(lab, trial, 'reject')
    expect(await end).toBe('ERR_LINK_LOST/rejected')
    expect(await endOf(connect(trial, { port, host: HOST }))).toBe('ERR_NOT_CONNECTED')
    old.write('still here')
    expect(String((await once(old, 'data'))[0])).toBe('still here')
    old.destroy()
  })

  it('by a configuration stays on that link while it is up', async () => {
    const lab = await openLab()
    const { port, from } = await startServer()
    lab.world.setInRange('b', true)
    const other = lab.manager.createSession('a')
    await other.open()
    await lab.clock.advance(100)
    expect(lab.session.activeConfiguration).toBe('b')
    const old = await connected(lab.session, port, { by: 'a' })
    expect(from).toEqual([ADDRESSES.a])
    const end = endOf(old)
    lab.world.carrier('a', false)
    await lab.clock.advance(0)
    expect(await end).toBe('ERR_LINK_LOST/down')
  })

  it('may finish on a link that the session has left, until finishTimeout', async () => {
    const lab = await openLab()
    const { port } = await startServer()
    const holder = lab.manager.createSession('a')
    await holder.open()
    const socket = await connected(lab.session, port, { finishTimeout: 5000 })
    await decide(lab, await tryB(lab), 'accept')
    socket.write('still here')
    expect(String((await once(socket, 'data'))[0])).toBe('still here')
    const end = endOf(socket)
    await lab.clock.advance(5000)
    expect(await end).toBe('ERR_LINK_LOST/roamed')
  })

  it('ends at once when the session leaves its link because that is bad (L1)', async () => {
    const lab = await openLab()
    const { port } = await startServer()
    lab.manager.defineServiceNetwork({
      identifier: 'checked',
      members: ['a', 'b'],
      ranking: [byOrder(['a', 'b'])],
      health: { every: 1000, check: async ({ configuration }) => configuration.identifier !== 'a' },
    })
    const holder = lab.manager.createSession('a')
    await holder.open()
    const session = lab.manager.createSession('checked')
    await advance(lab, 100, session.open())
    const socket = await connected(session, port, { finishTimeout: 60_000 })
    const end = endOf(socket)
    lab.world.setInRange('b', true)
    await lab.clock.advance(10_000)
    expect(session.activeConfiguration).toBe('b')
    expect(await end).toBe('ERR_LINK_LOST/bad')
  })

  it('of an interface is bound, and follows no session', async () => {
    const { session, world, clock } = await openLab()
    const { port, from } = await startServer()
    const link = session.interface
    if (link === null) throw new Error('no interface')
    const socket = await connected(link, port)
    expect(from).toEqual([ADDRESSES.a])
    world.carrier('a', false)
    await clock.advance(10_000)
    socket.write('still here')
    expect(String((await once(socket, 'data'))[0])).toBe('still here')
    socket.destroy()
  })

  it('of one session does not touch those of another one', async () => {
    const { session, manager, clock } = await openLab()
    const { port } = await startServer()
    const other = manager.createSession('a')
    await other.open()
    const socket = await connected(other, port)
    void session.close()
    await clock.advance(100)
    socket.write('still here')
    expect(String((await once(socket, 'data'))[0])).toBe('still here')
    socket.destroy()
  })
})

describe('without a link', () => {
  it.each([
    [
      'a session that is not open',
      'ERR_SESSION_CLOSED',
      "the session on 'a' is not open: open it first, or pass wait: true",
    ],
    [
      'a link that is down',
      'ERR_NOT_CONNECTED',
      "the session on 'net' is disconnected and has no link that is up: pass wait: true, or try again later",
    ],
    [
      'a configuration that is not up',
      'ERR_NOT_CONNECTED',
      "'b' is not up, or the session's manager does not have it: pass wait: true, or try again later",
    ],
    [
      'a configuration of another manager',
      'ERR_NOT_CONNECTED',
      "'elsewhere' is not up, or the session's manager does not have it: pass wait: true, or try again later",
    ],
    [
      'no address of that family',
      'ERR_NO_ADDRESS',
      '"lo" has no address from which ::1 can be reached: it has only 127.0.0.11/8',
    ],
    [
      'a device that does not exist',
      'ERR_BIND_FAILED',
      'cannot bind a socket to the device "no-such-device": there is no such device in this network namespace (ENODEV)',
    ],
  ] as const)('connect() fails at once: %s', async (what, code, message) => {
    const { session, manager, world, clock } = await openLab()
    const link = session.interface
    if (link === null) throw new Error('no interface')
    if (what === 'a link that is down') world.carrier('a', false)
    await clock.advance(0)
    const via: Partial<Record<typeof what, Via>> = {
      'a session that is not open': manager.createSession('a'),
      'a device that does not exist': { ...link, name: 'no-such-device' },
    }
    const by: Partial<Record<typeof what, string>> = {
      'a configuration that is not up': 'b',
      'a configuration of another manager': 'elsewhere',
    }
    const socket = connect(via[what] ?? session, {
      port: 9,
      host: what === 'no address of that family' ? '::1' : HOST,
      ...(by[what] !== undefined && { by: by[what] }),
    })
    const [error] = await once(socket, 'error')
    expect(error).toMatchObject({ name: 'LinkError', code, message, isRetryable: true })
  })

  it('connect() to this machine fails at once if the link is bound to by its device', async () => {
    const { session } = await openLab()
    const link = session.interface
    if (link === null) throw new Error('no interface')
    const elsewhere = { ...link, addresses: ['192.0.2.7/24'] }
    const [error] = await once(connect(elsewhere, { port: 9, host: HOST }), 'error')
    expect(error).toMatchObject({
      code: 'ERR_NO_ADDRESS',
      message: `"127.0.0.1" is this machine, which a socket that is bound to a device cannot reach: use a plain socket, or the binding 'address'`,
    })
  })

  it('connect() waits for one if asked to, and what was written is sent then', async () => {
    const { session, world, clock } = await openLab()
    const { port, from } = await startServer()
    world.carrier('a', false)
    await clock.advance(0)
    const socket = connect(session, { port, host: HOST, binding: 'address', wait: true })
    socket.write('late')
    await clock.advance(1000)
    expect(from).toEqual([])
    world.carrier('a', true)
    await clock.advance(0)
    expect(String((await once(socket, 'data'))[0])).toBe('late')
    socket.destroy()
  })

  it('connect() waits for a session that is opened later', async () => {
    const { manager, clock } = await openLab()
    const { port } = await startServer()
    const later = manager.createSession('a')
    const socket = connect(later, { port, host: HOST, wait: true })
    void later.open()
    await clock.advance(100)
    await once(socket, 'connect')
    socket.destroy()
  })

  it('the wait ends after waitTimeout, with the manager, and with the socket', async () => {
    const { session, manager, world, clock } = await openLab()
    world.carrier('a', false)
    await clock.advance(0)
    const wait = { port: 9, host: HOST, wait: true } as const
    const bounded = endOf(connect(session, { ...wait, waitTimeout: 1000 }))
    await clock.advance(1000)
    expect(await bounded).toBe('ERR_NOT_CONNECTED')
    const aborted = new AbortController()
    const destroyed = endOf(connect(session, { ...wait, signal: aborted.signal }))
    aborted.abort()
    expect(await destroyed).toBe('ABORT_ERR')
    const closed = endOf(connect(session, { ...wait, waitTimeout: Number.POSITIVE_INFINITY }))
    await clock.advance(0)
    void manager.close()
    await clock.advance(60_000)
    expect(await closed).toBe('ERR_SESSION_CLOSED')
  })
})

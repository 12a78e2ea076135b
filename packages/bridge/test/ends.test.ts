import { type BackendError, type NetworkSessionError, observable } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { connectToHost, hostManager, type SessionMirror } from '../src/index.js'
import { openLab } from './lab.js'

describe('a guest that goes', () => {
  it.each([
    ['closes its mirror', 'mirror'],
    ['closes its port without a word, as a process that is killed', 'port'],
  ] as const)('leaves nothing behind when it %s', async (_, how) => {
    const { clock, manager, world, host, finish, settle, advance } = await openLab()
    const { guest, port } = host({ allow: ['open'] })
    const mirror = await connectToHost(port, { clock })
    const sessions = ['b', 'c'].map((id) => mirror.createSession(id))
    world.stall('c')
    await finish(sessions[0]?.open() ?? Promise.reject())
    void sessions[1]?.open()
    await advance(10)
    expect(manager.holders('b')).toHaveLength(1)
    expect(manager.configurationFromIdentifier('b').state).toBe('active')
    if (how === 'mirror') await mirror.close()
    else port.close()
    await advance(100)
    world.release('c')
    await advance(1000)
    expect(guest.isClosed).toBe(true)
    expect([...manager.holders('b'), ...manager.holders('c')]).toEqual([])
    expect(world.snapshot().configurations.map(({ id, link }) => `${id} ${link}`)).toEqual([
      'a up',
      'b down',
      'c down',
    ])
    await settle()
  })

  it('no longer holds a session off from roaming that the host shares', async () => {
    const { manager, connect, finish, settle, advance, world } = await openLab([
      { id: 'x', bearer: 'ethernet', link: 'up' },
      { id: 'y', bearer: 'ethernet', link: 'up', metered: { value: true, sure: true } },
    ])
    manager.defineServiceNetwork({ identifier: 'net', members: ['x', 'y'] })
    const shared = manager.createSession('net')
    await finish(shared.open())
    const [one, other] = await Promise.all([
      connect({ sessions: { shared }, allow: ['holdOff'] }),
      connect({ sessions: { shared }, allow: ['holdOff'] }),
    ])
    one.mirror.sharedSessions.get('shared')?.holdOff(1)
    await settle()
    other.mirror.sharedSessions.get('shared')?.holdOff(2 ** 40)
    await settle()
    await one.mirror.close()
    world.set('x', { metered: { value: true, sure: true } })
    world.set('y', { metered: { value: false, sure: true } })
    await advance(300_000)
    expect(shared.activeConfiguration).toBe('x')
    await other.mirror.close()
    await advance(300_000)
    expect(shared.activeConfiguration).toBe('y')
  })

  it('does not leave its ConnectInBackground at a session that the host shares', async () => {
    const { manager, connect, finish } = await openLab()
    const shared = manager.createSession('b')
    const { mirror } = await connect({ sessions: { shared }, allow: ['open'] })
    const uplink = mirror.sharedSessions.get('shared') as SessionMirror
    uplink.connectInBackground = true
    await finish(uplink.open())
    expect(shared.connectInBackground).toBe(false)
  })

  it('does not make a host throw that is a guest itself, and ends at the same time', async () => {
    const rejected: unknown[] = []
    const note = (error: unknown) => rejected.push(error)
    process.on('unhandledRejection', note)
    try {
      const { clock, connect, finish, settle } = await openLab()
      const { guest, mirror } = await connect({ allow: ['open'] })
      const { port1, port2 } = new MessageChannel()
      const inner = hostManager(mirror, port1, { allow: ['open'] })
      const session = (await connectToHost(port2, { clock })).createSession('b')
      await finish(session.open())
      void inner.close()
      void guest.close()
      await settle()
      expect(rejected).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  it('lets go of what it released, so that it can have any number of sessions one after the other', async () => {
    const { manager, connect, finish } = await openLab()
    const { mirror } = await connect({ allow: ['open'], maxSessions: 1 })
    for (let count = 0; count < 5; count += 1) {
      const session = mirror.createSession('b')
      await finish(session.open())
      expect(manager.holders('b')).toHaveLength(1)
      await finish(session.close())
    }
    expect(manager.holders('b')).toEqual([])
  })
})

describe('a call that is not awaited, and that the end of the connection cuts short', () => {
  it.each(['open', 'close', 'stop'] as const)('is no unhandled rejection: %s()', async (action) => {
    const { connect, finish, settle } = await openLab()
    const { mirror } = await connect({ allow: ['open', 'stop'] })
    const session = mirror.createSession('b')
    if (action !== 'open') await finish(session.open())
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    void session[action]()
    await mirror.close()
    await settle()
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it('rejects with an error that names the call', async () => {
    const { connect, finish } = await openLab()
    const { mirror } = await connect({ allow: ['open', 'stop'] })
    const session = mirror.createSession('b')
    await finish(session.open())
    const stopping = session.stop()
    await mirror.close()
    await expect(stopping).rejects.toThrow("cannot stop 'Café': the connection to the host is closed")
  })
})

describe('a host that closes', () => {
  it('ends the mirror: sessions are closed and invalid, streams complete, calls reject', async () => {
    const { connect, finish, world, settle } = await openLab()
    const { guest, mirror } = await connect({ allow: ['open', 'updateConfigurations'] })
    const session = mirror.createSession('b')
    const watcher = mirror.createSession('c')
    const told: string[] = []
    session.on('closed', () => told.push('closed'))
    session.on('stateChanged', (state) => told.push(state))
    mirror[observable]().subscribe({ complete: () => told.push('manager complete') })
    session[observable]().subscribe({ complete: () => told.push('session complete') })
    await finish(session.open())
    told.length = 0
    world.stall('c')
    const opened = watcher.open().catch((error: unknown) => error)
    await settle()
    const last = mirror.getSnapshot()
    void guest.close()
    await settle()
    expect(told).toEqual(['closed', 'invalid', 'manager complete', 'session complete'])
    expect(await opened).toMatchObject({
      code: 'sessionAborted',
      reason: 'closed',
    } satisfies Partial<NetworkSessionError>)
    expect([mirror.isClosed, session.state, session.isOpen, watcher.state]).toEqual([
      true,
      'invalid',
      false,
      'invalid',
    ])
    expect(mirror.getSnapshot()).toBe(last)
    expect(mirror.createSession('a').state).toBe('invalid')
    await expect(mirror.updateConfigurations()).rejects.toMatchObject({
      code: 'ERR_CLOSED',
    } satisfies Partial<BackendError>)
    await expect(session.open()).rejects.toMatchObject({ code: 'sessionAborted', reason: 'closed' })
    await expect(session.migrate()).resolves.toBe(false)
    await expect(session.close()).resolves.toBeUndefined()
  })

  it('is applied to all sessions before the first of them tells of it (S19)', async () => {
    const { connect, finish, settle } = await openLab()
    const { guest, mirror } = await connect({ allow: ['open'] })
    const sessions = ['a', 'b'].map((id) => mirror.createSession(id))
    await Promise.all(sessions.map((session) => finish(session.open())))
    const told: string[] = []
    const note = (who: string) => told.push([who, ...sessions.map(({ state }) => state)].join(' '))
    for (const session of sessions) {
      session.on('closed', () => note('closed:'))
      session.subscribe(() => note('store:'))
    }
    void guest.close()
    await settle()
    expect(told).toEqual([
      'closed: invalid invalid',
      'closed: invalid invalid',
      'store: invalid invalid',
      'store: invalid invalid',
    ])
  })

  it('is a manager that closes, too: the guest hears of its last changes first', async () => {
    const { manager, connect, finish, advance } = await openLab()
    const { mirror } = await connect({ allow: ['open'] })
    const session = mirror.createSession('b')
    await finish(session.open())
    const states: string[] = []
    session.on('stateChanged', (state) => states.push(state))
    session.on('closed', () => states.push('closed'))
    mirror.on('configurationRemoved', ({ identifier }) => states.push(`removed ${identifier}`))
    const closed = manager.close()
    await advance(1000)
    await closed
    expect(states).toEqual(['closed', 'closing', 'disconnected', 'invalid'])
    expect(mirror.isClosed).toBe(true)
  })

  it('ends the connection of a guest that has not said hello, too', async () => {
    const { manager, host } = await openLab()
    const { guest, port } = host()
    await manager.close()
    expect(guest.isClosed).toBe(true)
    await expect(connectToHost(port)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('ends a call of close() as a manager does: it resolves', async () => {
    const { connect, finish, advance, world } = await openLab()
    const { guest, mirror } = await connect({ allow: ['open', 'stop'] })
    const session = mirror.createSession('b')
    await finish(session.open())
    world.stallDeactivate('b')
    const closed = session.close()
    await advance(10)
    void guest.close()
    await expect(finish(closed)).resolves.toBeUndefined()
  })

  it('rejects a guest that waits for it', async () => {
    const { host } = await openLab()
    const { guest, port } = host()
    const connecting = connectToHost(port)
    void guest.close()
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })
})

describe('connecting', () => {
  it('rejects with the reason of the signal', async () => {
    const { port1 } = new MessageChannel()
    const abort = new AbortController()
    const connecting = connectToHost(port1, { signal: abort.signal })
    abort.abort('enough')
    await expect(connecting).rejects.toBe('enough')
    await expect(connectToHost(port1, { signal: abort.signal })).rejects.toBe('enough')
  })

  it('says which versions differ, on either side', async () => {
    const { port1, port2 } = new MessageChannel()
    port2.addEventListener('message', () => port2.postMessage({ roamkit: 'welcome', version: 2 }))
    port2.start()
    await expect(connectToHost(port1)).rejects.toMatchObject({
      code: 'ERR_NOT_SUPPORTED',
      message: 'the host speaks version 2 of the bridge, this guest speaks 1',
    })

    const { host, settle } = await openLab()
    const { port } = host()
    const answers: unknown[] = []
    port.addEventListener('message', ({ data }) => answers.push(data))
    port.start()
    port.postMessage({ roamkit: 'hello', version: 2, hasChooser: false, presence: null })
    await settle()
    expect(answers).toEqual([{ roamkit: 'refused', version: 1 }])
    port.close()
  })

  it('refuses what is no port, no manager or no option', async () => {
    const { manager } = await openLab()
    const { port1 } = new MessageChannel()
    await expect(connectToHost({} as never)).rejects.toThrow(
      'the port of connectToHost() must be a MessagePort',
    )
    expect(() => hostManager({} as never, port1)).toThrow('the manager of hostManager()')
    expect(() => hostManager(manager, port1, { allow: ['opn' as never] })).toThrow("not 'opn'")
    expect(() => hostManager(manager, port1, { maxCalls: 0 })).toThrow(RangeError)
    port1.close()
  })
})

it('a stop() that is not awaited and is refused is no unhandled rejection, as with a session (S17)', async () => {
  const rejected: unknown[] = []
  const note = (error: unknown) => rejected.push(error)
  process.on('unhandledRejection', note)
  try {
    const { connect, settle } = await openLab()
    const { mirror } = await connect()
    const session = mirror.createSession('a')
    const errors: unknown[] = []
    session.on('error', ({ reason }) => errors.push(reason))
    void session.stop()
    await settle()
    expect([errors, rejected]).toEqual([['denied'], []])
  } finally {
    process.off('unhandledRejection', note)
  }
})

it('each session that a guest cannot have tells of it', async () => {
  const { connect, settle } = await openLab()
  const { mirror } = await connect({ maxSessions: 2 })
  let errors = 0
  for (let count = 0; count < 1000; count += 1) mirror.createSession('a').on('error', () => (errors += 1))
  await settle()
  expect(errors).toBe(998)
})

it('a guest may have no more sessions than the host permits, and hears of it', async () => {
  const { connect, settle, finish } = await openLab()
  const { mirror } = await connect({ allow: ['open'], maxSessions: 1 })
  mirror.createSession('a').subscribe(() => {})
  const second: SessionMirror = mirror.createSession('b')
  const errors: string[] = []
  second.on('error', ({ code, reason }) => errors.push(`${code}/${reason}`))
  await settle()
  expect(errors).toEqual(['operationNotSupported/denied'])
  await expect(finish(second.open())).rejects.toMatchObject({
    code: 'operationNotSupported',
    reason: 'denied',
  })
})

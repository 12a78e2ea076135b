import { whenConnected } from '@roamkit/core'
import type { Held } from '@roamkit/core/contract'
import { inProcessHolders } from '@roamkit/core/testing'
import { describe, expect, it } from 'vitest'
import { listen, openLab, outcome } from './lab.js'

const POLLING = { mock: { updates: 'polling' } } as const

describe('the call of an open()', () => {
  it('resolves if its signal aborts in the moment in which the link is up (S6)', async () => {
    const { manager, world, clock } = await openLab()
    world.stall('b')
    const session = manager.createSession('b')
    const controller = new AbortController()
    const opened = outcome(session.open({ signal: controller.signal }))
    await clock.advance(100)
    world.up('b')
    controller.abort()
    await clock.advance(100)
    expect([opened.value, session.state, session.isOpen]).toEqual(['resolved', 'connected', true])
  })

  it('that close() cuts short says that the session has ended (S7)', async () => {
    const { manager, world, clock } = await openLab()
    world.stall('b')
    const session = manager.createSession('b')
    const opened = session.open().catch((error: Error) => error.message)
    await clock.advance(100)
    void session.close()
    await clock.advance(100)
    expect(await opened).toBe("the session on 'lab-b' has ended: it was cancelled")
  })

  it('rejects with the name of its service network (E1)', async () => {
    const { manager, clock } = await openLab([{ id: 'a', inRange: false, activate: 'no' }])
    manager.defineServiceNetwork({ identifier: 'net', name: 'Everywhere', members: ['a'] })
    const opened = manager
      .createSession('net')
      .open()
      .catch((error: Error) => error.message)
    await clock.advance(100)
    expect(await opened).toMatch(/^cannot open 'Everywhere': /)
  })

  it('rejects with the name of a link that no session has looked at before (E1)', async () => {
    const { manager, clock } = await openLab([{ id: 'a', name: 'lab-a', inRange: false, activate: 'no' }])
    const opened = manager
      .createSession('a')
      .open()
      .catch((error: Error) => error.message)
    await clock.advance(100)
    expect(await opened).toMatch(/^cannot open 'lab-a': /)
  })

  it.each([
    ['opens when that has ended', 'waits', 'resolved', 'up'],
    ['does not open any more if its caller gives up meanwhile', 'gives up', 'gave up', 'down'],
    ['nor if its caller gives up in the moment in which that has ended', 'gives up late', 'gave up', 'down'],
  ])('that follows a stop() %s (S6)', async (_what, caller, value, after) => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('b')
    await Promise.all([session.open(), clock.advance(100)])
    world.stallDeactivate('b')
    const stopped = outcome(session.stop())
    const controller = new AbortController()
    const opened = outcome(session.open({ signal: controller.signal }))
    await clock.advance(100)
    if (caller === 'gives up') controller.abort(new Error('gave up'))
    await clock.advance(100)
    world.down('b')
    if (caller === 'gives up late') controller.abort(new Error('gave up'))
    await clock.advance(100)
    expect([stopped.value, opened.value]).toEqual(['resolved', value])
    expect(world.snapshot().configurations.find(({ id }) => id === 'b')?.link).toBe(after)
  })

  it('rejects at once when the manager closes, and the close() of another session does not (E1, M7)', async () => {
    const { manager, world, clock } = await openLab()
    const [one, other] = [manager.createSession('b'), manager.createSession('c')]
    await Promise.all([one.open(), clock.advance(100)])
    world.stallDeactivate('b')
    world.stall('c')
    const closed = outcome(one.close())
    const opened = outcome(other.open())
    await clock.advance(100)
    void manager.close()
    await clock.flush()
    expect([opened.value, closed.value]).toEqual(['sessionAborted/closed', 'pending'])
    world.down('b')
    await clock.advance(100)
    expect(closed.value).toBe('resolved')
  })
})

describe('AutoCloseSessionTimeout', () => {
  /** A session on a cable that is lost in this moment. */
  async function losing(ms: number) {
    const { manager, world, clock } = await openLab([{ id: 'a', link: 'up' }], {
      ...POLLING,
      lossGrace: 5000,
    })
    const session = manager.createSession('a')
    await Promise.all([session.open(), clock.advance(100)])
    const told = listen(session)
    session.setSessionProperty('AutoCloseSessionTimeout', ms)
    world.carrier('a', false)
    await clock.flush()
    told.length = 0
    return { session, told, clock }
  }

  it('closes a session whose lossGrace would be over later (S12)', async () => {
    const { session, told, clock } = await losing(1000)
    await clock.advance(1000)
    expect([told, session.isOpen]).toEqual([['closed'], false])
  })

  it('does not keep lossGrace from being over first, or in the same moment (S12)', async () => {
    for (const ms of [5000, 9000]) {
      const { told, clock } = await losing(ms)
      await clock.advance(5000)
      expect(told).toEqual(['error:sessionAborted/lost', 'closed'])
    }
  })
})

describe('a property', () => {
  it('of another name closes no session, even if it is a number', async () => {
    const { manager, clock } = await openLab([{ id: 'a', link: 'up' }], POLLING)
    const session = manager.createSession('a')
    await Promise.all([session.open(), clock.advance(100)])
    session.setSessionProperty('RetryTime', 1000)
    await clock.advance(5000)
    expect([session.isOpen, session.sessionProperty('RetryTime')]).toEqual([true, 1000])
  })

  it('AutoCloseSessionTimeout that is removed closes no session', async () => {
    const { manager, clock } = await openLab([{ id: 'a', link: 'up' }], POLLING)
    const session = manager.createSession('a')
    await Promise.all([session.open(), clock.advance(100)])
    session.setSessionProperty('AutoCloseSessionTimeout', 1000)
    session.setSessionProperty('AutoCloseSessionTimeout', undefined)
    await clock.advance(5000)
    expect([session.isOpen, session.autoCloseSessionTimeout]).toEqual([true, -1])
  })
})

describe('waiting without a limit', () => {
  it.each([-1, Number.POSITIVE_INFINITY])('in waitForOpened(%d) sets no timer (S15)', async (ms) => {
    const { manager, world, clock } = await openLab()
    world.stall('b')
    const session = manager.createSession('b')
    const opened = outcome(session.open())
    await clock.advance(100)
    const { pending } = clock
    const waited = session.waitForOpened(ms)
    await clock.flush()
    expect(clock.pending).toBe(pending)
    world.up('b')
    await clock.advance(100)
    expect([opened.value, await waited]).toEqual(['resolved', true])
  })

  it('in whenConnected() sets no timer (L5)', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('b')
    const { pending } = clock
    const connected = outcome(whenConnected(session))
    await clock.flush()
    expect(clock.pending).toBe(pending)
    await Promise.all([session.open(), clock.advance(100)])
    expect(connected.value).toBe('resolved')
  })

  it('ends for all that begin to wait while the manager ends (M7)', async () => {
    const { manager, clock } = await openLab([{ id: 'a', link: 'up' }])
    const session = manager.createSession('a')
    await Promise.all([session.open(), clock.advance(100)])
    const waits: Promise<boolean>[] = []
    session.on('closed', () => {
      for (let count = 0; count < 20; count += 1) waits.push(session.waitForOpened(-1))
    })
    await Promise.all([manager.close(), clock.advance(100)])
    expect(new Set(await Promise.all(waits))).toEqual(new Set([false]))
    expect(waits).toHaveLength(20)
  })
})

describe('a session whose configuration becomes something else', () => {
  it('goes on waiting to be opened again, as one on the service network that is defined meanwhile (L6)', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('net')
    const told = listen(session)
    void session.open({ keepOpen: 'always' })
    await clock.advance(500)
    expect([session.isReopening, session.isOpen]).toEqual([true, false])
    manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    await clock.advance(1000)
    expect([session.isOpen, session.activeConfiguration]).toEqual([true, 'a'])
    expect(told.slice(-2)).toEqual(['connected', 'opened'])
  })

  it('is tried again at its time, even if the service network that is defined meanwhile has no children (L6)', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('net')
    const attempts: number[] = []
    session.on('reopening', (attempt) => attempts.push(attempt))
    void session.open({ keepOpen: 'always' })
    await clock.advance(500)
    expect(attempts).toEqual([1])
    manager.defineServiceNetwork({ identifier: 'net', members: [] })
    await clock.advance(1000)
    expect(attempts).toEqual([1, 2])
  })

  it('is on the access point that has the identifier of a service network that is gone (S1, S13)', async () => {
    const { manager, world, clock } = await openLab()
    manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const session = manager.createSession('net')
    listen(session)
    manager.removeServiceNetwork('net')
    await clock.flush()
    world.add({ id: 'net', link: 'up' })
    await clock.flush()
    await Promise.all([session.open(), clock.advance(100)])
    expect([session.state, session.activeConfiguration, session.interface?.name]).toEqual([
      'connected',
      'net',
      'dev-net',
    ])
  })

  it('remembers which children of its service network have failed, when that is defined again (R19)', async () => {
    const { manager, world, clock } = await openLab(
      [
        { id: 'a', bearer: 'ethernet', inRange: false, activate: 'no' },
        { id: 'b', bearer: 'wlan', link: 'up' },
      ],
      { retryAfter: 10_000 },
    )
    const define = () => manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const tries: number[] = []
    const session = manager.createSession(define())
    session.on('roamingStarted', () => {
      tries.push(clock.now())
      world.failNext('a', 'other')
    })
    await Promise.all([session.open(), clock.advance(100)])
    world.set('a', { inRange: true, activate: 'yes' })
    await clock.advance(100)
    expect(tries).toHaveLength(1)
    manager.removeServiceNetwork('net')
    await clock.advance(100)
    world.set('a', { inRange: false, activate: 'no' })
    define()
    await clock.advance(100)
    await Promise.all([session.open(), clock.advance(100)])
    world.set('a', { inRange: true, activate: 'yes' })
    await clock.advance(30_000)
    const [, second, third] = tries
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(20_000)
  })
})

describe('the error of a close() that leaves the link up (S8)', () => {
  it('is one of its own each time', async () => {
    let isCertain = true
    const holders = () => {
      const real = inProcessHolders(new Map())
      const lock = real.locked.bind(real)
      const bent = (held: Held): Held =>
        isCertain ? held : { ...held, certainty: 'uncertain', others: 1, exclude: async () => false }
      const locked: typeof lock = (scope, id, run, call) => lock(scope, id, (held) => run(bent(held)), call)
      return Object.assign(real, { span: 'machine' as const, locked })
    }
    const { manager, world, clock } = await openLab(undefined, { mock: { holders } })
    const session = manager.createSession('b')
    const errors: unknown[] = []
    session.on('error', (error) => errors.push(error))
    for (let round = 0; round < 2; round += 1) {
      await Promise.all([session.open(), clock.advance(100)])
      isCertain = false
      await Promise.all([session.close(), clock.advance(100)])
      isCertain = true
      world.down('b')
      await clock.flush()
    }
    expect(errors).toMatchObject([{ reason: 'holdersUnknown' }, { reason: 'holdersUnknown' }])
    expect(errors[1]).not.toBe(errors[0])
  })
})

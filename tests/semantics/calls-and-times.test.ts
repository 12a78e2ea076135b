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

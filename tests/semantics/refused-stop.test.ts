import { BackendError, byOrder } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { listen, openLab, outcome } from './lab.js'

/** How long the system takes to refuse. */
const SLOW = 20_000

/** A session on `old`, which our own activation brought up, in the trial of `new`. */
async function openTrial({ refusing = false } = {}) {
  const lab = await openLab([{ id: 'new', inRange: false, activate: 'no' }, { id: 'old' }], {
    spy: {
      activating() {},
      activated() {},
      deactivating: (id) =>
        refusing && id === 'new'
          ? new Promise((_resolve, reject) =>
              lab.clock.after(SLOW, () => reject(new BackendError('ERR_DENIED', 'not allowed'))),
            )
          : undefined,
    },
  })
  const order = ['new', 'old']
  lab.manager.defineServiceNetwork({ identifier: 'net', members: order, ranking: [byOrder(order)] })
  const session = lab.manager.createSession('net')
  session.on('preferredConfigurationChanged', (_configuration, _isSeamless, offer) => void offer.migrate())
  await Promise.all([session.open(), lab.clock.advance(100)])
  lab.world.set('new', { inRange: true, activate: 'yes' })
  await lab.clock.advance(100)
  expect(session.trial?.configuration.identifier).toBe('new')
  const link = (id: string) => lab.world.snapshot().configurations.find((one) => one.id === id)?.link
  return { ...lab, session, told: listen(session), link }
}

describe('S11 stop() in a trial, refused by the system', () => {
  it('goes back to the trial: the old child is held all the while, and reject() returns to it', async () => {
    const { session, told, clock, link } = await openTrial({ refusing: true })
    const stopped = outcome(session.stop())
    await clock.advance(1000)
    expect([told, link('old'), stopped.value]).toEqual([['closing'], 'up', 'pending'])
    // R14: nothing is decided while it is not known what becomes of the link.
    const early = [session.accept(), session.reject()]
    await clock.flush()
    expect(await Promise.all(early)).toEqual([false, false])
    await clock.advance(SLOW - 1000)
    expect(stopped.value).toBe('operationNotSupported/denied')
    expect(told).toEqual(['closing', 'roaming', 'error:operationNotSupported/denied'])
    expect([session.activeConfiguration, link('old'), link('new')]).toEqual(['new', 'up', 'up'])
    const rejected = session.reject()
    await clock.advance(100)
    expect([await rejected, session.state, session.activeConfiguration]).toEqual([true, 'connected', 'old'])
  })

  it('accepted: both are left, and the promise settles when they are down (R18)', async () => {
    const { session, told, clock, link } = await openTrial()
    const stopped = outcome(session.stop())
    await clock.advance(100)
    expect(stopped.value).toBe('resolved')
    expect(told.slice(0, 3)).toEqual(['closing', 'disconnected', 'closed'])
    expect([link('old'), link('new'), session.isOpen]).toEqual(['down', 'down', false])
  })

  it('the trial’s time stands still until then', async () => {
    const { session, clock } = await openTrial({ refusing: true })
    const deadline = session.trial?.deadline ?? 0
    void session.stop()
    await clock.advance(SLOW - 1)
    expect(session.trial?.deadline).toBe(null)
    await clock.advance(1)
    expect(session.trial?.deadline).toBe(deadline + SLOW)
    expect(session.getSnapshot().trial?.deadline).toBe(deadline + SLOW)
    await clock.advance(29_000)
    expect(session.trial).not.toBe(null)
    await clock.advance(1000)
    expect([session.trial, session.state]).toEqual([null, 'connected'])
  })

  it.each(['a', 'net'])('a session that is kept open still is (%s)', async (configuration) => {
    const { manager, world, clock } = await openLab()
    manager.defineServiceNetwork({ identifier: 'net', members: ['a'] })
    const session = manager.createSession(configuration)
    await session.open({ keepOpen: true })
    world.refuseDeactivate('a', new BackendError('ERR_DENIED', 'not allowed'))
    const stopped = outcome(session.stop())
    await clock.advance(100)
    expect(stopped.value).toBe('operationNotSupported/denied')
    world.down('a', 'carrierLost')
    await clock.advance(5500)
    expect(session.isOpen).toBe(false)
    world.up('a')
    await clock.advance(2000)
    expect(session.isOpen).toBe(true)
  })
})

describe('H6 open() under a lost service', () => {
  it.each(['b', 'net'])(
    'counts as holding from the call, also for other managers (%s)',
    async (configuration) => {
      const deactivated: string[] = []
      const { manager, world, clock, another } = await openLab(undefined, {
        spy: { activating() {}, activated() {}, deactivating: (id) => deactivated.push(id) },
      })
      const other = await another()
      for (const one of [manager, other]) one.defineServiceNetwork({ identifier: 'net', members: ['b'] })
      const theirs = other.createSession('b')
      await Promise.all([theirs.open(), clock.advance(100)])
      world.loseService()
      await clock.flush()
      const session = manager.createSession(configuration)
      const opened = outcome(session.open())
      await clock.flush()
      expect(manager.holders('b')).toHaveLength(2)
      const closed = outcome(theirs.close())
      await clock.advance(100)
      world.restoreService()
      await clock.advance(100)
      expect([opened.value, closed.value, deactivated]).toEqual(['resolved', 'resolved', []])
      void session.close()
      await clock.advance(100)
      expect(deactivated).toEqual(['b'])
    },
  )

  it('given up before the service is back, no holder is left counted (S7)', async () => {
    const { manager, world, clock } = await openLab()
    world.loseService()
    await clock.flush()
    const session = manager.createSession('b')
    const opened = outcome(session.open())
    await clock.flush()
    void session.close()
    await clock.flush()
    expect(opened.value).toBe('sessionAborted/cancelled')
    world.restoreService()
    await clock.advance(100)
    expect(manager.holders('b')).toEqual([])
    expect(world.calls.filter(({ command }) => command === 'activate')).toEqual([])
  })
})

describe('S19, S6 opened again while it is stopped', () => {
  it('is not open yet in the handlers of closed, also where the link is up again at once', async () => {
    for (let microtasks = 0; microtasks < 30; microtasks += 1) {
      const { manager, world, clock } = await openLab()
      manager.defineServiceNetwork({ identifier: 'net', members: ['a'] })
      const session = manager.createSession('net')
      await session.open()
      const told: string[] = []
      session.on('closed', () => told.push(`closed, open ${session.isOpen}`))
      session.on('opened', () => told.push(`opened, open ${session.isOpen}`))
      const settled = [outcome(session.stop()), outcome(session.open())]
      for (let index = 0; index < microtasks; index += 1) await null
      world.up('a')
      await clock.advance(1000)
      expect(told.filter((word) => word !== 'closed, open false' && word !== 'opened, open true')).toEqual([])
      expect(settled.map(({ value }) => value)).toEqual(['resolved', 'resolved'])
      expect(session.state).toBe('connected')
    }
  })
})

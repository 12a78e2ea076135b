import { byOrder, type ManagerOptions } from '@roamkit/core'
import type { Holders } from '@roamkit/core/contract'
import { inProcessHolders } from '@roamkit/core/testing'
import { describe, expect, it } from 'vitest'
import { listen, openLab, outcome } from './lab.js'

describe('R9 several ignored ones', () => {
  it('are offered once each, best first, without a change of the world, and not in turn for ever', async () => {
    const { manager, world, clock } = await openLab([
      { id: 'worst', link: 'up' },
      { id: 'better', inRange: false, activate: 'no' },
      { id: 'best', inRange: false, activate: 'no' },
    ])
    const order = ['best', 'better', 'worst']
    const network = manager.defineServiceNetwork({
      identifier: 'net',
      members: order,
      ranking: [byOrder(order)],
    })
    const session = manager.createSession(network)
    const offered: string[] = []
    session.on('preferredConfigurationChanged', ({ identifier }, _isSeamless, offer) => {
      offered.push(identifier)
      void offer.ignore()
    })
    await Promise.all([session.open(), clock.advance(100)])
    for (const id of ['better', 'best']) world.set(id, { inRange: true, activate: 'yes' })
    await clock.advance(1000)
    expect(offered).toEqual(['best', 'better'])
    for (const signal of [10, 40, 70]) {
      world.set('better', { signal })
      await clock.advance(1000)
    }
    expect(offered).toEqual(['best', 'better'])
    // One that stopped being preferred in between is news; the other is not.
    world.set('better', { activate: 'no' })
    await clock.advance(1000)
    world.set('better', { activate: 'yes' })
    await clock.advance(1000)
    expect(offered).toEqual(['best', 'better', 'better'])
  })
})

describe('M7, S15 waitForOpened just after close() of the manager', () => {
  it.each([-1, 30_000])('settles (%i)', async (ms) => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('b')
    const closed = manager.close()
    for (let microtasks = 0; microtasks < 20; microtasks += 1) {
      const waited = session.waitForOpened(ms)
      await null
      const result = outcome(waited)
      await clock.flush()
      expect(result.value).toBe('resolved')
    }
    await closed
  })

  it('settles also where the manager is closed within its timeout', async () => {
    const { manager, world, clock } = await openLab(undefined, { closeTimeout: 0 })
    world.stallAccept('b')
    const session = manager.createSession('b')
    void session.open()
    await clock.flush()
    const waits = [outcome(session.waitForOpened(-1))]
    const closed = manager.close()
    waits.push(outcome(session.waitForOpened(-1)))
    await clock.advance(1)
    await closed
    await clock.flush()
    expect(waits.map(({ value }) => value)).toEqual(['resolved', 'resolved'])
  })
})

describe('S6 open({ signal }) in lossGrace, given up at once', () => {
  it.each(['x', 'net'])('does not take the device of the system’s link (%s)', async (configuration) => {
    const { manager, world, clock } = await openLab([
      { id: 'x', device: 'wlan0', bearer: 'wlan' },
      { id: 'y', device: 'wlan0', bearer: 'wlan' },
    ])
    manager.defineServiceNetwork({ identifier: 'net', members: ['x'] })
    const session = manager.createSession(configuration)
    await Promise.all([session.open(), clock.advance(100)])
    world.down('x', 'carrierLost')
    world.up('y')
    await clock.advance(10)
    expect(session.isOpen).toBe(true)
    const controller = new AbortController()
    const opened = outcome(session.open({ signal: controller.signal }))
    controller.abort(new Error('given up'))
    await clock.advance(1000)
    expect(opened.value).toBe('given up')
    expect(world.snapshot().configurations.map(({ link }) => link)).toEqual(['down', 'up'])
  })
})

describe('H5 roaming does not displace the system’s link', () => {
  it('that has come up again before its candidate is asked for', async () => {
    for (let microtasks = 0; microtasks < 40; microtasks += 1) {
      const wrong: string[] = []
      const lab = await openLab(
        [
          { id: 'a', bearer: 'lte', link: 'up' },
          { id: 'x', device: 'wlan0', bearer: 'wlan' },
          { id: 'y', device: 'wlan0', bearer: 'wlan', link: 'up' },
        ],
        {
          spy: {
            activating: () => {
              const link = lab.world.snapshot().configurations.find(({ id }) => id === 'y')?.link
              if (link === 'up') wrong.push(`y was displaced after ${microtasks} microtasks`)
            },
            activated() {},
            deactivating() {},
          },
        },
      )
      const { manager, world, clock } = lab
      const order = ['x', 'a']
      manager.defineServiceNetwork({ identifier: 'net', members: order, ranking: [byOrder(order)] })
      const session = manager.createSession('net')
      await Promise.all([session.open(), clock.advance(100)])
      world.down('y', 'carrierLost')
      for (let index = 0; index < microtasks; index += 1) await null
      world.up('y')
      await clock.advance(1000)
      expect(wrong).toEqual([])
      expect(session.isOpen).toBe(true)
    }
  })
})

describe('H5 a child whose device carries a link that another manager holds', () => {
  const NEAR_AND_OLD = [
    { id: 'near', device: 'wlan0', bearer: 'wlan' },
    { id: 'old', device: 'wlan0', bearer: 'wlan' },
  ] as const
  const order = ['near', 'old']
  const NET = { identifier: 'net', members: order, ranking: [byOrder(order)] }

  /** A session on `old`, which another manager holds as well; `near` is better, and on the same device. */
  async function openBoth(options: ManagerOptions = {}) {
    const lab = await openLab(NEAR_AND_OLD, options)
    const { manager, world, clock } = lab
    world.set('near', { activate: 'no', inRange: false })
    manager.defineServiceNetwork(NET)
    const other = await lab.another()
    const theirs = other.createSession('old')
    await Promise.all([theirs.open(), clock.advance(100)])
    const session = manager.createSession('net')
    await Promise.all([session.open(), clock.advance(100)])
    const told = listen(session)
    world.set('near', { activate: 'yes', inRange: true })
    return { ...lab, session, told, theirs, other }
  }

  it('is no candidate: it is neither offered nor roamed to until no other session holds that link', async () => {
    const { session, told, theirs, clock, world } = await openBoth()
    await clock.advance(7_200_000)
    expect(told).toEqual([])
    await Promise.all([theirs.close(), clock.advance(100)])
    world.set('near', { signal: 70 })
    await clock.advance(100)
    expect([session.state, session.activeConfiguration]).toEqual(['connected', 'near'])
  })

  it('that only shows under the locks: refused once, and excluded until its device carries something else (R19)', async () => {
    const { session, told, clock, world } = await openBoth({ holders: unlisted() })
    await clock.advance(7_200_000)
    expect(told.filter((word) => word.startsWith('error'))).toEqual(['error:roaming/deviceBusy'])
    expect([session.state, session.activeConfiguration]).toEqual(['connected', 'old'])
    world.up('near')
    await clock.advance(100)
    expect(session.activeConfiguration).toBe('near')
  })
})

/** Holders of whom it only shows under the lock that others hold a link, too. */
function unlisted(): Holders {
  const holders = inProcessHolders()
  return {
    span: 'process',
    certainty: 'certain',
    locked: (scope, id, run, call) =>
      holders.locked(scope, id, (held) => run({ ...held, others: 1, exclude: async () => false }), call),
    watch: (scope, id, stopped) => holders.watch(scope, id, stopped),
    list: () => [],
    [Symbol.asyncDispose]: () => holders[Symbol.asyncDispose](),
  }
}

describe('S6 a session that opens again after a stop()', () => {
  it('is closed when it emits that, whenever another program brings its link up again (S19)', async () => {
    for (let microtasks = 0; microtasks < 60; microtasks += 1) {
      const { manager, world, clock, close } = await openLab([{ id: 'a', link: 'up' }])
      const network = manager.defineServiceNetwork({ identifier: 'net', members: ['a'] })
      const [stopping, session] = [manager.createSession(network), manager.createSession('a')]
      const closed: boolean[] = []
      session.on('closed', () => closed.push(session.isOpen))
      await Promise.all([stopping.open(), session.open()])
      const stopped = stopping.stop()
      const opened = session.open()
      for (let count = 0; count < microtasks; count += 1) await null
      world.up('a')
      await clock.advance(100)
      await Promise.all([stopped, opened])
      expect([microtasks, closed, session.isOpen]).toEqual([microtasks, [false], true])
      await close()
    }
  })
})

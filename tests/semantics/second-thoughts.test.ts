import { byOrder } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { openLab, outcome } from './lab.js'

describe('R9 several ignored ones', () => {
  it('are offered once each, best first, without a change of the world, and not in turn for ever', async () => {
    const { manager, world, clock } = await openLab([
      { id: 'worst', link: 'up' },
      { id: 'better', inReach: false, activate: 'no' },
      { id: 'best', inReach: false, activate: 'no' },
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
    for (const id of ['better', 'best']) world.set(id, { inReach: true, activate: 'yes' })
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

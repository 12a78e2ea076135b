import { byOrder } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { listen, openLab, outcome } from './lab.js'

describe('S13 a configuration that is removed while it is being stopped, and was opened again', () => {
  const cases = ['b', 'net'].flatMap((id) => [8, 10, 12, 100].map((wait) => [id, wait] as const))
  it.each(cases)(
    'becomes invalid without an error of its own: stop() resolves, and open() finds it gone (%s, %i)',
    async (configuration, microtasks) => {
      const { manager, world, clock } = await openLab()
      manager.defineServiceNetwork({ identifier: 'net', members: ['b'] })
      const session = manager.createSession(configuration)
      await Promise.all([session.open(), clock.advance(100)])
      const told = listen(session)
      world.stallDeactivate('b')
      const stopped = outcome(session.stop())
      const opened = outcome(session.open())
      for (let index = 0; index < microtasks; index += 1) await null
      if (configuration === 'net') manager.removeServiceNetwork('net')
      else world.remove('b')
      await clock.advance(100)
      expect(stopped.value).toBe('resolved')
      expect(opened.value).toMatch(/^invalidConfiguration\//)
      // The one error is that of the open() that failed (rule S5).
      expect(told.filter((word) => word === 'closed' || word.startsWith('error'))).toEqual([
        'closed',
        `error:${opened.value}`,
      ])
      expect(session.state).toBe('invalid')
    },
  )
})

describe('S19 calls of one tick', () => {
  it('settle one after the other: who awaits the first sees what it came to, before the next is applied', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('a')
    await Promise.all([session.open(), clock.advance(100)])
    const read: string[] = []
    const note = (word: string) => () => read.push(`${word}: ${session.isOpen}`)
    void session.open().then(note('open'))
    void session.close().then(note('close'))
    void session.open().then(note('open'))
    await clock.advance(100)
    expect(read).toEqual(['open: true', 'close: false', 'open: true'])
  })
})

describe('S9a, S6 stop() of what is being stopped and was opened again', () => {
  const cases = ['b', 'net'].flatMap((id) =>
    ['itself', 'another session'].flatMap((whose) =>
      [0, 1, 3, 6, 20].map((wait) => [id, whose, wait] as const),
    ),
  )
  it.each(cases)(
    'is the last word: it stays closed (%s, by %s, %i)',
    async (configuration, whose, microtasks) => {
      const { manager, clock } = await openLab()
      manager.defineServiceNetwork({ identifier: 'net', members: ['b'] })
      const session = manager.createSession(configuration)
      const last = whose === 'itself' ? session : manager.createSession('b')
      await Promise.all([session.open(), clock.advance(100)])
      const told = listen(session)
      const outcomes = [outcome(session.stop()), outcome(session.open())]
      for (let index = 0; index < microtasks; index += 1) await null
      outcomes.push(outcome(last.stop()))
      await clock.advance(1000)
      expect(outcomes.map(({ value }) => value)).toEqual(['resolved', 'sessionAborted/stopped', 'resolved'])
      expect(told).toEqual(['closing', 'disconnected', 'closed'])
    },
  )
})

describe('H5 a candidate whose device is busy', () => {
  it('is roamed to if it came up before the refusal arrived', async () => {
    const { manager, another, world, clock } = await openLab([
      { id: 'b', bearer: 'lte' },
      { id: 'x', device: 'wlan0', bearer: 'wlan' },
      { id: 'y', device: 'wlan0', bearer: 'wlan' },
    ])
    const members = ['y', 'x', 'b']
    const other = await another()
    for (const one of [manager, other])
      one.defineServiceNetwork({ identifier: 'radio', members, ranking: [byOrder(members)] })
    const [session, holder] = [manager.createSession('radio'), other.createSession('radio')]
    const opened = [session.open()]
    await clock.advance(0)
    world.up('x')
    opened.push(holder.open())
    for (let microtasks = 0; microtasks < 30; microtasks += 1) await null
    world.up('y')
    await clock.advance(120_000)
    await Promise.all(opened)
    expect([session.activeConfiguration, holder.activeConfiguration]).toEqual(['y', 'y'])
  })
})

import { describe, expect, it } from 'vitest'
import { openLab } from './lab.js'

const TWO = [
  { id: 'a', bearer: 'ethernet', link: 'up' },
  { id: 'b', bearer: 'lte' },
] as const

async function consulted() {
  const lab = await openLab(TWO, { offerTimeout: 1000, trialTimeout: 3000 })
  lab.manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
  const session = lab.manager.createSession('net')
  session.on('preferredConfigurationChanged', () => {})
  const opened = session.open()
  await lab.clock.advance(100)
  await opened
  return { ...lab, session }
}

describe('what is left to answer', () => {
  it('counts down on the offer itself, and is what it was in a snapshot (R11)', async () => {
    const { world, clock, session } = await consulted()
    world.down('a', 'carrierLost')
    await clock.advance(10)
    const { offer } = session
    const snapshot = session.getSnapshot()
    expect(offer).toMatchObject({ remaining: 990, deadline: clock.now() + 990 })
    await clock.advance(400)
    expect(offer?.remaining).toBe(590)
    expect(session.getSnapshot()).toBe(snapshot)
    expect(snapshot.offer?.remaining).toBe(1000)
    void offer?.ignore()
    await clock.advance(10)
    expect(offer?.remaining).toBe(0)
  })

  it('of a trial stands still while the service is away, also in a snapshot (R13, S14)', async () => {
    const { world, clock, session } = await consulted()
    world.down('a', 'carrierLost')
    await clock.advance(10)
    void session.migrate()
    await clock.advance(100)
    const before = session.trial?.remaining ?? 0
    expect(before).toBeGreaterThan(2000)
    world.loseService()
    await clock.advance(500)
    expect(session.trial?.deadline).toBeNull()
    expect(session.trial?.remaining).toBe(before)
    expect(session.getSnapshot().trial).toMatchObject({ deadline: null, remaining: before })
    world.restoreService()
    await clock.advance(100)
    expect(session.trial).toMatchObject({ deadline: clock.now() + before - 100, remaining: before - 100 })
  })
})

describe('what a service network has carried', () => {
  it('is the sum of its children that are active', async () => {
    const { manager, world } = await openLab([...TWO, { id: 'c', bearer: 'lte', link: 'up' }])
    world.traffic('a', { received: 100, written: 10 })
    world.traffic('b', { received: 2000, written: 200 })
    world.traffic('c', { received: 30_000, written: 3000 })
    manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b', 'c'] })
    const [network, one] = [manager.createSession('net'), manager.createSession('a')]
    expect([network.bytesReceived, network.bytesWritten]).toEqual([30_100, 3010])
    expect([one.bytesReceived, one.bytesWritten]).toEqual([100, 10])
    await manager.close()
    expect([network.bytesReceived, one.bytesWritten]).toEqual([0, 0])
  })
})

describe('what still waits when closeTimeout is over (M7)', () => {
  it('is settled: close() is done', async () => {
    const { manager, world, clock } = await openLab([{ id: 'a' }], { closeTimeout: 1000 })
    const session = manager.createSession('a')
    await Promise.all([session.open(), clock.advance(100)])
    world.stallDeactivate('a')
    const settled: string[] = []
    session.close().then(() => settled.push('close'))
    await clock.advance(100)
    expect(settled).toEqual([])
    const closing = manager.close().then(() => settled.push('manager'))
    await clock.advance(1000)
    await closing
    expect(settled.sort()).toEqual(['close', 'manager'])
    expect(clock.pending).toBe(0)
  })
})

import { describe, expect, it } from 'vitest'
import { heapUsed } from '../heap.js'
import { openLab } from './lab.js'

describe('10 000 times', () => {
  it('opening and closing leaves no timer, no holder and no growth of the heap', async () => {
    const { manager, clock, world } = await openLab()
    const idle = clock.pending
    const cycle = async () => {
      const session = manager.createSession('b')
      const undo = session.on('opened', () => {})
      const opened = session.open()
      await clock.advance(20)
      await opened
      const closed = session.close()
      await clock.advance(10)
      await closed
      undo()
    }
    for (let count = 0; count < 1000; count += 1) await cycle()
    const before = heapUsed()
    // The mock keeps its log of commands: that growth is the test's own.
    const logged = world.calls.length
    for (let count = 0; count < 10_000; count += 1) await cycle()
    const perCycle = (heapUsed() - before) / 10_000
    expect(world.calls.length - logged).toBe(20_000)
    expect(clock.pending).toBe(idle)
    expect(manager.createSession('b').state).toBe('disconnected')
    // Two entries of the mock's log are about 150 bytes.
    expect(perCycle).toBeLessThan(250)
  }, 600_000)

  it('listening and letting go leaves no listener', async () => {
    const { manager, clock, world } = await openLab()
    const session = manager.createSession('a')
    const before = heapUsed()
    for (let count = 0; count < 10_000; count += 1) {
      const controller = new AbortController()
      session.on('stateChanged', () => {}, { signal: controller.signal })
      const undo = [manager.subscribe(() => {}), session.subscribe(() => {})]
      controller.abort()
      for (const one of undo) one()
    }
    expect(heapUsed() - before).toBeLessThan(1_000_000)
    world.down('a')
    await clock.flush()
    expect(session.state).toBe('disconnected')
  })
})

describe('half an hour', () => {
  it('of a hundred flaps a second, in virtual time: flat heap, and no end state is missed', async () => {
    const { manager, clock, world } = await openLab([{ id: 'a', link: 'up' }], { lossGrace: 60_000 })
    const session = manager.createSession('a')
    await session.open()
    let changes = 0
    session.on('stateChanged', () => {
      changes += 1
    })
    const flaps = async (count: number) => {
      for (let flap = 0; flap < count; flap += 1) {
        world.carrier('a', flap % 2 === 1)
        await clock.advance(10)
      }
    }
    await flaps(10_000)
    const before = heapUsed()
    await flaps(180_000)
    expect(changes).toBe(190_000)
    expect(session.state).toBe('connected')
    expect(session.isOpen).toBe(true)
    world.carrier('a', false)
    await clock.flush()
    expect(session.state).toBe('notAvailable')
    expect((heapUsed() - before) / 180_000).toBeLessThan(5)
  }, 600_000)
})

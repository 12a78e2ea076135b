import { byOrder } from '@roamkit/core'
import { take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { traffic$ } from '../src/index.js'
import { listen, open, openLab } from './lab.js'

const brief = ({ received, written }: { readonly received: number; readonly written: number }) =>
  `${received} ${written}`

describe('traffic$', () => {
  it('reads at once, then at intervals, and only while there is a subscriber', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    const stream = traffic$(session, { every: 1000 })
    expect(clock.pending).toBe(0)
    world.traffic('a', { received: 1, written: 2 })
    const { words, subscription } = listen(stream, brief)
    expect(words).toEqual(['1 2'])
    await clock.advance(3000)
    expect(words).toEqual(['1 2'])
    world.traffic('a', { received: 10, written: 2 })
    await clock.advance(999)
    expect(words).toEqual(['1 2'])
    await clock.advance(1)
    expect(words).toEqual(['1 2', '10 2'])
    subscription.unsubscribe()
    expect(clock.pending).toBe(0)
    world.traffic('a', { received: 20, written: 2 })
    expect(listen(stream.pipe(take(1)), brief).words).toEqual(['20 2', 'complete'])
    expect(clock.pending).toBe(0)
  })

  it('one stream reads once for all its subscribers, and a late one gets the last value at once', async () => {
    const { manager, world, clock } = await openLab()
    const stream = traffic$(manager.createSession('a'), { every: 1000 })
    world.traffic('a', { received: 1, written: 1 })
    const one = listen(stream, brief)
    const two = listen(stream, brief)
    expect(clock.pending).toBe(1)
    expect(two.words).toEqual(['1 1'])
    one.subscription.unsubscribe()
    expect(clock.pending).toBe(1)
    two.subscription.unsubscribe()
    expect(clock.pending).toBe(0)
  })

  describe('over roams', () => {
    /** A session on `a`, which is better, and `b`. Both interfaces have counted a lot already. Read every second. */
    async function openRoamer() {
      const lab = await openLab([{ id: 'a', link: 'up', activate: 'unknown' }, { id: 'b' }, { id: 'c' }])
      lab.world.traffic('a', { received: 1000, written: 10 })
      lab.world.traffic('b', { received: 500_000, written: 9000 })
      lab.world.traffic('c', { received: 70_000, written: 700 })
      const members = ['a', 'b', 'c']
      const network = { identifier: 'net', members, ranking: [byOrder(members)] }
      const session = lab.manager.createSession(lab.manager.defineServiceNetwork(network))
      await open(lab, session)
      const stream = () => traffic$(session, { every: 1000 })
      /** Adds bytes on an interface, then waits for the next read. */
      const pass = async (id: 'a' | 'b' | 'c', received: number) => {
        const before = lab.world.snapshot().configurations.find((one) => one.id === id)
        expect(before?.link).toBe('up')
        counters[id] += received
        lab.world.traffic(id, { received: counters[id], written: 0 })
        await lab.clock.advance(1000)
      }
      const counters = { a: 1000, b: 500_000, c: 70_000 }
      return { ...lab, session, stream, pass }
    }
    const received = (traffic: { readonly received: number }) => traffic.received

    it('never decreases, and grows by the bytes on the links of the session, whatever their interfaces counted before', async () => {
      const { world, clock, session, stream, pass } = await openRoamer()
      const { words } = listen(stream(), received)
      await pass('a', 5)
      world.setInRange('a', false)
      await clock.advance(1000)
      expect(session.activeConfiguration).toBe('b')
      await pass('b', 7)
      world.setInRange('a', true)
      // One that was lost has to be good for a while first (L3).
      await clock.advance(5000)
      expect(session.activeConfiguration).toBe('a')
      await pass('a', 11)
      expect(words).toEqual([1000, 1005, 1012, 1023])
    })

    it('counts both links while one is on trial (R6)', async () => {
      const { world, clock, session, stream, pass } = await openRoamer()
      world.setInRange('a', false)
      await clock.advance(1000)
      session.on('preferredConfigurationChanged', (_better, _isSeamless, offer) => void offer.migrate())
      const { words } = listen(stream(), received)
      world.setInRange('a', true)
      // One that was lost has to be good for a while first (L3).
      await clock.advance(5000)
      expect(session.trial).not.toBeNull()
      await pass('a', 3)
      await pass('b', 4)
      void session.reject()
      await clock.advance(1000)
      expect(session.activeConfiguration).toBe('b')
      await pass('b', 5)
      expect(words).toEqual([500_000, 500_003, 500_007, 500_012])
    })

    it('does not jump when the system brings up another link of the network', async () => {
      const { world, clock, stream, pass } = await openRoamer()
      const { words } = listen(stream(), received)
      world.up('c')
      await clock.advance(1000)
      world.down('c')
      await clock.advance(1000)
      await pass('a', 1)
      expect(words).toEqual([1000, 1001])
    })

    it('is the same for every stream of a session, and continues for a late one', async () => {
      const { world, clock, session, stream, pass } = await openRoamer()
      const first = listen(stream(), received)
      await pass('a', 5)
      first.subscription.unsubscribe()
      await pass('a', 5)
      const second = listen(stream(), received)
      world.setInRange('a', false)
      await clock.advance(1000)
      second.subscription.unsubscribe()
      expect(session.activeConfiguration).toBe('b')
      const [third, fourth] = [listen(stream(), received), listen(stream(), received)]
      await pass('b', 1)
      expect([first.words, second.words, third.words, fourth.words]).toEqual([
        [1000, 1005],
        [1010],
        [1010, 1011],
        [1010, 1011],
      ])
    })

    it('does not decrease when a counter restarts', async () => {
      const { manager, world, clock } = await openLab()
      const stream = traffic$(manager.createSession('a'), { every: 1000 })
      const { words } = listen(stream, brief)
      for (const [received, written] of [
        [100, 10],
        [3, 20],
        [5, 1],
        [6, 2],
      ] as const) {
        world.traffic('a', { received, written })
        await clock.advance(1000)
      }
      expect(words).toEqual(['0 0', '100 10', '100 20', '102 20', '103 21'])
    })

    it('does not jump when the link moves to another interface (H1)', async () => {
      const { manager, world, clock } = await openLab()
      const session = manager.createSession('a')
      world.traffic('a', { received: 10, written: 0 })
      const { words } = listen(traffic$(session, { every: 1000 }), received)
      const before = session.interface?.name
      world.down('a')
      world.set('a', { device: 'another' })
      world.up('a')
      world.traffic('a', { received: 90_000, written: 0 })
      await clock.advance(1000)
      expect([before, session.interface?.name]).toEqual(['dev-a', 'another'])
      world.traffic('a', { received: 90_001, written: 0 })
      await clock.advance(1000)
      expect(words).toEqual([10, 11])
    })

    it("counts the user's choice from when it is opened (M6)", async () => {
      const lab = await openLab(undefined, { chooser: async () => 'b' })
      const { manager, world, clock } = lab
      world.traffic('b', { received: 500, written: 0 })
      const session = manager.createSession('userChoice')
      const { words } = listen(traffic$(session, { every: 1000 }), received)
      await open(lab, session)
      await clock.advance(1000)
      world.traffic('b', { received: 501, written: 0 })
      await clock.advance(1000)
      expect(words).toEqual([0, 1])
    })

    it('does not decrease when the session is closed, or when its link is lost and comes back', async () => {
      const { manager, world, clock } = await openLab()
      const session = manager.createSession('a')
      world.traffic('a', { received: 50, written: 5 })
      const { words } = listen(traffic$(session, { every: 1000 }), received)
      world.down('a')
      world.traffic('a', { received: 0, written: 0 })
      await clock.advance(1000)
      world.up('a')
      await clock.advance(1000)
      world.traffic('a', { received: 4, written: 0 })
      await clock.advance(1000)
      await manager.close()
      expect(words).toEqual([50, 54, 'complete'])
    })
  })

  it('completes with the manager and leaves no timer', async () => {
    const { manager, clock } = await openLab()
    const { words } = listen(traffic$(manager.createSession('a'), { every: 10 }), brief)
    await manager.close()
    expect(words.at(-1)).toBe('complete')
    expect(clock.pending).toBe(0)
  })

  it.each([0, -1, Number.NaN, undefined as never])('throws for an interval of %s ms', async (every) => {
    const { manager } = await openLab()
    expect(() => traffic$(manager.createSession('a'), { every })).toThrow(RangeError)
  })
})

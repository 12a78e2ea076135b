import { take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { traffic$ } from '../src/index.js'
import { listen, openLab, schedulerOf } from './lab.js'

const brief = ({ received, written }: { readonly received: number; readonly written: number }) =>
  `${received} ${written}`

describe('traffic$', () => {
  it('reads at once, then in a beat, and only while somebody is subscribed', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    const stream = traffic$(session, { every: 1000, scheduler: schedulerOf(clock) })
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

  it('one stream reads once for all of its subscribers, and a late one has the last reading at once', async () => {
    const { manager, world, clock } = await openLab()
    const stream = traffic$(manager.createSession('a'), { every: 1000, scheduler: schedulerOf(clock) })
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

  it('completes with the manager, timer and all', async () => {
    const { manager, clock } = await openLab()
    const { words } = listen(
      traffic$(manager.createSession('a'), { every: 10, scheduler: schedulerOf(clock) }),
      brief,
    )
    await manager.close()
    expect(words.at(-1)).toBe('complete')
    expect(clock.pending).toBe(0)
  })

  it.each([0, -1, Number.NaN, undefined as never])('refuses to read every %s ms', async (every) => {
    const { manager } = await openLab()
    expect(() => traffic$(manager.createSession('a'), { every })).toThrow(RangeError)
  })
})

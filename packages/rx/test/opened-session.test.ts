import { byOrder, type NetworkSession } from '@roamkit/core'
import { retry, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type OpenedSession, session$ } from '../src/index.js'
import { listen, openLab } from './lab.js'

const brief = ({ state, isOpen, reopening }: OpenedSession) =>
  `${state}${isOpen ? ' open' : ''}${reopening === null ? '' : ` attempt ${reopening.attempt} after ${reopening.delay}`}`

describe('session$', () => {
  it('does nothing before it is subscribed to; subscribing opens, unsubscribing closes', async () => {
    const { manager, world, clock } = await openLab()
    const stream = session$(manager, 'b')
    await clock.advance(100)
    expect(world.calls).toEqual([])
    const { words, subscription } = listen(stream, brief)
    expect(words).toEqual(['disconnected'])
    await clock.advance(100)
    expect(words).toEqual(['disconnected', 'connecting', 'connected open'])
    subscription.unsubscribe()
    await clock.advance(100)
    expect(world.snapshot().configurations[1]?.link).toBe('down')
    expect(words).toHaveLength(3)
  })

  it('each subscription has a session of its own, and the last to go takes the link down', async () => {
    const { manager, world, clock } = await openLab()
    const stream = session$(manager, 'b')
    const sessions: unknown[] = []
    const subscriptions = [0, 1].map((at) => stream.subscribe(({ session }) => (sessions[at] = session)))
    await clock.advance(100)
    expect(sessions[0]).not.toBe(sessions[1])
    subscriptions[0]?.unsubscribe()
    await clock.advance(100)
    expect(world.snapshot().configurations[1]?.link).toBe('up')
    subscriptions[1]?.unsubscribe()
    await clock.advance(100)
    expect(world.snapshot().configurations[1]?.link).toBe('down')
  })

  it('unsubscribing while it is opening cancels (S7)', async () => {
    const { manager, world, clock } = await openLab()
    world.stall('b')
    const { subscription, words } = listen(session$(manager, 'b'), brief)
    await clock.advance(100)
    subscription.unsubscribe()
    await clock.advance(100)
    expect(world.snapshot().configurations[1]?.link).toBe('down')
    expect(words).toEqual(['disconnected', 'connecting'])
  })

  it('fails where it cannot be opened, so that retry applies', async () => {
    const { manager, world, clock } = await openLab()
    world.failNext('b', 'secretWrong')
    const { words } = listen(session$(manager, 'b'), brief)
    await clock.advance(100)
    expect(words).toEqual(['disconnected', 'connecting', 'disconnected', 'error:unknown/secretWrong'])
    world.failNext('b', 'secretWrong')
    const again = listen(session$(manager, 'b').pipe(retry(1)), brief)
    await clock.advance(200)
    expect(again.words.at(-1)).toBe('connected open')
    expect(listen(session$(manager, 'nowhere'), brief).words).toEqual(['invalid'])
  })

  it('fails when it ends against its will', async () => {
    const { manager, world, clock } = await openLab()
    const { words } = listen(session$(manager, 'b'), brief)
    await clock.advance(100)
    world.down('b', 'carrierLost')
    await clock.advance(5100)
    expect(words.slice(3)).toEqual(['disconnected open', 'disconnected', 'error:sessionAborted/lost'])
  })

  it('completes when somebody else closes it, also after an error that it survived', async () => {
    const { manager, world, clock } = await openLab([
      { id: 'a', inReach: false, activate: 'unknown' },
      { id: 'b' },
    ])
    const members = ['a', 'b']
    manager.defineServiceNetwork({ identifier: 'net', members, ranking: [byOrder(members)] })
    let opened: OpenedSession | null = null
    const { words } = listen(session$(manager, 'net'), (value) => {
      opened = value
      return value.error === null ? value.state : `${value.state} ${value.error.code}`
    })
    await clock.advance(100)
    world.failNext('a', 'addressFailed')
    world.reach('a', true)
    await clock.advance(1000)
    expect(words).toContain('connected roaming')
    const { session } = opened as unknown as OpenedSession
    void session.close()
    await clock.advance(100)
    expect(words.at(-1)).toBe('complete')
  })

  it('completes with the manager, opening, open or closed', async () => {
    const { manager, world, clock } = await openLab()
    world.stall('b')
    const opening = listen(session$(manager, 'b'), brief).words
    const open = listen(session$(manager, 'c'), brief).words
    await clock.advance(100)
    const closed = manager.close()
    await clock.advance(1000)
    await closed
    expect([opening.at(-1), open.at(-1)]).toEqual(['complete', 'complete'])
    expect(listen(session$(manager, 'c'), brief).words).toEqual(['invalid', 'complete'])
  })

  it('keepOpen: the retries are values, until it is open again', async () => {
    const { manager, world, clock } = await openLab()
    const { words } = listen(session$(manager, 'b', { keepOpen: true }), brief)
    await clock.advance(100)
    world.failNext('b', 'addressFailed')
    world.down('b', 'carrierLost')
    await clock.advance(5000)
    expect(words.at(-1)).toBe('disconnected attempt 1 after 1000')
    await clock.advance(10_000)
    expect(words.slice(3)).toEqual([
      'disconnected open',
      'disconnected attempt 1 after 1000',
      'connecting attempt 1 after 1000',
      'disconnected attempt 2 after 2000',
      'connecting attempt 2 after 2000',
      'connected open',
    ])
  })

  it.each(['close', 'stop'] as const)(
    'keepOpen: completes when somebody calls %s() while it waits to be opened again',
    async (doing) => {
      const { manager, world, clock } = await openLab()
      let session: NetworkSession | null = null
      const { words } = listen(session$(manager, 'b', { keepOpen: true }), (value) => {
        session = value.session
        return brief(value)
      })
      await clock.advance(100)
      world.failNext('b', 'addressFailed')
      world.down('b', 'carrierLost')
      await clock.advance(6100)
      expect(words.at(-1)).toBe('disconnected attempt 2 after 2000')
      void (session as NetworkSession | null)?.[doing]()
      await clock.advance(100)
      expect(words.slice(-2)).toEqual(['disconnected', 'complete'])
    },
  )

  it('keepOpen: completes with the manager while it waits to be opened again', async () => {
    const { manager, world, clock } = await openLab()
    const { words } = listen(session$(manager, 'b', { keepOpen: true }), brief)
    await clock.advance(100)
    world.reach('b', false)
    await clock.advance(5100)
    expect(words.at(-1)).toMatch(/attempt \d/)
    const closed = manager.close()
    await clock.advance(1000)
    await closed
    expect(words.at(-1)).toBe('complete')
  })

  it("keepOpen: anybody's stop is the end", async () => {
    const { manager, clock } = await openLab()
    const { words } = listen(session$(manager, 'b', { keepOpen: true }), brief)
    await clock.advance(100)
    void manager.createSession('b').stop()
    await clock.advance(100)
    expect(words.at(-1)).toBe('error:sessionAborted/stopped')
  })

  it('take(1) opens nothing that stays', async () => {
    const { manager, world, clock } = await openLab()
    const { words } = listen(
      session$(manager, 'b', { connectInBackground: true }).pipe(take(1)),
      ({ session }) => session.connectInBackground,
    )
    await clock.advance(1000)
    expect(words).toEqual([true, 'complete'])
    expect(world.snapshot().configurations[1]?.link).toBe('down')
  })

  it('refuses an option that is none as a failure of the stream', async () => {
    const { manager } = await openLab()
    const { words } = listen(session$(manager, 'b', { lastClose: 'never' as never }), brief)
    expect(words).toEqual(['disconnected', 'error:undefined/undefined'])
  })
})

import type { NetworkSession } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { listen, openLab, outcome } from './lab.js'

/** Each with the way in which the first opening ends. */
const ENDS: readonly (readonly [
  string,
  string,
  (session: NetworkSession, abort: () => void) => Promise<unknown>,
])[] = [
  ['close()', 'sessionAborted/cancelled', (session) => session.close()],
  ['stop()', 'sessionAborted/stopped', (session) => session.stop()],
  ['an aborted signal', 'given up', async (_session, abort) => abort()],
]
const MICROTASKS = [0, 1, 2, 3, 5, 8, 13, 21]

describe.each(['b', 'net'])('S6 the last word counts (%s)', (configuration) => {
  describe.each(ENDS)('open(), %s, open()', (_name, ending, end) => {
    it.each(['the same session', 'another session', 'another manager'])(
      'of %s: opens, in one tick and later',
      async (whose) => {
        for (const before of MICROTASKS)
          for (const after of MICROTASKS) {
            const { manager, world, clock, another } = await openLab()
            const other = await another()
            for (const one of [manager, other])
              one.defineServiceNetwork({ identifier: 'net', members: ['b'] })
            const session = manager.createSession(configuration)
            const last =
              whose === 'the same session'
                ? session
                : (whose === 'another session' ? manager : other).createSession(configuration)
            const controller = new AbortController()
            const first = outcome(session.open({ signal: controller.signal }))
            for (let index = 0; index < before; index += 1) await null
            const ended = outcome(end(session, () => controller.abort(new Error('given up'))))
            for (let index = 0; index < after; index += 1) await null
            const opened = outcome(last.open())
            await clock.advance(1000)
            const found = [ended.value, opened.value, last.isOpen, last.state]
            // Between managers the order is that of the link's lock: a stop may come after what was called after it (rule S9a).
            if (whose === 'another manager' && opened.value === 'sessionAborted/stopped') continue
            const where = `${before} and ${after} microtasks`
            // Early enough, the first opening is cut short; later it has succeeded.
            if (before < 2) expect(first.value, where).toBe(ending)
            if (configuration === 'b' || last === session || !first.value.startsWith('resolved'))
              expect(found, where).toEqual(['resolved', 'resolved', true, 'connected'])
            await Promise.all([last.close(), session.close(), clock.advance(1000)])
            expect(world.snapshot().configurations.find(({ id }) => id === 'b')?.link, where).toBe('down')
          }
      },
    )
  })
})

describe('S6 open() of an open session that is being stopped', () => {
  it.each(['b', 'net'])('waits for the end of the stop, and opens again (%s)', async (configuration) => {
    const { manager, clock } = await openLab()
    manager.defineServiceNetwork({ identifier: 'net', members: ['b'] })
    const session = manager.createSession(configuration)
    await Promise.all([session.open(), clock.advance(100)])
    const told = listen(session)
    const outcomes = [outcome(session.stop()), outcome(session.open()), outcome(session.open())]
    await clock.advance(1000)
    expect(outcomes.map(({ value }) => value)).toEqual(['resolved', 'resolved', 'resolved'])
    expect([session.isOpen, session.state]).toEqual([true, 'connected'])
    expect(told.filter((word) => word === 'closed' || word === 'opened')).toEqual(['closed', 'opened'])
  })

  it('by another session: the error and closed come first, then it opens again', async () => {
    const { manager, clock } = await openLab()
    const [session, other] = [manager.createSession('b'), manager.createSession('b')]
    await Promise.all([session.open(), other.open(), clock.advance(100)])
    const told = listen(session)
    const outcomes = [outcome(other.stop()), outcome(session.open())]
    await clock.advance(1000)
    expect(outcomes.map(({ value }) => value)).toEqual(['resolved', 'resolved'])
    expect(told.filter((word) => !/^(closing|disconnected|connecting|connected)$/.test(word))).toEqual([
      'error:sessionAborted/stopped',
      'closed',
      'opened',
    ])
  })

  it.each(['b', 'net'])(
    'not after a close() or stop() in the step in which the link is down (%s)',
    async (configuration) => {
      for (const [end, ending] of [
        [(session: NetworkSession) => session.close(), 'sessionAborted/cancelled'],
        [(session: NetworkSession) => session.stop(), 'sessionAborted/stopped'],
      ] as const)
        for (const microtasks of MICROTASKS) {
          const { manager, world, clock } = await openLab()
          manager.defineServiceNetwork({ identifier: 'net', members: ['b'] })
          const session = manager.createSession(configuration)
          void session.open()
          await clock.advance(1000)
          const told: string[] = []
          session.on('opened', () => told.push('opened'))
          const stopped = outcome(session.stop())
          const again = outcome(session.open())
          for (let index = 0; index < microtasks + 8; index += 1) await null
          world.down('b')
          for (let index = 0; index < microtasks; index += 1) await null
          const ended = outcome(end(session))
          await clock.advance(1000)
          const where = `${microtasks} microtasks`
          // Later, it has begun to open again, which the last word ends as well.
          expect([stopped.value, again.value, ended.value], where).toEqual(['resolved', ending, 'resolved'])
          expect([
            session.isOpen,
            told,
            world.snapshot().configurations.find(({ id }) => id === 'b')?.link,
          ]).toEqual([false, [], 'down'])
        }
    },
  )

  it('stays open where the system refuses to stop it (S11), and a close() after all is the last word', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('b')
    await Promise.all([session.open(), clock.advance(100)])
    world.set('b', { deactivate: 'no' })
    await clock.flush()
    const refused = [outcome(session.stop()), outcome(session.open())]
    await clock.advance(1000)
    expect(refused.map(({ value }) => value)).toEqual(['operationNotSupported/notSupported', 'resolved'])
    world.set('b', { deactivate: 'yes' })
    await clock.flush()
    const closed = [outcome(session.stop()), outcome(session.open()), outcome(session.close())]
    await clock.advance(1000)
    expect(closed.map(({ value }) => value)).toEqual(['resolved', 'sessionAborted/cancelled', 'resolved'])
    expect(session.isOpen).toBe(false)
  })
})

describe('S8 close() and stop() of a service network that is opened again meanwhile', () => {
  const cases = (['close', 'stop'] as const).flatMap((end) =>
    [0, 2, 5, 9, 14].map((wait) => [end, wait] as const),
  )
  it.each(cases)('%s() resolves when the wind-down ends (%i microtasks)', async (end, microtasks) => {
    const { manager, clock } = await openLab()
    manager.defineServiceNetwork({ identifier: 'net', members: ['b'] })
    const session = manager.createSession('net')
    await Promise.all([session.open(), clock.advance(100)])
    const ended = outcome(session[end]())
    for (let index = 0; index < microtasks; index += 1) await null
    const opened = outcome(session.open())
    await clock.advance(1000)
    expect([ended.value, opened.value, session.state]).toEqual(['resolved', 'resolved', 'connected'])
  })
})

import { allUplinks } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { listen, openLab, outcome } from './lab.js'

const NET = { identifier: 'net', members: ['a', 'b'] }

describe('S1, M5 a session on a service network that is defined later', () => {
  it.each(['without a listener', 'with a listener'])(
    'comes alive, also when it is removed and defined again (%s)',
    async (who) => {
      const { manager, clock } = await openLab()
      const session = manager.createSession('net')
      const told = who === 'with a listener' ? listen(session) : []
      expect(session.state).toBe('invalid')
      for (let round = 0; round < 2; round += 1) {
        manager.defineServiceNetwork(NET)
        await clock.flush()
        expect(session.state).toBe('connected')
        manager.removeServiceNetwork('net')
        await clock.flush()
        expect(session.state).toBe('invalid')
      }
      if (who === 'with a listener') expect(told).toEqual(['connected', 'invalid', 'connected', 'invalid'])
      manager.defineServiceNetwork(NET)
      await Promise.all([session.open(), clock.advance(100)])
      expect([session.isOpen, session.activeConfiguration]).toEqual([true, 'a'])
    },
  )
})

describe('S13 a service network that is removed', () => {
  it('while it opens: open() rejects invalidConfiguration, nothing opens later, and nothing stays up', async () => {
    const { manager, world, clock } = await openLab()
    world.stallAccept('b')
    manager.defineServiceNetwork({ identifier: 'net', members: ['b'] })
    const session = manager.createSession('net')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.advance(100)
    manager.removeServiceNetwork('net')
    await clock.flush()
    expect([opened.value, session.isOpen, session.state]).toEqual([
      'invalidConfiguration/removed',
      false,
      'invalid',
    ])
    world.release('b')
    await clock.advance(60_000)
    expect(told).toEqual(['connecting', 'invalid', 'error:invalidConfiguration/removed'])
    expect(world.snapshot().configurations.find(({ id }) => id === 'b')?.link).toBe('down')
  })

  it.each(['close', 'stop'] as const)('while it winds down by %s(): the promise resolves', async (end) => {
    const { manager, world, clock } = await openLab()
    manager.defineServiceNetwork({ identifier: 'net', members: ['b'] })
    const session = manager.createSession('net')
    await Promise.all([session.open(), clock.advance(100)])
    const told = listen(session)
    world.set('b', { deactivate: 'unknown' })
    const ended = outcome(session[end]())
    await Promise.resolve()
    manager.removeServiceNetwork('net')
    await clock.flush()
    expect([ended.value, session.state, session.isOpen]).toEqual(['resolved', 'invalid', false])
    expect(told.filter((word) => word === 'closed')).toEqual(['closed'])
  })
})

describe('M6 user choice', () => {
  it('S19 the state is emitted when the chosen link stays up after close(), and when it is removed', async () => {
    const { manager, world, clock } = await openLab(undefined, { chooser: async () => 'a' })
    const session = manager.createSession('userChoice')
    const told = listen(session)
    await Promise.all([session.open(), clock.advance(100)])
    await Promise.all([session.close(), clock.advance(100)])
    expect(session.state).toBe('disconnected')
    expect(told).toEqual(['connecting', 'connected', 'opened', 'closed', 'disconnected'])
    await Promise.all([session.open(), clock.advance(100)])
    told.length = 0
    world.remove('a')
    await clock.advance(100)
    expect(told).toEqual(['disconnected', 'error:sessionAborted/removed', 'closed'])
    expect(session.state).toBe('disconnected')
  })

  it('S9 stop() and close() settle where nothing is chosen', async () => {
    const { manager, clock } = await openLab(undefined, { chooser: async () => 'a' })
    const session = manager.createSession('userChoice')
    const told = listen(session)
    const settled = [outcome(session.stop()), outcome(session.close()), outcome(session.stop())]
    await clock.flush()
    expect(settled.map(({ value }) => value)).toEqual(['resolved', 'resolved', 'resolved'])
    expect(told).toEqual([])
  })

  it('S9a stop() while the user is asked takes the question back', async () => {
    let isAborted = false
    const { manager, clock } = await openLab(undefined, {
      chooser: (_candidates, { signal }) =>
        new Promise(() =>
          signal.addEventListener('abort', () => {
            isAborted = true
          }),
        ),
    })
    const session = manager.createSession('userChoice')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.flush()
    const stopped = outcome(session.stop())
    await clock.flush()
    expect([opened.value, stopped.value, isAborted]).toEqual(['sessionAborted/cancelled', 'resolved', true])
    expect(told).toEqual(['connecting', 'disconnected'])
  })

  it.each(['b', allUplinks.identifier])(
    'S6 a second open() in any microtask of the choice joins (%s)',
    async (chosen) => {
      for (let microtasks = 0; microtasks < 30; microtasks += 1) {
        const { manager, clock } = await openLab(undefined, { chooser: async () => chosen })
        manager.defineServiceNetwork(allUplinks)
        const session = manager.createSession('userChoice')
        const opened = [outcome(session.open())]
        for (let index = 0; index < microtasks; index += 1) await null
        opened.push(outcome(session.open()))
        await clock.advance(100)
        expect(
          opened.map(({ value }) => value),
          `${microtasks} microtasks`,
        ).toEqual(['resolved', 'resolved'])
      }
    },
  )
})

describe('S14 a service network without members, while the service is away', () => {
  it('is waited for until connectTimeout, as long as any other', async () => {
    const { manager, world, clock } = await openLab()
    manager.defineServiceNetwork({ identifier: 'net', members: ['later'] })
    manager.setConnectTimeout('net', 4000)
    world.loseService()
    await clock.advance(60_000)
    const session = manager.createSession('net')
    const opened = outcome(session.open())
    await clock.advance(3900)
    expect(opened.value).toBe('pending')
    await clock.advance(200)
    expect(opened.value).toBe('invalidConfiguration/timedOut')
  })
})

describe('L1 a session with a check of its own', () => {
  it('outlives its service network, and goes on when that is there again', async () => {
    const { manager, clock } = await openLab()
    manager.defineServiceNetwork(NET)
    const session = manager.createSession('net', { health: { check: async () => true } })
    const told = listen(session)
    manager.removeServiceNetwork('net')
    await clock.flush()
    manager.defineServiceNetwork(NET)
    await Promise.all([session.open(), clock.advance(100)])
    expect(told).toEqual(['invalid', 'connected', 'opened'])
    await Promise.all([session.close(), clock.advance(100)])
  })
})

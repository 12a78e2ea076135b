import { BackendError } from '@roamkit/core'
import { describe, expect, it, vi } from 'vitest'
import { listen, openLab, outcome } from './lab.js'

describe('S1 construct', () => {
  it('computes the state from the world at once and fires nothing', async () => {
    const { manager } = await openLab()
    const session = manager.createSession('a')
    const told = listen(session)
    expect(session.state).toBe('connected')
    expect(manager.createSession('b').state).toBe('disconnected')
    expect(session.isOpen).toBe(false)
    expect(session.error).toBeNull()
    expect(told).toEqual([])
  })

  it('is invalid for an unknown identifier, with the error preset and no event, and comes alive when that configuration appears', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('later')
    const told = listen(session)
    expect(session.state).toBe('invalid')
    expect(session.error?.code).toBe('invalidConfiguration')
    world.add({ id: 'later' })
    await clock.flush()
    expect(told).toEqual(['disconnected'])
    const opened = outcome(session.open())
    await clock.advance(100)
    expect(opened.value).toBe('resolved')
    expect(session.error).toBeNull()
  })

  it('shows the state of a configuration out of range as notAvailable', async () => {
    const { manager } = await openLab([{ id: 'far', inRange: false }])
    expect(manager.createSession('far').state).toBe('notAvailable')
  })
})

describe('S2 open() of an active configuration', () => {
  it('fires opened alone and resolves', async () => {
    const { manager, clock, world } = await openLab()
    const session = manager.createSession('a')
    const told = listen(session)
    const opened = outcome(session.open())
    expect(told).toEqual([])
    await clock.flush()
    expect(told).toEqual(['opened'])
    expect(opened.value).toBe('resolved')
    expect(session.isOpen).toBe(true)
    expect(world.calls).toEqual([])
  })

  it('waits while the link is deactivating, then brings it up', async () => {
    const { manager, clock, world } = await openLab()
    world.deactivating('a')
    await clock.flush()
    const session = manager.createSession('a')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.advance(100)
    expect(session.state).toBe('closing')
    expect(world.calls).toEqual([])
    world.down('a')
    await clock.advance(100)
    expect(told).toEqual(['connecting', 'connected', 'opened'])
    expect(opened.value).toBe('resolved')
  })

  it('joins an activation of the system, which stays its holder', async () => {
    const { manager, clock, world } = await openLab()
    world.activating('b')
    await clock.flush()
    const session = manager.createSession('b')
    const told = listen(session)
    void session.open()
    await clock.flush()
    expect(session.state).toBe('connecting')
    world.up('b')
    await clock.flush()
    expect(told).toEqual(['connected', 'opened'])
    expect(world.calls).toEqual([])
    await session.close()
    expect(session.state).toBe('connected')
  })

  it('starts one activation of its own when the joined one fails', async () => {
    const { manager, clock, world } = await openLab()
    world.activating('b')
    await clock.flush()
    const session = manager.createSession('b')
    const opened = outcome(session.open())
    await clock.flush()
    world.fail('b', 'addressFailed')
    await clock.advance(100)
    expect(opened.value).toBe('resolved')
    expect(world.calls.map(({ command }) => command)).toEqual(['activate'])
  })
})

describe('S3 open() of a discovered configuration', () => {
  it('goes connecting, connected, then opened', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('b')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.flush()
    expect(told).toEqual(['connecting'])
    expect(opened.value).toBe('pending')
    await clock.advance(20)
    expect(told).toEqual(['connecting', 'connected', 'opened'])
    expect(opened.value).toBe('resolved')
    expect(session.interface?.name).toBeTypeOf('string')
  })

  it('emits a failed activation once, with the state read from the world, and rejects with the same error', async () => {
    const { manager, clock, world } = await openLab()
    world.failNext('b', 'secretWrong')
    const session = manager.createSession('b')
    const told = listen(session)
    const errors: unknown[] = []
    session.on('error', (error) => errors.push(error))
    const rejected = session.open().catch((error: unknown) => error)
    await clock.advance(100)
    expect(told).toEqual(['connecting', 'disconnected', 'error:unknown/secretWrong'])
    expect(await rejected).toBe(errors[0])
    expect(session.error?.message).toContain('lab-b')
  })

  it('is operationNotSupported where the backend cannot start links', async () => {
    const { manager, clock } = await openLab([{ id: 'b', activate: 'no' }])
    const session = manager.createSession('b')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.flush()
    expect(told).toEqual(['error:operationNotSupported/notSupported'])
    expect(opened.value).toBe('operationNotSupported/notSupported')
  })

  it('gives up after connectTimeout, takes the activation back and says that it took too long', async () => {
    const { manager, clock, world } = await openLab()
    world.stall('b')
    manager.setConnectTimeout('b', 1000)
    const session = manager.createSession('b')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.advance(999)
    expect(opened.value).toBe('pending')
    await clock.advance(1)
    expect(opened.value).toBe('unknown/timedOut')
    await clock.advance(100)
    expect(session.state).toBe('disconnected')
    expect(told.at(-1)).toBe('disconnected')
    expect(world.calls.map(({ command }) => command)).toEqual(['activate', 'deactivate'])
  })

  it('takes back an activation that the system accepts only after the timeout', async () => {
    const { manager, clock, world } = await openLab()
    world.stallAccept('b')
    manager.setConnectTimeout('b', 1000)
    const session = manager.createSession('b')
    const opened = outcome(session.open())
    await clock.advance(1000)
    expect(opened.value).toBe('unknown/timedOut')
    world.release('b')
    await clock.advance(1000)
    expect(session.state).toBe('disconnected')
    expect(world.snapshot().configurations.find(({ id }) => id === 'b')?.link).toBe('down')
  })
})

describe('S4 open() of a defined configuration', () => {
  it('is tried where the backend says that it can', async () => {
    const { manager, clock } = await openLab([{ id: 'hidden', inRange: false, activate: 'yes' }])
    const session = manager.createSession('hidden')
    const told = listen(session)
    void session.open()
    await clock.advance(100)
    expect(told).toEqual(['connecting', 'connected', 'opened'])
  })

  it('is invalidConfiguration otherwise, and the state stays', async () => {
    const { manager, clock } = await openLab([{ id: 'far', inRange: false, activate: 'unknown' }])
    const session = manager.createSession('far')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.advance(100)
    expect(told).toEqual(['error:invalidConfiguration/outOfRange'])
    expect(opened.value).toBe('invalidConfiguration/outOfRange')
    expect(session.state).toBe('notAvailable')
  })
})

describe('S5 open() of an invalid configuration', () => {
  it('of a host that has none says that there is nothing to open', async () => {
    const { manager } = await openLab([])
    const session = manager.createSession(manager.defaultConfiguration())
    await expect(session.open()).rejects.toThrow('there is nothing to open: the configuration does not exist')
  })

  it('emits invalidConfiguration once for each call', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('nobody')
    const told = listen(session)
    const first = outcome(session.open())
    const second = outcome(session.open())
    await clock.flush()
    expect(told).toEqual([
      'error:invalidConfiguration/unknownConfiguration',
      'error:invalidConfiguration/unknownConfiguration',
    ])
    expect([first.value, second.value]).toEqual([
      'invalidConfiguration/unknownConfiguration',
      'invalidConfiguration/unknownConfiguration',
    ])
    expect(session.state).toBe('invalid')
  })
})

describe('S6 open() again', () => {
  it('shares one activation while opening', async () => {
    const { manager, clock, world } = await openLab()
    const session = manager.createSession('b')
    const told = listen(session)
    const calls = [session.open(), session.open(), manager.createSession('b').open()]
    await clock.advance(100)
    await Promise.all(calls)
    expect(told).toEqual(['connecting', 'connected', 'opened'])
    expect(world.calls.map(({ command }) => command)).toEqual(['activate'])
  })

  it('resolves at once and silently while open', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('a')
    await session.open()
    const told = listen(session)
    const again = outcome(session.open())
    await clock.flush()
    expect(again.value).toBe('resolved')
    expect(told).toEqual([])
  })

  it("ends only the wait of the caller whose signal aborts, with the signal's reason", async () => {
    const { manager, clock, world } = await openLab()
    world.stall('b')
    const session = manager.createSession('b')
    const controller = new AbortController()
    const impatient = outcome(session.open({ signal: controller.signal }))
    const patient = outcome(session.open())
    await clock.flush()
    controller.abort(new Error('no time'))
    await clock.flush()
    expect(impatient.value).toBe('no time')
    world.up('b')
    await clock.flush()
    expect(patient.value).toBe('resolved')
  })

  it('cancels the opening when no waiter is left', async () => {
    const { manager, clock, world } = await openLab()
    world.stall('b')
    const session = manager.createSession('b')
    const told = listen(session)
    const controller = new AbortController()
    const opened = outcome(session.open({ signal: controller.signal }))
    await clock.flush()
    controller.abort(new Error('no time'))
    await clock.advance(100)
    expect(opened.value).toBe('no time')
    expect(told).toEqual(['connecting', 'closing', 'disconnected'])
    expect(world.snapshot().configurations.find(({ id }) => id === 'b')?.link).toBe('down')
  })

  it('rejects at once for a signal that is aborted already, and asks the system for nothing', async () => {
    const { manager, clock, world } = await openLab()
    const opened = outcome(manager.createSession('b').open({ signal: AbortSignal.abort(new Error('late')) }))
    await clock.flush()
    expect(opened.value).toBe('late')
    expect(world.calls).toEqual([])
  })

  it('tries one activation in lossGrace; success fires no opened', async () => {
    const { manager, clock, world } = await openLab()
    const session = manager.createSession('a')
    await session.open()
    const told = listen(session)
    world.down('a', 'carrierLost')
    await clock.flush()
    const again = outcome(session.open())
    await clock.advance(100)
    expect(again.value).toBe('resolved')
    expect(told).toEqual(['disconnected', 'connecting', 'connected'])
    await clock.advance(60_000)
    expect(session.isOpen).toBe(true)
  })

  it('ends the grace when that activation fails', async () => {
    const { manager, clock, world } = await openLab()
    const session = manager.createSession('a')
    await session.open()
    const told = listen(session)
    world.down('a', 'carrierLost')
    world.failNext('a', 'addressFailed')
    await clock.flush()
    const again = outcome(session.open())
    await clock.advance(100)
    expect(again.value).toBe('unknown/addressFailed')
    expect(told).toEqual([
      'disconnected',
      'connecting',
      'disconnected',
      'error:sessionAborted/addressFailed',
      'closed',
    ])
  })
})

describe('S7 close() while opening', () => {
  it('cancels without error event and without closed, and takes the activation back', async () => {
    const { manager, clock, world } = await openLab()
    world.stall('b')
    const session = manager.createSession('b')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.flush()
    const closed = outcome(session.close())
    await clock.flush()
    expect(opened.value).toBe('sessionAborted/cancelled')
    expect(session.state).toBe('closing')
    expect(closed.value).toBe('pending')
    await clock.advance(100)
    expect(closed.value).toBe('resolved')
    expect(told).toEqual(['connecting', 'closing', 'disconnected'])
    expect(session.isOpen).toBe(false)
  })

  it('leaves no surprise behind when the system accepts only after the cancelling', async () => {
    const { manager, clock, world } = await openLab()
    world.stallAccept('b')
    const session = manager.createSession('b')
    const told = listen(session)
    void session.open()
    await clock.flush()
    const closed = outcome(session.close())
    await clock.flush()
    world.release('b')
    await clock.advance(1000)
    expect(closed.value).toBe('resolved')
    expect(told).toEqual(['connecting', 'closing', 'disconnected'])
    expect(world.snapshot().configurations.find(({ id }) => id === 'b')?.link).toBe('down')
  })

  it('does not wait for ever for an answer that never comes, nor for one about a configuration that is gone', async () => {
    const { manager, clock, world } = await openLab(undefined, { windDownTimeout: 1000 })
    world.stallAccept('b')
    world.stallAccept('c')
    const sessions = [manager.createSession('b'), manager.createSession('c')]
    const told = sessions.map((session) => listen(session))
    for (const session of sessions) void session.open()
    await clock.flush()
    const closed = sessions.map((session) => outcome(session.close()))
    await clock.flush()
    world.remove('c')
    await clock.flush()
    expect(closed.map(({ value }) => value)).toEqual(['pending', 'resolved'])
    await clock.advance(1000)
    expect(closed.map(({ value }) => value)).toEqual(['resolved', 'resolved'])
    expect(told).toEqual([
      ['connecting', 'closing', 'disconnected'],
      ['connecting', 'closing', 'invalid'],
    ])
    world.release('b')
    await clock.advance(1000)
    expect(world.snapshot().configurations.find(({ id }) => id === 'b')?.link).toBe('down')
  })

  it('works in every phase of the opening', async () => {
    for (let wait = 0; wait <= 25; wait += 1) {
      const { manager, clock } = await openLab()
      const session = manager.createSession('b')
      void session.open()
      if (wait > 0) await clock.advance(wait - 1)
      const closed = outcome(session.close())
      await clock.advance(200)
      expect([wait, closed.value, session.state]).toEqual([wait, 'resolved', 'disconnected'])
    }
  })
})

describe('S8 close() while open', () => {
  it('fires closed once, then closing and disconnected as the last holder, and resolves when the link is down', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('b')
    void session.open()
    await clock.advance(100)
    const told = listen(session)
    const closed = outcome(session.close())
    await clock.flush()
    expect(told).toEqual(['closed', 'closing'])
    expect(closed.value).toBe('pending')
    await clock.advance(10)
    expect(told).toEqual(['closed', 'closing', 'disconnected'])
    expect(closed.value).toBe('resolved')
  })

  it('leaves the state connected where another session holds the link', async () => {
    const { manager, clock } = await openLab()
    const one = manager.createSession('b')
    const two = manager.createSession('b')
    void one.open()
    void two.open()
    await clock.advance(100)
    const told = listen(one)
    const closed = outcome(one.close())
    await clock.advance(100)
    expect(told).toEqual(['closed'])
    expect(closed.value).toBe('resolved')
    expect(one.state).toBe('connected')
    void two.close()
    await clock.advance(100)
    expect(told).toEqual(['closed', 'closing', 'disconnected'])
  })

  it("is closed all the same when the system refuses, with the reason as one error; the link is the system's then", async () => {
    const { manager, clock, world } = await openLab()
    const session = manager.createSession('b')
    void session.open()
    await clock.advance(100)
    const told = listen(session)
    world.refuseDeactivate('b', new BackendError('ERR_DENIED', 'not allowed'))
    const closed = outcome(session.close())
    await clock.advance(100)
    expect(told).toEqual(['closed', 'closing', 'connected', 'error:operationNotSupported/denied'])
    expect(closed.value).toBe('resolved')
    void session.open()
    await clock.flush()
    void session.close()
    await clock.advance(100)
    expect(session.state).toBe('connected')
  })

  it('does not wait for ever for a link that will not go down', async () => {
    const { manager, clock, world } = await openLab(undefined, { windDownTimeout: 2000 })
    const session = manager.createSession('b')
    void session.open()
    await clock.advance(100)
    const told = listen(session)
    world.stallDeactivate('b')
    const closed = outcome(session.close())
    await clock.advance(2000)
    expect(closed.value).toBe('resolved')
    expect(told).toContain('error:unknown/timedOut')
  })
})

describe('S9 nothing to do', () => {
  it('close() of a session that is neither opening nor open is silent', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('a')
    const told = listen(session)
    const closed = outcome(session.close())
    await clock.flush()
    expect(closed.value).toBe('resolved')
    expect(told).toEqual([])
  })

  it('stop() of an inactive configuration that no session uses is silent', async () => {
    const { manager, clock, world } = await openLab()
    const session = manager.createSession('b')
    const told = listen(session)
    const stopped = outcome(session.stop())
    await clock.advance(100)
    expect(stopped.value).toBe('resolved')
    expect(told).toEqual([])
    expect(world.calls).toEqual([])
  })

  it('S9a stop() while opening cancels every opening on it', async () => {
    const { manager, clock, world } = await openLab()
    world.stall('b')
    const one = manager.createSession('b')
    const two = manager.createSession('b')
    const told = listen(one)
    const opened = [outcome(one.open()), outcome(two.open())]
    await clock.flush()
    const stopped = outcome(two.stop())
    await clock.advance(100)
    expect(opened.map(({ value }) => value)).toEqual(['sessionAborted/stopped', 'sessionAborted/stopped'])
    expect(told).toEqual(['connecting', 'closing', 'disconnected'])
    expect(stopped.value).toBe('resolved')
  })

  it('S9a stop() by another manager cancels an opening, without an error event', async () => {
    const { manager, clock, world, another } = await openLab()
    world.stall('b')
    const session = manager.createSession('b')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.flush()
    void (await another()).createSession('b').stop()
    await clock.advance(100)
    expect(opened.value).toBe('sessionAborted/stopped')
    expect(told).toEqual(['connecting', 'closing', 'disconnected'])
  })

  it('S9a stop() in lossGrace ends the grace for all', async () => {
    const { manager, clock, world } = await openLab()
    const one = manager.createSession('a')
    const two = manager.createSession('a')
    void one.open()
    void two.open()
    await clock.flush()
    world.down('a', 'carrierLost')
    await clock.flush()
    const caller = listen(one)
    const other = listen(two)
    const stopped = outcome(one.stop())
    await clock.advance(100)
    expect(stopped.value).toBe('resolved')
    expect(caller).toEqual(['closed'])
    expect(other).toEqual(['error:sessionAborted/stopped', 'closed'])
  })

  it('S9a stop() by another manager ends the grace, too, and the link that comes back is left alone', async () => {
    const { manager, clock, world, another } = await openLab()
    const session = manager.createSession('a')
    void session.open()
    await clock.flush()
    world.down('a', 'carrierLost')
    await clock.flush()
    const told = listen(session)
    const stopped = outcome((await another()).createSession('a').stop())
    await clock.flush()
    expect(stopped.value).toBe('resolved')
    expect(told).toEqual(['error:sessionAborted/stopped', 'closed'])
    world.up('a')
    await clock.flush()
    expect([session.isOpen, session.state]).toEqual([false, 'connected'])
  })
})

describe('S10 stop() of an active configuration', () => {
  it('takes the link down for all sessions, and notifies each once', async () => {
    const { manager, clock } = await openLab()
    const caller = manager.createSession('a')
    const other = manager.createSession('a')
    const watcher = manager.createSession('a')
    void caller.open()
    void other.open()
    await clock.flush()
    const told = [listen(caller), listen(other), listen(watcher)]
    const stopped = outcome(caller.stop())
    await clock.flush()
    expect(caller.state).toBe('closing')
    await clock.advance(100)
    expect(stopped.value).toBe('resolved')
    expect(told).toEqual([
      ['closing', 'disconnected', 'closed'],
      ['closing', 'disconnected', 'error:sessionAborted/stopped', 'closed'],
      ['closing', 'disconnected'],
    ])
  })

  it('notifies the sessions of another manager in the same way', async () => {
    const { manager, clock, another } = await openLab()
    const elsewhere = await another()
    const caller = manager.createSession('a')
    const [other, watcher] = [elsewhere.createSession('a'), elsewhere.createSession('a')]
    void caller.open()
    void other.open()
    await clock.flush()
    const told = [listen(caller), listen(other), listen(watcher)]
    void caller.stop()
    await clock.advance(100)
    expect(told).toEqual([
      ['closing', 'disconnected', 'closed'],
      ['closing', 'disconnected', 'error:sessionAborted/stopped', 'closed'],
      ['closing', 'disconnected'],
    ])
  })

  it('works for a session that never opened', async () => {
    const { manager, clock } = await openLab()
    const open = manager.createSession('a')
    void open.open()
    await clock.flush()
    const caller = manager.createSession('a')
    const told = [listen(caller), listen(open)]
    void caller.stop()
    await clock.advance(100)
    expect(told).toEqual([
      ['closing', 'disconnected'],
      ['closing', 'disconnected', 'error:sessionAborted/stopped', 'closed'],
    ])
  })

  it.each(['a', 'b'])(
    "resolves when the link is down, also if only another manager's session holds it: %s",
    async (id) => {
      const { manager, clock, another, world } = await openLab()
      void manager.createSession(id).open()
      await clock.advance(100)
      const caller = (await another()).createSession(id)
      const seen: unknown[] = []
      void caller.stop().then(() => {
        const link = world.snapshot().configurations.find((one) => one.id === id)
        seen.push(caller.state, link?.link)
      })
      await clock.advance(100)
      expect(seen).toEqual(['disconnected', 'down'])
    },
  )

  it('resolves when the link is down, also if no session holds it', async () => {
    const { manager, clock } = await openLab()
    const caller = manager.createSession('a')
    const seen: unknown[] = []
    void caller.stop().then(() => seen.push(caller.state))
    await clock.advance(100)
    expect(seen).toEqual(['disconnected'])
  })

  it('notifies the sessions of other managers of the process immediately', async () => {
    const { manager, clock, another } = await openLab()
    const other = (await another()).createSession('a')
    const caller = manager.createSession('a')
    void caller.open()
    void other.open()
    await clock.flush()
    const told = listen(other)
    void caller.stop()
    await clock.advance(100)
    expect(told).toEqual(['closing', 'disconnected', 'error:sessionAborted/stopped', 'closed'])
  })
})

describe('S11 stop() refused', () => {
  it('goes back to the state before; the caller has the reason and stays open', async () => {
    const { manager, clock, world } = await openLab()
    const caller = manager.createSession('a')
    const other = manager.createSession('a')
    void caller.open()
    void other.open()
    await clock.flush()
    world.refuseDeactivate('a', new BackendError('ERR_DENIED', 'not allowed'))
    const told = [listen(caller), listen(other)]
    const stopped = outcome(caller.stop())
    await clock.advance(100)
    expect(stopped.value).toBe('operationNotSupported/denied')
    expect(told).toEqual([
      ['closing', 'connected', 'error:operationNotSupported/denied'],
      ['closing', 'connected'],
    ])
    expect([caller.isOpen, other.isOpen]).toEqual([true, true])
  })

  it('changes no state on the way where the backend says no from the start', async () => {
    const { manager, clock } = await openLab([{ id: 'a', link: 'up', deactivate: 'no' }])
    const session = manager.createSession('a')
    const told = listen(session)
    const stopped = outcome(session.stop())
    await clock.flush()
    expect(stopped.value).toBe('operationNotSupported/notSupported')
    expect(told).toEqual(['error:operationNotSupported/notSupported'])
  })
})

describe('found by random scripts', () => {
  it('S8, S11 close() during a stop() that is refused resolves all the same', async () => {
    const { manager, clock, world } = await openLab()
    const session = manager.createSession('a')
    await session.open()
    world.refuseDeactivate('a', new BackendError('ERR_DENIED', 'not allowed'))
    const done = [outcome(session.stop()), outcome(session.close())]
    await clock.advance(100)
    expect(done.map(({ value }) => value)).toEqual(['operationNotSupported/denied', 'resolved'])
    expect(session.isOpen).toBe(false)
  })

  it('S19 closed is never emitted by a session that is open again', async () => {
    const { manager, clock, world } = await openLab(undefined, { lossGrace: 0 })
    const session = manager.createSession('b')
    void session.open()
    await clock.advance(100)
    const open: boolean[] = []
    session.on('closed', () => open.push(session.isOpen))
    // In one moment: the link is lost, which ends the session, and the application opens it again.
    world.down('b', 'carrierLost')
    void session.open()
    await clock.advance(100)
    expect(open).toEqual([false])
    expect(session.isOpen).toBe(true)
  })
})

describe('S12 the link stops carrying while open', () => {
  it('leaves connected at once, and comes back in time without another word', async () => {
    const { manager, clock, world } = await openLab()
    const session = manager.createSession('a')
    void session.open()
    await clock.flush()
    const told = listen(session)
    world.carrier('a', false)
    await clock.flush()
    expect(told).toEqual(['notAvailable'])
    expect(session.isOpen).toBe(true)
    expect(session.interface).toBeNull()
    await clock.advance(4999)
    world.carrier('a', true)
    await clock.advance(60_000)
    expect(told).toEqual(['notAvailable', 'connected'])
    expect(session.isOpen).toBe(true)
  })

  it('ends after lossGrace with sessionAborted and closed, and does not open again behind the back', async () => {
    const { manager, clock, world } = await openLab()
    const session = manager.createSession('a')
    void session.open()
    await clock.flush()
    const told = listen(session)
    world.down('a', 'carrierLost')
    await clock.advance(5000)
    expect(told).toEqual(['disconnected', 'error:sessionAborted/lost', 'closed'])
    world.up('a')
    await clock.advance(1000)
    expect(told.slice(3)).toEqual(['connected'])
    expect(session.isOpen).toBe(false)
  })

  it('closes at once with lossGrace 0, as Qt does', async () => {
    const { manager, clock, world } = await openLab(undefined, { lossGrace: 0 })
    const session = manager.createSession('a')
    void session.open()
    await clock.flush()
    const told = listen(session)
    world.down('a', 'carrierLost')
    await clock.flush()
    expect(told).toEqual(['disconnected', 'error:sessionAborted/lost', 'closed'])
  })

  it('shows a session that never opened the state alone', async () => {
    const { manager, clock, world } = await openLab()
    const told = listen(manager.createSession('a'))
    world.down('a', 'carrierLost')
    await clock.advance(60_000)
    expect(told).toEqual(['disconnected'])
  })

  it('waits carrierGrace on wlan, where a change of BSSID is no loss, for all sessions and the configuration alike', async () => {
    const { manager, clock, world } = await openLab([{ id: 'w', bearer: 'wlan', link: 'up' }])
    const open = manager.createSession('w')
    void open.open()
    await clock.flush()
    const told = [listen(open), listen(manager.createSession('w'))]
    world.carrier('w', false)
    await clock.advance(2999)
    expect(manager.configurationFromIdentifier('w').state).toBe('active')
    world.carrier('w', true)
    await clock.advance(10_000)
    expect(told).toEqual([[], []])
    world.carrier('w', false)
    await clock.advance(3000)
    expect(told).toEqual([['notAvailable'], ['notAvailable']])
    expect(manager.configurationFromIdentifier('w').state).toBe('defined')
    await clock.advance(5000)
    expect(told[0]).toEqual(['notAvailable', 'error:sessionAborted/lost', 'closed'])
  })

  it('does not report a flap between two snapshots, but reads the interface again', async () => {
    const { manager, clock, world } = await openLab()
    const session = manager.createSession('a')
    void session.open()
    await clock.flush()
    const told = listen(session)
    world.flap('a')
    await clock.flush()
    expect(told).toEqual([])
    expect(session.isOpen).toBe(true)
    expect(session.interface).not.toBeNull()
  })
})

describe('S13 the configuration is removed', () => {
  it('is invalid at once; an open session ends without grace', async () => {
    const { manager, clock, world } = await openLab()
    const session = manager.createSession('a')
    void session.open()
    await clock.flush()
    const told = listen(session)
    world.remove('a')
    await clock.flush()
    expect(told).toEqual(['invalid', 'error:sessionAborted/removed', 'closed'])
    expect(session.configuration.isValid).toBe(false)
  })

  it('rejects an opening with invalidConfiguration', async () => {
    const { manager, clock, world } = await openLab()
    world.stall('b')
    const session = manager.createSession('b')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.flush()
    world.remove('b')
    await clock.flush()
    expect(opened.value).toBe('invalidConfiguration/removed')
    expect(told).toEqual(['connecting', 'invalid', 'error:invalidConfiguration/removed'])
  })

  it('resolves what was closing or stopping', async () => {
    const { manager, clock, world } = await openLab()
    const closing = manager.createSession('b')
    const stopping = manager.createSession('a')
    void closing.open()
    void stopping.open()
    await clock.advance(100)
    const done = [outcome(closing.close()), outcome(stopping.stop())]
    await clock.flush()
    world.remove('a')
    world.remove('b')
    await clock.flush()
    expect(done.map(({ value }) => value)).toEqual(['resolved', 'resolved'])
    expect([closing.state, stopping.state]).toEqual(['invalid', 'invalid'])
  })
})

describe('S15 waitForOpened', () => {
  it('is true at once if open, and false at once if it is not opening', async () => {
    const { manager } = await openLab()
    const session = manager.createSession('a')
    expect(await session.waitForOpened()).toBe(false)
    await session.open()
    expect(await session.waitForOpened()).toBe(true)
  })

  it('sees an open() called just before', async () => {
    const { manager } = await openLab()
    const session = manager.createSession('a')
    void session.open()
    expect(await session.waitForOpened(1000)).toBe(true)
  })

  it('is false after its time, and the opening goes on', async () => {
    const { manager, clock, world } = await openLab()
    world.stall('b')
    const session = manager.createSession('b')
    void session.open()
    let waited: boolean | null = null
    void session.waitForOpened(1000).then((value) => {
      waited = value
    })
    await clock.advance(999)
    expect(waited).toBeNull()
    await clock.advance(1)
    expect(waited).toBe(false)
    world.up('b')
    await clock.flush()
    expect(session.isOpen).toBe(true)
  })

  it('waits for ever with -1, until the opening fails or is closed', async () => {
    const { manager, clock, world } = await openLab()
    world.stall('b')
    const session = manager.createSession('b')
    void session.open()
    const waited: boolean[] = []
    void session.waitForOpened(-1).then((value) => waited.push(value))
    await clock.advance(29_000)
    expect(waited).toEqual([])
    void session.close()
    await clock.flush()
    expect(waited).toEqual([false])
  })

  it('refuses a time that is none', async () => {
    const { manager } = await openLab()
    await expect(manager.createSession('a').waitForOpened(Number.NaN)).rejects.toThrow(RangeError)
  })
})

describe('S16 a handler throws', () => {
  it('stops no other, and surfaces as an uncaught exception of its own', async () => {
    const { manager, clock } = await openLab()
    const thrown: unknown[] = []
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => thrown.push(error))
    try {
      const session = manager.createSession('a')
      const boom = new Error('boom')
      session.on('opened', () => {
        throw boom
      })
      const after = vi.fn()
      session.on('opened', after)
      await session.open()
      await clock.flush()
      expect(after).toHaveBeenCalledOnce()
      expect(thrown).toEqual([boom])
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
  })
})

describe('S17 an un-awaited open() that fails', () => {
  it('fires error and leaves no unhandled rejection; without a listener nothing throws', async () => {
    const { manager, clock, world } = await openLab()
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    try {
      world.failNext('b', 'denied')
      const session = manager.createSession('b')
      void session.open()
      await clock.advance(100)
      await new Promise((resolve) => setImmediate(resolve))
      expect(session.error?.code).toBe('operationNotSupported')
      expect(unhandled).not.toHaveBeenCalled()
    } finally {
      process.off('unhandledRejection', unhandled)
    }
  })
})

describe('S18 disposing', () => {
  it('closes', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('a')
    await session.open()
    const told = listen(session)
    await session[Symbol.asyncDispose]()
    await clock.flush()
    expect(told).toEqual(['closed'])
  })
})

describe('S19 calls from handlers', () => {
  it('are applied after all events of the current cause, and no event fires inside a call', async () => {
    const { manager, clock } = await openLab()
    const one = manager.createSession('b')
    const two = manager.createSession('b')
    const told: string[] = []
    one.on('stateChanged', (state) => {
      if (state !== 'connected') return
      told.push('one connected')
      void one.close()
      told.push('close called')
    })
    one.on('opened', () => told.push(`one opened, ${one.isOpen}`))
    one.on('closed', () => told.push('one closed'))
    two.on('stateChanged', (state) => told.push(`two ${state}`))
    void one.open()
    await clock.advance(100)
    expect(told).toEqual([
      'two connecting',
      'one connected',
      'close called',
      'one opened, true',
      'two connected',
      'one closed',
      'two closing',
      'two disconnected',
    ])
  })

  it('a listener that another one removes during an event is not called any more', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('a')
    const abort = new AbortController()
    const told: string[] = []
    const later: (() => void)[] = []
    for (const source of [manager, session]) {
      source.subscribe(() => {
        told.push('first subscriber')
        for (const undo of later) undo()
      })
      later.push(source.subscribe(() => told.push('removed subscriber')))
      source.subscribe(() => told.push('last subscriber'))
    }
    session.on('stateChanged', (state) => {
      told.push(state)
      abort.abort()
      session.on('stateChanged', () => told.push('added'))
    })
    session.on('stateChanged', () => told.push('removed listener'), { signal: abort.signal })
    session.on('stateChanged', () => told.push('last listener'))
    world.down('a')
    await clock.flush()
    expect(told).toEqual([
      'disconnected',
      'last listener',
      'first subscriber',
      'last subscriber',
      'first subscriber',
      'last subscriber',
    ])
  })

  it('settles promises after their events', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('b')
    const order: string[] = []
    session.on('opened', () => order.push('opened'))
    session.on('closed', () => order.push('closed'))
    const run = (async () => {
      await session.open()
      order.push('open resolved')
      await session.close()
      order.push('close resolved')
    })()
    await clock.advance(200)
    await run
    expect(order).toEqual(['opened', 'open resolved', 'closed', 'close resolved'])
  })
})

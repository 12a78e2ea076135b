import { mock, VirtualClock } from '@roamkit/backend-mock'
import { BackendError, type ManagerOptions, NetworkConfigurationManager } from '@roamkit/core'
import type { Held } from '@roamkit/core/contract'
import { inProcessHolders } from '@roamkit/core/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checked, define } from './checked-lab.js'
import { openLab, outcome } from './lab.js'

/** Keeps what is logged. */
function logging() {
  const logged: unknown[] = []
  const log: ManagerOptions['log'] = (event, detail) => logged.push([event, detail])
  return { logged, log }
}

describe('updateConfigurations()', () => {
  it('gives no command to a backend that cannot scan (M3)', async () => {
    const { logged, log } = logging()
    const { manager, world, clock } = await openLab(undefined, { log, mock: { scan: 'no' } })
    logged.length = 0
    const updated = outcome(manager.updateConfigurations())
    await clock.advance(100)
    expect([updated.value, world.calls, logged]).toEqual(['resolved', [], []])
  })

  it('resolves if the system refuses, and the log has the reason (M3)', async () => {
    const { logged, log } = logging()
    const { manager, world, clock } = await openLab(undefined, { log })
    const error = new BackendError('ERR_DENIED', 'not now')
    world.failScan(error)
    const updated = outcome(manager.updateConfigurations())
    await clock.advance(100)
    expect(updated.value).toBe('resolved')
    expect(logged).toContainEqual(['scanFailed', { error }])
  })

  it('rejects while the manager closes, and gives no command any more (M7)', async () => {
    const { manager, world, clock } = await openLab()
    const session = manager.createSession('b')
    await Promise.all([session.open(), clock.advance(100)])
    world.stallDeactivate('b')
    void manager.close()
    await clock.flush()
    const refused = [outcome(manager.updateConfigurations()), outcome(manager.saveNetwork('b'))]
    await clock.flush()
    expect(refused.map(({ value }) => value)).toEqual(['ERR_CLOSED', 'ERR_CLOSED'])
    expect(world.calls.map(({ command }) => command)).toEqual(['activate', 'deactivate'])
    world.down('b')
    await clock.flush()
  })
})

describe('while the manager closes (M7)', () => {
  /** A manager that closes, and waits for a link to go down. */
  async function closing() {
    const lab = await openLab(undefined, { mock: { updates: 'polling' } })
    const session = lab.manager.createSession('b')
    await Promise.all([session.open(), lab.clock.advance(100)])
    lab.world.stallDeactivate('b')
    const closed = outcome(lab.manager.close())
    await lab.clock.flush()
    return { ...lab, session, closed }
  }

  it('close() and stop() resolve when the manager is closed', async () => {
    const { session, closed, world, clock } = await closing()
    const calls = [outcome(session.close()), outcome(session.stop())]
    await clock.flush()
    expect([closed.value, ...calls.map(({ value }) => value)]).toEqual(['pending', 'pending', 'pending'])
    world.down('b')
    await clock.flush()
    expect([closed.value, ...calls.map(({ value }) => value)]).toEqual(['resolved', 'resolved', 'resolved'])
  })

  it('open() rejects with the name of the configuration, or with the identifier if that is unknown (E1)', async () => {
    const { manager, session, world, clock } = await closing()
    const messages = [session, manager.createSession('nobody')].map((one) =>
      one.open().catch(({ message }: Error) => message),
    )
    expect(await Promise.all(messages)).toEqual([
      "cannot open 'lab-b': the manager is closed",
      "cannot open 'nobody': the manager is closed",
    ])
    world.down('b')
    await clock.flush()
  })

  it('AutoCloseSessionTimeout sets no timer any more', async () => {
    const { session, world, clock } = await closing()
    world.down('b')
    await clock.flush()
    session.setSessionProperty('AutoCloseSessionTimeout', 1000)
    expect(clock.pending).toBe(0)
  })
})

describe('a backend that fails', () => {
  /** A manager on a mock whose backend does something else. */
  async function bent(change: object, options: ManagerOptions = {}) {
    const clock = new VirtualClock()
    const driver = mock({
      configurations: [
        { id: 'a', bearer: 'ethernet', link: 'up', connectivity: 'full' },
        { id: 'b', bearer: 'lte', connectivity: 'full', metered: { value: true, sure: true } },
      ],
    })
    const manager = await NetworkConfigurationManager.open(
      {
        contract: 1,
        name: 'bent',
        open: async (host, call) => ({ ...(await driver.open(host, call)), ...change }),
      },
      { clock, ...options },
    )
    const close = () => Promise.all([manager.close(), clock.advance(60_000)])
    onTestFinished(async () => {
      await close()
    })
    return { manager, clock, world: driver.world, close }
  }

  it('to check how far a network reaches costs a line in the log (L2)', async () => {
    const { logged, log } = logging()
    const error = new BackendError('ERR_DENIED', 'not now')
    const recheck = () => Promise.reject(error)
    const { manager, clock, world } = await bent({ recheck }, { log })
    manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const session = manager.createSession('net')
    await Promise.all([session.open(), clock.advance(100)])
    world.set('a', { connectivity: 'limited' })
    await clock.advance(100)
    expect(logged).toContainEqual(['recheckFailed', { id: 'a', error }])
  })

  it('to close costs a line in the log, and the manager is closed all the same (M7)', async () => {
    const { logged, log } = logging()
    const error = new Error('stuck')
    const { close } = await bent({ [Symbol.asyncDispose]: () => Promise.reject(error) }, { log })
    await close()
    expect(logged).toContainEqual(['disposeFailed', { error }])
  })
})

describe('a backend that cannot check how far a network reaches', () => {
  it('is not asked to (L2)', async () => {
    const { manager, world, clock } = await openLab(
      [
        { id: 'a', bearer: 'ethernet', link: 'up', connectivity: 'full' },
        { id: 'b', bearer: 'lte', connectivity: 'full', metered: { value: true, sure: true } },
      ],
      { mock: { recheck: 'no' } },
    )
    manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
    const session = manager.createSession('net')
    await Promise.all([session.open(), clock.advance(100)])
    world.set('a', { connectivity: 'limited' })
    await clock.advance(60_000)
    expect(world.calls.map(({ command }) => command)).not.toContain('recheck')
  })
})

describe('forgetNetwork()', () => {
  it('announces no end of a link that is down (N7)', async () => {
    const announced: string[] = []
    const holders = () => {
      const real = inProcessHolders(new Map())
      const lock = real.locked.bind(real)
      const noting = (held: Held): Held => ({
        ...held,
        stopping: (activation) => {
          announced.push(activation)
          held.stopping(activation)
        },
      })
      const locked: typeof lock = (scope, id, run, call) => lock(scope, id, (held) => run(noting(held)), call)
      return Object.assign(real, { locked })
    }
    const { manager, clock } = await openLab([{ id: 'a', link: 'up' }, { id: 'b' }], { mock: { holders } })
    await Promise.all([manager.forgetNetwork('b'), clock.advance(100)])
    expect(announced).toEqual([])
    await Promise.all([manager.forgetNetwork('a'), clock.advance(100)])
    expect(announced).toHaveLength(1)
  })
})

describe('a service network with a check', () => {
  it('is reported as changed when a verdict gives its children another order (M5, L1)', async () => {
    const it = await checked()
    const session = it.lab.manager.createSession(define(it, it.health))
    const told: string[] = []
    it.lab.manager.on('configurationChanged', ({ identifier, children }) => {
      if (identifier === 'net') told.push(children.map((child) => child.identifier).join())
    })
    // Nothing else about the children changes: the session asks before it roams.
    session.on('preferredConfigurationChanged', () => {})
    it.answers.a = false
    await Promise.all([session.open(), it.lab.clock.advance(10_000)])
    expect(told).toEqual(['b,a'])
  })

  it('leaves no time behind when it is removed (M7)', async () => {
    const it = await checked()
    const { pending } = it.lab.clock
    const session = it.lab.manager.createSession(define(it, it.health))
    it.lab.world.setInRange('b', false)
    it.answers.a = false
    await Promise.all([session.open(), it.lab.clock.advance(10_000)])
    expect(session.health).toBe('bad')
    it.lab.manager.removeServiceNetwork('net')
    await it.lab.clock.advance(1000)
    expect(it.lab.clock.pending).toBe(pending)
  })
})

describe('stop() on the choice of a user who was not asked yet (S9a)', () => {
  it('rejects with the reason of its signal if that has aborted', async () => {
    const { manager, clock } = await openLab(undefined, { chooser: async () => 'b' })
    const session = manager.createSession('userChoice')
    const stopped = outcome(session.stop({ signal: AbortSignal.abort(new Error('too late')) }))
    await clock.flush()
    expect(stopped.value).toBe('too late')
  })
})

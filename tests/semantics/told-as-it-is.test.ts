import { mock, VirtualClock } from '@roamkit/backend-mock'
import { allUplinks, BackendError, type Driver, NetworkConfigurationManager } from '@roamkit/core'
import type { World } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { listen, openLab, outcome } from './lab.js'

describe('snapshots are plain data (C2)', () => {
  it('structuredClone and JSON take a session’s snapshot in every phase, with offer, trial and error', async () => {
    const { manager, world, clock } = await openLab([
      { id: 'x', bearer: 'wlan', link: 'up' },
      { id: 'cable', inRange: false, activate: 'no' },
    ])
    const session = manager.createSession(manager.defineServiceNetwork(allUplinks))
    const phases: string[] = []
    const look = () => {
      const snapshot = session.getSnapshot()
      const clone = structuredClone(snapshot)
      expect(clone.state).toBe(snapshot.state)
      expect(JSON.parse(JSON.stringify(snapshot)).configuration.identifier).toBe(allUplinks.identifier)
      phases.push(
        snapshot.offer !== null
          ? 'offer'
          : snapshot.trial !== null
            ? 'trial'
            : snapshot.error !== null
              ? 'error'
              : snapshot.state,
      )
    }
    session.subscribe(look)
    session.on('preferredConfigurationChanged', (_configuration, _isSeamless, offer) => {
      expect(session.getSnapshot().offer).toEqual({
        id: offer.id,
        configuration: offer.configuration,
        isSeamless: offer.isSeamless,
        deadline: offer.deadline,
        remaining: offer.remaining,
      })
      // Of another offer: no effect (R14).
      void session.migrate(offer.id + 1000)
      void session.migrate(offer.id)
    })
    await Promise.all([session.open(), clock.advance(100)])
    world.set('cable', { inRange: true, activate: 'yes' })
    await clock.advance(100)
    expect(session.trial?.configuration.identifier).toBe('cable')
    const wrong = outcome(session.accept(-1))
    void session.accept(session.trial?.id)
    await clock.advance(100)
    expect([wrong.value, session.activeConfiguration]).toEqual(['resolved', 'cable'])
    world.remove('x')
    world.down('cable', 'carrierLost')
    world.set('cable', { inRange: false, activate: 'no' })
    await clock.advance(60_000)
    look()
    expect(new Set(phases)).toEqual(
      new Set(['connected', 'offer', 'roaming', 'trial', 'disconnected', 'error']),
    )
  })

  it('an error says everything in JSON, and its native cause in words, whatever that is', async () => {
    const driver = mock({ configurations: [{ id: 'b' }] })
    const cause = Object.assign(new BackendError('ERR_ACTIVATION_FAILED', 'the driver crashed'), {
      connection: { send() {} },
    })
    driver.world.failNext('b', cause)
    const clock = new VirtualClock()
    const manager = await NetworkConfigurationManager.open(driver, { clock })
    const session = manager.createSession('b')
    const failed = session.open().catch((error: unknown) => error)
    await clock.advance(100)
    const error = JSON.parse(JSON.stringify(await failed))
    expect(error).toEqual({
      name: 'NetworkSessionError',
      code: 'unknown',
      reason: 'other',
      message: session.error?.message,
      cause: 'the driver crashed',
    })
    expect(structuredClone(session.getSnapshot()).error).toEqual(error)
    expect(session.getSnapshot()).toBe(session.getSnapshot())
    await Promise.all([manager.close(), clock.advance(100)])
  })

  it('is the same object on an unknown configuration and on a removed one, until something is emitted', async () => {
    const { manager, world, clock } = await openLab()
    const sessions = [manager.createSession('nobody'), manager.createSession('b')]
    world.remove('b')
    await clock.flush()
    for (const session of sessions) {
      expect(session.getSnapshot()).toBe(session.getSnapshot())
      expect(session.configuration).toBe(
        manager.configurationFromIdentifier(session.configuration.identifier),
      )
      expect(session.configuration.isValid).toBe(false)
    }
  })
})

describe('M7 open() once the manager is closed', () => {
  it('rejects with a session’s error, sessionAborted and closed (E1)', async () => {
    const { manager, clock } = await openLab()
    const session = manager.createSession('b')
    await Promise.all([manager.close(), clock.advance(100)])
    await expect(session.open()).rejects.toMatchObject({
      name: 'NetworkSessionError',
      code: 'sessionAborted',
      reason: 'closed',
      cause: { code: 'ERR_CLOSED' },
    })
  })
})

describe('C10 a cancelled activation was never online', () => {
  it('is discovered on its way down: no online, no connected service network (S7, R2)', async () => {
    const { manager, world, clock } = await openLab([{ id: 'b' }])
    manager.defineServiceNetwork({ identifier: 'net', members: ['b'] })
    const session = manager.createSession('b')
    const network = manager.createSession('net')
    const told = [listen(session), listen(network)]
    const online: boolean[] = []
    manager.on('onlineStateChanged', (isOnline) => online.push(isOnline))
    world.activating('b')
    await clock.flush()
    world.deactivating('b')
    await clock.flush()
    expect(manager.configurationFromIdentifier('b').state).toBe('discovered')
    expect([session.state, network.state, manager.isOnline]).toEqual(['closing', 'disconnected', false])
    world.down('b', 'requested')
    await clock.flush()
    expect([online, told]).toEqual([[], [['connecting', 'closing', 'disconnected'], []]])
  })

  it('what was up stays active until it is down', async () => {
    const { manager, world, clock } = await openLab()
    world.deactivating('a')
    await clock.flush()
    expect(manager.configurationFromIdentifier('a').state).toBe('active')
  })
})

describe('M1 what the host is like, with a service network as the default', () => {
  it('is that of its best active access point', async () => {
    const { manager, world, clock } = await openLab([
      { id: 'w', bearer: 'wlan', link: 'up', metered: { value: true, sure: true }, connectivity: 'portal' },
    ])
    world.set('w', { metered: { value: true, sure: true }, connectivity: 'portal' })
    await clock.flush()
    manager.defineServiceNetwork(allUplinks)
    await clock.flush()
    expect(manager.defaultConfiguration().identifier).toBe(allUplinks.identifier)
    expect([manager.isMetered, manager.isBehindCaptivePortal, manager.transportMedium]).toEqual([
      true,
      true,
      'wifi',
    ])
  })
})

describe('H1 whose a link is, when its activation has ended or the service was restarted', () => {
  it('ours that went down, and that the system brought back, is not taken down when that is down for good', async () => {
    const deactivated: string[] = []
    const { manager, world, clock } = await openLab([{ id: 'desk', activate: 'unknown' }], {
      spy: {
        activating() {},
        activated() {},
        deactivating: (_id, activation) => deactivated.push(activation),
      },
    })
    const session = manager.createSession('desk')
    await Promise.all([session.open(), clock.advance(50)])
    world.down('desk', 'other')
    await clock.advance(1500)
    world.up('desk')
    await clock.advance(1500)
    const told = listen(session)
    world.down('desk', 'other')
    await clock.advance(10_000)
    expect(told).toEqual(['disconnected', 'error:sessionAborted/lost', 'closed'])
    expect(deactivated).toEqual([])
  })

  /** A mock whose service gives every activation another id once it was restarted, as NetworkManager does. */
  function restarting() {
    const driver = mock({
      scope: `restart ${Math.random()}`,
      configurations: [{ id: 'a', link: 'up' }, { id: 'b' }],
    })
    const state = { restarts: 0 }
    const renamed = (activation: string) => `${activation} of life ${state.restarts}`
    let last: readonly [World, number, World] | null = null
    const wrapped: Driver = {
      ...driver,
      async open(host, call) {
        const backend = await driver.open(host, call)
        return {
          ...backend,
          snapshot() {
            const world = backend.snapshot()
            if (last?.[0] === world && last[1] === state.restarts) return last[2]
            const configurations = world.configurations.map((one) => ({
              ...one,
              activation: one.activation === null ? null : renamed(one.activation),
            }))
            last = [world, state.restarts, { ...world, configurations }]
            return last[2]
          },
          activate: async (id, request) => renamed(await backend.activate(id, request)),
          deactivate: (id, activation, request) =>
            activation.endsWith(`life ${state.restarts}`)
              ? backend.deactivate(id, activation.replace(/ of life .*/, ''), request)
              : Promise.resolve(),
        }
      },
    }
    const restart = async (clock: VirtualClock) => {
      driver.world.loseService()
      await clock.advance(100)
      state.restarts += 1
      driver.world.restoreService()
      await clock.advance(100)
    }
    return { driver: wrapped, world: driver.world, restart }
  }

  it.each([1, 3])(
    'what our sessions brought up goes down with the last of them after %i restarts; the system’s stays up',
    async (restarts) => {
      const { driver, world, restart } = restarting()
      const clock = new VirtualClock()
      const managers = [
        await NetworkConfigurationManager.open(driver, { clock }),
        await NetworkConfigurationManager.open(driver, { clock }),
      ]
      const sessions = managers.flatMap((manager) => ['a', 'b'].map((id) => manager.createSession(id)))
      const told = sessions.map(listen)
      await Promise.all([...sessions.map((session) => session.open()), clock.advance(100)])
      for (const words of told) words.length = 0
      for (let index = 0; index < restarts; index += 1) await restart(clock)
      expect(told).toEqual([[], [], [], []])
      const linkOf = (id: string) => world.snapshot().configurations.find((one) => one.id === id)?.link
      await Promise.all([sessions[0]?.close(), sessions[1]?.close(), clock.advance(100)])
      expect([linkOf('a'), linkOf('b')]).toEqual(['up', 'up'])
      await Promise.all([sessions[2]?.close(), sessions[3]?.close(), clock.advance(100)])
      expect([linkOf('a'), linkOf('b')]).toEqual(['up', 'down'])
      for (const manager of managers) await Promise.all([manager.close(), clock.advance(100)])
    },
  )

  it('what was closed while the service was away is taken down when it is back (H6)', async () => {
    const { driver, world, restart } = restarting()
    const clock = new VirtualClock()
    const manager = await NetworkConfigurationManager.open(driver, { clock })
    const session = manager.createSession('b')
    await Promise.all([session.open(), clock.advance(100)])
    world.loseService()
    await clock.flush()
    await Promise.all([session.close(), clock.advance(100)])
    await restart(clock)
    await clock.advance(1000)
    expect(world.snapshot().configurations.find(({ id }) => id === 'b')?.link).toBe('down')
    await Promise.all([manager.close(), clock.advance(100)])
  })
})

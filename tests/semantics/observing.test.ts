import type { MockConfiguration } from '@roamkit/backend-mock'
import { byOrder } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { listen, openLab } from './lab.js'

const OBSERVED = { activate: 'no', deactivate: 'no' } as const

/** What a backend shows that can only observe: two cables that others bring up. */
const TWO_CABLES: readonly MockConfiguration[] = [
  { id: 'a', bearer: 'ethernet', link: 'up', ...OBSERVED },
  { id: 'b', bearer: 'ethernet', link: 'up', ...OBSERVED },
]

async function openOnBoth() {
  const lab = await openLab(TWO_CABLES)
  const members = ['a', 'b']
  lab.manager.defineServiceNetwork({ identifier: 'net', members, ranking: [byOrder(members)] })
  const session = lab.manager.createSession('net')
  const told = listen(session)
  session.on('activeConfigurationChanged', (identifier) => told.push(`active:${identifier}`))
  await session.open()
  await lab.clock.flush()
  told.length = 0
  return { ...lab, session, told }
}

describe('M4 where no link can be brought up', () => {
  it('a session goes to another link that is up when its own is lost, and back', async () => {
    const { manager, session, told, world, clock } = await openOnBoth()
    expect(manager.capabilities).toMatchObject({
      canStartAndStopInterfaces: false,
      forcedRoaming: true,
      applicationLevelRoaming: true,
    })
    world.carrier('a', false)
    await clock.advance(100)
    expect(told).toEqual(['roaming', 'connected', 'active:b'])
    world.carrier('a', true)
    await clock.advance(60_000)
    expect(session.activeConfiguration).toBe('a')
    expect(world.snapshot().configurations.map(({ link }) => link)).toEqual(['up', 'up'])
  })

  it('one that is consulted is offered it', async () => {
    const { session, world, clock } = await openOnBoth()
    session.on('preferredConfigurationChanged', (_to, _seamless, offer) => void offer.migrate())
    session.on('newConfigurationActivated', (trial) => void trial.accept())
    world.carrier('a', false)
    await clock.advance(1000)
    expect([session.activeConfiguration, session.state]).toEqual(['b', 'connected'])
  })

  it('it never goes to a link that is down', async () => {
    const { session, told, world, clock } = await openOnBoth()
    world.down('b', 'carrierLost')
    world.carrier('a', false)
    await clock.advance(60_000)
    expect(told).toEqual(['disconnected', 'error:sessionAborted/lost', 'closed', 'active:'])
    expect(session.isOpen).toBe(false)
  })

  it('R23 no session roams, and none is asked, where there is nothing', async () => {
    const { manager } = await openLab([])
    expect(manager.capabilities).toMatchObject({ forcedRoaming: false, applicationLevelRoaming: false })
  })
})

describe('M4 where links can be brought up, and not taken down', () => {
  const UP_ONLY = { activate: 'yes', deactivate: 'no' } as const

  it('a session roams to a link that it brings up, leaves the old one up and says so (S8)', async () => {
    const { manager, world, clock } = await openLab([
      { id: 'a', bearer: 'ethernet', inRange: false, ...UP_ONLY, activate: 'unknown' },
      { id: 'b', bearer: 'ethernet', ...UP_ONLY },
    ])
    const members = ['a', 'b']
    manager.defineServiceNetwork({ identifier: 'net', members, ranking: [byOrder(members)] })
    expect(manager.capabilities.canStartAndStopInterfaces).toBe(false)
    const session = manager.createSession('net')
    void session.open()
    await clock.advance(1000)
    expect(session.activeConfiguration).toBe('b')
    const told = listen(session)
    world.setInRange('a', true)
    await clock.advance(1000)
    expect(told).toEqual(['roaming', 'connected', 'error:operationNotSupported/notSupported'])
    expect(session.activeConfiguration).toBe('a')
    expect(world.snapshot().configurations.map(({ link }) => link)).toEqual(['up', 'up'])
  })

  it('with lastClose leave nothing is asked of the system, and there is no error (H1)', async () => {
    const { manager, world, clock } = await openLab([{ id: 'a', ...UP_ONLY }])
    const session = manager.createSession('a')
    void session.open({ lastClose: 'leave' })
    await clock.advance(1000)
    const told = listen(session)
    void session.close()
    await clock.advance(1000)
    expect(told).toEqual(['closed'])
    expect(world.calls.map(({ command }) => command)).toEqual(['activate'])
  })
})

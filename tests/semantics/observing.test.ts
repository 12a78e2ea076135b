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

import type { MockConfiguration } from '@roamkit/backend-mock'
import { byOrder } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { listen, openLab } from './lab.js'

/** A cable and Wi-Fi, and a VPN that rides on the cable. */
const OVER_THE_CABLE: readonly MockConfiguration[] = [
  { id: 'cable', bearer: 'ethernet', link: 'up' },
  { id: 'cafe', bearer: 'wlan', link: 'up' },
  { id: 'vpn', bearer: 'vpn', uplink: false, link: 'up', over: 'cable' },
]

async function openOnVpn(configurations = OVER_THE_CABLE) {
  const lab = await openLab(configurations)
  const session = lab.manager.createSession('vpn')
  const told = listen(session)
  await session.open()
  await lab.clock.flush()
  told.length = 0
  return { ...lab, session, told }
}

describe('T2 a tunnel', () => {
  it('is lost with its base, and back with it in lossGrace', async () => {
    const { session, told, world, clock } = await openOnVpn()
    expect(session.configuration.over).toBe('cable')
    world.carrier('cable', false)
    await clock.advance(100)
    expect([session.state, session.isOpen]).toEqual(['notAvailable', true])
    world.carrier('cable', true)
    await clock.advance(100)
    expect(told).toEqual(['notAvailable', 'connected'])
  })

  it('ends its session if the base does not come back', async () => {
    const { session, told, world, clock } = await openOnVpn()
    world.down('cable', 'carrierLost')
    await clock.advance(60_000)
    expect(told).toEqual(['notAvailable', 'error:sessionAborted/lost', 'closed'])
    expect(session.isOpen).toBe(false)
  })

  it('goes on when it rides on another base, and is lost with that one', async () => {
    const { session, told, world, clock } = await openOnVpn()
    world.set('vpn', { over: 'cafe' })
    world.carrier('cable', false)
    await clock.advance(60_000)
    expect([session.state, told]).toEqual(['connected', []])
    world.down('cafe', 'carrierLost')
    await clock.advance(100)
    expect(session.state).toBe('notAvailable')
  })

  it('over a tunnel is lost with the base of that', async () => {
    const { manager, world, clock } = await openOnVpn([
      { id: 'inner', bearer: 'wireguard', uplink: false, link: 'up', over: 'vpn' },
      ...OVER_THE_CABLE,
    ])
    const inner = () => manager.configurationFromIdentifier('inner').state
    expect(inner()).toBe('active')
    world.carrier('cable', false)
    await clock.advance(100)
    expect(inner()).toBe('defined')
    world.carrier('cable', true)
    await clock.advance(100)
    expect(inner()).toBe('active')
  })

  it('whose base is lost when the manager is opened carries nothing from the start', async () => {
    const lab = await openLab([
      { id: 'cable', bearer: 'ethernet', link: 'up', carrier: false },
      { id: 'vpn', bearer: 'vpn', uplink: false, link: 'up', over: 'cable' },
    ])
    expect(lab.manager.configurationFromIdentifier('vpn').state).toBe('defined')
  })

  it('whose base is unknown carries by itself', async () => {
    const { session, world, clock } = await openOnVpn([
      { id: 'vpn', bearer: 'vpn', link: 'up', over: 'elsewhere' },
    ])
    expect(session.state).toBe('connected')
    world.set('vpn', { over: null })
    await clock.advance(100)
    expect(session.state).toBe('connected')
  })

  it.each([
    ['on itself', 'one'],
    ['on each other', 'two'],
  ])('that is said to ride %s is back when it carries again', async (_, over) => {
    const { manager, world, clock } = await openLab([
      { id: 'one', bearer: 'vpn', uplink: false, link: 'up', over },
      { id: 'two', bearer: 'wireguard', uplink: false, link: 'up', over: 'one' },
    ])
    const states = () => ['one', 'two'].map((id) => manager.configurationFromIdentifier(id).state)
    world.carrier('one', false)
    await clock.advance(100)
    expect(states()[0]).toBe('defined')
    world.carrier('one', true)
    await clock.advance(100)
    expect(states()).toEqual(['active', 'active'])
  })

  it('that changes together with its base is reported once, and a change of its own is not lost', async () => {
    const { manager, world, clock } = await openOnVpn()
    const changed: string[] = []
    manager.on('configurationChanged', ({ identifier, signal }) => changed.push(`${identifier} ${signal}`))
    world.set('vpn', { signal: 40 })
    world.set('cable', { signal: 80 })
    await clock.advance(100)
    expect(changed.sort()).toEqual(['cable 80', 'vpn 40'])
  })
})

describe('T2 a tunnel is never offered in place of its own base', () => {
  async function openOnCable(configurations: readonly MockConfiguration[]) {
    const lab = await openLab(configurations)
    lab.manager.defineServiceNetwork({
      identifier: 'net',
      members: ['vpn', 'cable', 'cafe'],
      ranking: [byOrder(['vpn', 'cable', 'cafe'])],
    })
    const session = lab.manager.createSession('net')
    const offers: string[] = []
    session.on('preferredConfigurationChanged', ({ identifier }) => offers.push(identifier))
    void session.open()
    await lab.clock.advance(1000)
    return { ...lab, session, offers }
  }
  const DOWN = { id: 'vpn', bearer: 'vpn', uplink: false } as const

  it('whether it is up or down', async () => {
    const { session, offers, world, clock } = await openOnCable([
      { id: 'cable', bearer: 'ethernet', link: 'up' },
      { id: 'cafe', bearer: 'wlan' },
      { ...DOWN, inRange: false, activate: 'unknown' },
    ])
    expect(session.activeConfiguration).toBe('cable')
    world.set('vpn', { activate: 'yes' })
    world.setInRange('vpn', true)
    await clock.advance(60_000)
    world.set('vpn', { over: 'cable' })
    world.up('vpn')
    await clock.advance(60_000)
    expect([session.activeConfiguration, offers]).toEqual(['cable', []])
  })

  it('and not after the base is lost', async () => {
    const { session, offers, world, clock } = await openOnCable([
      { id: 'cable', bearer: 'ethernet', link: 'up' },
      { id: 'cafe', bearer: 'wlan' },
      { ...DOWN, inRange: false, activate: 'unknown' },
    ])
    world.set('vpn', { activate: 'yes', over: 'cable' })
    world.setInRange('vpn', true)
    world.up('vpn')
    await clock.advance(1000)
    world.down('cable', 'carrierLost')
    await clock.advance(1000)
    expect(offers).toEqual(['cafe'])
    expect(session.isOpen).toBe(true)
  })

  it('but one that rides on another link is', async () => {
    const { offers, world, clock } = await openOnCable([
      { id: 'cable', bearer: 'ethernet', link: 'up' },
      { id: 'cafe', bearer: 'wlan', link: 'up' },
      { ...DOWN, inRange: false, activate: 'unknown' },
    ])
    world.set('vpn', { activate: 'yes', over: 'cafe' })
    world.setInRange('vpn', true)
    world.up('vpn')
    await clock.advance(1000)
    expect(offers).toEqual(['vpn'])
  })

  it('and one is, in place of a child that was removed', async () => {
    const { session, world, offers, clock } = await openOnCable([
      { id: 'cable', bearer: 'ethernet', link: 'up' },
      { ...DOWN, inRange: false, activate: 'unknown' },
    ])
    expect(session.activeConfiguration).toBe('cable')
    world.set('vpn', { activate: 'yes' })
    world.setInRange('vpn', true)
    await clock.advance(1000)
    world.remove('cable')
    await clock.advance(1000)
    expect([offers, session.isOpen]).toEqual([['vpn'], true])
  })

  it('and another tunnel is, in place of one that is lost', async () => {
    const lab = await openLab([
      { id: 'cable', bearer: 'ethernet', link: 'up' },
      { id: 'one', bearer: 'vpn', link: 'up', over: 'cable' },
      { id: 'two', bearer: 'wireguard' },
    ])
    lab.manager.defineServiceNetwork({ identifier: 'tunnels', members: ['one', 'two'] })
    const session = lab.manager.createSession('tunnels')
    await session.open()
    lab.world.down('one', 'other')
    await lab.clock.advance(1000)
    expect([session.state, session.activeConfiguration]).toEqual(['connected', 'two'])
  })
})

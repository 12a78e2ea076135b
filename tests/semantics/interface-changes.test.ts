import type { LinkInterface, NetworkSession } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { type Lab, openLab } from './lab.js'

const facts = (...addresses: readonly string[]): LinkInterface => ({
  name: 'eth0',
  index: 2,
  hardwareAddress: null,
  mtu: 1500,
  addresses,
  gateways: ['10.0.0.1'],
  dns: [],
  searchDomains: [],
})

async function opened(identifier = 'a', consulted = false) {
  const lab = await openLab([
    { id: 'a', bearer: 'ethernet', link: 'up', interface: facts('10.0.0.2/24', '10.0.0.3/24') },
    { id: 'b', bearer: 'wlan', interface: { ...facts('192.168.1.2/24'), name: 'wlan0' } },
  ])
  lab.manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'] })
  const session = lab.manager.createSession(identifier)
  const told: string[] = []
  session.on('interfaceChanged', (now, before, { addressesGone }) =>
    told.push(`${before.addresses[0]} -> ${now.addresses[0]} gone: ${addressesGone.join(' ')}`),
  )
  if (consulted) session.on('preferredConfigurationChanged', (_, __, offer) => void offer.migrate())
  const open = session.open()
  await lab.clock.advance(1000)
  await open
  return { lab, session, told }
}

async function change(lab: Lab, addresses: readonly string[]) {
  lab.world.set('a', { interface: facts(...addresses) })
  await lab.clock.advance(100)
}

describe('T7: interfaceChanged', () => {
  it('fires when the interface in use has other addresses, and names those that are gone', async () => {
    const { lab, told, session } = await opened()
    expect(told).toEqual([])
    await change(lab, ['10.9.0.2/24', '10.0.0.3/24'])
    expect(told).toEqual(['10.0.0.2/24 -> 10.9.0.2/24 gone: 10.0.0.2'])
    expect(session.interface?.addresses[0]).toBe('10.9.0.2/24')
  })

  it('does not fire for link-local addresses that come and go, nor for other facts', async () => {
    const { lab, told } = await opened()
    await change(lab, ['10.0.0.2/24', '10.0.0.3/24', 'fe80::1/64'])
    lab.world.set('a', { signal: 50 })
    await change(lab, ['10.0.0.2/24', '10.0.0.3/24'])
    expect(told).toEqual([])
  })

  it('fires for another activation of the link with other addresses, when it is back', async () => {
    const { lab, told } = await opened()
    lab.world.carrier('a', false)
    await lab.clock.advance(500)
    lab.world.set('a', { interface: facts('10.9.0.2/24') })
    lab.world.carrier('a', true)
    await lab.clock.advance(1000)
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(/^10\.0\.0\.2\/24 -> 10\.9\.0\.2\/24 gone: 10\.0\.0\.2 10\.0\.0\.3$/)
  })

  it('fires on a roam, from the trial on; what the old link still has is not gone', async () => {
    const { lab, told, session } = await opened('net', true)
    lab.world.set('a', { metered: { value: true, sure: true } })
    await lab.clock.advance(1000)
    expect(session.trial?.configuration.identifier).toBe('b')
    expect(told).toEqual(['10.0.0.2/24 -> 192.168.1.2/24 gone: '])
  })

  it('names all addresses of a link that was lost', async () => {
    const { lab, told } = await opened('net')
    lab.world.carrier('a', false)
    await lab.clock.advance(1000)
    expect(told).toEqual(['10.0.0.2/24 -> 192.168.1.2/24 gone: 10.0.0.2 10.0.0.3'])
  })

  it('does not fire for a session that is not open, nor for what was before it was opened', async () => {
    const { lab, told, session } = await opened()
    const watching: NetworkSession = lab.manager.createSession('a')
    const seen: unknown[] = []
    watching.on('interfaceChanged', (now) => seen.push(now))
    const closed = session.close()
    await lab.clock.advance(100)
    await closed
    await change(lab, ['10.9.0.2/24'])
    void session.open()
    await lab.clock.advance(1000)
    expect([told, seen]).toEqual([[], []])
  })

  it('waits until the link carries again, and is one event for all that has changed until then (S12)', async () => {
    const { lab, told } = await opened()
    lab.world.carrier('a', false)
    await change(lab, ['10.9.0.2/24'])
    await change(lab, ['10.8.0.2/24'])
    expect(told).toEqual([])
    lab.world.carrier('a', true)
    await lab.clock.advance(100)
    expect(told).toEqual(['10.0.0.2/24 -> 10.8.0.2/24 gone: 10.0.0.2 10.0.0.3'])
  })

  it('names all addresses of a link that is still up, and has no interface any more', async () => {
    const { lab, told, session } = await opened('net')
    lab.world.set('a', { interface: null })
    lab.world.set('a', { metered: { value: true, sure: true } })
    await lab.clock.advance(5000)
    expect(session.activeConfiguration).toBe('b')
    expect(told).toEqual(['10.0.0.2/24 -> 192.168.1.2/24 gone: 10.0.0.2 10.0.0.3'])
  })
})

describe('the interface of a session on a service network', () => {
  it('is that of the first active child while it is closed', async () => {
    const { lab, session } = await opened('net')
    const closed = session.close()
    await lab.clock.advance(100)
    await closed
    lab.world.down('a')
    lab.world.up('b')
    await lab.clock.advance(100)
    expect([session.state, session.interface?.name]).toEqual(['connected', 'wlan0'])
  })

  it('is that of the child in use, even if the first child is up, too', async () => {
    const { lab, session } = await opened('net')
    lab.world.carrier('a', false)
    await lab.clock.advance(1000)
    expect(session.activeConfiguration).toBe('b')
    const holdOff = session.holdOff(60_000)
    lab.world.carrier('a', true)
    await lab.clock.advance(1000)
    expect(holdOff).toBeUndefined()
    expect([session.activeConfiguration, session.interface?.name]).toEqual(['b', 'wlan0'])
  })

  it('fires when the session is connected again, for a link that changed while the session tried another', async () => {
    const { lab, session, told } = await opened('net')
    lab.world.stall('b')
    lab.world.set('a', { metered: { value: true, sure: true } })
    await lab.clock.advance(100)
    expect(session.state).toBe('roaming')
    await change(lab, ['10.0.0.9/24'])
    expect(told).toEqual([])
    lab.world.fail('b', 'timedOut')
    await lab.clock.advance(100)
    expect([session.state, session.activeConfiguration]).toEqual(['connected', 'a'])
    expect(told).toEqual(['10.0.0.2/24 -> 10.0.0.9/24 gone: 10.0.0.2 10.0.0.3'])
  })
})

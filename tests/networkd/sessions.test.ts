import { readFileSync } from 'node:fs'
import { byOrder } from '@roamkit/core'
import {
  bridge,
  carrier,
  configure,
  dhcp,
  ip,
  linkDown,
  linkUp,
  networkctl,
  removeDevice,
} from '@roamkit/lab-networkd'
import { Variant } from 'dbus-next'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { listen, until } from '../linux/host.js'
import { BusClient } from './bus-client.js'
import { A, B, C, calm, openHost } from './host.js'

beforeEach(calm)

const indexOf = (device: string) => Number(readFileSync(`/sys/class/net/${device}/ifindex`, 'utf8'))

async function joinBus(): Promise<BusClient> {
  const client = await BusClient.join()
  onTestFinished(() => client.leave())
  return client
}

describe('sessions on real systemd-networkd', () => {
  it('S3, S8: a link that is switched off is opened, and stays up when the session closes, which is an error: networkd takes none down', async () => {
    const manager = await openHost()
    const session = manager.createSession(B)
    expect(session.state).toBe('disconnected')
    const { words } = listen(session)
    await session.open()
    expect(words).toEqual(['connecting', 'connected', 'opened'])
    expect(session.interface?.addresses[0]).toMatch(/^10\.91\.1\.\d+\/24$/)
    await session.close()
    expect(words.slice(3)).toEqual(['closed', 'error:operationNotSupported/notSupported'])
    expect(session.state).toBe('connected')
  })

  it('S12: a pulled cable is a loss at once, and the session is connected again when it is plugged in', async () => {
    const manager = await openHost()
    const session = manager.createSession(A)
    await session.open()
    const { words } = listen(session)
    await carrier('a', 'down')
    await until(() => expect(words).toEqual(['notAvailable']))
    await carrier('a', 'up')
    await until(() => expect(words.at(-1)).toBe('connected'))
    expect(session.isOpen).toBe(true)
    expect(session.error).toBeNull()
  })

  it('S12: the session of a link that another program takes down is lost after its grace', async () => {
    const manager = await openHost({ lossGrace: 200 })
    const session = manager.createSession(A)
    await session.open()
    const { words } = listen(session)
    await linkDown('a')
    await until(() => expect(words).toContain('closed'))
    expect(session.error).toMatchObject({ code: 'sessionAborted' })
  })

  it('C6: a link that gets no address is connecting until its time is over', async () => {
    await dhcp.pause()
    const manager = await openHost()
    manager.setConnectTimeout(B, 500)
    const session = manager.createSession(B)
    const { words } = listen(session)
    await expect(session.open()).rejects.toMatchObject({ code: 'unknown' })
    expect(words[0]).toBe('connecting')
    await dhcp.resume()
    await until(() => expect(session.state).toBe('connected'))
  })

  it('C6: an interface without a cable is given up after six seconds', async () => {
    await carrier('b', 'down')
    const manager = await openHost()
    const session = manager.createSession(B)
    await expect(session.open()).rejects.toMatchObject({ reason: 'carrierLost' })
  })

  it('S13: a link that networkd no longer manages is no configuration, and it is one again later', async () => {
    const manager = await openHost()
    const session = manager.createSession(A)
    await session.open()
    onTestFinished(() => configure('a', {}))
    await configure('a', null)
    await until(() => expect(session.state).toBe('invalid'))
    expect(manager.allConfigurations().map(({ identifier }) => identifier)).not.toContain(A)
    await configure('a', {})
    await until(() => expect(manager.configurationFromIdentifier(A).state).toBe('active'))
  })

  it('T3: the port of a bridge is no configuration, and the bridge is one', async () => {
    await linkUp('c')
    const manager = await openHost()
    onTestFinished(async () => {
      await removeDevice('br-lab')
      await configure('c', {})
      await linkUp('c')
    })
    await bridge('c', 'br-lab')
    await until(() =>
      expect(manager.configurationFromIdentifier('networkd:br-lab')).toMatchObject({
        state: 'active',
        bearerType: 'bridge',
      }),
    )
    expect(manager.configurationFromIdentifier(C).isValid).toBe(false)
  })

  it('ActivationPolicy=manual: networkd does not bring the link up, and a link that is up is one like any other', async () => {
    onTestFinished(() => configure('c', {}))
    await configure('c', { policy: 'manual' })
    const manager = await openHost()
    await until(() => expect(manager.configurationFromIdentifier(C).state).toBe('discovered'))
    await expect(manager.createSession(C).open()).rejects.toMatchObject({ code: 'operationNotSupported' })
    await ip('link', 'set', 'eth-c', 'up')
    await until(() => expect(manager.configurationFromIdentifier(C).state).toBe('active'))
    await manager.createSession(C).open()
  })

  it('T7: other name servers of a lease and other search domains show, although no signal tells of the latter', async () => {
    const manager = await openHost()
    const session = manager.createSession(A)
    await session.open()
    onTestFinished(() => dhcp.serve())
    await dhcp.serve({ distantNames: true })
    await networkctl('renew', 'eth-a')
    await until(() => expect(session.interface?.dns).toEqual(['198.51.100.1']))
    const client = await joinBus()
    await client.callLink(indexOf('eth-a'), 'SetDomains', 'a(sb)', [[['lab.example', false]]])
    await until(() => expect(session.interface?.searchDomains).toEqual(['lab.example']))
    await client.callLink(indexOf('eth-a'), 'RevertDNS', '', [])
    await until(() => expect(session.interface?.searchDomains).toEqual([]))
  })

  it('a stranger who says that a cable is pulled is not believed', async () => {
    const manager = await openHost()
    const session = manager.createSession(A)
    await session.open()
    const { words } = listen(session)
    const client = await joinBus()
    for (const [name, value] of [
      ['CarrierState', 'no-carrier'],
      ['AdministrativeState', 'failed'],
    ] as const)
      await client.claimChange(indexOf('eth-a'), { [name]: new Variant('s', value) })
    // What networkd says after it shows that the claim was heard and ignored.
    await linkUp('b')
    await until(() => expect(manager.configurationFromIdentifier(B).state).toBe('active'))
    expect(words).toEqual([])
  })

  it('M4: a session on several links goes to another one that is up, although networkd takes no link down', async () => {
    await linkUp('b')
    const manager = await openHost()
    expect(manager.capabilities).toMatchObject({ canStartAndStopInterfaces: false, forcedRoaming: true })
    const members = [A, B]
    const network = manager.defineServiceNetwork({
      identifier: 'lab:ab',
      members,
      ranking: [byOrder(members)],
    })
    const session = manager.createSession(network)
    await session.open()
    expect(session.interface?.name).toBe('eth-a')
    const { words } = listen(session)
    await carrier('a', 'down')
    await until(() => expect(session.interface?.name).toBe('eth-b'))
    expect(words).toEqual(['roaming', 'connected'])
    await carrier('a', 'up')
    await until(() => expect(session.interface?.name).toBe('eth-a'))
    expect(words).not.toContain('closed')
  })
})

import { connman } from '@roamkit/backend-linux'
import { NetworkConfigurationManager, type NetworkSession } from '@roamkit/core'
import { carrier, connect, connman as daemon, dhcp, disconnect, serviceOf, state } from '@roamkit/lab-connman'
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { listen, until } from '../linux/host.js'
import { calm } from './calm.js'

const [A, B, C] = ['a', 'b', 'c'].map(serviceOf) as [string, string, string]

beforeEach(calm)
afterAll(calm)

/** A manager on the lab's ConnMan, closed when the test is over. */
async function openHost(
  driver = connman(),
  options: Parameters<typeof NetworkConfigurationManager.open>[1] = {},
): Promise<NetworkConfigurationManager> {
  const manager = await NetworkConfigurationManager.open(driver, options)
  onTestFinished(() => manager.close())
  return manager
}

/** A session on the cables a and b, roaming among them. */
function roamingSession(manager: NetworkConfigurationManager): NetworkSession {
  const both = manager.defineServiceNetwork({
    identifier: 'both',
    members: [A, B],
  })
  return manager.createSession(both)
}

describe('configurations on real ConnMan', () => {
  it('are the services, by identifier, with their state, bearer and default', async () => {
    const manager = await openHost()
    const seen = manager
      .allConfigurations()
      .map(({ identifier, name, state: now, bearerType }) => [identifier, name, now, bearerType])
    expect(seen).toEqual([
      [A, 'Wired (eth-a)', 'active', 'ethernet'],
      [B, 'Wired (eth-b)', 'discovered', 'ethernet'],
      [C, 'Wired (eth-c)', 'discovered', 'ethernet'],
    ])
    expect(manager.defaultConfiguration().identifier).toBe(A)
    expect(manager.reachability).toBe('online')
    expect(manager.capabilities).toMatchObject({
      canStartAndStopInterfaces: true,
      directConnectionRouting: false,
      systemSessionSupport: false,
      dataStatistics: true,
      polling: false,
    })
  })

  it('go out of range with their cable, and come back up with it, as ConnMan wants', async () => {
    const manager = await openHost()
    const session = manager.createSession(B)
    await carrier('b', 'down')
    await until(() => expect(session.state).toBe('notAvailable'))
    await expect(session.open()).rejects.toMatchObject({ code: 'invalidConfiguration', reason: 'outOfRange' })
    await carrier('b', 'up')
    await until(() => expect(session.state).toBe('connected'))
  })
})

describe('a session on real ConnMan', () => {
  it('brings a link up, reports its interface, counts its bytes, and takes it down again (S3, S8, H1)', async () => {
    const manager = await openHost()
    const session = manager.createSession(B)
    const { words } = listen(session)
    await session.open()
    expect(session.interface).toMatchObject({
      name: 'eth-b',
      addresses: [expect.stringMatching(/^10\.91\.1\./)],
    })
    expect(session.bytesReceived).toBeGreaterThan(0)
    await session.close()
    expect(words).toEqual(['connecting', 'connected', 'opened', 'closed', 'closing', 'disconnected'])
    expect(await state('b')).toBe('idle')
  })

  it('leaves a link up that was up before, and stop() takes it down (H1, S10)', async () => {
    const manager = await openHost()
    const session = manager.createSession(A)
    await session.open()
    await session.close()
    expect(await state('a')).toBe('online')
    await session.stop()
    expect(await state('a')).toBe('idle')
  })

  it('shares its link with the sessions of another manager on the same driver (H2)', async () => {
    const driver = connman()
    const [one, other] = [await openHost(driver), await openHost(driver)]
    const [first, second] = [one.createSession(B), other.createSession(B)]
    await Promise.all([first.open(), second.open()])
    await first.close()
    expect([second.state, await state('b')]).toEqual(['connected', expect.stringMatching(/ready|online/)])
    await second.close()
    expect(await state('b')).toBe('idle')
  })

  it('that is closed while it opens ends the activation, and the link does not come up later (S7)', async () => {
    const manager = await openHost()
    const session = manager.createSession(B)
    await dhcp.pause()
    const opening = expect(session.open()).rejects.toMatchObject({ code: 'sessionAborted' })
    await until(() => expect(session.state).toBe('connecting'))
    await session.close()
    await opening
    await dhcp.resume()
    expect([session.state, await state('b')]).toEqual(['disconnected', 'idle'])
  })

  it('whose cable comes back in time goes on, and otherwise ends with its grace (S12)', async () => {
    const manager = await openHost(connman(), { lossGrace: 3000 })
    const session = manager.createSession(A)
    await session.open()
    const { words } = listen(session)
    await carrier('a', 'down')
    await until(() => expect(session.state).toBe('notAvailable'))
    await carrier('a', 'up')
    await until(() => expect(session.state).toBe('connected'))
    expect([words.includes('closed'), words.at(-1), session.isOpen]).toEqual([false, 'connected', true])
    await carrier('a', 'down')
    await until(() => expect(words.slice(-2)).toEqual(['error:sessionAborted/lost', 'closed']))
  })

  it('loses a link that another program takes down', async () => {
    const manager = await openHost(connman(), { lossGrace: 0 })
    const session = manager.createSession(B)
    await session.open()
    const { words } = listen(session)
    await disconnect('b')
    await until(() => expect(words).toContain('closed'))
    expect(words).toContain('error:sessionAborted/lost')
  })

  it('opens what another program is bringing up (S2)', async () => {
    const manager = await openHost()
    const session = manager.createSession(B)
    await dhcp.pause()
    const connecting = connect('b')
    await until(() => expect(session.state).toBe('connecting'))
    const opening = session.open()
    await dhcp.resume()
    await Promise.all([opening, connecting])
    expect(session.state).toBe('connected')
    await session.close()
    expect(await state('b')).toMatch(/ready|online/)
  })
})

describe('roaming on real ConnMan', () => {
  it('goes from a cable that is pulled to another one, and releases nothing of ConnMan (R11, H1)', async () => {
    const manager = await openHost()
    const session = roamingSession(manager)
    await session.open()
    expect(session.interface?.name).toBe('eth-a')
    const { words } = listen(session)
    await carrier('a', 'down')
    await until(() => expect([session.state, session.interface?.name]).toEqual(['connected', 'eth-b']))
    expect(words).toEqual(['roaming', 'connected'])
    await carrier('a', 'up')
    await until(async () => expect(await state('a')).toMatch(/ready|online/))
    await session.close()
    expect(await state('b')).toBe('idle')
  })
})

describe('a ConnMan that', () => {
  it('is killed and starts again is invisible to a session whose link survives (S14)', async () => {
    const manager = await openHost()
    const session = manager.createSession(B)
    await session.open()
    const { words } = listen(session)
    await daemon.kill()
    await until(() => expect(manager.capabilities.canStartAndStopInterfaces).toBe(false))
    await daemon.start()
    await until(() => expect(manager.capabilities.canStartAndStopInterfaces).toBe(true))
    expect([words, session.state, session.isOpen]).toEqual([[], 'connected', true])
    await session.close()
    expect(await state('b')).toBe('idle')
  })

  it('is stopped takes the links down, and brings them back when it starts again', async () => {
    const manager = await openHost()
    const session = manager.createSession(B)
    await session.open()
    const { words } = listen(session)
    await daemon.stop()
    await until(() => expect(session.state).toBe('notAvailable'))
    await daemon.start()
    await until(() => expect(session.state).toBe('connected'))
    expect([words.filter((word) => /error|closed/.test(word)), session.isOpen]).toEqual([[], true])
  })

  it('is killed ends an opening with the reason that the service is lost, and the next one works (S14)', async () => {
    const manager = await openHost()
    const session = manager.createSession(B)
    await dhcp.pause()
    const opening = expect(session.open()).rejects.toMatchObject({ reason: 'serviceLost' })
    await until(() => expect(session.state).toBe('connecting'))
    await daemon.kill()
    await opening
    await dhcp.resume()
    await daemon.start()
    await session.open()
    expect(session.state).toBe('connected')
  })

  it('does not answer delays an opening until it does', async () => {
    const manager = await openHost()
    const session = manager.createSession(B)
    await daemon.pause()
    const opening = session.open()
    await daemon.resume()
    await opening
    expect(session.state).toBe('connected')
  })

  it('is gone when a session closes takes its link down when it is back (H6)', async () => {
    const manager = await openHost()
    const session = manager.createSession(B)
    await session.open()
    await daemon.kill()
    await until(() => expect(manager.capabilities.canStartAndStopInterfaces).toBe(false))
    const closing = session.close()
    await daemon.start()
    await closing
    await until(async () => expect(await state('b')).toBe('idle'))
  })

  it('is not there makes opening a manager fail', async () => {
    await daemon.stop()
    await expect(NetworkConfigurationManager.open(connman())).rejects.toMatchObject({
      code: 'ERR_SERVICE_LOST',
    })
  })
})

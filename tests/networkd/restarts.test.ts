import { bus, carrier, dhcp, linkUp, networkd } from '@roamkit/lab-networkd'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { listen, until } from '../linux/host.js'
import { A, B, calm, openHost } from './host.js'

beforeEach(calm)

/** An open session on eth-a, and what is heard of the service. */
async function openOnA() {
  const manager = await openHost()
  const session = manager.createSession(A)
  await session.open()
  const services: string[] = []
  manager.on('serviceChanged', (service) => services.push(service))
  return { manager, session, services, ...listen(session) }
}

describe('restarts of systemd-networkd', () => {
  it.each([
    ['killed', networkd.kill],
    ['restarted by systemctl', networkd.leave],
  ])('S14, H1: a session does not notice that networkd is %s', async (_how, end) => {
    const { session, services, words } = await openOnA()
    await end()
    await until(() => expect(services).toEqual(['lost']))
    expect(session.state).toBe('connected')
    await networkd.start()
    await until(() => expect(services).toEqual(['lost', 'ready']))
    expect(words).toEqual([])
    expect(session.interface?.addresses[0]).toMatch(/^10\.91\.0\./)
  })

  it('S14: a networkd that is stopped gives its addresses back, and a link that has none when it is back is lost', async () => {
    const { session, services, words } = await openOnA()
    await dhcp.pause()
    await networkd.stop()
    await until(() => expect(services).toEqual(['lost']))
    expect(session.state).toBe('connected')
    await networkd.start()
    await until(() => expect(words).toContain('closed'))
    expect(session.error).toMatchObject({ code: 'sessionAborted' })
    await dhcp.resume()
    await until(() => expect(session.state).toBe('connected'))
  })

  it('S12, S14: a cable that was pulled while networkd was away is lost when it is back', async () => {
    const { session, services, words } = await openOnA()
    await networkd.kill()
    await until(() => expect(services).toEqual(['lost']))
    await carrier('a', 'down')
    await networkd.start()
    await until(() => expect(words).toContain('closed'))
    expect(session.error).toMatchObject({ code: 'sessionAborted' })
  })

  it('S14: an opening that waits for an address goes on after networkd was killed', async () => {
    await dhcp.pause()
    const manager = await openHost()
    const session = manager.createSession(B)
    const { words } = listen(session)
    const opening = session.open()
    await until(() => expect(words).toEqual(['connecting']))
    await networkd.kill()
    await dhcp.resume()
    await networkd.start()
    // Either the activation is carried on, or it has failed and networkd has brought the link up by itself.
    await opening.catch((error: unknown) => expect(error).toMatchObject({ reason: 'serviceLost' }))
    await until(() => expect(session.state).toBe('connected'))
  })

  it('S14: an opening that networkd does not answer ends with networkd', async () => {
    const manager = await openHost({ closeTimeout: 500 })
    manager.setConnectTimeout(B, 1000)
    const session = manager.createSession(B)
    await networkd.pause()
    const opening = session.open()
    await networkd.kill()
    await expect(opening).rejects.toMatchObject({ code: 'unknown' })
  })

  it('S14: a paused networkd is neither lost nor asked twice, and its answer counts', async () => {
    const manager = await openHost()
    const session = manager.createSession(B)
    await networkd.pause()
    const opening = session.open()
    expect(manager.service).toBe('ready')
    await networkd.resume()
    await opening
    expect(session.state).toBe('connected')
  })

  it('S14: a session outlives the bus', async () => {
    onTestFinished(async () => {
      await bus.kill()
      await networkd.kill()
      await bus.start()
      await networkd.start()
    })
    const { session, services, words } = await openOnA()
    await bus.kill()
    await until(() => expect(services).toEqual(['lost']))
    await networkd.kill()
    await bus.start()
    await networkd.start()
    await until(() => expect(services).toEqual(['lost', 'ready']))
    expect(words).toEqual([])
    expect(session.state).toBe('connected')
  })

  it('C3: identifiers are the same for a manager that opens after a restart', async () => {
    const first = await openHost()
    const ids = first.allConfigurations().map(({ identifier }) => identifier)
    await networkd.leave()
    await networkd.start()
    await linkUp('b')
    const second = await openHost()
    expect(second.allConfigurations().map(({ identifier }) => identifier)).toEqual(ids)
  })
})

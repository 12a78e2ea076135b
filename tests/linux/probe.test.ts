import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { byOrder, type LinkInterface } from '@roamkit/core'
import { carrier } from '@roamkit/lab-linux'
import { type ProbeResult, probe } from 'roamkit'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { activeState, calm, listen, openHost, PROFILE, until } from './host.js'

/** Reached through each of the lab's links: the web server beyond them. */
const BEYOND = 'http://203.0.113.1:8080/'
/** The other end of lab-b. */
const GATEWAY = { host: '10.91.1.1', port: 8080 }

const run = promisify(execFile)
const peer = (line: string) => run('ip', ['-n', 'peer', ...line.split(' ')])

/** The address without the length of its prefix. */
const bare = (cidr = '') => cidr.replace(/\/\d+$/, '')

/**
 * The far end of lab-b answers nothing any more, while its cable stays plugged. What the machine sends with lab-b's address
 * through lab-a is answered there, as weak hosts and NAT do.
 */
async function killCandidate(link: LinkInterface, working: LinkInterface): Promise<void> {
  const [address, neighbour] = [bare(link.addresses[0]), bare(working.addresses[0])]
  onTestFinished(async () => {
    await peer(`route del ${address}/32`)
    await peer('addr add 10.91.1.1/24 dev peer-b')
  })
  await peer('addr flush dev peer-b')
  await peer(`route add ${address}/32 via ${neighbour} dev peer-a`)
}

/** lab-a is the default route and stays up, lab-b is up beside it; their interfaces. */
async function bothUp(): Promise<{ readonly a: LinkInterface; readonly b: LinkInterface }> {
  const manager = await openHost()
  const interfaceOf = async (id: string) => {
    const session = manager.createSession(id)
    await session.open()
    if (session.interface === null) throw new Error('open without an interface')
    return session.interface
  }
  return { a: await interfaceOf(PROFILE.a), b: await interfaceOf(PROFILE.b) }
}

beforeEach(calm)
afterEach(calm)

describe('probe on real NetworkManager, with another link as the default route', () => {
  it('says ambiguous of a candidate that is dead behind its cable, and failed of its gateway', async () => {
    const { a, b } = await bothUp()
    await killCandidate(b, a)
    const beyond = await probe(b, BEYOND)
    // There is an answer, to a packet with lab-b's address: through lab-a.
    expect(beyond).toMatchObject({ verdict: 'ambiguous', ok: false, reason: 'otherRoute' })
    expect([beyond.status, beyond.address]).toEqual([200, bare(b.addresses[0])])
    expect(await probe(b, { host: '203.0.113.1', port: 8080 })).toMatchObject({ verdict: 'ambiguous' })
    expect(await probe(b, GATEWAY, { timeout: 2000 })).toMatchObject({ verdict: 'failed', ok: false })
    expect(await probe(a, BEYOND)).toMatchObject({ verdict: 'ok', ok: true, status: 200 })
  })

  it("says ok of a live candidate's gateway, and ambiguous of what is beyond it", async () => {
    const { b } = await bothUp()
    expect(await probe(b, GATEWAY)).toMatchObject({ verdict: 'ok', ok: true })
    expect(await probe(b, BEYOND)).toMatchObject({ verdict: 'ambiguous', status: 200 })
  })

  it('says ok of what is beyond a candidate once the other link is gone', async () => {
    const { b } = await bothUp()
    await carrier('a', 'down')
    expect(await probe(b, BEYOND)).toMatchObject({ verdict: 'ok', ok: true, status: 200 })
  })

  it('a session that accepts only what is ok keeps the link that works', async () => {
    const manager = await openHost()
    const definition = { identifier: 'lab:ba', members: [PROFILE.b, PROFILE.a] }
    await carrier('b', 'down')
    await until(() => expect(manager.configurationFromIdentifier(PROFILE.b).state).toBe('defined'))
    const session = manager.createSession(
      manager.defineServiceNetwork({ ...definition, ranking: [byOrder(definition.members)] }),
    )
    await session.open()
    const working = session.interface
    const { words } = listen(session)
    const results: ProbeResult[] = []
    session.on('preferredConfigurationChanged', (_configuration, _isSeamless, offer) => offer.migrate())
    session.on('newConfigurationActivated', async (trial) => {
      if (session.interface === null || working === null) throw new Error('no interface')
      await killCandidate(session.interface, working)
      const result = await probe(session.interface, BEYOND)
      await (result.ok ? trial.accept() : trial.reject())
      results.push(result)
    })
    await carrier('b', 'up')
    await until(() => expect(results).toHaveLength(1))
    expect(results).toMatchObject([{ verdict: 'ambiguous', status: 200 }])
    expect(words).toEqual(['roaming', 'connected'])
    expect(session.activeConfiguration).toBe(PROFILE.a)
    expect(await activeState('lab-a')).toBe('activated')
    await until(async () => expect(await activeState('lab-b')).toBe('down'))
  })
})

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { byOrder, type LinkInterface } from '@roamkit/core'
import { carrier } from '@roamkit/lab-linux'
import { type ProbeResult, type ProbeTarget, probe } from 'roamkit'
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
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
  // If the kernel remembers the neighbour, it tries for ten seconds before it says that it is gone.
  await run('ip', ['neigh', 'flush', 'dev', link.name])
}

/**
 * Runs something while the far end of lab-a, the default route, answers nothing and its cable is plugged. Over before the test is, or NetworkManager's
 * own check would fail after it.
 */
async function whileDefaultIsDead(run: () => Promise<void>): Promise<void> {
  await peer('addr flush dev peer-a')
  try {
    await run()
  } finally {
    await peer('addr add 10.91.0.1/24 dev peer-a')
  }
}

/** Runs something while the far end forwards what the link sends, and no answer comes back. */
async function whileSilent({ addresses }: LinkInterface, run: () => Promise<void>): Promise<void> {
  const route = `blackhole ${bare(addresses[0])}/32`
  await peer(`route add ${route}`)
  try {
    await run()
  } finally {
    await peer(`route del ${route}`)
  }
}

/** With 1, the far end of lab-b does not say that the addresses of its other interfaces are there, as Linux does otherwise. */
async function arpIgnore(value: 0 | 1): Promise<void> {
  const line = `echo ${value} >/proc/sys/net/ipv4/conf/peer-b/arp_ignore`
  await run('nsenter', ['--net=/run/netns/peer', '--', 'sh', '-c', line])
}

/** What a probe finds in a process without koffi, which can bind addresses only. */
async function probeByAddress(link: LinkInterface, target: ProbeTarget): Promise<ProbeResult> {
  const script = `
    import Module from 'node:module'
    const load = Module._load
    Module._load = (name, ...more) => {
      if (name === 'koffi') throw new Error('not installed')
      return load(name, ...more)
    }
    const { probe } = await import(${JSON.stringify(import.meta.resolve('roamkit'))})
    const [link, target] = ${JSON.stringify([link, target])}
    console.log(JSON.stringify(await probe(link, target)))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script])
  return JSON.parse(stdout)
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
afterAll(calm)

describe('probe on real NetworkManager, with another link as the default route', () => {
  it('says failed of a candidate that is dead behind its cable, and ok of the default route', async () => {
    const { a, b } = await bothUp()
    await killCandidate(b, a)
    const beyond = await probe(b, BEYOND)
    expect(beyond).toMatchObject({
      verdict: 'failed',
      reason: 'unreachable',
      status: null,
      binding: 'device',
    })
    expect(beyond.address).toBe(bare(b.addresses[0]))
    expect(await probe(b, GATEWAY, { timeout: 2000 })).toMatchObject({ verdict: 'failed', ok: false })
    expect(await probe(a, BEYOND)).toMatchObject({ verdict: 'ok', ok: true, status: 200, binding: 'device' })
  }, 30_000)

  it('says failed of a candidate whose name servers are silent', async () => {
    const { a, b } = await bothUp()
    await killCandidate(b, a)
    const target = { host: 'some.example', port: 8080 }
    expect(await probe(b, target, { timeout: 1500 })).toMatchObject({
      verdict: 'failed',
      reason: 'timedOut',
      binding: 'none',
      address: null,
      native: 'the name was not resolved',
    })
    // The name servers are asked for seven seconds.
    expect(await probe(b, target)).toMatchObject({ verdict: 'failed', reason: 'nameUnknown', address: null })
  }, 30_000)

  it('says failed of a candidate behind which packets get lost, and of a port that is closed', async () => {
    const { a, b } = await bothUp()
    await whileSilent(b, async () => {
      const silent = await probe(b, BEYOND, { timeout: 2000 })
      expect(silent).toMatchObject({ verdict: 'failed', reason: 'timedOut', binding: 'device' })
      expect(await probe(a, BEYOND)).toMatchObject({ verdict: 'ok' })
    })
    const closed = await probe(b, { host: '203.0.113.1', port: 9 })
    expect(closed).toMatchObject({ verdict: 'failed', reason: 'refused', binding: 'device' })
  })

  it('says ok of a live candidate: of its gateway, and of what is beyond it', async () => {
    const { b } = await bothUp()
    const bound = { verdict: 'ok', ok: true, binding: 'device', address: bare(b.addresses[0]) }
    expect(await probe(b, GATEWAY)).toMatchObject(bound)
    expect(await probe(b, BEYOND)).toMatchObject({ ...bound, status: 200 })
    expect(await probe(b, { host: '203.0.113.1', port: 8080 })).toMatchObject(bound)
  })

  it('says ok of a live candidate while the default route leads to a dead link', async () => {
    const { a, b } = await bothUp()
    await whileDefaultIsDead(async () => {
      expect(await probe(b, BEYOND, { timeout: 2000 })).toMatchObject({ verdict: 'ok', status: 200 })
      expect(await probe(a, BEYOND, { timeout: 2000 })).toMatchObject({ verdict: 'failed', ok: false })
    })
  })

  it('says ok of a candidate as soon as the cable of the other link is out', async () => {
    const { a, b } = await bothUp()
    await carrier('a', 'down')
    const result = await probe(b, BEYOND)
    expect(result).toMatchObject({ verdict: 'ok', ok: true, status: 200, binding: 'device' })
    // NetworkManager keeps the routes of lab-a for six seconds: the answer did not wait for their end.
    const { stdout } = await run('ip', ['-4', 'route', 'show', 'dev', a.name])
    expect(stdout).not.toBe('')
  })

  it('waits for the route of a candidate that came up a moment ago', async () => {
    const { b } = await bothUp()
    const route = ['default', 'via', '10.91.1.1', 'dev', b.name]
    await arpIgnore(1)
    onTestFinished(() => arpIgnore(0))
    // Of any metric: NetworkManager changes it when its own check has an answer.
    await run('ip', ['route', 'del', ...route])
    const later = new Promise((resolve) => setTimeout(resolve, 1000)).then(() =>
      run('ip', ['route', 'replace', ...route, 'metric', '30000']),
    )
    expect(await probe(b, BEYOND)).toMatchObject({ verdict: 'ok', status: 200, binding: 'device' })
    await later
  })

  it('tells two links with the same address apart', async () => {
    const { a, b } = await bothUp()
    const address = bare(b.addresses[0])
    onTestFinished(async () => void (await run('ip', ['addr', 'del', `${address}/32`, 'dev', a.name])))
    await run('ip', ['addr', 'add', `${address}/32`, 'dev', a.name])
    expect(await probe(b, BEYOND)).toMatchObject({ verdict: 'ok', address, binding: 'device' })
    expect(await probeByAddress(b, BEYOND)).toMatchObject({
      verdict: 'ambiguous',
      address,
      binding: 'address',
    })
    await killCandidate(b, a)
    expect(await probe(b, BEYOND)).toMatchObject({ verdict: 'failed', binding: 'device' })
    expect(await probeByAddress(b, BEYOND)).toMatchObject({ verdict: 'ambiguous', status: 200 })
  }, 30_000)

  it('says ambiguous if it can bind only the address, of what is beyond the candidate', async () => {
    const { a, b } = await bothUp()
    const unclear = { verdict: 'ambiguous', ok: false, reason: 'otherRoute', status: 200, binding: 'address' }
    expect(await probeByAddress(b, BEYOND)).toMatchObject({ ...unclear, address: bare(b.addresses[0]) })
    expect(await probeByAddress(b, GATEWAY)).toMatchObject({ verdict: 'ok', binding: 'address' })
    expect(await probeByAddress(a, BEYOND)).toMatchObject({ verdict: 'ok', status: 200, binding: 'address' })
    await killCandidate(b, a)
    // There is an answer, to a packet with lab-b's address: through lab-a.
    expect(await probeByAddress(b, BEYOND)).toMatchObject(unclear)
  }, 30_000)

  it('of one that can bind only the address waits until the routes of a lost link are gone', async () => {
    const { b } = await bothUp()
    await carrier('a', 'down')
    expect(await probeByAddress(b, BEYOND)).toMatchObject({ verdict: 'ok', status: 200, binding: 'address' })
  }, 30_000)

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
    await until(() => expect(results).toHaveLength(1), 20_000)
    expect(results).toMatchObject([{ verdict: 'failed', status: null, binding: 'device' }])
    expect(words).toEqual(['roaming', 'connected'])
    expect(session.activeConfiguration).toBe(PROFILE.a)
    expect(await activeState('lab-a')).toBe('activated')
    await until(async () => expect(await activeState('lab-b')).toBe('down'))
  }, 40_000)
})

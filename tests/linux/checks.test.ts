import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import type { CheckedLink, HealthCheck } from '@roamkit/core'
import { carrier } from '@roamkit/lab-linux'
import { atLeast, checkDns, checkHttp, checkTcp } from 'roamkit'
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { calm, openHost, PROFILE, until } from './host.js'

/** Reached through each of the lab's links: the web server beyond them. */
const BEYOND = { host: '203.0.113.1', port: 8080 }
const PAGE = 'http://203.0.113.1:8080/'
/** The other end of each link, which also answers for names. */
const GATEWAY = { a: { host: '10.91.0.1', port: 8080 }, b: { host: '10.91.1.1', port: 8080 } }
const KNOWN = 'known.example'
/** The bytes of a question for it, which is repeated after a second: a header, the name, its type and class. */
const QUESTION = 12 + KNOWN.length + 2 + 4

const run = promisify(execFile)
const ip = (line: string) => run('ip', line.split(' '))
const peer = (line: string) => ip(`-n peer ${line}`)
const bare = (cidr = '') => cidr.replace(/\/\d+$/, '')

/** Name servers at the far ends of all links, which know one name and refuse the others, until the test is over. */
async function nameServers(): Promise<void> {
  const options = ['--no-daemon', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--log-facility=-']
  const names = ['--port=53', '--bind-dynamic', `--address=/${KNOWN}/${BEYOND.host}`]
  const server = spawn('nsenter', ['--net=/run/netns/peer', '--', 'dnsmasq', ...options, ...names], {
    stdio: 'ignore',
  })
  const ended = new Promise((resolve) => server.once('exit', resolve))
  onTestFinished(async () => {
    server.kill('SIGKILL')
    await ended
  })
  await until(async () => {
    const { stdout } = await run('nsenter', ['--net=/run/netns/peer', '--', 'cat', '/proc/net/udp'])
    expect(stdout).toContain(':0035 ')
  })
}

/**
 * The far end of lab-b answers nothing any more, while its cable stays plugged. What the machine sends with lab-b's address through
 * lab-a is answered there, as weak hosts and NAT do.
 */
async function killB(b: CheckedLink, a: CheckedLink): Promise<void> {
  const [address, neighbour] = [bare(b.interface.addresses[0]), bare(a.interface.addresses[0])]
  onTestFinished(async () => {
    await peer(`route del ${address}/32`)
    await peer('addr add 10.91.1.1/24 dev peer-b')
  })
  await peer('addr flush dev peer-b')
  await peer(`route add ${address}/32 via ${neighbour} dev peer-a`)
  await forgetNeighbours('b')
}

/** If the kernel remembers the neighbour, it tries for ten seconds before it says that it is gone. */
const forgetNeighbours = (link: string) => ip(`neigh flush dev eth-${link}`)

/**
 * Runs something while the Internet gets what the link sends, and its answers go nowhere: nothing is refused, and nothing comes back. Over
 * before the test is, or NetworkManager's own check would fail after it.
 */
async function whileSilent(
  { interface: { addresses } }: CheckedLink,
  run: () => Promise<void>,
): Promise<void> {
  const address = bare(addresses[0])
  await peer(`route add blackhole ${address}/32`)
  try {
    await run()
  } finally {
    await peer(`route del blackhole ${address}/32`)
  }
}

/** Runs something while the far end of lab-a answers nothing and its cable is plugged. */
async function whileAIsDead(run: () => Promise<void>): Promise<void> {
  await peer('addr flush dev peer-a')
  await forgetNeighbours('a')
  try {
    await run()
  } finally {
    await peer('addr add 10.91.0.1/24 dev peer-a')
  }
}

/** Until the test is over, an interface of the far end does not say that the addresses of others are its own, as Linux does otherwise. */
async function onlyOwnAddresses(device: string): Promise<void> {
  const set = (value: number) =>
    run('nsenter', [
      '--net=/run/netns/peer',
      '--',
      'sh',
      '-c',
      `echo ${value} >/proc/sys/net/ipv4/conf/${device}/arp_ignore`,
    ])
  await set(1)
  onTestFinished(async () => void (await set(0)))
}

/** Runs something while no route leads out of the links' own networks. */
async function withoutDefaultRoute(run: () => Promise<void>): Promise<void> {
  const { stdout } = await promisify(execFile)('ip', ['-4', 'route', 'show', 'default'])
  const route = stdout.trim()
  await ip(`route del ${route}`)
  try {
    await run()
  } finally {
    await ip(`route replace ${route}`)
  }
}

/** Links that are up, in the order in which they came up. lab-a is the default route while it is up. */
async function up(...ids: readonly (keyof typeof PROFILE)[]): Promise<readonly CheckedLink[]> {
  const manager = await openHost()
  const links: CheckedLink[] = []
  for (const id of ids) {
    const session = manager.createSession(PROFILE[id])
    await session.open()
    if (session.interface === null) throw new Error('open without an interface')
    links.push({ configuration: session.configuration, interface: session.interface })
  }
  return links
}

/** Sockets that are open, and belong to no server. */
const sockets = () => process.getActiveResourcesInfo().filter((kind) => /^(TCPSocket|UDP)/.test(kind)).length

/** What a check finds within a time; fails if it leaves a socket. */
async function found(check: HealthCheck, link: CheckedLink | undefined, ms = 10_000) {
  if (link === undefined) throw new Error('no such link')
  const before = sockets()
  const result = await check(link, { signal: AbortSignal.timeout(ms) })
  if (typeof result === 'boolean') throw new Error('a result without bytes')
  await until(() => expect(sockets()).toBeLessThanOrEqual(before))
  return result
}

const FROM_THE_INTERNET = [
  ['TCP', checkTcp(BEYOND)],
  ['HTTP', checkHttp(PAGE, { expect: 200 })],
  ['DNS', checkDns({ name: KNOWN, server: BEYOND.host })],
] as const

beforeEach(calm)
afterAll(calm)

describe('health checks on real NetworkManager (L1)', () => {
  it('say of links that they work, with and without the default route, at the cost of a few bytes', async () => {
    await nameServers()
    const [a, b] = await up('a', 'b')
    for (const [, check] of FROM_THE_INTERNET) expect(await found(check, a)).toMatchObject({ alive: true })
    expect(await found(checkTcp(BEYOND), a)).toEqual({ alive: true, bytes: 0 })
    expect(await found(checkDns({ name: KNOWN }), a)).toMatchObject({ alive: true })
    // And of the other link beside it.
    expect(await found(checkDns({ name: KNOWN }), b)).toMatchObject({ alive: true })
    expect(await found(checkTcp(GATEWAY.b), b)).toMatchObject({ alive: true })
    for (const [, check] of FROM_THE_INTERNET) expect(await found(check, b)).toMatchObject({ alive: true })
  })

  it('say of a link that is dead behind its cable that it does not work, while another one has the default route', async () => {
    await nameServers()
    const [a, b] = await up('a', 'b')
    if (a === undefined || b === undefined) throw new Error('no links')
    await killB(b, a)
    const results = await Promise.all(FROM_THE_INTERNET.map(([, check]) => found(check, b, 8000)))
    // The kernel tells a UDP socket nothing of a neighbour that is gone: silence, which core counts as a failure.
    expect(results.map(({ alive }) => alive)).toEqual([false, false, null])
    for (const [, check] of FROM_THE_INTERNET) expect(await found(check, a)).toMatchObject({ alive: true })
    await forgetNeighbours('b')
    expect(await found(checkTcp(GATEWAY.b), b)).toEqual({ alive: false, bytes: 0 })
    expect(await found(checkDns({ name: KNOWN }), b, 1500)).toEqual({ alive: null, bytes: 2 * QUESTION })
    const both = [checkTcp(BEYOND), checkTcp(GATEWAY.b)] as const
    await forgetNeighbours('b')
    expect(await found(atLeast(1, ...both), b)).toEqual({ alive: false, bytes: 0 })
  }, 40_000)

  it('say of a link that it works while the link with the default route is dead behind its cable', async () => {
    await nameServers()
    const [a, b] = await up('a', 'b')
    await whileAIsDead(async () => {
      for (const [, check] of FROM_THE_INTERNET) expect(await found(check, b)).toMatchObject({ alive: true })
      expect(await found(checkTcp(BEYOND), a, 8000)).toEqual({ alive: false, bytes: 0 })
    })
  }, 40_000)

  it('cannot tell of this machine itself, and send nothing', async () => {
    const [a] = await up('a')
    const own = bare(a?.interface.addresses[0])
    for (const host of ['127.0.0.1', own])
      expect(await found(checkTcp({ host, port: 9 }), a)).toEqual({ alive: null, bytes: 0 })
  })

  it('say of that link that it works or not once it has the default route', async () => {
    await nameServers()
    const [, b] = await up('a', 'b')
    await carrier('a', 'down')
    for (const [, check] of FROM_THE_INTERNET)
      await until(async () => expect(await found(check, b)).toMatchObject({ alive: true }))
    await peer('addr flush dev peer-b')
    onTestFinished(async () => void (await peer('addr add 10.91.1.1/24 dev peer-b')))
    await forgetNeighbours('b')
    const results = await Promise.all(FROM_THE_INTERNET.map(([, check]) => found(check, b, 8000)))
    expect(results.map(({ alive }) => alive)).toEqual([false, false, null])
  }, 40_000)

  it('wait for silence until they are aborted, and leave no socket', async () => {
    const [a] = await up('a')
    if (a === undefined) throw new Error('no link')
    await whileSilent(a, async () => {
      const started = performance.now()
      const results = FROM_THE_INTERNET.map(([, check]) => found(check, a, 1500))
      expect(await Promise.all(results)).toEqual([
        { alive: null, bytes: 0 },
        { alive: null, bytes: 0 },
        { alive: null, bytes: 2 * QUESTION },
      ])
      expect(performance.now() - started).toBeGreaterThan(1400)
    })
  })

  it('say that a link does not work through which no route leads there', async () => {
    const [a] = await up('a')
    await onlyOwnAddresses('peer-a')
    await withoutDefaultRoute(async () => {
      // The kernel looks for the host on the link itself, for three seconds.
      const results = await Promise.all(FROM_THE_INTERNET.map(([, check]) => found(check, a)))
      expect(results.map(({ alive }) => alive)).toEqual([false, false, false])
      expect(await found(checkTcp(GATEWAY.a), a)).toMatchObject({ alive: true })
    })
  })

  it('say that a refusal, a portal and a server error are no life', async () => {
    await nameServers()
    const [a] = await up('a')
    expect(await found(checkTcp({ ...BEYOND, port: 9 }), a)).toEqual({ alive: false, bytes: 0 })
    expect(await found(checkDns({ name: 'unknown.example' }), a)).toMatchObject({ alive: false })
    expect(await found(checkHttp(PAGE, { expect: 204 }), a)).toMatchObject({ alive: false })
    expect(await found(atLeast(1, checkTcp({ ...BEYOND, port: 9 }), checkHttp(PAGE)), a)).toMatchObject({
      alive: true,
    })
  })

  it('resolve names through the link, so that one that is not known is evidence about it', async () => {
    await nameServers()
    const [a, b] = await up('a', 'b')
    for (const link of [a, b]) {
      expect(await found(checkHttp(`http://${KNOWN}:8080/`), link)).toMatchObject({ alive: true })
      expect(await found(checkHttp('http://unknown.example:8080/'), link)).toEqual({ alive: false, bytes: 0 })
    }
    if (a === undefined || b === undefined) throw new Error('no links')
    await killB(b, a)
    // Every name server of the link is asked three times, for seven seconds.
    expect(await found(checkHttp(`http://${KNOWN}:8080/`), b)).toEqual({ alive: false, bytes: 0 })
    expect(await found(checkHttp(`http://${KNOWN}:8080/`), a)).toMatchObject({ alive: true })
    // Given up in the middle of a look-up, it leaves no socket.
    expect(await found(checkHttp(`http://${KNOWN}:8080/`), b, 500)).toEqual({ alive: null, bytes: 0 })
  }, 40_000)
})

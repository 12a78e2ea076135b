import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { byOrder, type NetworkSession, type RoamingTrial } from '@roamkit/core'
import { carrier, peer } from '@roamkit/lab-linux'
import { connect, createSocket, httpAgent, localAddress } from '@roamkit/sockets'
import { dispatcher } from '@roamkit/sockets/undici'
import { request } from 'undici'
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { calm, nmcli, openHost, PROFILE } from './host.js'
import { carriedBy, INTERNET, PORTS, startTrafficServer } from './traffic.js'

/** Enough to tell it from what NetworkManager itself sends. */
const MUCH = 300_000
const LITTLE = 60_000

beforeEach(calm)
afterAll(calm)

/** lab-a is the default route; the session is on lab-b. */
async function openB(): Promise<NetworkSession> {
  const manager = await openHost()
  const session = manager.createSession(PROFILE.b)
  await session.open()
  return session
}

/** Sends so much and waits until it has come back. */
async function exchange(socket: ReturnType<typeof connectPlain>): Promise<void> {
  await once(socket, 'connect')
  let left = MUCH
  socket.on('data', (data) => {
    left -= data.length
    if (left <= 0) socket.destroy()
  })
  socket.write(Buffer.alloc(MUCH))
  await once(socket, 'close')
}

describe('with another link as the default route, by the counters of the far ends', () => {
  beforeEach(async () => {
    await startTrafficServer()
  })

  it('a plain connection leaves by the default route, even from the address of the link', async () => {
    const session = await openB()
    const from = localAddress(session.interface as NonNullable<typeof session.interface>, INTERNET) ?? ''
    const carried = await carriedBy(() =>
      exchange(connectPlain({ host: INTERNET, port: PORTS.echo, localAddress: from })),
    )
    expect(carried.a).toBeGreaterThan(MUCH)
    expect(carried.b).toBeLessThan(LITTLE)
  })

  it('connect() leaves by the link of the session', async () => {
    const session = await openB()
    const carried = await carriedBy(async () => {
      const socket = connect(session, { host: INTERNET, port: PORTS.echo })
      await exchange(socket)
      expect(socket.binding).toBe('device')
    })
    expect(carried.b).toBeGreaterThan(MUCH)
    expect(carried.a).toBeLessThan(LITTLE)
  })

  it('so do an HTTP agent and a dispatcher', async () => {
    const session = await openB()
    const made = dispatcher(session)
    const agent = httpAgent(session)
    const carried = await carriedBy(async () => {
      for (let round = 0; round < 3; round += 1) {
        const { body } = await request(`http://${INTERNET}:${PORTS.http}/`, {
          method: 'POST',
          body: Buffer.alloc(MUCH / 3),
          dispatcher: made,
        })
        expect(await body.text()).toContain('10.91.1.')
      }
    })
    agent.destroy()
    await made.close()
    expect(carried.b).toBeGreaterThan(MUCH)
    expect(carried.a).toBeLessThan(LITTLE)
  })

  it('and UDP', async () => {
    const session = await openB()
    const socket = createSocket(session, 'udp4')
    const carried = await carriedBy(async () => {
      for (let sent = 0; sent < MUCH; sent += 1000) {
        socket.send(Buffer.alloc(1000), PORTS.echo, INTERNET)
        await once(socket, 'message')
      }
    })
    socket.close()
    expect(carried.b).toBeGreaterThan(MUCH)
    expect(carried.a).toBeLessThan(LITTLE)
  })

  it('and IPv6, over TCP and UDP', async () => {
    const target = await giveIpv6()
    const session = await openB()
    const socket = createSocket(session, 'udp6')
    const carried = await carriedBy(async () => {
      const tcp = connect(session, { host: target, port: PORTS.echo })
      await exchange(tcp)
      expect(tcp.binding).toBe('device')
      for (let sent = 0; sent < LITTLE; sent += 1000) {
        socket.send(Buffer.alloc(1000), PORTS.echo, target)
        await once(socket, 'message')
      }
    })
    socket.close()
    expect(carried.b).toBeGreaterThan(MUCH + LITTLE)
    expect(carried.a).toBeLessThan(LITTLE)
  })

  it('during a trial a connection of the trial leaves by the candidate, and one of the session by the old link', async () => {
    const manager = await openHost()
    manager.defineServiceNetwork({
      identifier: 'net',
      members: [PROFILE.a, PROFILE.b],
      ranking: [byOrder([PROFILE.b, PROFILE.a])],
    })
    await carrier('b', 'down')
    // Which keeps lab-a up.
    await manager.createSession(PROFILE.a).open()
    const session = manager.createSession('net')
    session.on('preferredConfigurationChanged', (_to, _isSeamless, offer) => void offer.migrate())
    const tried = new Promise<RoamingTrial>((resolve) => session.on('newConfigurationActivated', resolve))
    await session.open()
    await carrier('b', 'up')
    const trial = await tried
    for (const [via, link] of [
      [trial, 'b'],
      [session, 'a'],
    ] as const) {
      const carried = await carriedBy(() => exchange(connect(via, { host: INTERNET, port: PORTS.echo })))
      expect(carried[link]).toBeGreaterThan(MUCH)
      expect(carried[link === 'a' ? 'b' : 'a']).toBeLessThan(LITTLE)
    }
  })
})

/** Gives both links IPv6 until the test is over, and the Internet an address. */
async function giveIpv6(): Promise<string> {
  onTestFinished(async () => {
    const asBefore = [
      'ipv6.gateway',
      '',
      'ipv6.addresses',
      '',
      'ipv6.method',
      'link-local',
      'ipv6.may-fail',
      'yes',
    ]
    for (const profile of ['lab-a', 'lab-b']) await nmcli('connection', 'modify', profile, ...asBefore)
    await nmcli('connection', 'up', 'lab-a')
  })
  for (const [index, link] of ['a', 'b'].entries()) {
    await peer('ip', ['-6', 'addr', 'replace', `2001:db8:${index}::1/64`, 'dev', `peer-${link}`, 'nodad'])
    await nmcli(
      ...['connection', 'modify', `lab-${link}`, 'ipv6.method', 'manual'],
      ...['ipv6.addresses', `2001:db8:${index}::2/64`, 'ipv6.gateway', `2001:db8:${index}::1`],
      ...['ipv6.may-fail', 'no'],
    )
  }
  await peer('ip', ['-6', 'addr', 'replace', '2001:db8:ffff::1/128', 'dev', 'lo'])
  await nmcli('connection', 'up', 'lab-a')
  return '2001:db8:ffff::1'
}

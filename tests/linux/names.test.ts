import { Resolver } from 'node:dns/promises'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import type { LinkInterface } from '@roamkit/core'
import { dhcp, names, nm, packets, peer, resolved } from '@roamkit/lab-linux'
import { lookup } from '@roamkit/sockets'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { calm, nmcli, openHost, PROFILE, until } from './host.js'

/** A name that each link's own name server knows, with another address. */
const HOST = 'host.example'
const ADDRESS = { a: '10.91.0.1', b: '10.91.1.1' } as const

/** Name servers to which the system's routes lead through lab-a, whichever link they are of. */
const DISTANT = { a: '198.51.100.1', b: '198.51.100.2' } as const

/** Enough questions to tell their packets from the few others that a link carries meanwhile. */
const MANY = 60
const OTHERS = 20

/** The addresses of a name, asked for through a link. */
async function lookedUp(link: LinkInterface, host = HOST): Promise<readonly string[]> {
  const found = await promisify(lookup(link))(host, { all: true })
  return (found as unknown as { address: string }[]).map(({ address }) => address)
}

/** Two links that are up: lab-a, which is the default route, and lab-b. NetworkManager tells systemd-resolved of them, or does not. */
async function twoLinks({ tellsResolved = false, distantNames = true } = {}) {
  await nmcli('connection', 'down', 'lab-a')
  await dhcp.serve({ distantNames })
  await names.serve(['a', 'b'])
  await nm.stop()
  await nm.start({ connectivity: 0, resolved: tellsResolved })
  const manager = await openHost()
  const interfaceOf = async (id: string) => {
    const session = manager.createSession(id)
    await session.open()
    await until(() => expect(session.interface?.dns).toHaveLength(1))
    return session.interface as LinkInterface
  }
  const links = { a: await interfaceOf(PROFILE.a), b: await interfaceOf(PROFILE.b) }
  if (distantNames) expect([links.a.dns, links.b.dns]).toEqual([[DISTANT.a], [DISTANT.b]])
  return links
}

/** How many packets came out of each link meanwhile, at its far end. */
async function carried(run: () => Promise<void>): Promise<{ readonly a: number; readonly b: number }> {
  const before = { a: await packets('a'), b: await packets('b') }
  await run()
  return { a: (await packets('a')) - before.a, b: (await packets('b')) - before.b }
}

/** Asks many times through one link, and checks the answers, and by which link the questions went. */
async function expectOwnLink(links: Awaited<ReturnType<typeof twoLinks>>, own: 'a' | 'b'): Promise<void> {
  const other = own === 'a' ? 'b' : 'a'
  const before = { own: names.questions(own).length, other: names.questions(other).length }
  const packetsOf = await carried(async () => {
    for (let count = 0; count < MANY; count++) expect(await lookedUp(links[own])).toEqual([ADDRESS[own]])
  })
  expect(names.questions(own).length - before.own).toBe(MANY)
  expect(names.questions(other).length - before.other).toBe(0)
  expect(packetsOf[own]).toBeGreaterThanOrEqual(MANY)
  expect(packetsOf[other]).toBeLessThan(OTHERS)
}

beforeEach(calm)
afterEach(async () => {
  await names.stop()
  await resolved.stop()
  await dhcp.serve()
  await nm.stop()
  await nm.start({ connectivity: 5, resolved: false })
  await nmcli('connection', 'down', 'lab-a')
  await calm()
})

describe("names through a link, by the link's own name servers", () => {
  it('asks through each link, though the routes lead through the other', async () => {
    const links = await twoLinks()
    await expectOwnLink(links, 'b')
    await expectOwnLink(links, 'a')
  })

  it('which a resolver that is not bound to the link does not', async () => {
    const { b } = await twoLinks()
    const resolver = new Resolver()
    resolver.setServers([DISTANT.b])
    resolver.setLocalAddress(b.addresses[0]?.replace(/\/.*/, '') ?? '')
    const packetsOf = await carried(async () => {
      for (let count = 0; count < MANY; count++) expect(await resolver.resolve4(HOST)).toEqual([ADDRESS.b])
    })
    // The right server answers, but the questions went by lab-a.
    expect(packetsOf.a).toBeGreaterThanOrEqual(MANY)
  })

  it('asks over TCP through the link, too', async () => {
    const { b } = await twoLinks()
    const packetsOf = await carried(async () => {
      for (let count = 0; count < MANY / 4; count++)
        expect(await lookedUp(b, 'many.example')).toHaveLength(64)
    })
    expect(names.questions('b')).toHaveLength(MANY / 2)
    expect(packetsOf.b).toBeGreaterThan(MANY)
    expect(packetsOf.a).toBeLessThan(OTHERS)
  })

  it.each(['a', 'b'] as const)('asks a server that has only a link-local IPv6 address (%s)', async (own) => {
    const links = await twoLinks()
    const shown = await peer('ip', ['-j', '-6', 'addr', 'show', `peer-${own}`, 'scope', 'link'])
    const [{ addr_info: addresses }] = JSON.parse(shown) as [{ addr_info: { local: string }[] }]
    const server = addresses[0]?.local ?? ''
    expect(await lookedUp({ ...links[own], dns: [server] })).toEqual([ADDRESS[own]])
    expect(await lookedUp({ ...links[own], dns: [server] }, 'many.example')).toHaveLength(64)
    expect([...names.questions('a'), ...names.questions('b')]).toEqual(names.questions(own))
  })

  it('says that there is no such name', async () => {
    const { b } = await twoLinks()
    await expect(lookedUp(b, 'none.example')).rejects.toMatchObject({ code: 'ENOTFOUND', syscall: 'lookup' })
    expect(names.questions('b')).toEqual(['A none.example'])
  })

  it('says "try again" if nothing answers on that link, while the other link has the answer', async () => {
    const { a, b } = await twoLinks()
    await names.stop()
    await names.serve(['a'])
    await expect(lookedUp(b)).rejects.toMatchObject({ code: 'EAI_AGAIN', hostname: HOST })
    expect(await lookedUp(a)).toEqual([ADDRESS.a])
  })
})

const obstacle = resolved.obstacle()
describe(`names through a link, by systemd-resolved${obstacle === null ? '' : ` (${obstacle})`}`, () => {
  it.skipIf(obstacle !== null)('asks through each link', async () => {
    await resolved.start()
    const links = await twoLinks({ tellsResolved: true })
    await until(async () => expect(await lookedUp(links.b)).toEqual([ADDRESS.b]))
    await expectOwnLink(links, 'b')
    await expectOwnLink(links, 'a')
  })

  it.skipIf(obstacle !== null)('is what answers: it goes on doing so without our own sockets', async () => {
    await resolved.start()
    const { b } = await twoLinks({ tellsResolved: true })
    // With a server of which only systemd-resolved knows, its answer is the only one.
    const untold = { ...b, dns: [] }
    expect(await lookedUp(untold)).toEqual([ADDRESS.b])
    await expect(lookedUp(untold, 'none.example')).rejects.toMatchObject({
      code: 'ENOTFOUND',
      syscall: 'lookup',
    })
    expect(await lookedUp(untold, 'localhost')).toEqual(['127.0.0.1'])
  })

  it.skipIf(obstacle !== null)('gives way to the servers of the link if it knows none of it', async () => {
    await resolved.start()
    const links = await twoLinks({ tellsResolved: false })
    await expectOwnLink(links, 'b')
  })

  it.skipIf(obstacle !== null)('gives way to them if it has gone', async () => {
    await resolved.start()
    onTestFinished(() => resolved.stop())
    const links = await twoLinks({ tellsResolved: true })
    expect(await lookedUp(links.b)).toEqual([ADDRESS.b])
    await resolved.kill()
    expect(existsSync('/run/systemd/resolve/io.systemd.Resolve')).toBe(true)
    await expectOwnLink(links, 'b')
  })
})

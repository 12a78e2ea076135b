import { carrier, portal } from '@roamkit/lab-linux'
import { checkDns, checkHttp, checkTcp } from 'roamkit'
import { expect, onTestFinished } from 'vitest'
import { Gateway } from './gateway.js'
import { ip, misfortune, nameServer, pass, peer, seconds, timeOf, useMisfortunes } from './misfortunes.js'

const BEYOND = { host: '203.0.113.1', port: 8080 }

useMisfortunes()

/** Nothing behind the cable of link a answers any more, until `repair`. */
async function emptyA(): Promise<{ repair(): Promise<void> }> {
  let isEmpty = true
  const repair = async () => {
    if (isEmpty) await peer('addr add 10.91.0.1/24 dev peer-a')
    isEmpty = false
  }
  onTestFinished(repair)
  await peer('addr flush dev peer-a')
  // If the kernel remembers the neighbour, it tries for ten seconds before it says that it is gone.
  await ip('neigh flush dev eth-a')
  return { repair }
}

misfortune('Nothing behind the cable', 'L1', async () => {
  const gateway = await Gateway.start({ check: checkTcp(BEYOND) })
  await gateway.works('a')
  await expect.poll(() => gateway.session.health, { timeout: 10_000 }).toBe('good')
  gateway.forget()
  const { repair } = await emptyA()
  const away = await timeOf(gateway.works('b', 20_000))
  expect(gateway.moves).toEqual(['a>b health'])
  const silence = gateway.longestGap
  await repair()
  const back = await timeOf(gateway.works('a', 20_000))
  expect(gateway.links).toEqual(['b', 'a'])
  expect(gateway.words).not.toContain('closed')
  return {
    happens: 'the health check makes the link bad; the session moves, and returns after the repair',
    recovery: `${seconds(Math.max(silence, away))}; back on the cable after ${seconds(back)}`,
  }
})

misfortune('Nothing behind the cable, no health check', 'L1', async () => {
  const gateway = await Gateway.start({ manager: { retryAfter: 3000 } })
  await gateway.works('a')
  await expect.poll(() => gateway.session.health, { timeout: 10_000 }).toBe('good')
  gateway.forget()
  const { repair } = await emptyA()
  const away = await timeOf(gateway.works('b', 20_000))
  expect(gateway.moves).toEqual(['a>b health'])
  await repair()
  const back = await timeOf(gateway.works('a', 20_000))
  expect(gateway.words).not.toContain('closed')
  expect(gateway.session.healthCost).toEqual({ checks: 0, bytes: 0 })
  return {
    happens:
      'the gateway reports that no answers come; the session moves, and tries the cable again after a time',
    recovery: `${seconds(away)}; back on the cable after ${seconds(back)}`,
  }
})

misfortune('The name server is dead', 'L1', async () => {
  const server = await nameServer('10.91.0.1')
  await nameServer('10.91.1.1')
  const gateway = await Gateway.start({ check: checkDns({ name: 'any.example' }) })
  await gateway.works('a')
  await expect.poll(() => gateway.session.health, { timeout: 10_000 }).toBe('good')
  gateway.forget()
  await server.stop()
  const away = await timeOf(gateway.works('b', 20_000))
  expect(gateway.moves).toEqual(['a>b health'])
  await nameServer('10.91.0.1')
  const back = await timeOf(gateway.works('a', 20_000))
  expect(gateway.links).toEqual(['b', 'a'])
  return {
    happens: 'the health check makes the link bad; the session moves, and returns when names resolve again',
    recovery: `${seconds(away)}; back on the cable after ${seconds(back)}`,
  }
})

misfortune('A portal', 'L1', async () => {
  const check = checkHttp('http://203.0.113.1:8080/generate_204', { expect: 204 })
  const gateway = await Gateway.start({ check })
  await gateway.works('a')
  await expect.poll(() => gateway.session.health, { timeout: 10_000 }).toBe('good')
  gateway.forget()
  await portal('portal', 'a')
  const away = await timeOf(gateway.works('b', 20_000))
  expect(gateway.moves).toEqual(['a>b health'])
  await portal('full')
  const back = await timeOf(gateway.works('a', 20_000))
  expect(gateway.links).toEqual(['b', 'a'])
  return {
    happens:
      'the health check gets 302 instead of 204; the session moves, and returns when the portal is gone',
    recovery: `${seconds(away)}; back on the cable after ${seconds(back)}`,
  }
})

misfortune(
  'A loose plug',
  'L3',
  async () => {
    const gateway = await Gateway.start({ check: checkTcp(BEYOND) })
    await gateway.works('a')
    gateway.forget()
    for (let round = 0; round < 8; round += 1) {
      await carrier('a', 'down')
      await pass(2000)
      await carrier('a', 'up')
      await pass(3000)
    }
    expect(gateway.links.length).toBeLessThan(10)
    // At each loss it goes to the other link, and does not wait for the return of the one that is lost.
    expect(gateway.moves.filter((move) => !/^(a>b|b>a) /.test(move))).toEqual([])
    expect(gateway.links).toEqual(gateway.links.map((_, index) => (index % 2 === 0 ? 'b' : 'a')))
    expect(gateway.session.isConnected).toBe(true)
    expect(gateway.words).not.toContain('closed')
    return {
      happens: `in for 3 s, out for 2 s, for 40 s: the session moves ${gateway.links.length} times`,
      recovery: `${seconds(gateway.longestLoss)} without a link at most; ${seconds(gateway.longestGap)} without an answer`,
    }
  },
  90_000,
)

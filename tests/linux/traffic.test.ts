import { setTimeout as sleep } from 'node:timers/promises'
import { byConnectivity, byOrder, type NetworkSession } from '@roamkit/core'
import { carrier, peer } from '@roamkit/lab-linux'
import { checkHttp } from 'roamkit'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { calm, openHost, PROFILE, until } from './host.js'
import { INTERNET, PORTS, startTrafficServer } from './traffic.js'
import { type Client, startBound, startPlain } from './traffic-clients.js'

/** How often each thing happens, and whether plain clients run beside: they need minutes. The figures of docs/sockets.md are of five rounds. */
const ROUNDS = Number(process.env.ROAMKIT_ROUNDS ?? 1)
const WITH_PLAIN = process.env.ROAMKIT_ROUNDS !== undefined

beforeEach(calm)
afterAll(calm)

/** What happens to link a, and which link is in use afterwards. */
const EVENTS = {
  'cable pulled': { happens: () => carrier('a', 'down'), leadsTo: PROFILE.b },
  'cable put back': { happens: () => carrier('a', 'up'), leadsTo: PROFILE.a },
  'goes silent': { happens: () => peer('ip', ['addr', 'flush', 'dev', 'peer-a']), leadsTo: PROFILE.b },
  'speaks again': {
    happens: () => peer('ip', ['addr', 'replace', '10.91.0.1/24', 'dev', 'peer-a']),
    leadsTo: PROFILE.a,
  },
} as const

async function openNet(): Promise<NetworkSession> {
  const manager = await openHost({ recovery: 500, recoveryLimit: 500 })
  const members = [PROFILE.a, PROFILE.b]
  const check = checkHttp(`http://${INTERNET}:${PORTS.http}/`)
  manager.defineServiceNetwork({
    identifier: 'net',
    members,
    ranking: [byConnectivity, byOrder(members)],
    health: { check, every: 1000, everyInDoubt: 250, timeout: 500, downAfter: 2, upAfter: 1 },
  })
  await manager.createSession(PROFILE.b).open()
  const session = manager.createSession('net')
  await session.open({ keepOpen: true })
  return session
}

it('traffic on the links of a session outlives what happens to them, and none is lost', {
  timeout: 600_000,
}, async () => {
  const arrived = await startTrafficServer()
  const session = await openNet()
  const bound = startBound(session)
  const plain = WITH_PLAIN ? startPlain() : []
  const clients = [...bound, ...plain]
  const stalls = new Map<string, number[]>()
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, { happens, leadsTo }] of Object.entries(EVENTS)) {
      for (const { tally } of clients) tally.mark()
      await happens()
      await until(() => expect(session.activeConfiguration).toBe(leadsTo), 30_000)
      // The plain ones have their time, within limits.
      const all = Promise.all(clients.map(({ tally }) => tally.next().then(() => tally.next())))
      await Promise.race([all, sleep(45_000)])
      for (const [index, { tally }] of clients.entries()) {
        tally.look()
        const key = `${name} ${index}`
        stalls.set(key, [...(stalls.get(key) ?? []), tally.stall])
      }
    }
  await Promise.all(clients.map((client) => client.stop()))
  const counts = await arrived()
  print(clients, stalls)
  for (const { topic, sent } of clients) {
    if (topic === null) continue
    const numbers = [...counts].filter(([key]) => key.startsWith(`${topic} `))
    const doubled = numbers.filter(([, times]) => times > 1).length
    console.log(`${topic}: ${sent()} sent, ${sent() - numbers.length} lost, ${doubled} doubled`)
    if (topic === 'lab/bound') expect(numbers.length).toBe(sent())
  }
  // With retries. Of the others, those fail that were under way.
  expect(bound[0]?.tally).toMatchObject({ name: 'undici', failed: 0 })
})

/** The longest time without an answer, in milliseconds, for each thing that happens. */
function print(clients: readonly Client[], stalls: ReadonlyMap<string, number[]>): void {
  console.log(['', 'client', 'answers', 'failed', ...Object.keys(EVENTS)].join(' | '))
  for (const [index, { tally }] of clients.entries()) {
    const kind = index < 4 ? 'session' : 'plain'
    const worst = Object.keys(EVENTS).map((event) =>
      Math.round(Math.max(...(stalls.get(`${event} ${index}`) ?? []))),
    )
    console.log([kind, tally.name, tally.done, tally.failed, ...worst].join(' | '))
  }
}

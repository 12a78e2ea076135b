import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { peer } from '@roamkit/lab-linux'
import { onTestFinished } from 'vitest'

/** Beyond every link of the lab. */
export const INTERNET = '203.0.113.1'
export const PORTS = { http: 9001, mqtt: 9002, echo: 9003 } as const

/** Starts what answers beyond the links. Returns a function that ends it and resolves to how often each MQTT message arrived. */
export async function startTrafficServer(): Promise<() => Promise<ReadonlyMap<string, number>>> {
  const program = fileURLToPath(new URL('./traffic-server.mjs', import.meta.url))
  const server = spawn('nsenter', ['--net=/run/netns/peer', '--', process.execPath, program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void server.kill('SIGKILL'))
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]()
  if ((await lines.next()).value !== 'ready') throw new Error('the traffic server did not start')
  return async () => {
    server.stdin.end()
    const { value } = await lines.next()
    await once(server, 'exit')
    return new Map(JSON.parse(value))
  }
}

/** How many bytes the peer has received by each link, by its own counters. */
async function receivedByPeer(): Promise<Readonly<Record<'a' | 'b' | 'c', number>>> {
  const links: { ifname: string; stats64: { rx: { bytes: number } } }[] = JSON.parse(
    await peer('ip', ['-s', '-j', 'link']),
  )
  const of = (link: string) => links.find(({ ifname }) => ifname === `peer-${link}`)?.stats64.rx.bytes ?? 0
  return { a: of('a'), b: of('b'), c: of('c') }
}

/** What the peer received by each link while something ran. */
export async function carriedBy(
  run: () => Promise<void>,
): Promise<Readonly<Record<'a' | 'b' | 'c', number>>> {
  const before = await receivedByPeer()
  await run()
  const after = await receivedByPeer()
  return { a: after.a - before.a, b: after.b - before.b, c: after.c - before.c }
}

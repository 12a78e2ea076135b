import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type MockDriver, mock, VirtualClock } from '@roamkit/backend-mock'
import { byOrder, NetworkConfigurationManager, type NetworkSession, type RoamingTrial } from '@roamkit/core'
import { expect, onTestFinished } from 'vitest'

/** A manager whose links are scripted, in virtual time, and whose addresses are real ones of the loopback device. */
export interface Lab {
  readonly clock: VirtualClock
  readonly world: MockDriver['world']
  readonly manager: NetworkConfigurationManager
  /** On the service network of both links, which prefers `a`. */
  readonly session: NetworkSession
}

/** The address of each link. Sockets that are bound to it come from it. */
export const ADDRESSES = { a: '127.0.0.11', b: '127.0.0.12', v6: '::1' } as const

const link = (address: string) => ({
  name: 'lo',
  index: 1,
  hardwareAddress: null,
  mtu: 65_536,
  addresses: [`${address}/8`],
  gateways: [],
  dns: [],
  searchDomains: [],
})

/** Opens a lab. `a` is up and in use, `b` is better but out of range. */
export async function openLab(): Promise<Lab> {
  const clock = new VirtualClock()
  const driver = mock({
    configurations: [
      { id: 'a', link: 'up', interface: link(ADDRESSES.a) },
      { id: 'b', inRange: false, interface: link(ADDRESSES.b) },
    ],
  })
  const manager = await NetworkConfigurationManager.open(driver, { clock, recovery: 0 })
  manager.defineServiceNetwork({ identifier: 'net', members: ['a', 'b'], ranking: [byOrder(['b', 'a'])] })
  const session = manager.createSession('net')
  onTestFinished(async () => {
    const closed = manager.close()
    await clock.advance(60_000)
    await closed
    expect(clock.pending).toBe(0)
  })
  await advance({ clock }, 100, session.open())
  return { clock, world: driver.world, manager, session }
}

/** Lets virtual time pass until a promise that needs it has settled. */
export async function advance<Value>(
  { clock }: Pick<Lab, 'clock'>,
  ms: number,
  promise: Promise<Value>,
): Promise<Value> {
  await clock.advance(ms)
  return promise
}

/** Roams to `b` with consent, up to its trial: `a` stays up. */
export async function tryB({ clock, world, session }: Lab): Promise<RoamingTrial> {
  const undo = session.on('preferredConfigurationChanged', (_to, _isSeamless, offer) => void offer.migrate())
  world.setInRange('b', true)
  await clock.advance(100)
  undo()
  const { trial } = session
  if (trial === null) throw new Error('no trial')
  return trial
}

/** Answers a trial, and lets what follows happen. */
export async function decide(
  { clock }: Lab,
  trial: RoamingTrial,
  answer: 'accept' | 'reject',
): Promise<void> {
  const tookEffect = trial[answer]()
  await clock.advance(100)
  expect(await tookEffect).toBe(true)
}

/** A TCP server that sends what it receives back, and knows where its connections come from. */
export async function startServer(host = '127.0.0.1'): Promise<{
  readonly server: Server
  readonly port: number
  readonly from: string[]
  readonly sockets: Socket[]
}> {
  const from: string[] = []
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    from.push(socket.remoteAddress ?? '')
    sockets.push(socket)
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  server.listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { server, port: (server.address() as AddressInfo).port, from, sockets }
}

/** How a socket ended: the error's code and reason, or `null`. */
export function endOf(socket: {
  once(
    name: 'error' | 'close',
    listener: (error: Error & { code?: string; reason?: string | null }) => void,
  ): unknown
}): Promise<string | null> {
  return new Promise((resolve) => {
    let says: string | null = null
    socket.once('error', ({ code, reason }) => {
      says = code === 'ERR_LINK_LOST' ? `${code}/${reason}` : (code ?? 'unknown')
    })
    socket.once('close', () => resolve(says))
  })
}

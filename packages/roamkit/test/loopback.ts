import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { CheckedLink, HealthCheck, LinkInterface } from '@roamkit/core'
import { expect, onTestFinished, vi } from 'vitest'

/** What the system calls its loopback. */
const LOOPBACK_NAME =
  Object.entries(networkInterfaces()).find(([, entries = []]) =>
    entries.some(({ address }) => address === '127.0.0.1'),
  )?.[0] ?? 'lo'

/** An interface of that name with these addresses. */
export function link(...addresses: string[]): LinkInterface {
  return {
    name: LOOPBACK_NAME,
    index: 1,
    hardwareAddress: null,
    mtu: null,
    addresses,
    gateways: [],
    dns: [],
    searchDomains: [],
  }
}

export const LOOPBACK = link('127.0.0.1/8')

/** How sockets are bound to the loopback here. */
export const BINDING = process.platform === 'linux' ? 'device' : 'address'

interface Web {
  readonly server: Server
  readonly port: number
  /** Where each request came from. */
  readonly from: (string | undefined)[]
  /** Resolves once nobody is connected any more. */
  isAlone(): Promise<void>
}

/** A web server that answers `/NNN` with that status, and `/never` never. */
export async function web(host = '127.0.0.1'): Promise<Web> {
  const from: (string | undefined)[] = []
  const server = createServer((request, response) => {
    from.push(request.socket.remoteAddress)
    if (request.url === '/never') return
    response.writeHead(Number(request.url?.slice(1)) || 200, { location: '/elsewhere' }).end('x')
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const connections = () =>
    new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))
  const isAlone = async () => {
    while ((await connections()) > 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return { server, port: (server.address() as AddressInfo).port, from, isAlone }
}

/** A port that nobody listens on. */
export async function closedPort(): Promise<number> {
  const { server, port } = await web()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A server on bare TCP: what each connection gets is up to the test. */
export async function tcp(connected: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    connected(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const isAlone = () => vi.waitFor(() => expect(sockets.size).toBe(0), 5000)
  return { port: (server.address() as AddressInfo).port, isAlone }
}

/** Writes a text again and again, until the socket is closed. */
export function repeats(socket: Socket, text: string, every: number): void {
  const timer = setInterval(() => socket.write(text), every)
  socket.on('close', () => clearInterval(timer))
}

/** The sockets that this process has open, but those that listen for connections. */
function openSockets(): readonly string[] {
  return process.getActiveResourcesInfo().filter((kind) => /^(TCPSocket|TLS|UDP|Pipe)/.test(kind))
}

/** Runs a check on a link, the loopback if none is given; fails if it leaves a socket open. */
export async function resultOf(
  check: HealthCheck,
  { on = LOOPBACK, signal = AbortSignal.timeout(20_000) }: { on?: LinkInterface; signal?: AbortSignal } = {},
) {
  const before = openSockets().length
  const result = await check({ interface: on } as CheckedLink, { signal })
  await vi.waitFor(() => expect(openSockets().length).toBeLessThanOrEqual(before), 5000)
  return result
}

/** Resolves after that many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

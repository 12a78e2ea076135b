import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LinkInterface } from '@roamkit/core/contract'
import { type Answer, type DecodedPacket, decode, encode, type Packet } from 'dns-packet'
import { expect, onTestFinished } from 'vitest'
import { type NameSources, systemSources } from '../src/names/name-sources.js'
import { resolveNameBy } from '../src/names/resolve.js'

/** One question that a name server got, and how to answer it. */
export interface Asked {
  readonly query: DecodedPacket
  readonly by: 'udp' | 'tcp'
  readonly name: string
  readonly type: string
  /** The address and the port that it came from. */
  readonly from: string
  readonly port: number
  /** Sends bytes back. */
  send(bytes: Uint8Array): void
}

/** A name server that runs in this process, on UDP and TCP. */
export interface NameServer {
  readonly address: string
  readonly port: number
  readonly asked: readonly Asked[]
  /** What was asked for, such as `A host.example`. */
  questions(): readonly string[]
}

const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const

export const TRUNCATED = 1 << 9

/** A proper answer, and what is to be different in it. */
export function answer({ query }: Asked, answers: Answer[], changes: Partial<Packet> = {}): Buffer {
  const { id = 0, questions = [] } = query
  return encode({ type: 'response', id, questions, answers, ...changes })
}

/** An answer that contains no record. */
export function refusal(asked: Asked, rcode: keyof typeof RCODES): Buffer {
  return answer(asked, [], { flags: RCODES[rcode] })
}

export const A = (name: string, data: string): Answer => ({ type: 'A', name, data, ttl: 60 })
export const AAAA = (name: string, data: string): Answer => ({ type: 'AAAA', name, data, ttl: 60 })
export const CNAME = (name: string, data: string): Answer => ({ type: 'CNAME', name, data, ttl: 60 })

/** Answers from a table of addresses. A name that is not in it does not exist. */
export function zone(table: Readonly<Record<string, readonly Answer[]>>): (asked: Asked) => void {
  return (asked) => {
    const records = table[asked.name]
    if (records === undefined) asked.send(refusal(asked, 'NXDOMAIN'))
    else
      asked.send(
        answer(
          asked,
          records.filter(({ type }) => type === asked.type || type === 'CNAME'),
        ),
      )
  }
}

/** Starts a name server. Several have the same port and other addresses of the loopback device. */
export async function nameServer(
  answers: (asked: Asked) => void,
  { address = '127.0.0.1', port = 0 }: { readonly address?: string; readonly port?: number } = {},
): Promise<NameServer> {
  const asked: Asked[] = []
  const take = (message: Buffer, { by, from, port, send }: Pick<Asked, 'by' | 'from' | 'port' | 'send'>) => {
    const query = decode(message)
    const [{ name = '', type = '' } = {}] = query.questions ?? []
    const one = { query, by, name, type, from, port, send }
    asked.push(one)
    answers(one)
  }
  const tcp = createServer((socket) => {
    opened.add(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => {
      take(data.subarray(2), {
        by: 'tcp',
        from: socket.remoteAddress ?? '',
        port: socket.remotePort ?? 0,
        send: (bytes) => void socket.write(withLength(bytes)),
      })
    })
  })
  const opened = new Set<Socket>()
  await once(tcp.listen(port, address), 'listening')
  const { port: actual } = tcp.address() as AddressInfo
  const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  udp.on('message', (message, from: RemoteInfo) => {
    take(message, {
      by: 'udp',
      from: from.address,
      port: from.port,
      send: (bytes) => udp.send(bytes, from.port, from.address),
    })
  })
  udp.bind(actual, address)
  await once(udp, 'listening')
  onTestFinished(() => {
    udp.close()
    tcp.close()
    for (const socket of opened) socket.destroy()
  })
  return { address, port: actual, asked, questions: () => asked.map(({ type, name }) => `${type} ${name}`) }
}

/** A message as it is sent over TCP. */
function withLength(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** The loopback device, with these name servers. */
export function loopback(changes: Partial<LinkInterface> = {}): LinkInterface {
  return {
    name: 'lo',
    index: 1,
    hardwareAddress: null,
    mtu: 65_536,
    addresses: ['127.0.0.1/8'],
    gateways: [],
    dns: [],
    searchDomains: [],
    ...changes,
  }
}

/** Sources that are not those of this machine, and do not wait for long. */
function sources(changes: Partial<NameSources> = {}): NameSources {
  return {
    ...systemSources(),
    hostsFile: '/nonexistent/hosts',
    resolved: null,
    resolvedTimeout: 20_000,
    rounds: [20_000],
    shortestWait: 10,
    streamTimeout: 20_000,
    ...changes,
  }
}

/** What a look-up is to have. */
export interface Looked {
  readonly link?: Partial<LinkInterface>
  readonly sources?: Partial<NameSources>
  readonly family?: 0 | 4 | 6
  readonly signal?: AbortSignal
}

/** Looks a name up. */
export async function lookUp(host: string, { link, sources: own, family = 0, signal }: Looked = {}) {
  const query = { host, family, signal: signal ?? new AbortController().signal }
  const found = await resolveNameBy(loopback(link), query, sources(own))
  return found.map(({ address }) => address)
}

/** Looks a name up by one name server. */
export function lookUpBy({ address, port }: NameServer, host: string, looked: Looked = {}) {
  return lookUp(host, {
    ...looked,
    link: { dns: [address], ...looked.link },
    sources: { port, ...looked.sources },
  })
}

/** Whether this machine has the address ::1. */
export function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))
}

/** A file for this test. */
export function temporaryFile(name: string, text?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'roamkit-names-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, name)
  if (text !== undefined) writeFileSync(path, text)
  return path
}

/** How many sockets and timers this process has, by kind. */
function resources(): ReadonlyMap<string, number> {
  const kinds = process.getActiveResourcesInfo().filter((kind) => /^(UDP|TCP|Pipe|Timeout)/.test(kind))
  return new Map(kinds.map((kind) => [kind, kinds.filter((one) => one === kind).length]))
}

/** Runs a look-up, and checks that it leaves neither a socket nor a timer. */
export async function leavingNothing<Value>(run: () => Promise<Value>): Promise<Value> {
  const before = resources()
  // The test runner has timers, too, and those may have ended.
  const more = () => [...resources()].filter(([kind, count]) => count > (before.get(kind) ?? 0))
  try {
    return await run()
  } finally {
    await turnsUntil(() => more().length === 0)
    expect(more()).toEqual([])
  }
}

/** Waits for a condition, in turns of the event loop. */
export async function turnsUntil(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100_000 && !holds(); turn++) await new Promise((resolve) => setImmediate(resolve))
}

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { type DecodedPacket, decode, encode, type Packet } from 'dns-packet'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { checkDns } from '../src/index.js'
import { LOOPBACK, link, resultOf, turns } from './loopback.js'

/** One question that a name server got, and how to answer it. */
interface Asked {
  readonly query: DecodedPacket
  readonly from: RemoteInfo
  readonly length: number
  /** Sends bytes; resolves once they are sent. */
  send(bytes: Uint8Array, by?: Socket): Promise<void>
}

const bound = async (host: string) => {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, host, resolve))
  onTestFinished(() => void socket.close())
  return socket
}

/** A name server on UDP. */
async function nameServer(answers: (asked: Asked) => void, host = '127.0.0.1') {
  const socket = await bound(host)
  const asked: Asked[] = []
  socket.on('message', (message, from) => {
    const send = (bytes: Uint8Array, by = socket) =>
      new Promise<void>((resolve) => by.send(bytes, from.port, from.address, () => resolve()))
    const one = { query: decode(message), from, length: message.length, send }
    asked.push(one)
    answers(one)
  })
  return { port: socket.address().port, asked }
}

const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const
const TRUNCATED = 1 << 9

/** A proper answer, and what is to be different in it. */
function answer(
  { query }: Asked,
  rcode: keyof typeof RCODES = 'NOERROR',
  changes: Partial<Packet> = {},
): Buffer {
  const { id = 0, questions = [] } = query
  return encode({ type: 'response', id, questions, flags: RCODES[rcode], ...changes })
}

const ADDRESS: Partial<Packet> = {
  answers: [{ type: 'A', name: 'example.org', data: '203.0.113.1', ttl: 60 }],
}

function check(port: number, server: string | null = '127.0.0.1') {
  return checkDns({ name: 'example.org', port, ...(server !== null && { server }) })
}

describe('checkDns (L1)', () => {
  test('asks once for the addresses of the name, recursively, from the address of the link', async () => {
    const { port, asked } = await nameServer((one) => one.send(answer(one, 'NOERROR', ADDRESS)))
    const result = await resultOf(check(port))
    expect(asked).toHaveLength(1)
    expect(asked[0]?.from.address).toBe('127.0.0.1')
    expect(asked[0]?.query).toMatchObject({
      type: 'query',
      opcode: 'QUERY',
      flag_rd: true,
      questions: [{ type: 'A', class: 'IN', name: 'example.org' }],
      answers: [],
    })
    expect(result).toEqual({
      alive: true,
      bytes: (asked[0]?.length ?? 0) + answer(asked[0] as Asked, 'NOERROR', ADDRESS).length,
    })
  })

  test.each<[what: string, answers: (asked: Asked) => Buffer, alive: boolean]>([
    ['an address', (asked) => answer(asked, 'NOERROR', ADDRESS), true],
    ['no address', (asked) => answer(asked), true],
    ['that there is no such name', (asked) => answer(asked, 'NXDOMAIN'), true],
    ['that it was truncated', (asked) => answer(asked, 'NOERROR', { flags: TRUNCATED }), true],
    [
      'the name in another case',
      (asked) => answer(asked, 'NOERROR', { questions: [{ type: 'A', name: 'eXample.ORG' }] }),
      true,
    ],
    ['that it does not do that', (asked) => answer(asked, 'NOTIMP'), false],
    [
      'that it cannot read the question, without it',
      (asked) => answer(asked, 'FORMERR', { questions: [] }),
      false,
    ],
    ['that it could not find out', (asked) => answer(asked, 'SERVFAIL'), false],
    ['that it does not want to', (asked) => answer(asked, 'REFUSED'), false],
  ])('an answer of %s', async (_what, answers, alive) => {
    const { port } = await nameServer((asked) => asked.send(answers(asked)))
    expect(await resultOf(check(port))).toMatchObject({ alive })
  })

  test.each<[what: string, forged: (asked: Asked) => Buffer]>([
    ['has another id', (asked) => answer(asked, 'NOERROR', { id: ((asked.query.id ?? 0) + 1) % 65_536 })],
    ['is a question', ({ query }) => encode({ ...query, type: 'query' })],
    [
      'answers for another name',
      (asked) => answer(asked, 'NOERROR', { questions: [{ type: 'A', name: 'example.com' }] }),
    ],
    [
      'answers for another type',
      (asked) => answer(asked, 'NOERROR', { questions: [{ type: 'AAAA', name: 'example.org' }] }),
    ],
    [
      'answers two questions',
      (asked) =>
        answer(asked, 'NOERROR', {
          questions: [...(asked.query.questions ?? []), ...(asked.query.questions ?? [])],
        }),
    ],
    ['is cut off', (asked) => answer(asked, 'NOERROR', ADDRESS).subarray(0, -3)],
    ['is only half a header', (asked) => answer(asked).subarray(0, 6)],
    ['is empty', () => Buffer.alloc(0)],
    ['is garbage', () => Buffer.from('garbage that is longer than a header')],
    [
      'counts more than it has',
      (asked) => {
        const bytes = answer(asked)
        bytes.writeUInt16BE(65_535, 6)
        return bytes
      },
    ],
    [
      'points at itself',
      (asked) => {
        const bytes = answer(asked)
        bytes.writeUInt16BE(0xc00c, 12)
        return bytes
      },
    ],
  ])('ignores a datagram that %s, and takes the one that follows', async (_what, forged) => {
    const { port } = await nameServer(async (asked) => {
      await asked.send(forged(asked))
      await asked.send(answer(asked, 'SERVFAIL'))
    })
    // It would be alive by the first one.
    expect(await resultOf(check(port))).toMatchObject({ alive: false })
  })

  test('ignores what another port sends, and another address', async () => {
    const forgers = [await bound('127.0.0.1')]
    // Everything in 127.0.0.0/8 is the host itself on Linux only.
    if (process.platform === 'linux') forgers.push(await bound('127.0.0.2'))
    const { port } = await nameServer(async (asked) => {
      for (const forger of forgers) await asked.send(answer(asked), forger)
      await asked.send(answer(asked, 'SERVFAIL'))
    })
    expect(await resultOf(check(port))).toMatchObject({ alive: false })
  })

  test('survives a flood of garbage', async () => {
    const { port } = await nameServer(async (asked) => {
      for (let count = 0; count < 200; count += 1) await asked.send(Buffer.alloc(1400, count))
      await asked.send(answer(asked))
    })
    expect(await resultOf(check(port))).toMatchObject({ alive: true })
  })

  test('has an id and a port that nobody can foretell', async () => {
    const { port, asked } = await nameServer((one) => one.send(answer(one)))
    for (let round = 0; round < 8; round += 1) await resultOf(check(port))
    const differences = asked.map(({ query: { id = 0 } }, index) => id - (asked[index - 1]?.query.id ?? 0))
    expect(new Set(differences).size).toBeGreaterThan(4)
    expect(new Set(asked.map(({ from }) => from.port)).size).toBeGreaterThan(4)
  })

  test('asks again after a second: a packet may be lost', async () => {
    const { port, asked } = await nameServer((one) => {
      if (asked.length === 2) one.send(answer(one))
    })
    const result = await resultOf(check(port))
    expect(result).toEqual({ alive: true, bytes: 3 * (asked[0]?.length ?? 0) })
    expect(asked[1]?.query.id).toBe(asked[0]?.query.id)
  })

  test('is not alive if nothing listens on the port', async () => {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const { port } = socket.address()
    await new Promise<void>((resolve) => socket.close(resolve))
    expect(await resultOf(check(port))).toMatchObject({ alive: false })
  })

  test("asks the link's own name servers, and is alive if one of them answers", async () => {
    const { port, asked } = await nameServer((one) => one.send(answer(one)))
    const on = { ...LOOPBACK, dns: ['not an address', '::1', '127.0.0.1'] }
    expect(await resultOf(check(port, null), { on })).toMatchObject({ alive: true })
    expect(asked).toHaveLength(1)
  })

  test.runIf(process.platform === 'linux')('is alive if one answers and the others do not', async () => {
    const { port } = await nameServer((one) => one.send(answer(one)))
    const on = { ...LOOPBACK, dns: ['127.0.0.3', '127.0.0.2', '127.0.0.1'] }
    expect(await resultOf(check(port, null), { on })).toMatchObject({ alive: true })
    const others = { ...LOOPBACK, dns: ['127.0.0.3', '127.0.0.2'] }
    expect(await resultOf(check(port, null), { on: others })).toMatchObject({ alive: false })
  })

  test('cannot tell without a name server that it could ask', async () => {
    expect(await resultOf(check(53, null))).toEqual({ alive: null, bytes: 0 })
    expect(await resultOf(check(53, null), { on: { ...LOOPBACK, dns: ['::1'] } })).toEqual({
      alive: null,
      bytes: 0,
    })
  })

  test('is not alive if the link has no address of the family of the given server', async () => {
    expect(await resultOf(check(53, '2001:db8::1'))).toEqual({ alive: false, bytes: 0 })
  })

  test('cannot tell if the address of the link is gone', async () => {
    const { port } = await nameServer((one) => one.send(answer(one)))
    expect(await resultOf(check(port), { on: link('192.0.2.99/24') })).toEqual({ alive: null, bytes: 0 })
  })

  test('sends nothing and cannot tell if the routes lead through another link', async () => {
    const { port, asked } = await nameServer((one) => one.send(answer(one)))
    const elsewhere = { ...LOOPBACK, name: 'elsewhere' }
    expect(await resultOf(check(port), { on: elsewhere })).toEqual({ alive: null, bytes: 0 })
    expect(await resultOf(check(port))).toMatchObject({ alive: true })
    expect(asked).toHaveLength(1)
  })

  test('an abort settles it at once and leaves no socket: before it begins', async () => {
    const { port, asked } = await nameServer(() => {})
    expect(await resultOf(check(port), { signal: AbortSignal.abort() })).toEqual({ alive: null, bytes: 0 })
    expect(asked).toHaveLength(0)
  })

  test.each(Array.from({ length: 10 }, (_, count) => count))(
    'after %i turns of the event loop',
    async (count) => {
      const { port } = await nameServer(() => {})
      const abort = new AbortController()
      const checking = resultOf(check(port), { signal: abort.signal })
      await turns(count)
      abort.abort(new Error('enough'))
      expect(await checking).toEqual({ alive: null, bytes: expect.any(Number) })
    },
  )

  test('while the server is silent, with the bytes that it has sent', async () => {
    const abort = new AbortController()
    const { port, asked } = await nameServer(() => abort.abort())
    const result = await resultOf(check(port), { signal: abort.signal })
    expect(result).toEqual({ alive: null, bytes: asked[0]?.length })
  })

  test('leaves no timer', async () => {
    const { port } = await nameServer((one) => one.send(answer(one)))
    const [set, clear] = [vi.spyOn(globalThis, 'setInterval'), vi.spyOn(globalThis, 'clearInterval')]
    onTestFinished(() => void vi.restoreAllMocks())
    await check(port)({ interface: LOOPBACK } as never, { signal: new AbortController().signal })
    expect(set).toHaveBeenCalledOnce()
    expect(clear).toHaveBeenCalledWith(set.mock.results[0]?.value)
  })
})

const NAME = "name of checkDns() must be a domain name, such as 'example.org'"

test.each<[options: unknown, error: typeof TypeError | typeof RangeError, says: string]>([
  [undefined, TypeError, 'the options of checkDns() must be an object, not undefined'],
  [{}, TypeError, `${NAME}, not undefined`],
  [{ name: '' }, TypeError, `${NAME}, not ''`],
  [{ name: 'a..b' }, TypeError, `${NAME}, not 'a..b'`],
  [{ name: 'a b' }, TypeError, `${NAME}, not 'a b'`],
  [{ name: 'a'.repeat(64) }, TypeError, NAME],
  [{ name: 'a.'.repeat(130) }, TypeError, NAME],
  [
    { name: 'a', server: 'dns.example' },
    TypeError,
    "server of checkDns() must be the address of a name server, not 'dns.example'",
  ],
  [{ name: 'a', port: 0 }, RangeError, 'port of checkDns() must be a whole number from 1 to 65535, not 0'],
  [
    { name: 'a', servers: '127.0.0.1' },
    TypeError,
    "checkDns() has no option 'servers'; did you mean 'server'?",
  ],
])('checkDns(%j) is refused at once (E2)', (options, error, says) => {
  expect(() => checkDns(options as never)).toThrow(error)
  expect(() => checkDns(options as never)).toThrow(says)
})

test.each(['localhost', 'example.org.', '_srv._udp.example.org', 'xn--bcher-kva.example', 'a'.repeat(63)])(
  'checkDns takes the name %s',
  (name) => {
    expect(checkDns({ name })).toBeTypeOf('function')
  },
)

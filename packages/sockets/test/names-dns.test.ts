import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type Answer, decode, encode } from 'dns-packet'
import { describe, expect, it, onTestFinished } from 'vitest'
import { question } from '../src/names/dns-message.js'
import {
  A,
  AAAA,
  type Asked,
  answer,
  CNAME,
  hasIpv6,
  leavingNothing,
  lookUp,
  lookUpBy,
  nameServer,
  refusal,
  TRUNCATED,
  turnsUntil,
  zone,
} from './names-servers.js'

const HOST = 'host.example'
const NO_NAME = { code: 'ENOTFOUND', errno: -3008, syscall: 'lookup' }
const TRY_AGAIN = { code: 'EAI_AGAIN', errno: -3001, syscall: 'lookup' }
const BOTH = { addresses: ['127.0.0.1/8', '2001:db8::1/64'] }

describe('name servers of the link', () => {
  it('gives the addresses of a name, in the order of the answer', async () => {
    const server = await nameServer(zone({ [HOST]: [A(HOST, '192.0.2.2'), A(HOST, '192.0.2.1')] }))
    expect(await leavingNothing(() => lookUpBy(server, HOST))).toEqual(['192.0.2.2', '192.0.2.1'])
    expect(server.questions()).toEqual([`A ${HOST}`])
    expect(server.asked[0]?.query.flag_rd).toBe(true)
  })

  it.each([
    [0, BOTH, ['AAAA', 'A'], ['2001:db8::2', '192.0.2.1']],
    [4, BOTH, ['A'], ['192.0.2.1']],
    [6, BOTH, ['AAAA'], ['2001:db8::2']],
    [6, {}, ['AAAA'], ['2001:db8::2']],
    [0, { addresses: ['2001:db8::1/64', '127.0.0.1/8'] }, ['AAAA', 'A'], ['2001:db8::2', '192.0.2.1']],
    [0, { addresses: ['fe80::1/64', '127.0.0.1/8'] }, ['A'], ['192.0.2.1']],
  ] as const)('asks for family %s where the link has %o', async (family, link, types, addresses) => {
    const server = await nameServer(zone({ [HOST]: [A(HOST, '192.0.2.1'), AAAA(HOST, '2001:db8::2')] }))
    expect(await lookUpBy(server, HOST, { link, family })).toEqual(addresses)
    expect(server.asked.map(({ type }) => type).sort()).toEqual([...types].sort())
  })

  it('has a port and an id of its own for each question', async () => {
    const server = await nameServer(zone({ [HOST]: [A(HOST, '192.0.2.1')] }))
    for (let count = 0; count < 8; count++) await lookUpBy(server, HOST)
    expect(new Set(server.asked.map(({ port }) => port)).size).toBeGreaterThan(4)
    expect(new Set(server.asked.map(({ query }) => query.id)).size).toBeGreaterThan(4)
  })

  it('follows sixteen aliases', async () => {
    const server = await nameServer((asked) => asked.send(answer(asked, aliases(16))))
    expect(await lookUpBy(server, HOST)).toEqual(['192.0.2.1'])
  })

  it('follows aliases, and gives addresses of no other name', async () => {
    const records = [
      A('other.example', '192.0.2.9'),
      A('end.example', '192.0.2.1'),
      CNAME('Middle.example', 'end.example'),
      CNAME('HOST.example', 'MIDDLE.example.'),
    ]
    const server = await nameServer((asked) => asked.send(answer(asked, records)))
    expect(await lookUpBy(server, HOST)).toEqual(['192.0.2.1'])
  })

  it.each([
    ['a circle of aliases', [CNAME(HOST, 'b.example'), CNAME('b.example', HOST)]],
    ['more aliases than anyone needs', aliases(17)],
    ['an alias without an address', [CNAME(HOST, 'b.example')]],
    ['no record', []],
    ['a record of another class', [{ ...A(HOST, '192.0.2.1'), class: 'CH' } as const]],
    ['a record of another type', [AAAA(HOST, '2001:db8::1')]],
  ])('finds nothing in an answer with %s', async (_what, records) => {
    const server = await nameServer((asked) => asked.send(answer(asked, records)))
    await expect(leavingNothing(() => lookUpBy(server, HOST))).rejects.toMatchObject({
      ...NO_NAME,
      hostname: HOST,
    })
  })

  it('says that there is no such name, and who was asked', async () => {
    const server = await nameServer(zone({}))
    await expect(leavingNothing(() => lookUpBy(server, HOST))).rejects.toMatchObject({
      ...NO_NAME,
      hostname: HOST,
      message: `lookup ENOTFOUND ${HOST}: there is no such name, or it has no such address (asked through "lo")`,
    })
  })

  it.each(['SERVFAIL', 'REFUSED', 'NOTIMP', 'FORMERR'] as const)(
    'says "try again" if the only server answers %s, without waiting for more',
    async (rcode) => {
      const server = await nameServer((asked) => asked.send(refusal(asked, rcode)))
      await expect(leavingNothing(() => lookUpBy(server, HOST))).rejects.toMatchObject(TRY_AGAIN)
      expect(server.asked).toHaveLength(1)
    },
  )

  it('takes what a server says that leaves out a question which it could not read', async () => {
    const server = await nameServer((asked) => asked.send(answer(asked, [], { questions: [], flags: 1 })))
    await expect(lookUpBy(server, HOST)).rejects.toMatchObject(TRY_AGAIN)
  })

  it('has the addresses of one family if the other cannot be found out', async () => {
    const server = await nameServer((asked) =>
      asked.send(asked.type === 'A' ? answer(asked, [A(HOST, '192.0.2.1')]) : refusal(asked, 'SERVFAIL')),
    )
    expect(await lookUpBy(server, HOST, { link: BOTH })).toEqual(['192.0.2.1'])
  })

  it('does not take "no address" for an answer if the other family could not be found out', async () => {
    const server = await nameServer((asked) =>
      asked.send(asked.type === 'A' ? answer(asked, []) : refusal(asked, 'SERVFAIL')),
    )
    await expect(lookUpBy(server, HOST, { link: BOTH })).rejects.toMatchObject(TRY_AGAIN)
  })
})

/** That many aliases in a row, and the address of the last. */
function aliases(count: number): Answer[] {
  const names = [HOST, ...Array.from({ length: count }, (_, index) => `n${index}.example`)]
  return [
    ...names.slice(1).map((name, index) => CNAME(names[index] ?? '', name)),
    A(names.at(-1) ?? '', '192.0.2.1'),
  ]
}

describe('messages that are no answer', () => {
  const right = (asked: Asked) => answer(asked, [A(HOST, '192.0.2.1')])
  const wrong = (asked: Asked, changes: Parameters<typeof answer>[2]) =>
    answer(asked, [A(HOST, '192.0.2.66')], changes)

  it.each<[string, (asked: Asked) => Uint8Array]>([
    ['another id', (asked) => wrong(asked, { id: ((asked.query.id ?? 0) + 1) % 65_536 })],
    [
      'another id, and truncated',
      (asked) => wrong(asked, { id: ((asked.query.id ?? 0) + 1) % 65_536, flags: TRUNCATED }),
    ],
    ['a query', (asked) => wrong(asked, { type: 'query' })],
    ['another name', (asked) => wrong(asked, { questions: [{ type: 'A', name: 'x.example' }] })],
    ['another type', (asked) => wrong(asked, { questions: [{ type: 'AAAA', name: HOST }] })],
    ['another class', (asked) => wrong(asked, { questions: [{ type: 'A', name: HOST, class: 'CH' }] })],
    ['no question', (asked) => wrong(asked, { questions: [] })],
    ['two questions', (asked) => wrong(asked, { questions: Array(2).fill({ type: 'A', name: HOST }) })],
    ['nothing', () => new Uint8Array()],
    ['only an id', (asked) => right(asked).subarray(0, 2)],
    ['only a header', (asked) => right(asked).subarray(0, 12)],
    ['a record that is cut off', (asked) => right(asked).subarray(0, -1)],
    ['garbage', (asked) => Buffer.concat([right(asked).subarray(0, 12), Buffer.alloc(40, 0xff)])],
  ])('ignores %s', async (_what, bytes) => {
    const server = await nameServer((asked) => {
      asked.send(bytes(asked))
      asked.send(right(asked))
    })
    expect(await lookUpBy(server, HOST)).toEqual(['192.0.2.1'])
    expect(server.asked).toHaveLength(1)
  })

  it('may be any bytes', () => {
    const { message, replyIn } = question(HOST, 4)
    const query = decode(message)
    const whole = encode({
      type: 'response',
      id: query.id ?? 0,
      questions: query.questions ?? [],
      answers: [
        CNAME(HOST, 'b.example'),
        A('b.example', '192.0.2.1'),
        { type: 'TXT', name: HOST, data: 'text' },
        { type: 'MX', name: HOST, data: { exchange: HOST } },
        { type: 'SOA', name: HOST, data: { mname: HOST, rname: HOST } },
      ],
      additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [] } as never],
    })
    const kinds = new Set<string | undefined>()
    for (let index = 0; index <= whole.length; index++) {
      kinds.add(replyIn(whole.subarray(0, index))?.kind)
      for (const value of [0, 1, 5, 0x0c, 0x3f, 0x82, 0xc0, 0xff]) {
        const changed = Buffer.from(whole)
        changed[index % whole.length] = value
        kinds.add(replyIn(changed)?.kind)
      }
    }
    expect(kinds).toEqual(new Set([undefined, 'outcome', 'truncated']))
  })

  it('may be made to take long', () => {
    const { message, replyIn } = question(HOST, 4)
    const long = Buffer.alloc(65_535, 0xc0)
    message.copy(long, 0, 0, 2)
    long[2] = 0x80
    long[3] = 0
    expect(replyIn(long)).toBe(null)
    expect(replyIn(long.subarray(0, 16_384))).toBe(null)
  })

  it('ignores what comes from another address or port', async () => {
    const stranger = createSocket('udp4')
    stranger.bind(0, '127.0.0.1')
    await once(stranger, 'listening')
    onTestFinished(() => void stranger.close())
    const server = await nameServer((asked) => {
      stranger.send(wrong(asked, {}), asked.port, '127.0.0.1', () => asked.send(right(asked)))
    })
    expect(await lookUpBy(server, HOST)).toEqual(['192.0.2.1'])
  })
})

describe('an answer that is truncated', () => {
  const many = Array.from({ length: 200 }, (_, index) => A(HOST, `192.0.2.${index}`))
  const truncated = (asked: Asked) => answer(asked, [], { flags: TRUNCATED })

  it('is asked for over TCP', async () => {
    const server = await nameServer((asked) =>
      asked.send(asked.by === 'udp' ? truncated(asked) : answer(asked, many)),
    )
    expect(await leavingNothing(() => lookUpBy(server, HOST))).toHaveLength(200)
    expect(server.asked.map(({ by }) => by)).toEqual(['udp', 'tcp'])
  })

  it('is asked for over TCP though it ends within a record', async () => {
    const server = await nameServer((asked) =>
      asked.send(
        asked.by === 'udp'
          ? answer(asked, many, { flags: TRUNCATED }).subarray(0, 511)
          : answer(asked, [A(HOST, '192.0.2.1')]),
      ),
    )
    expect(await lookUpBy(server, HOST)).toEqual(['192.0.2.1'])
  })

  it.each<[string, (asked: Asked) => Uint8Array]>([
    ['has the bit set over TCP, too', truncated],
    ['has another id over TCP', (asked) => answer(asked, many, { id: ((asked.query.id ?? 0) + 1) % 65_536 })],
    ['is garbage over TCP', () => Buffer.alloc(30, 0xff)],
  ])('says "try again" if the answer %s', async (_what, bytes) => {
    const server = await nameServer((asked) =>
      asked.send(asked.by === 'udp' ? truncated(asked) : bytes(asked)),
    )
    await expect(leavingNothing(() => lookUpBy(server, HOST))).rejects.toMatchObject(TRY_AGAIN)
  })

  it('says "try again" if the server does not answer over TCP', async () => {
    const server = await nameServer((asked) => {
      if (asked.by === 'udp') asked.send(truncated(asked))
    })
    const looked = { sources: { streamTimeout: 1 } }
    await expect(leavingNothing(() => lookUpBy(server, HOST, looked))).rejects.toMatchObject(TRY_AGAIN)
  })
})

describe('several name servers', () => {
  const good = zone({ [HOST]: [A(HOST, '192.0.2.2')] })
  const silent = () => {}

  it('asks only the first one, if that answers', async () => {
    const first = await nameServer(zone({ [HOST]: [A(HOST, '192.0.2.1')] }))
    const second = await nameServer(good, { address: '127.0.0.2', port: first.port })
    const link = { dns: [first.address, second.address] }
    expect(await lookUpBy(first, HOST, { link })).toEqual(['192.0.2.1'])
    expect(second.asked).toEqual([])
  })

  it('believes the first one that there is no such name', async () => {
    const first = await nameServer(zone({}))
    const second = await nameServer(good, { address: '127.0.0.2', port: first.port })
    const link = { dns: [first.address, second.address] }
    await expect(lookUpBy(first, HOST, { link })).rejects.toMatchObject(NO_NAME)
    expect(second.asked).toEqual([])
  })

  it.each([
    ['does not answer', silent, [1, 20_000]],
    ['fails', (asked: Asked) => asked.send(refusal(asked, 'SERVFAIL')), [20_000]],
    ['refuses', (asked: Asked) => asked.send(refusal(asked, 'REFUSED')), [20_000]],
  ] as const)('asks the next one if the first one %s', async (_what, answers, rounds) => {
    const first = await nameServer(answers)
    const second = await nameServer(good, { address: '127.0.0.2', port: first.port })
    const link = { dns: [first.address, second.address] }
    const looked = { link, sources: { rounds, shortestWait: rounds[0] } }
    expect(await leavingNothing(() => lookUpBy(first, HOST, looked))).toEqual(['192.0.2.2'])
    expect(first.asked.length).toBeGreaterThan(0)
  })

  it('asks the next one if nothing listens at the first one', async () => {
    const second = await nameServer(good, { address: '127.0.0.2' })
    const link = { dns: ['127.0.0.1', second.address] }
    expect(await lookUpBy(second, HOST, { link })).toEqual(['192.0.2.2'])
  })

  it.runIf(process.platform === 'linux')(
    'asks one that cannot be reached again, in the next round',
    async () => {
      const dns = ['2001:db8::1', '127.0.0.1']
      const server = await nameServer((asked) => {
        if (server.asked.length === 2) asked.send(answer(asked, [A(HOST, '192.0.2.1')]))
      })
      // The loopback device leads to no other address, so the first server is no use in any round.
      const looked = { link: { dns }, sources: { rounds: [1, 1, 20_000], shortestWait: 1 } }
      expect(await leavingNothing(() => lookUpBy(server, HOST, looked))).toEqual(['192.0.2.1'])
      const none = { link: { dns: dns.slice(0, 1) }, sources: { rounds: [1, 1], shortestWait: 1 } }
      await expect(leavingNothing(() => lookUpBy(server, HOST, none))).rejects.toMatchObject(TRY_AGAIN)
    },
  )

  it('takes a late answer of the first one', async () => {
    const late: Asked[] = []
    const first = await nameServer((asked) => late.push(asked))
    const second = await nameServer(() => late[0]?.send(answer(late[0], [A(HOST, '192.0.2.1')])), {
      address: '127.0.0.2',
      port: first.port,
    })
    const link = { dns: [first.address, second.address] }
    const sources = { rounds: [1, 20_000], shortestWait: 1 }
    expect(await lookUpBy(first, HOST, { link, sources })).toEqual(['192.0.2.1'])
  })

  it('asks again, in as many rounds as there are, and then gives up', async () => {
    const first = await nameServer(silent)
    const second = await nameServer(silent, { address: '127.0.0.2', port: first.port })
    const link = { dns: [first.address, second.address] }
    const looked = { link, sources: { rounds: [1, 1, 1], shortestWait: 1 } }
    await expect(leavingNothing(() => lookUpBy(first, HOST, looked))).rejects.toMatchObject({
      ...TRY_AGAIN,
      message: `lookup EAI_AGAIN ${HOST}: no name server has answered (asked through "lo")`,
    })
    await turnsUntil(() => first.asked.length + second.asked.length === 6)
    for (const { asked } of [first, second]) {
      expect(asked).toHaveLength(3)
      expect(new Set(asked.map(({ query, port }) => `${query.id} ${port}`)).size).toBe(1)
    }
  })

  it('asks three of them at most, and none that is no address', async () => {
    const dns = ['bad', '127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']
    const first = await nameServer((asked) => asked.send(refusal(asked, 'SERVFAIL')), {
      address: '127.0.0.2',
    })
    const others = await Promise.all(
      dns.slice(2).map((address) => {
        return nameServer((asked) => asked.send(refusal(asked, 'SERVFAIL')), { address, port: first.port })
      }),
    )
    await expect(lookUpBy(first, HOST, { link: { dns } })).rejects.toMatchObject(TRY_AGAIN)
    expect([first, ...others].map(({ asked }) => asked.length)).toEqual([1, 1, 1, 0])
  })
})

describe('search domains', () => {
  const link = { searchDomains: ['one.example', 'Two.Example.'] }

  it.each([
    ['host', {}, ['host.one.example', 'host.two.example', 'host']],
    ['host.sub', {}, ['host.sub', 'host.sub.one.example', 'host.sub.two.example']],
    ['host.', {}, ['host']],
    ['host.sub.', {}, ['host.sub']],
    ['host', { searchDomains: [] }, ['host']],
    [
      'host',
      { searchDomains: ['~.', '~route.example', 'a b', '', '.', 'x.example', 'X.example'] },
      ['host.x.example', 'host'],
    ],
    ['host', { searchDomains: ['x'.repeat(64), `${'x.'.repeat(125)}x`] }, ['host']],
    [
      'host',
      { searchDomains: [...'abcdefgh'] },
      [...[...'abcdef'].map((domain) => `host.${domain}`), 'host'],
    ],
  ])('tries %s with %o as resolv.conf does', async (host, changes, names) => {
    const server = await nameServer(zone({}))
    await expect(lookUpBy(server, host, { link: { ...link, ...changes } })).rejects.toMatchObject({
      ...NO_NAME,
      hostname: host,
    })
    expect(server.questions()).toEqual(names.map((name) => `A ${name}`))
  })

  it('ends with the first name that has an address', async () => {
    const server = await nameServer(
      zone({ 'host.one.example': [], 'host.two.example': [A('host.two.example', '192.0.2.1')] }),
    )
    expect(await lookUpBy(server, 'host', { link })).toEqual(['192.0.2.1'])
    expect(server.asked).toHaveLength(2)
  })

  it('goes on if the servers could not find out about one name, and says so if there is no other', async () => {
    const server = await nameServer((asked) =>
      asked.send(refusal(asked, asked.name === 'host.one.example' ? 'SERVFAIL' : 'NXDOMAIN')),
    )
    await expect(lookUpBy(server, 'host', { link })).rejects.toMatchObject(TRY_AGAIN)
    expect(server.asked).toHaveLength(3)
  })

  it('does not go on if no server answers', async () => {
    const server = await nameServer(() => {})
    const looked = { link, sources: { rounds: [1], shortestWait: 1 } }
    await expect(lookUpBy(server, 'host', looked)).rejects.toMatchObject(TRY_AGAIN)
    await turnsUntil(() => server.asked.length > 0)
    expect(server.questions()).toEqual(['A host.one.example'])
  })
})

describe('a look-up that is aborted', () => {
  const reason = new Error('enough')
  const truncated = (asked: Asked) => answer(asked, [], { flags: TRUNCATED })

  it.each<[string, 'udp' | 'tcp', (asked: Asked) => void]>([
    ['UDP', 'udp', () => {}],
    ['TCP', 'tcp', (asked) => (asked.by === 'udp' ? asked.send(truncated(asked)) : undefined)],
  ])('rejects with the reason and leaves nothing (%s)', async (_what, by, answers) => {
    const controller = new AbortController()
    const server = await nameServer((asked) => {
      answers(asked)
      if (asked.by === by) controller.abort(reason)
    })
    const looked = { link: BOTH, signal: controller.signal }
    await expect(leavingNothing(() => lookUpBy(server, HOST, looked))).rejects.toBe(reason)
  })

  it('asks for nothing if it was aborted before', async () => {
    const server = await nameServer(() => {})
    await expect(
      leavingNothing(() => lookUpBy(server, HOST, { signal: AbortSignal.abort(reason) })),
    ).rejects.toBe(reason)
    expect(server.asked).toEqual([])
  })
})

describe('a name server with an IPv6 address', () => {
  it.runIf(hasIpv6())('is asked over UDP and TCP', async () => {
    const server = await nameServer(
      (asked) =>
        asked.send(
          asked.by === 'udp'
            ? answer(asked, [], { flags: TRUNCATED })
            : answer(asked, [A(HOST, '192.0.2.1')]),
        ),
      { address: '::1' },
    )
    const link = { addresses: ['::1/128', '127.0.0.1/8'] }
    expect(await leavingNothing(() => lookUpBy(server, HOST, { link, family: 4 }))).toEqual(['192.0.2.1'])
    expect(server.asked.map(({ by }) => by)).toEqual(['udp', 'tcp'])
  })
})

describe('a link to which no socket can be bound', () => {
  it.runIf(process.platform === 'linux')('rejects with the error that says why', async () => {
    const link = { name: 'no-such-link', dns: ['127.0.0.1'] }
    await expect(leavingNothing(() => lookUp(HOST, { link }))).rejects.toMatchObject({
      code: 'ERR_BIND_FAILED',
    })
  })
})

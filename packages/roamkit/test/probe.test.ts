import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import type { AddressInfo, Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { createServer as createTlsServer } from 'node:tls'
import { promisify } from 'node:util'
import type { LinkInterface } from '@roamkit/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { probe } from '../src/probe/probe.js'
import type { ProbeResult } from '../src/probe/probe-result.js'
import { parseProbeTarget } from '../src/probe/probe-target.js'
import { routeTo } from '../src/probe/route.js'
import { BINDING, closedPort, LOOPBACK, link, repeats, tcp, web } from './loopback.js'

describe('probe of a TCP port', () => {
  test('is ok when it can be connected to', async () => {
    const { port, isAlone } = await web()
    const result = await probe(LOOPBACK, { host: '127.0.0.1', port })
    expect(result).toEqual({
      verdict: 'ok',
      ok: true,
      ms: expect.any(Number),
      reason: null,
      binding: BINDING,
      address: '127.0.0.1',
      status: null,
      native: null,
      bytes: 0,
    })
    await isAlone()
  })

  test('says that it was refused', async () => {
    const result = await probe(LOOPBACK, { host: '127.0.0.1', port: await closedPort() })
    expect(result).toMatchObject({ verdict: 'failed', ok: false, reason: 'refused', address: '127.0.0.1' })
    expect(result.native).toContain('ECONNREFUSED')
  })

  test('says that the name is not known', async () => {
    const result = await probe(LOOPBACK, { host: 'nobody.invalid', port: 80 })
    expect(result).toMatchObject({ ok: false, reason: 'nameUnknown', address: null })
  })

  test.each([
    ['no interface', null, '127.0.0.1'],
    ['no address', link(), '127.0.0.1'],
    ['no address of that family', LOOPBACK, '::1'],
    ['only a link-local address', link('fe80::1/64'), '2001:db8::1'],
    ['an address that it does not have any more', link('192.0.2.1/24'), '127.0.0.1'],
  ])('says that there is %s', async (_what, from, host) => {
    expect(await probe(from, { host, port: 9 })).toMatchObject({ ok: false, reason: 'noAddress' })
  })

  test('a name is tried on the first address that the link has a family for', async () => {
    const { port } = await web()
    expect(await probe(LOOPBACK, { host: 'localhost', port })).toMatchObject({ ok: true })
  })
})

const ANSWER = 'HTTP/1.1 204 No Content\r\n\r\n'

describe('probe of a URL', () => {
  test.each([
    [200, undefined, true],
    [302, undefined, true],
    [404, undefined, true],
    [500, undefined, false],
    [200, (status: number) => status === 204, false],
    [204, (status: number) => status === 204, true],
  ])('an answer of %i', async (status, expects, ok) => {
    const { port, from, isAlone } = await web()
    const options = expects === undefined ? {} : { expect: expects }
    const result = await probe(LOOPBACK, `http://127.0.0.1:${port}/${status}`, options)
    expect(result).toMatchObject({ ok, status, reason: ok ? null : 'unexpectedStatus' })
    // A redirect is not followed.
    expect(from).toHaveLength(1)
    await isAlone()
  })

  test('the bytes that its connection carried, of the request and of the answer', async () => {
    const { port, isAlone } = await tcp((socket) => socket.once('data', () => socket.end(ANSWER)))
    const { bytes } = await probe(LOOPBACK, `http://127.0.0.1:${port}/`)
    expect(bytes).toBe(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n${ANSWER}`.length,
    )
    await isAlone()
    const nobody = `http://127.0.0.1:${await closedPort()}/`
    expect(await probe(LOOPBACK, nobody)).toMatchObject({ reason: 'refused', bytes: 0 })
  })

  test('a URL object with a name in it', async () => {
    const { port } = await web()
    expect(await probe(LOOPBACK, new URL(`http://localhost:${port}/`))).toMatchObject({ ok: true })
  })

  test('https to something that does not speak it fails in its own words', async () => {
    const { port } = await web()
    const result = await probe(LOOPBACK, `https://127.0.0.1:${port}/`)
    expect(result).toMatchObject({ ok: false, reason: 'failed', native: expect.any(String) })
  })

  // Everything in 127.0.0.0/8 is the host itself on Linux only.
  test.runIf(process.platform === 'linux')("comes from the link's address", async () => {
    const { port, from } = await web()
    expect(await probe(link('127.0.0.7/8'), `http://127.0.0.1:${port}/`)).toMatchObject({
      ok: true,
      address: '127.0.0.7',
    })
    expect(from).toEqual(['127.0.0.7'])
  })
})

describe('an end', () => {
  test('comes by its own deadline, and the socket is destroyed', async () => {
    const { port, isAlone } = await web()
    const result = await probe(LOOPBACK, `http://127.0.0.1:${port}/never`, { timeout: 50 })
    expect(result).toMatchObject({ ok: false, reason: 'timedOut', address: '127.0.0.1', status: null })
    expect(result.ms).toBeGreaterThan(40)
    await isAlone()
  })

  test("rejects with the caller's abort reason, before and meanwhile", async () => {
    const { server, port, isAlone } = await web()
    const url = `http://127.0.0.1:${port}/never`
    const reason = new Error('enough')
    await expect(probe(LOOPBACK, url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const abort = new AbortController()
    server.once('request', () => abort.abort(reason))
    await expect(probe(LOOPBACK, url, { signal: abort.signal })).rejects.toBe(reason)
    await isAlone()
  })

  test('what expect throws is passed on', async () => {
    const { port } = await web()
    const failing = () => {
      throw new Error('mine')
    }
    await expect(probe(LOOPBACK, `http://127.0.0.1:${port}/`, { expect: failing })).rejects.toThrow('mine')
  })
})

const OK = 'HTTP/1.1 200 OK\r\n'

describe('every probe settles in its time, says what it saw and leaves no socket: a server that', () => {
  test.each<
    [what: string, behaves: (socket: Socket) => void, result: Partial<ProbeResult>, native?: RegExp | null]
  >([
    [
      'switches protocols',
      (socket) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
      { verdict: 'ok', status: 101 },
      null,
    ],
    [
      'switches protocols without saying to which',
      (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
      { verdict: 'ok', status: 101 },
      null,
    ],
    [
      'gives early hints, then its answer',
      (socket) =>
        socket.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'),
      { verdict: 'ok', status: 204 },
      null,
    ],
    [
      'is only ever about to answer',
      (socket) => repeats(socket, 'HTTP/1.1 102 Processing\r\n\r\n', 20),
      { verdict: 'failed', reason: 'timedOut', status: null },
      /only informational answers \(102\)/,
    ],
    [
      'floods with early hints',
      (socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)),
      { verdict: 'failed', reason: 'failed', status: null },
      /more than 100 informational answers/,
    ],
    [
      'says 100 Continue for ever',
      (socket) => repeats(socket, 'HTTP/1.1 100 Continue\r\n\r\n', 20),
      { verdict: 'failed', reason: 'timedOut', status: null },
      /informational|connected/,
    ],
    [
      'never ends its body',
      (socket) => {
        socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n`)
        repeats(socket, '1\r\nx\r\n', 5)
      },
      { verdict: 'ok', status: 200 },
      null,
    ],
    [
      'sends a head and no body',
      (socket) => socket.write(`${OK}Content-Length: 1000000\r\n\r\n`),
      { verdict: 'ok', status: 200 },
      null,
    ],
    [
      'never ends its head',
      (socket) => {
        socket.write(OK)
        repeats(socket, 'x: y\r\n', 20)
      },
      { verdict: 'failed', reason: 'timedOut', status: null },
      /connected, no answer/,
    ],
    [
      'has a huge head',
      (socket) => socket.write(`${OK}x: ${'y'.repeat(100_000)}\r\n\r\n`),
      { verdict: 'failed', reason: 'failed', status: null },
      /[Hh]eader/,
    ],
    [
      'sends it in a circle',
      (socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'),
      { verdict: 'ok', status: 302 },
      null,
    ],
    [
      'talks of something else',
      (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'),
      { verdict: 'failed', reason: 'failed', status: null },
      /./,
    ],
    [
      'hangs up at once',
      (socket) => socket.end(),
      { verdict: 'failed', reason: 'failed', status: null },
      /./,
    ],
    [
      'resets the connection',
      (socket) => socket.resetAndDestroy(),
      { verdict: 'failed', reason: 'failed', status: null },
      /./,
    ],
    [
      'says nothing',
      () => {},
      { verdict: 'failed', reason: 'timedOut', status: null },
      /connected, no answer/,
    ],
  ])('%s', async (_what, behaves, expected, native) => {
    const { port, isAlone } = await tcp((socket) => socket.once('data', () => behaves(socket)))
    const result = await probe(LOOPBACK, `http://127.0.0.1:${port}/`, { timeout: 300 })
    expect(result).toMatchObject(expected)
    expect(result.ok).toBe(result.verdict === 'ok')
    expect(result.ms).toBeGreaterThan(0)
    if (native === null) expect(result.native).toBeNull()
    else if (native !== undefined) expect(result.native).toMatch(native)
    await isAlone()
  })

  test('never answers the TLS handshake', async () => {
    const { port, isAlone } = await tcp((socket) => socket.resume())
    const result = await probe(LOOPBACK, `https://127.0.0.1:${port}/`, { timeout: 200 })
    expect(result).toMatchObject({ verdict: 'failed', reason: 'timedOut', native: 'connected, no answer' })
    await isAlone()
  })

  test('refuses the TLS handshake', async () => {
    const server = createTlsServer({})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const result = await probe(LOOPBACK, `https://127.0.0.1:${port}/`)
    expect(result).toMatchObject({ verdict: 'failed', reason: 'failed', native: expect.stringMatching(/./) })
  })

  test('asks for a certificate by the name in the URL', async () => {
    const names: string[] = []
    const server = createTlsServer({
      SNICallback: (name, done) => {
        names.push(name)
        done(new Error('there is none'))
      },
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    expect(await probe(LOOPBACK, `https://localhost:${port}/`)).toMatchObject({ verdict: 'failed' })
    expect(names).toEqual(['localhost'])
  })

  test('accepts and says nothing, for a port', async () => {
    const { port, isAlone } = await tcp(() => {})
    expect(await probe(LOOPBACK, { host: '127.0.0.1', port })).toMatchObject({ verdict: 'ok' })
    await isAlone()
  })

  test('accepts and resets, for a port: whichever is seen first', async () => {
    const { port, isAlone } = await tcp((socket) => socket.resetAndDestroy())
    const { verdict, reason } = await probe(LOOPBACK, { host: '127.0.0.1', port })
    expect(['ok null', 'failed failed']).toContain(`${verdict} ${reason}`)
    await isAlone()
  })

  test('switches protocols, with an abort meanwhile', async () => {
    const abort = new AbortController()
    const { port, isAlone } = await tcp((socket) =>
      socket.once('data', () => abort.abort(new Error('enough'))),
    )
    const probing = probe(LOOPBACK, `http://127.0.0.1:${port}/`, { signal: abort.signal })
    await expect(probing).rejects.toThrow('enough')
    await isAlone()
  })

  test('keeps connections alive: each probe makes its own', async () => {
    const ports = new Set<number | undefined>()
    const { server, port, isAlone } = await web()
    server.on('request', ({ socket }) => ports.add(socket.remotePort))
    for (let round = 0; round < 3; round += 1) await probe(LOOPBACK, `http://127.0.0.1:${port}/`)
    expect(ports.size).toBe(3)
    await isAlone()
  })

  test('that is not to be used: a proxy of the environment', async () => {
    const { port, from } = await web()
    const script = `import { probe } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)}
      const link = ${JSON.stringify(LOOPBACK)}
      console.log(JSON.stringify(await probe(link, 'http://127.0.0.1:${port}/204')))`
    const proxy = `http://127.0.0.1:${await closedPort()}`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, NODE_USE_ENV_PROXY: '1', http_proxy: proxy, HTTP_PROXY: proxy, no_proxy: '' },
    })
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'ok', status: 204 })
    expect(from).toHaveLength(1)
  })
})

/** The loopback's address, under a name that no device has: sockets can only be bound to the address. */
const ELSEWHERE: LinkInterface = { ...LOOPBACK, name: 'elsewhere' }

describe('a verdict of a probe that is bound to an address only', () => {
  test('is ambiguous where the system would go by another link', async () => {
    const { port, isAlone } = await web()
    expect(await probe(ELSEWHERE, `http://127.0.0.1:${port}/`)).toMatchObject({
      verdict: 'ambiguous',
      ok: false,
      reason: 'otherRoute',
      status: 200,
      binding: 'address',
      address: '127.0.0.1',
    })
    expect(await probe(ELSEWHERE, { host: '127.0.0.1', port })).toMatchObject({
      verdict: 'ambiguous',
      ok: false,
      reason: 'otherRoute',
    })
    await isAlone()
  })

  test('is failed, not ambiguous, where nothing answers', async () => {
    expect(await probe(ELSEWHERE, { host: '127.0.0.1', port: await closedPort() })).toMatchObject({
      verdict: 'failed',
      reason: 'refused',
      binding: 'address',
    })
  })

  test('says that nothing was bound if the address is gone', async () => {
    const gone = { ...link('192.0.2.1/24'), name: 'elsewhere' }
    expect(await probe(gone, { host: '198.51.100.1', port: 9 })).toMatchObject({
      verdict: 'failed',
      reason: 'noAddress',
      binding: 'none',
      address: '192.0.2.1',
    })
  })
})

// Another link of this machine, whose device can be bound to.
const [DEVICE] = Object.entries(networkInterfaces()).flatMap(([name, entries = []]) =>
  entries.flatMap(({ internal, family, cidr }) =>
    !internal && family === 'IPv4' && cidr ? [{ name, cidr }] : [],
  ),
)

describe.runIf(DEVICE)('a target on this machine itself tests no other link than the loopback', () => {
  const other: LinkInterface = { ...link(DEVICE?.cidr ?? ''), name: DEVICE?.name ?? '' }

  test('a loopback address', async () => {
    const { port } = await web()
    const result = await probe(other, { host: '127.0.0.1', port }, { timeout: 2000 })
    // From an address that is not the loopback's, as the system allows.
    expect(result).toMatchObject({ verdict: 'ambiguous', reason: 'otherRoute', binding: 'address' })
  })

  test("an address of the link's own", async () => {
    const own = DEVICE?.cidr.replace(/\/.*/, '') ?? ''
    const { port } = await web(own)
    const result = await probe(other, { host: own, port }, { timeout: 2000 })
    expect(result).toMatchObject({
      verdict: 'ambiguous',
      reason: 'otherRoute',
      binding: 'address',
      address: own,
    })
  })
})

describe("where the system's routes lead", () => {
  test('to a link-local address: through the link, unless its zone names another one', async () => {
    const eth7 = { ...LOOPBACK, name: 'eth7' }
    expect(await routeTo(eth7, { address: 'fe80::1%eth7', port: 80 })).toBe('through')
    expect(await routeTo(eth7, { address: 'fe80::1', port: 80 })).toBe('through')
    expect(await routeTo(eth7, { address: 'fe80::1%eth8', port: 80 })).toBe('other')
  })

  test('to a link-local address on Windows, where a zone is the index of an interface', async () => {
    const eth7 = { ...LOOPBACK, name: 'Ethernet 2', index: 7 }
    const system = vi.spyOn(process, 'platform', 'get').mockReturnValue('win32')
    onTestFinished(() => system.mockRestore())
    expect(await routeTo(eth7, { address: 'fe80::1%7', port: 80 })).toBe('through')
    expect(await routeTo(eth7, { address: 'fe80::1', port: 80 })).toBe('through')
    expect(await routeTo(eth7, { address: 'fe80::1%8', port: 80 })).toBe('other')
  })

  test('is asked without a packet', async () => {
    const received: unknown[] = []
    const socket = createSocket('udp4').on('message', (message) => received.push(message))
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    onTestFinished(() => void socket.close())
    expect(await routeTo(LOOPBACK, { address: '127.0.0.1', port: socket.address().port })).toBe('through')
    const last = createSocket('udp4')
    onTestFinished(() => void last.close())
    // What is sent after it arrives after it.
    const arrived = new Promise((resolve) => socket.once('message', resolve))
    last.send('last', socket.address().port, '127.0.0.1')
    await arrived
    expect(received.map(String)).toEqual(['last'])
  })
})

test.each([
  [{ host: '', port: 1 }, {}, TypeError],
  [{ host: 'a', port: 0 }, {}, TypeError],
  [{ host: 'a', port: 65_536 }, {}, TypeError],
  ['ftp://a/', {}, TypeError],
  ['a:80', {}, TypeError],
  [{ host: 'a', port: 1 }, { timeout: -1 }, RangeError],
  [{ host: 'a', port: 1 }, { timeout: Number.NaN }, RangeError],
])('bad input %j %j is refused', async (target, options, error) => {
  await expect(probe(LOOPBACK, target, options)).rejects.toThrow(error)
})

test.each([
  ['example.org:443', { host: 'example.org', port: 443 }],
  ['10.0.0.1:1', { host: '10.0.0.1', port: 1 }],
  ['[::1]:80', { host: '::1', port: 80 }],
  ['http://a/b?c', 'http://a/b?c'],
  ['HTTPS://a', 'HTTPS://a'],
  ['example.org', null],
  ['::1:80', null],
  ['a:0', null],
  ['a:65536', null],
  ['a:http', null],
  ['http://', null],
  ['ftp://a:21', null],
  ['', null],
])('as it is written on the command line: %s', (text, target) => {
  expect(parseProbeTarget(text)).toEqual(target)
})

const TARGET = { host: 'localhost', port: 1 }

test.each([
  [
    undefined,
    TARGET,
    {},
    'the link of probe() must be an interface, such as session.interface, or null, not undefined',
  ],
  [
    'lo',
    TARGET,
    {},
    "the link of probe() must be an interface, such as session.interface, or null, not 'lo'",
  ],
  [LOOPBACK, undefined, {}, 'the target of probe() must be a host and a port, or a URL, not undefined'],
  [LOOPBACK, {}, {}, 'the host of probe() must be a text that is not empty, not undefined'],
  [LOOPBACK, 'nowhere', {}, "a probe takes http: and https: URLs, not 'nowhere'"],
  [LOOPBACK, TARGET, null, 'the options of probe() must be an object, not null'],
  [LOOPBACK, TARGET, { signal: 5 }, 'signal of probe() must be an AbortSignal, not 5'],
  [LOOPBACK, TARGET, { timeOut: 5 }, "probe() has no option 'timeOut'; did you mean 'timeout'?"],
  [
    LOOPBACK,
    TARGET,
    { timeout: '5' },
    `timeout of probe() must be a number of milliseconds from 0 to ${2 ** 31 - 1}, not '5'`,
  ],
  [LOOPBACK, TARGET, { expect: 204 }, 'expect of probe() must be a function, not 204'],
])('probe(%j, %j, %j) rejects, and never throws (E2)', async (link, target, options, says) => {
  const promise = probe(link as never, target as never, options as never)
  await expect(promise).rejects.toThrow(says)
})

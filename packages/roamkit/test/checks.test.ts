import type { AddressInfo, Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { judge, reach } from '../src/checks/reach.js'
import { checkHttp, checkTcp } from '../src/index.js'
import type { Route } from '../src/probe/route.js'
import { closedPort, LOOPBACK, link, resultOf, tcp, turns, web } from './loopback.js'

/** The loopback's address on a device that does not exist: sockets are bound to the address, and what is sent goes another way. */
const ELSEWHERE = { ...LOOPBACK, name: 'elsewhere' }

describe('checkTcp (L1)', () => {
  test('is alive if the port accepts', async () => {
    const { port } = await tcp(() => {})
    expect(await resultOf(checkTcp({ host: '127.0.0.1', port }))).toEqual({ alive: true, bytes: 0 })
  })

  test('is alive if the port of a name accepts, on either family', async () => {
    const { port } = await tcp(() => {})
    const both = link('::1/128', '127.0.0.1/8')
    expect(await resultOf(checkTcp({ host: 'localhost', port }), { on: both })).toMatchObject({ alive: true })
  })

  test('is not alive if the port refuses', async () => {
    const check = checkTcp({ host: '127.0.0.1', port: await closedPort() })
    expect(await resultOf(check)).toEqual({ alive: false, bytes: 0 })
  })

  test.each([
    ['no address', link()],
    ['no address of the family', link('2001:db8::1/64')],
  ])('is not alive if the link has %s', async (_what, on) => {
    expect(await resultOf(checkTcp({ host: '127.0.0.1', port: 9 }), { on })).toEqual({
      alive: false,
      bytes: 0,
    })
  })

  test('cannot tell if the address of the link is gone', async () => {
    const on = link('192.0.2.99/24')
    expect(await resultOf(checkTcp({ host: '127.0.0.1', port: 9 }), { on })).toMatchObject({ alive: null })
  })

  test('sends nothing and cannot tell if the routes lead through another link', async () => {
    const seen = vi.fn()
    const { port } = await tcp(seen)
    const result = await resultOf(checkTcp({ host: '127.0.0.1', port }), { on: ELSEWHERE })
    expect(result).toEqual({ alive: null, bytes: 0 })
    // A connection that is made later is the first one.
    await resultOf(checkTcp({ host: '127.0.0.1', port }))
    await vi.waitFor(() => expect(seen).toHaveBeenCalledTimes(1))
  })

  test('runs again and again, on one link or several at the same time', async () => {
    const { port } = await tcp(() => {})
    const check = checkTcp({ host: 'localhost', port })
    const results = await Promise.all([check, check, check].map((one) => resultOf(one)))
    expect(results).toEqual(Array(3).fill({ alive: true, bytes: 0 }))
  })
})

describe('checkHttp (L1)', () => {
  test.each([
    [200, undefined, true],
    [204, undefined, true],
    [299, undefined, true],
    [302, undefined, false],
    [404, undefined, false],
    [503, undefined, false],
    [511, undefined, false],
    [204, 204, true],
    [200, 204, false],
    [302, 204, false],
    [511, 204, false],
    [200, [200, 204], true],
    [302, [200, 204], false],
    [418, (status: number) => status === 418, true],
    [200, (status: number) => status === 418, false],
  ])('an answer of %i where %s is expected: %s', async (status, expects, alive) => {
    const { port, from } = await web()
    const check = checkHttp(
      `http://127.0.0.1:${port}/${status}`,
      expects === undefined ? {} : { expect: expects },
    )
    expect(await resultOf(check)).toEqual({ alive, bytes: expect.any(Number) })
    expect(from).toHaveLength(1)
  })

  test('counts the bytes of the request and of the answer', async () => {
    const answer = 'HTTP/1.1 204 No Content\r\n\r\n'
    const { port } = await tcp((socket) => socket.once('data', () => socket.end(answer)))
    const request = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`
    expect(await resultOf(checkHttp(new URL(`http://127.0.0.1:${port}/`), { expect: 204 }))).toEqual({
      alive: true,
      bytes: request.length + answer.length,
    })
  })

  test.each<[what: string, behaves: (socket: Socket) => void, alive: boolean]>([
    [
      'switches protocols',
      (socket) => socket.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
      false,
    ],
    ['talks of something else', (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'), false],
    ['hangs up', (socket) => socket.end(), false],
    ['resets the connection', (socket) => socket.resetAndDestroy(), false],
    [
      'answers and never ends its body',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nx'),
      true,
    ],
  ])('a server that %s', async (_what, behaves, alive) => {
    const { port, isAlone } = await tcp((socket) => socket.once('data', () => behaves(socket)))
    expect(await resultOf(checkHttp(`http://127.0.0.1:${port}/`))).toMatchObject({ alive })
    await isAlone()
  })

  test('an upgrade can be what is expected', async () => {
    const upgrade = 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'
    const { port, isAlone } = await tcp((socket) => socket.once('data', () => socket.write(upgrade)))
    expect(await resultOf(checkHttp(`http://127.0.0.1:${port}/`, { expect: 101 }))).toMatchObject({
      alive: true,
    })
    await isAlone()
  })

  test('is not alive if the server refuses, or has no valid certificate', async () => {
    expect(await resultOf(checkHttp(`http://127.0.0.1:${await closedPort()}/`))).toEqual({
      alive: false,
      bytes: 0,
    })
    const server = createTlsServer({})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    expect(await resultOf(checkHttp(`https://127.0.0.1:${port}/`))).toEqual({ alive: false, bytes: 0 })
  })

  test('sends nothing and cannot tell if the routes lead through another link', async () => {
    const { port, from } = await web()
    const check = checkHttp(`http://127.0.0.1:${port}/204`)
    expect(await resultOf(check, { on: ELSEWHERE })).toEqual({ alive: null, bytes: 0 })
    expect(await resultOf(check)).toMatchObject({ alive: true })
    expect(from).toHaveLength(1)
  })

  test('rejects with what the function of the caller throws, and leaves no socket', async () => {
    const { port, isAlone } = await tcp((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n')),
    )
    const failing = () => {
      throw new Error('mine')
    }
    await expect(resultOf(checkHttp(`http://127.0.0.1:${port}/`, { expect: failing }))).rejects.toThrow(
      'mine',
    )
    await isAlone()
  })
})

describe('an abort settles a check at once and leaves no socket (L1)', () => {
  test('before it begins', async () => {
    const seen = vi.fn()
    const { port } = await tcp(seen)
    const signal = AbortSignal.abort()
    for (const check of [checkTcp({ host: 'localhost', port }), checkHttp(`http://localhost:${port}/`)])
      expect(await resultOf(check, { signal })).toEqual({ alive: null, bytes: 0 })
    expect(seen).not.toHaveBeenCalled()
  })

  // Name, route, connection, request: wherever it is by then.
  test.each(Array.from({ length: 12 }, (_, count) => count))(
    'after %i turns of the event loop',
    async (count) => {
      const { port, isAlone } = await tcp((socket) => socket.resume())
      for (const host of ['127.0.0.1', 'localhost'])
        for (const protocol of ['http', 'https']) {
          const abort = new AbortController()
          const checking = resultOf(checkHttp(`${protocol}://${host}:${port}/`), { signal: abort.signal })
          await turns(count)
          abort.abort(new Error('enough'))
          expect(await checking).toEqual({ alive: null, bytes: expect.any(Number) })
        }
      await isAlone()
    },
  )

  test('while the server is silent: after the request, in the TLS handshake', async () => {
    for (const protocol of ['http', 'https']) {
      const abort = new AbortController()
      const { port, isAlone } = await tcp((socket) => socket.once('data', () => abort.abort()))
      const result = await resultOf(checkHttp(`${protocol}://127.0.0.1:${port}/`), { signal: abort.signal })
      expect(result).toMatchObject({ alive: null })
      await isAlone()
    }
  })

  test('with the bytes that it has sent', async () => {
    const abort = new AbortController()
    const { port } = await tcp((socket) => socket.once('data', () => abort.abort()))
    const result = await resultOf(checkHttp(`http://127.0.0.1:${port}/`), { signal: abort.signal })
    const request = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`
    expect(result).toEqual({ alive: null, bytes: request.length })
  })
})

describe('a host with addresses of both families', () => {
  const both = link('127.0.0.1/8', '::1/128')
  const far = (...addresses: string[]) => ({ addresses: async () => addresses, port: 9 })
  const never = new AbortController().signal

  test('is tried on the first address of each that the link has a family for', async () => {
    const tried: string[] = []
    const tries = async ({ address }: { readonly address: string }) => {
      tried.push(address)
      return false
    }
    expect(await reach(both, far('127.0.0.1', '127.0.0.2'), tries, never)).toEqual({ alive: false, bytes: 0 })
    expect(await reach(link('127.0.0.1/8'), far('2001:db8::1', '127.0.0.1'), tries, never)).toMatchObject({
      alive: false,
    })
    expect(tried).toEqual(['127.0.0.1', '127.0.0.1'])
  })

  // Without IPv6 there is no route to ::1.
  const hasIPv6 = Object.values(networkInterfaces()).some((entries = []) =>
    entries.some(({ address }) => address === '::1'),
  )

  test.runIf(hasIPv6)('is alive if the second one answers after the first one has failed', async () => {
    const tried: string[] = []
    const result = await reach(
      both,
      far('::1', '127.0.0.1'),
      async ({ address }, { carried }) => {
        tried.push(address)
        carried(10)
        return address === '127.0.0.1'
      },
      never,
    )
    expect(result).toEqual({ alive: true, bytes: 20 })
    expect(tried).toEqual(['::1', '127.0.0.1'])
  })

  test.runIf(hasIPv6)(
    'is alive if the second one answers while the first one is silent, which is aborted',
    async () => {
      const aborted = vi.fn()
      const result = await reach(
        both,
        far('::1', '127.0.0.1'),
        ({ address }, { signal }) =>
          address === '127.0.0.1'
            ? Promise.resolve(true)
            : new Promise((_resolve, reject) => {
                signal.addEventListener('abort', () => {
                  aborted()
                  reject(signal.reason)
                })
              }),
        never,
      )
      expect(result).toEqual({ alive: true, bytes: 0 })
      expect(aborted).toHaveBeenCalledOnce()
    },
  )
})

describe('evidence (L1): an outcome between the routes before and after it', () => {
  const error = (code: string) => ({ code })
  test.each<[outcome: Parameters<typeof judge>[0], before: Route, after: Route, alive: boolean | null]>([
    [true, 'through', 'through', true],
    [true, 'through', 'other', null],
    [true, 'through', 'none', null],
    [true, 'none', 'through', null],
    [true, 'none', 'none', null],
    [false, 'through', 'through', false],
    [false, 'through', 'none', false],
    [false, 'through', 'other', null],
    [false, 'none', 'none', null],
    [error('ECONNREFUSED'), 'through', 'through', false],
    [error('ECONNREFUSED'), 'through', 'other', null],
    [error('ECONNREFUSED'), 'none', 'none', null],
    [error('ETIMEDOUT'), 'through', 'through', false],
    [error('ENETUNREACH'), 'none', 'none', false],
    [error('EHOSTUNREACH'), 'through', 'none', false],
    [error('ENETUNREACH'), 'none', 'through', null],
    [error('ENETUNREACH'), 'none', 'other', null],
    [error('EMFILE'), 'through', 'through', null],
    [error('EADDRNOTAVAIL'), 'through', 'through', null],
    [error('EPERM'), 'none', 'none', null],
    [error('ERR_BIND_FAILED'), 'through', 'through', null],
  ])('%j between %s and %s is %s', (outcome, before, after, alive) => {
    expect(judge(outcome, before, after)).toBe(alive)
  })
})

test.each<[make: () => unknown, error: typeof TypeError | typeof RangeError, says: string]>([
  [
    () => checkTcp(undefined as never),
    TypeError,
    'the options of checkTcp() must be an object, not undefined',
  ],
  [
    () => checkTcp({ port: 1 } as never),
    TypeError,
    'host of checkTcp() must be a text that is not empty, not undefined',
  ],
  [
    () => checkTcp({ host: '', port: 1 }),
    TypeError,
    "host of checkTcp() must be a text that is not empty, not ''",
  ],
  [
    () => checkTcp({ host: 'a' } as never),
    RangeError,
    'port of checkTcp() must be a whole number from 1 to 65535, not undefined',
  ],
  [
    () => checkTcp({ host: 'a', port: 0 }),
    RangeError,
    'port of checkTcp() must be a whole number from 1 to 65535, not 0',
  ],
  [() => checkTcp({ host: 'a', port: 1.5 }), RangeError, 'not 1.5'],
  [
    () => checkTcp({ host: 'a', prot: 1 } as never),
    TypeError,
    "checkTcp() has no option 'prot'; known: host, port",
  ],
  [() => checkHttp('ftp://a/'), TypeError, "checkHttp() takes http: and https: URLs, not 'ftp://a/'"],
  [() => checkHttp('a'), TypeError, "checkHttp() takes http: and https: URLs, not 'a'"],
  [() => checkHttp(undefined as never), TypeError, "not 'undefined'"],
  [
    () => checkHttp('http://a/', null as never),
    TypeError,
    'the options of checkHttp() must be an object, not null',
  ],
  [
    () => checkHttp('http://a/', { expects: 204 } as never),
    TypeError,
    "checkHttp() has no option 'expects'; did you mean 'expect'?",
  ],
  [
    () => checkHttp('http://a/', { expect: 99 }),
    RangeError,
    'expect of checkHttp() must be a status from 100 to 599, a list of them, or a function, not 99',
  ],
  [() => checkHttp('http://a/', { expect: [] }), RangeError, 'expect of checkHttp() must be'],
  [() => checkHttp('http://a/', { expect: [204, 600] }), RangeError, 'expect of checkHttp() must be'],
  [() => checkHttp('http://a/', { expect: '204' as never }), RangeError, "a function, not '204'"],
])('%s is refused at once (E2)', (make, error, says) => {
  expect(make).toThrow(error)
  expect(make).toThrow(says)
})

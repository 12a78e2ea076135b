import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LinkInterface } from '@roamkit/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { probe } from '../src/probe.js'
import { parseProbeTarget } from '../src/probe-target.js'

function link(...addresses: string[]): LinkInterface {
  return {
    name: 'lo',
    index: 1,
    hardwareAddress: null,
    mtu: null,
    addresses,
    gateways: [],
    dns: [],
    searchDomains: [],
  }
}

const LOOPBACK = link('127.0.0.1/8')

interface Web {
  readonly server: Server
  readonly port: number
  /** Where each request came from. */
  readonly from: (string | undefined)[]
  /** Resolves once nobody is connected any more. */
  isAlone(): Promise<void>
}

/** A web server that answers `/NNN` with that status, and `/never` never. */
async function web(host = '127.0.0.1'): Promise<Web> {
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
async function closedPort(): Promise<number> {
  const { server, port } = await web()
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('probe of a TCP port', () => {
  test("is ok when it can be connected to, from the link's own address", async () => {
    const { port, isAlone } = await web()
    const result = await probe(LOOPBACK, { host: '127.0.0.1', port })
    expect(result).toEqual({
      ok: true,
      ms: expect.any(Number),
      reason: null,
      address: '127.0.0.1',
      status: null,
      native: null,
    })
    await isAlone()
  })

  test('says that it was refused', async () => {
    const result = await probe(LOOPBACK, { host: '127.0.0.1', port: await closedPort() })
    expect(result).toMatchObject({ ok: false, reason: 'refused', address: '127.0.0.1' })
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

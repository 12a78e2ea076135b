import { utimesSync, writeFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { parseHosts } from '../src/names/hosts-file.js'
import { systemSources } from '../src/names/name-sources.js'
import { familyOf, resolveName } from '../src/names/resolve.js'
import {
  A,
  leavingNothing,
  lookUp,
  lookUpBy,
  loopback,
  nameServer,
  temporaryFile,
  zone,
} from './names-servers.js'

/** A fake of the system's resolver. */
const system = vi.hoisted(() => vi.fn())
vi.mock('node:dns', async (original) => ({ ...(await original<object>()), lookup: system }))
beforeEach(() => void system.mockReset())

describe('an address', () => {
  it.each([
    ['192.0.2.1', 4, '192.0.2.1'],
    ['2001:DB8::1', 6, '2001:DB8::1'],
    ['fe80::1', 6, 'fe80::1%lo'],
    ['fe80::1%eth7', 6, 'fe80::1%eth7'],
    ['127.1', 4, '127.0.0.1'],
    ['127.1.', 4, '127.0.0.1'],
    ['１２７.1', 4, '127.0.0.1'],
    ['0x7f.0.0.1', 4, '127.0.0.1'],
  ])('is its own (%s)', async (host, family, address) => {
    const query = { host, family: 0, signal: new AbortController().signal } as const
    expect(await resolveName(loopback(), query)).toEqual([{ address, family }])
  })
})

describe('what is not the name of a host', () => {
  it.each([
    '',
    '.',
    '..',
    'a..b',
    '.a',
    'a b',
    'a\nb',
    'a\tb',
    'a\0b',
    'a\u00adb\u0000',
    'a/b',
    'a:80',
    '[::1]',
    'user@host',
    'a%00b',
    '1.2.3.4.5',
    '256.1.1.1',
    'x'.repeat(64),
    `${'x.'.repeat(127)}x`,
    'x'.repeat(1_000_000),
    '\ud800',
    'a\u202eb/c',
  ])('is not asked for (%j)', async (host) => {
    const server = await nameServer(zone({}))
    const looked = lookUpBy(server, host)
    await expect(looked).rejects.toMatchObject({ code: 'ENOTFOUND', syscall: 'lookup', hostname: host })
    const message = await looked.catch((error: Error) => error.message)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there.
    expect(message).not.toMatch(/[\0-\x1f]/)
    expect(message).toMatch(/^lookup ENOTFOUND .*: this is not the name of a host$/)
    expect(String(message).length).toBeLessThan(2000)
    expect(server.asked).toEqual([])
  })
})

describe('an international name', () => {
  it.each([
    ['Bücher.example', 'xn--bcher-kva.example'],
    ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
    ['faß.example.', 'xn--fa-hia.example'],
    ['example。com', 'example.com'],
    ['例え。', 'xn--r8jz45g'],
    ['نامه\u200cای.example', 'xn--mgba3gch31f060k.example'],
  ])('is asked for in ASCII (%s)', async (host, ascii) => {
    const server = await nameServer(zone({ [ascii]: [A(ascii, '192.0.2.1')] }))
    expect(await lookUpBy(server, host)).toEqual(['192.0.2.1'])
  })
})

describe('the hosts file', () => {
  const text = [
    '\ufeff127.0.0.1 localhost',
    '::1\tlocalhost   ip6-localhost',
    '# 192.0.2.66 host',
    '192.0.2.1 host.example Host HOST # comment',
    '2001:db8::1 host',
    'fe80::1 local',
    'bad host',
    '192.0.2.2',
    '',
    '192.0.2.3 __proto__ constructor',
    `192.0.2.4 ${'x'.repeat(100_000)}`,
    '192.0.2.5 last',
  ].join('\r\n')
  const found = (host: string, family: 0 | 4 | 6 = 0) =>
    lookUp(host, { family, sources: { hostsFile: temporaryFile('hosts', text) } })

  it.each([
    ['localhost', 0, ['127.0.0.1', '::1']],
    ['localhost', 6, ['::1']],
    ['ip6-localhost', 0, ['::1']],
    ['HOST', 0, ['192.0.2.1', '2001:db8::1']],
    ['host.', 0, ['192.0.2.1', '2001:db8::1']],
    ['host', 6, ['2001:db8::1']],
    ['host.example', 4, ['192.0.2.1']],
    ['local', 0, ['fe80::1%lo']],
    ['__proto__', 0, ['192.0.2.3']],
    ['constructor', 0, ['192.0.2.3']],
    ['last', 0, ['192.0.2.5']],
  ] as const)('has the addresses of %s, family %s', async (host, family, addresses) => {
    expect(await found(host, family)).toEqual(addresses)
  })

  it('comes before name servers, and only for the families that it has', async () => {
    const server = await nameServer(zone({ 'host.example': [A('host.example', '192.0.2.9')] }))
    const sources = { hostsFile: temporaryFile('hosts', '2001:db8::1 host.example'), port: server.port }
    expect(await lookUpBy(server, 'host.example', { sources })).toEqual(['2001:db8::1'])
    expect(await lookUpBy(server, 'host.example', { sources, family: 4 })).toEqual(['192.0.2.9'])
  })

  it('is read again when it has changed', async () => {
    const hostsFile = temporaryFile('hosts', '192.0.2.1 host')
    const sources = { hostsFile }
    expect(await lookUp('host', { sources })).toEqual(['192.0.2.1'])
    expect(await lookUp('host', { sources })).toEqual(['192.0.2.1'])
    writeFileSync(hostsFile, '192.0.2.2 host')
    utimesSync(hostsFile, 1, 1)
    expect(await lookUp('host', { sources })).toEqual(['192.0.2.2'])
  })

  it.each(['/nonexistent/hosts', '/', '/dev/zero'])('may be missing, or none (%s)', async (hostsFile) => {
    expect(await lookUp('localhost', { sources: { hostsFile } })).toEqual(['127.0.0.1', '::1'])
  })

  it('takes any text', () => {
    for (const odd of ['', '\0', '#', '1.2.3.4', '1.2.3.4 #', '1.2.3.4\u2028a', '\n\r\n\r', '::%x a'])
      expect(() => parseHosts(odd)).not.toThrow()
    expect(parseHosts('1.2.3.4 a a A').get('a')).toEqual([{ address: '1.2.3.4', family: 4 }])
  })
})

describe('localhost', () => {
  it.each([
    ['localhost', 0, ['127.0.0.1', '::1']],
    ['LocalHost.', 4, ['127.0.0.1']],
    ['app.localhost', 6, ['::1']],
  ] as const)('is this machine, and no server is asked (%s)', async (host, family, addresses) => {
    const server = await nameServer(zone({}))
    expect(await lookUpBy(server, host, { family })).toEqual(addresses)
    expect(server.asked).toEqual([])
  })

  it('is no part of another name', async () => {
    const server = await nameServer(zone({}))
    await expect(lookUpBy(server, 'notlocalhost')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })
})

describe("a link without name servers (a fake of the system's resolver)", () => {
  const answers = (error: Error | null, addresses: readonly object[]) =>
    system.mockImplementation((_host, _options, done) => void process.nextTick(done, error, addresses))

  it('leaves it to the system, and orders what that finds', async () => {
    answers(null, [
      { address: '2001:db8::1', family: 6 },
      { address: '192.0.2.1', family: 4 },
    ])
    expect(await leavingNothing(() => lookUp('host.example'))).toEqual(['192.0.2.1', '2001:db8::1'])
    expect(system.mock.calls[0]?.slice(0, 2)).toEqual(['host.example', { all: true, family: 0 }])
  })

  it('passes the error of the system on', async () => {
    const error = new Error('getaddrinfo ENOTFOUND host.example')
    answers(error, [])
    await expect(lookUp('host.example', { family: 6 })).rejects.toBe(error)
    expect(system.mock.calls[0]?.[1]).toEqual({ all: true, family: 6 })
  })

  it('can be aborted', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    system.mockImplementation(() => controller.abort(reason))
    await expect(lookUp('host.example', { signal: controller.signal })).rejects.toBe(reason)
  })

  it.each([['127.0.0.53'], ['::1']])(
    'counts as one if the only server is on this machine (%s)',
    async (server) => {
      answers(null, [{ address: '192.0.2.1', family: 4 }])
      const link = { addresses: ['192.0.2.7/24'], dns: [server] }
      expect(await lookUp('host.example', { link })).toEqual(['192.0.2.1'])
    },
  )
})

describe('familyOf()', () => {
  it.each([
    [4, 4],
    ['IPv4', 4],
    [6, 6],
    ['IPv6', 6],
    [0, 0],
    [undefined, 0],
  ] as const)('takes what dns.lookup() takes (%s)', (given, family) => {
    expect(familyOf(given)).toBe(family)
  })
})

describe('the sources of the system', () => {
  it('are those of this platform', () => {
    const { hostsFile, resolved, port } = systemSources()
    expect(isAbsolute(hostsFile)).toBe(true)
    expect(resolved === null).toBe(process.platform !== 'linux')
    expect(port).toBe(53)
  })
})

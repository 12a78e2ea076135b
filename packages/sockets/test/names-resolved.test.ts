import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { A, leavingNothing, lookUp, lookUpBy, nameServer, temporaryFile, zone } from './names-servers.js'

/** What a fake was asked for. */
interface Call {
  readonly method: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** A fake of systemd-resolved: its Varlink socket. `tests/linux/names.test.ts` has the real one. */
async function fakeResolved(answers: (call: Call, socket: Socket) => void) {
  const path = temporaryFile('io.systemd.Resolve')
  const calls: Call[] = []
  const opened = new Set<Socket>()
  const server = createServer((socket) => {
    opened.add(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => {
      expect(data.at(-1)).toBe(0)
      const call = JSON.parse(data.subarray(0, -1).toString()) as Call
      calls.push(call)
      answers(call, socket)
    })
  })
  await once(server.listen(path), 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of opened) socket.destroy()
  })
  return { resolved: path, calls }
}

const says = (reply: unknown) => (_call: Call, socket: Socket) =>
  void socket.write(`${JSON.stringify(reply)}\0`)
const found = (...addresses: unknown[]) => says({ parameters: { addresses, name: HOST, flags: 1 } })
const fails = (error: string, parameters = {}) => says({ error, parameters })

const HOST = 'host.example'
const V4 = { ifindex: 7, family: 2, address: [192, 0, 2, 1] }
const V6 = { ifindex: 7, family: 10, address: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] }
const LOCAL = { ifindex: 7, family: 10, address: [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] }
const BOTH = { index: 7, addresses: ['127.0.0.1/8', '2001:db8::7/64'] }

/** A name server of the link, for when systemd-resolved is of no use. */
const fallback = () => nameServer(zone({ [HOST]: [A(HOST, '192.0.2.99')] }))

describe('systemd-resolved (a fake)', () => {
  it('is asked for a name and a link', async () => {
    const { resolved, calls } = await fakeResolved(found(V4))
    const server = await fallback()
    const looked = { link: { index: 7 }, sources: { resolved } }
    expect(await leavingNothing(() => lookUpBy(server, HOST, looked))).toEqual(['192.0.2.1'])
    expect(calls).toEqual([
      {
        method: 'io.systemd.Resolve.ResolveHostname',
        parameters: { name: HOST, family: 2, flags: 0, ifindex: 7 },
      },
    ])
    expect(server.asked).toEqual([])
  })

  it.each([
    [0, 0, ['2001:db8::1', '192.0.2.1']],
    [4, 2, ['192.0.2.1']],
    [6, 10, ['2001:db8::1']],
  ] as const)('is asked for family %s', async (family, af, addresses) => {
    const { resolved, calls } = await fakeResolved(found(V4, V6))
    expect(await lookUp(HOST, { family, link: BOTH, sources: { resolved } })).toEqual(addresses)
    expect(calls[0]?.parameters.family).toBe(af)
  })

  it('is told that an absolute name is one, and gives addresses with a zone', async () => {
    const { resolved, calls } = await fakeResolved(found(LOCAL))
    expect(await lookUp('Host.', { link: BOTH, sources: { resolved } })).toEqual(['fe80::1%lo'])
    expect(calls[0]?.parameters).toMatchObject({ name: 'host', flags: 256 })
  })

  it('takes a reply that comes in parts', async () => {
    const { resolved } = await fakeResolved((_call, socket) => {
      const reply = `${JSON.stringify({ parameters: { addresses: [V4] } })}\0{"more":`
      const [first = '', second = ''] = [reply.slice(0, 20), reply.slice(20)]
      socket.write(first, () => setImmediate(() => socket.write(second)))
    })
    expect(await leavingNothing(() => lookUp(HOST, { sources: { resolved } }))).toEqual(['192.0.2.1'])
  })

  it.each([
    ['DNSError', { rcode: 3 }, 'ENOTFOUND'],
    ['NoSuchResourceRecord', {}, 'ENOTFOUND'],
    ['ResourceRecordTypeUnsupported', {}, 'ENOTFOUND'],
    ['DNSError', { rcode: 2 }, 'EAI_AGAIN'],
    ['DNSError', { rcode: 5 }, 'EAI_AGAIN'],
    ['DNSError', {}, 'EAI_AGAIN'],
    ['QueryTimedOut', {}, 'EAI_AGAIN'],
    ['MaxAttemptsReached', {}, 'EAI_AGAIN'],
    ['NetworkDown', {}, 'EAI_AGAIN'],
    ['DNSSECValidationFailed', { result: 'no-signature' }, 'EAI_AGAIN'],
    ['SomethingNew', {}, 'EAI_AGAIN'],
  ])('says %s %o: %s', async (error, parameters, code) => {
    const { resolved } = await fakeResolved(fails(`io.systemd.Resolve.${error}`, parameters))
    const server = await fallback()
    const looked = leavingNothing(() => lookUpBy(server, HOST, { sources: { resolved } }))
    await expect(looked).rejects.toMatchObject({ code, syscall: 'lookup', hostname: HOST })
    expect(server.asked).toEqual([])
  })

  it.each<[string, (call: Call, socket: Socket) => void]>([
    ['knows no server of the link', fails('io.systemd.Resolve.NoNameServers')],
    ['does not know the method', fails('org.varlink.service.MethodNotFound')],
    ['does not like the parameters', fails('org.varlink.service.InvalidParameter', { parameter: 'ifindex' })],
    ['closes the connection', (_call, socket) => void socket.end()],
    ['closes it within a reply', (_call, socket) => void socket.end('{"parameters":')],
    ['sends what is not JSON', (_call, socket) => void socket.write('nonsense\0')],
    ['sends nothing but zeros', (_call, socket) => void socket.write('\0\0')],
    ['sends null', says(null)],
    ['sends a list', says([1])],
    ['sends an error that is no text', says({ error: 7 })],
    ['sends parameters that are none', says({ parameters: 'x' })],
    ['sends no addresses', says({ parameters: {} })],
    ['sends addresses that are no list', says({ parameters: { addresses: {} } })],
    ['sends without an end', (_call, socket) => flood(socket)],
  ])('gives way to the servers of the link if it %s', async (_what, answers) => {
    const { resolved } = await fakeResolved(answers)
    const server = await fallback()
    const looked = leavingNothing(() => lookUpBy(server, HOST, { sources: { resolved } }))
    expect(await looked).toEqual(['192.0.2.99'])
  })

  it('gives way if it does not run', async () => {
    const server = await fallback()
    const sources = { resolved: temporaryFile('io.systemd.Resolve') }
    expect(await leavingNothing(() => lookUpBy(server, HOST, { sources }))).toEqual(['192.0.2.99'])
  })

  it('is not asked if the index of the link is not known', async () => {
    const { resolved, calls } = await fakeResolved(found(V4))
    const server = await fallback()
    expect(await lookUpBy(server, HOST, { link: { index: null }, sources: { resolved } })).toEqual([
      '192.0.2.99',
    ])
    expect(calls).toEqual([])
  })

  it('may send addresses that are none', async () => {
    const { resolved } = await fakeResolved(
      found(
        null,
        7,
        {},
        { family: 2, address: '192.0.2.1' },
        { family: 2, address: [1, 2, 3] },
        { family: 2, address: [1, 2, 3, 256] },
        { family: 2, address: [1, 2, 3, -1] },
        { family: 2, address: [1, 2, 3, 0.5] },
        { family: 2, address: [1, 2, 3, '4'] },
        { family: 10, address: [1, 2, 3, 4] },
        { family: 2, address: V6.address },
        { family: 1, address: [1, 2, 3, 4] },
        V4,
      ),
    )
    expect(await lookUp(HOST, { link: BOTH, sources: { resolved } })).toEqual(['192.0.2.1'])
  })

  it('finds nothing if no address is of the family', async () => {
    const { resolved } = await fakeResolved(found(V4))
    const looked = lookUp(HOST, { family: 6, sources: { resolved } })
    await expect(looked).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })

  it('may never answer', async () => {
    const { resolved } = await fakeResolved(() => {})
    const looked = leavingNothing(() => lookUp(HOST, { sources: { resolved, resolvedTimeout: 1 } }))
    await expect(looked).rejects.toMatchObject({ code: 'EAI_AGAIN' })
  })

  it('is left at once when the look-up is aborted', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const { resolved } = await fakeResolved(() => controller.abort(reason))
    const looked = leavingNothing(() => lookUp(HOST, { sources: { resolved }, signal: controller.signal }))
    await expect(looked).rejects.toBe(reason)
  })
})

/** Writes until the other side has had enough. */
function flood(socket: Socket): void {
  const more = () => {
    while (!socket.destroyed && socket.write('x'.repeat(65_536)));
    socket.once('drain', more)
  }
  more()
}

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { expect, it, onTestFinished } from 'vitest'
import { tlsConnect } from '../src/index.js'
import { certificate } from './certificate.js'
import { ADDRESSES, endOf, openLab } from './lab.js'

async function startTls(): Promise<{
  readonly port: number
  readonly from: string[]
  readonly names: unknown[]
}> {
  const from: string[] = []
  const names: unknown[] = []
  const server = createServer(certificate, (socket) => {
    from.push(socket.remoteAddress ?? '')
    names.push(socket.servername)
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, from, names }
}

it.each([
  ['127.0.0.1', undefined, false],
  ['localhost', undefined, 'localhost'],
  ['LOCALHOST.', undefined, 'localhost'],
  ['127.0.0.1', 'broker.test', 'broker.test'],
] as const)(
  'tlsConnect() to %s (servername %s) verifies the server by that name',
  async (host, servername, sent) => {
    const { session } = await openLab()
    const { port, from, names } = await startTls()
    const socket = tlsConnect(session, {
      port,
      host,
      family: 4,
      binding: 'address',
      ca: certificate.cert,
      ...(servername && { servername }),
    })
    await once(socket, 'secureConnect')
    expect(socket).toMatchObject({ authorized: true, binding: 'address' })
    await expect.poll(() => names).toEqual([sent])
    expect(from).toEqual([ADDRESSES.a])
    socket.destroy()
  },
)

it.each(['127.0.0.1', 'localhost'])(
  'tlsConnect() to %s refuses a certificate for another name',
  async (host) => {
    const { session } = await openLab()
    const { port } = await startTls()
    const socket = tlsConnect(session, {
      port,
      host,
      family: 4,
      ca: certificate.cert,
      servername: 'other.test',
    })
    expect(await endOf(socket)).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  },
)

it('tlsConnect() refuses a certificate of an unknown authority', async () => {
  const { session } = await openLab()
  const { port } = await startTls()
  expect(await endOf(tlsConnect(session, { port, host: '127.0.0.1' }))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
})

it('a TLS connection is bound to the device, and ends with its link', async () => {
  const { session, world, clock } = await openLab()
  const { port } = await startTls()
  const socket = tlsConnect(session, { port, host: '127.0.0.1', ca: certificate.cert })
  await once(socket, 'secureConnect')
  expect(socket.binding).toBe('device')
  const end = endOf(socket)
  world.carrier('a', false)
  await clock.advance(0)
  expect(await end).toBe('ERR_LINK_LOST/down')
})

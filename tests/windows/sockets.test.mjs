// Connections on the link of a session, under node.exe: Windows has a strong host model, so an address of the link is enough.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { beforeEach, test } from 'node:test'
import { outside } from '@roamkit/lab-windows'
import { connect, createSocket } from '@roamkit/sockets'
import { named, openHost } from './host.mjs'
import { until } from './until.mjs'
import { setScene } from './windows-adapter.mjs'

beforeEach(setScene)

/** A session on a real cable with an address. @param {import('node:test').TestContext} context @param {string} name @param {string} address */
async function openCable(context, name, address) {
  await outside(`link add ${name}`)
  await outside(`up ${name} ${address}/24`)
  const manager = await openHost(context)
  const session = manager.createSession(named(manager, name))
  await until('connected', () => session.state === 'connected')
  await until('the address', () => session.interface?.addresses.includes(`${address}/24`) === true)
  await session.open()
  return { manager, session }
}

test('a connection has an address of the link, says so, and ends with the link', async (context) => {
  const { session } = await openCable(context, 'usb7', '10.7.0.2')
  /** @type {(string | undefined)[]} */
  const from = []
  const server = createServer((socket) => {
    from.push(socket.remoteAddress)
    // Without its link, it would never hear of the end.
    context.after(() => void socket.destroy())
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  context.after(() => void server.close())
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const socket = connect(session, { host: '10.7.0.2', port })
  socket.write('hello')
  const [data] = await once(socket, 'data')
  assert.equal(String(data), 'hello')
  assert.equal(socket.binding, 'address')
  assert.deepEqual(from, ['10.7.0.2'])
  const failed = once(socket, 'error')
  await outside('unplug usb7')
  const [error] = await failed
  assert.deepEqual([error.code, error.reason], ['ERR_LINK_LOST', 'down'])
  await outside('link del usb7')
})

test('a UDP socket has an address of the link', async (context) => {
  const { session } = await openCable(context, 'usb8', '10.8.0.2')
  const socket = createSocket(session, 'udp4')
  socket.bind(0)
  await once(socket, 'listening')
  assert.equal(socket.address().address, '10.8.0.2')
  assert.equal(socket.binding, 'address')
  socket.close()
  await outside('link del usb8')
})

test('binding to the device fails, and says what to do', async (context) => {
  const { session } = await openCable(context, 'usb6', '10.6.0.2')
  const [error] = await once(connect(session, { host: '10.6.0.2', port: 9, binding: 'device' }), 'error')
  assert.equal(error.code, 'ERR_BIND_FAILED')
  assert.equal(
    error.message.replace(/device ".*": /, 'device: '),
    "sockets cannot be bound to the device: win32 has no SO_BINDTODEVICE. Allow the binding 'address'",
  )
  await outside('link del usb6')
})

// Connects to a port through the loopback device, by TCP, HTTP and UDP, and prints how it was bound. `--without-koffi`: as if that were not installed.
import { once } from 'node:events'
import { get } from 'node:http'
import Module from 'node:module'
import { connect, createSocket, httpAgent } from '@roamkit/sockets'

const [port = '', flag] = process.argv.slice(2)
if (flag === '--without-koffi') {
  const internals = /** @type {any} */ (Module)
  const resolve = internals._resolveFilename
  internals._resolveFilename = (/** @type {unknown[]} */ ...values) => {
    if (values[0] === 'koffi') throw new Error("Cannot find module 'koffi'")
    return resolve.apply(Module, values)
  }
}
const link = {
  name: 'lo',
  index: 1,
  hardwareAddress: null,
  mtu: null,
  addresses: ['127.0.0.1/8'],
  gateways: [],
  dns: [],
  searchDomains: [],
}
const target = { host: '127.0.0.1', port: Number(port) }
const socket = connect(link, target)
await once(socket, 'connect')
socket.destroy()
const [response] = await once(get({ ...target, agent: httpAgent(link) }), 'response')
response.resume()
const elsewhere = connect({ ...link, name: 'no-such-device' }, target)
const outcome = await once(elsewhere, 'connect').then(
  () => 'connected',
  ({ code }) => code,
)
const udp = createSocket(link, 'udp4')
udp.bind(0)
await once(udp, 'listening')
process.stdout.write(JSON.stringify([socket.binding, response.statusCode, udp.binding, outcome]))
process.exit()

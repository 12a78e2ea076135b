// Beyond the links, in the peer's network: HTTP, WebSockets, MQTT, UDP and TCP that answer, and count what they got.
// It prints a line when it is ready, and another one with its counts when its input ends.
import { createSocket } from 'node:dgram'
import { createServer as createHttp } from 'node:http'
import { createServer } from 'node:net'
import { Aedes } from 'aedes'
import { WebSocketServer } from 'ws'

/** Every message that arrived by MQTT, and how often. @type {Map<string, number>} */
const messages = new Map()

const http = createHttp((request, response) => {
  request.resume()
  response.end(request.socket.remoteAddress)
})
new WebSocketServer({ server: http }).on('connection', (socket) => {
  socket.on('message', (data) => socket.send(data))
  socket.on('error', () => {})
})
const broker = await Aedes.createBroker()
broker.on('publish', ({ topic, payload }) => {
  if (topic.startsWith('lab/'))
    messages.set(`${topic} ${payload}`, (messages.get(`${topic} ${payload}`) ?? 0) + 1)
})
const udp = createSocket({ type: 'udp6' }, (message, { address, port }) => udp.send(message, port, address))
const echo = createServer((socket) => {
  socket.on('error', () => {})
  socket.pipe(socket)
})
await Promise.all([
  new Promise((resolve) => http.listen(9001, '::', () => resolve(undefined))),
  new Promise((resolve) => createServer(broker.handle).listen(9002, '::', () => resolve(undefined))),
  new Promise((resolve) => udp.bind(9003, '::', () => resolve(undefined))),
  new Promise((resolve) => echo.listen(9003, '::', () => resolve(undefined))),
])
process.stdout.write('ready\n')
process.stdin.resume()
process.stdin.once('end', () => {
  process.stdout.write(`${JSON.stringify([...messages])}\n`, () => process.exit())
})

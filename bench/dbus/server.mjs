// The other side of the bench, in a process of its own: a fake NetworkManager, on a real bus daemon (`node server.mjs daemon ADDRESS`) or on
// a socket where it plays the bus, too (`node server.mjs direct PATH`). It sends as many signals as its parent asks for.
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { PassThrough } from 'node:stream'
import { answer, Refusal } from '../../labs/fake-networkmanager/calls.mjs'
import { NM, OBJECT_MANAGER } from '../../labs/fake-networkmanager/names.mjs'
import { join } from '../../labs/fake-networkmanager/private-bus.mjs'
import { fromWire, toWire } from '../../labs/fake-networkmanager/wire.mjs'
import { CYCLE, makeLast, makeMachine, makeSignals } from './nm-like.mjs'

const load = createRequire(new URL('../../packages/backend-linux/package.json', import.meta.url))
const { unmarshalMessages } = load('dbus-next/lib/message.js')
const { marshallMessage, messageToJsFmt } = load('dbus-next/lib/marshall-compat.js')
const { Message, MessageType } = load('dbus-next')

const DAEMON = 'org.freedesktop.DBus'
/** Unique names where no daemon gives any: ours, and the client's. */
const [OURS, CLIENT] = [':1.5', ':1.7']
/** The serial in an answer that is made once and sent often. */
const MARK = 0x7edcba98
/** Cycles that are written at once. */
const COPIES = 16

/** @typedef {{ serial: number, sender: string, destination: string, path: string, interface: string, member: string, body: any[] }} Call */

const [kind = '', where = ''] = process.argv.slice(2)
/** What a daemon would stamp on all that we send. */
const stamp = kind === 'direct' ? { sender: OURS } : {}
const nm = await makeMachine()
const cycle = Buffer.concat(makeSignals(nm).map((fields) => bytesOf({ type: MessageType.SIGNAL, ...fields })))
const copies = Buffer.concat(Array(COPIES).fill(cycle))
/** All objects, by client: to write them takes longer than to read them. @type {Map<string, Buffer>} */
const trees = new Map()

/** @param {object} fields */
function bytesOf(fields) {
  return marshallMessage(new Message({ serial: 7, ...stamp, ...fields }))[0]
}

/** @param {Pick<Call, 'serial' | 'sender'>} call @param {string} [signature] @param {readonly unknown[]} [body] */
function reply({ serial, sender }, signature = '', body = []) {
  return { type: MessageType.METHOD_RETURN, replySerial: serial, destination: sender, signature, body }
}

/** @param {Call} call @param {string} errorName */
function refusal({ serial, sender }, errorName) {
  const text = { signature: 's', body: ['the fake refuses'] }
  return { type: MessageType.ERROR, replySerial: serial, destination: sender, errorName, ...text }
}

/** What NetworkManager answers. @param {Call} call */
function answerAsService(call) {
  if (call.member === 'GetManagedObjects' && call.interface === OBJECT_MANAGER) return tree(call)
  try {
    const { signature, body } = answer(nm, { ...call, body: fromWire(call.body) })
    return bytesOf(reply(call, signature, toWire(signature, body)))
  } catch (error) {
    if (error instanceof Refusal) return bytesOf(refusal(call, error.name))
    throw error
  }
}

/** @param {Call} call */
function tree({ serial, sender }) {
  const signature = 'a{oa{sa{sv}}}'
  const body = () => toWire(signature, [nm.objects.all])
  const made = trees.get(sender) ?? bytesOf(reply({ serial: MARK, sender }, signature, body()))
  trees.set(sender, made)
  const mark = Buffer.alloc(4)
  mark.writeUInt32LE(MARK)
  const bytes = Buffer.from(made)
  bytes.writeUInt32LE(serial, bytes.indexOf(mark))
  return bytes
}

/** What a bus daemon answers. @param {Call} call */
function answerAsDaemon(call) {
  switch (call.member) {
    case 'Hello':
      return reply(call, 's', [CLIENT])
    case 'GetId':
      return reply(call, 's', ['0123456789abcdef0123456789abcdef'])
    case 'AddMatch':
      return reply(call)
    case 'GetConnectionUnixProcessID':
      return reply(call, 'u', [process.pid])
    case 'GetNameOwner':
      if (call.body[0] === NM) return reply(call, 's', [OURS])
      return refusal(call, `${DAEMON}.Error.NameHasNoOwner`)
    default:
      return refusal(call, `${DAEMON}.Error.UnknownMethod`)
  }
}

/** Many signals, and a last one that shows as a property of a configuration. @param {import('node:stream').Writable} stream @param {number} count */
async function sendSignals(stream, count) {
  for (let cycles = count / CYCLE; cycles > 0; cycles -= COPIES)
    if (!stream.write(cycles >= COPIES ? copies : copies.subarray(0, cycles * cycle.length)))
      await once(stream, 'drain')
  metered = metered === 1 ? 2 : 1
  stream.write(bytesOf({ type: MessageType.SIGNAL, ...makeLast(metered) }))
}

/** The server's side of authentication. Resolves when messages follow. @param {import('node:net').Socket} socket */
function authenticate(socket) {
  return new Promise((resolve) => {
    let text = ''
    const read = (/** @type {Buffer} */ chunk) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end).replace('\0', '')
        text = text.slice(end + 2)
        if (line === 'BEGIN') {
          socket.off('data', read)
          return resolve(Buffer.from(text, 'latin1'))
        }
        if (line === 'AUTH EXTERNAL') socket.write('DATA\r\n')
        else if (line === 'NEGOTIATE_UNIX_FD') socket.write('ERROR\r\n')
        else socket.write('OK 0123456789abcdef0123456789abcdef\r\n')
      }
    }
    socket.on('data', read)
  })
}

/** @param {import('node:net').Socket} socket */
async function serve(socket) {
  socket.on('error', () => undefined)
  const messages = new PassThrough()
  messages.write(await authenticate(socket))
  socket.pipe(messages)
  unmarshalMessages(messages, (/** @type {object} */ message) => {
    const call = new Message({ ...messageToJsFmt(message), sender: CLIENT })
    if (call.type !== MessageType.METHOD_CALL) return
    const toDaemon = call.destination === DAEMON
    socket.write(toDaemon ? bytesOf({ ...answerAsDaemon(call), sender: DAEMON }) : answerAsService(call))
  })
}

/** `NMMetered` in the last signal. @type {1 | 2} */
let metered = 2
/** Where signals go. @type {import('node:stream').Writable} */
let target
if (kind === 'direct') {
  const server = createServer((socket) => {
    target = socket
    void serve(socket)
  })
  await once(server.listen(where), 'listening')
} else {
  const bus = /** @type {any} */ (await join(where))
  target = bus._connection.stream
  bus.addMethodHandler((/** @type {Call} */ call) => {
    if (!call.path.startsWith('/org/freedesktop')) return false
    target.write(answerAsService(call))
    return true
  })
  await bus.requestName(NM, 0)
}
process.on('message', (/** @type {number} */ count) => void sendSignals(target, count))
process.on('disconnect', () => process.exit())
process.send?.('ready')

// Another user's program on the machine's bus, up to no good: `node bus-stranger.mjs KIND TARGET [NUMBER]`. It speaks D-Bus by itself, since a
// library would not send what is sent here. Ends once the bus has taken all of it.
import { connect } from 'node:net'

const [kind = '', target = '', number = '0'] = process.argv.slice(2)
const DAEMON = 'org.freedesktop.DBus'
const NM = 'org.freedesktop.NetworkManager'
const SIGNAL = 4

/** @param {number} length @param {number} to */
const padding = (length, to) => Buffer.alloc((to - (length % to)) % to)
/** @param {number} value */
const word = (value) => Buffer.from(Uint32Array.of(value).buffer)
/** @param {string} text */
const string = (text) => Buffer.concat([word(Buffer.byteLength(text)), Buffer.from(`${text}\0`)])

/** @param {{ type: number, serial?: number, flags?: number, fields: [number, string, string | number][], body?: Buffer }} message */
function message({ type, serial = 1, flags = 0, fields, body = Buffer.alloc(0) }) {
  let array = Buffer.alloc(0)
  for (const [code, signature, value] of fields) {
    const head = Buffer.from([code, 1, signature.charCodeAt(0), 0])
    const written =
      typeof value === 'number'
        ? word(value)
        : signature === 'g'
          ? Buffer.from(`${String.fromCharCode(value.length)}${value}\0`)
          : string(value)
    array = Buffer.concat([array, padding(array.length, 8), head, written])
  }
  const start = Buffer.from([108, type, flags, 1])
  return Buffer.concat([
    start,
    word(body.length),
    word(serial),
    word(array.length),
    array,
    padding(array.length, 8),
    body,
  ])
}

/** @param {string} signature @param {Buffer} body @param {{ path?: string, name?: string, member?: string }} [as] */
const signal = (signature, body, { path = '/a', name = 'a.b', member = 'Changed' } = {}) =>
  message({
    type: SIGNAL,
    fields: [
      [1, 'o', path],
      [2, 's', name],
      [3, 's', member],
      [6, 's', target],
      [8, 'g', signature],
    ],
    body,
  })

/** @param {string} member @param {number} serial */
const ask = (member, serial) =>
  message({
    type: 1,
    serial,
    fields: [
      [1, 'o', '/org/freedesktop/DBus'],
      [2, 's', DAEMON],
      [3, 's', member],
      [6, 's', DAEMON],
    ],
  })

/** @type {Record<string, () => Iterable<Buffer>>} */
const attacks = {
  /** Bodies with a file descriptor that does not come with them. */
  descriptors: () => [
    signal('h', word(0)),
    signal('ah', Buffer.concat([word(4), word(0)])),
    signal('v', Buffer.from('\x01h\0\0\0\0\0\0')),
  ],
  /** One signal of NUMBER bytes: an array of variants of a byte. */
  huge: () => [
    signal('av', Buffer.concat([word(Number(number)), Buffer.alloc(Number(number), '\x01y\0\x07')])),
  ],
  /** NUMBER small signals. */
  *flood() {
    const one = signal('s', string('nothing'))
    const many = Buffer.concat(Array(500).fill(one))
    for (let left = Number(number); left > 0; left -= 500) yield many
  },
  /** What only the bus daemon and NetworkManager may say: it has gone, its devices 1 to NUMBER lost their carrier, a link is down. */
  *forged() {
    const gone = { path: '/org/freedesktop/DBus', name: DAEMON, member: 'NameOwnerChanged' }
    yield signal('sss', strings(NM, '', ''), gone)
    yield signal('sss', strings(NM, ':1.0', ''), gone)
    for (let device = 1; device <= Number(number); device += 1)
      yield signal('sa{sv}as', changed(`${NM}.Device`, 'State', 20), {
        path: `/org/freedesktop/NetworkManager/Devices/${device}`,
        name: 'org.freedesktop.DBus.Properties',
        member: 'PropertiesChanged',
      })
    yield signal('uu', Buffer.concat([word(4), word(2)]), {
      path: '/org/freedesktop/NetworkManager/ActiveConnection/1',
      name: `${NM}.Connection.Active`,
      member: 'StateChanged',
    })
  },
  /** What only logind may say: the machine is about to sleep. */
  sleep: () => [
    signal('b', word(1), {
      path: '/org/freedesktop/login1',
      name: 'org.freedesktop.login1.Manager',
      member: 'PrepareForSleep',
    }),
  ],
  /** Errors and answers for every call that the target may have made: serials up to NUMBER. */
  *answers() {
    for (let serial = 1; serial <= Number(number); serial += 1) {
      const to = /** @type {[number, string, string | number][]} */ ([
        [5, 'u', serial],
        [6, 's', target],
      ])
      yield message({ type: 3, flags: 1, fields: [[4, 's', 'a.Forged'], ...to] })
      yield message({ type: 2, flags: 1, fields: [...to, [8, 'g', 'o']], body: string('/forged') })
    }
  },
  /** NUMBER calls that want an answer. */
  *calls() {
    const fields = /** @type {[number, string, string][]} */ ([
      [1, 'o', '/a'],
      [3, 's', 'Anything'],
      [6, 's', target],
    ])
    for (let left = Number(number); left > 0; left -= 1) yield message({ type: 1, fields })
  },
}

/** @param {string[]} parts */
function strings(...parts) {
  let all = Buffer.alloc(0)
  for (const part of parts) all = Buffer.concat([all, padding(all.length, 4), string(part)])
  return all
}

/** The body of PropertiesChanged. @param {string} name @param {string} property @param {number} value */
function changed(name, property, value) {
  const head = string(name)
  const start = Buffer.concat([head, padding(head.length, 4)])
  const key = string(property)
  const variant = Buffer.from('\x01u\0')
  const before = key.length + variant.length
  const entry = Buffer.concat([key, variant, padding(before, 4), word(value)])
  const lead = Buffer.concat([start, word(entry.length)])
  const all = Buffer.concat([lead, padding(lead.length, 8), entry])
  return Buffer.concat([all, padding(all.length, 4), word(0)])
}

const address = process.env.DBUS_SYSTEM_BUS_ADDRESS ?? ''
const socket = connect(address.replace('unix:path=', ''))
/** @param {Buffer | string} bytes */
const send = (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve(undefined)))
/** @param {string} text */
const until = (text) =>
  new Promise((resolve, reject) => {
    let heard = ''
    const listen = (/** @type {Buffer} */ data) => {
      heard = (heard + data.toString('latin1')).slice(-10_000)
      if (!heard.includes(text)) return
      socket.off('data', listen)
      resolve(undefined)
    }
    socket.on('data', listen)
    socket.once('close', () => reject(new Error(`the bus hung up on ${kind}`)))
  })

const greeted = until('OK ')
await send(`\0AUTH EXTERNAL ${Buffer.from(String(process.getuid?.())).toString('hex')}\r\n`)
await greeted
const known = until('NameAcquired')
await send(Buffer.concat([Buffer.from('BEGIN\r\n'), ask('Hello', 1)]))
await known
for (const bytes of attacks[kind]?.() ?? []) await send(bytes)
// Answered in order: what was sent before has been passed on, or refused.
const LAST = 0x7e57_1a57
const answered = until(Buffer.concat([Buffer.from([5, 1, 117, 0]), word(LAST)]).toString('latin1'))
await send(ask('GetId', LAST))
await answered
socket.destroy()

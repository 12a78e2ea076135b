// What reading D-Bus costs, from the socket's bytes to plain values, beside dbus-next's own reader: `node bench/dbus.mjs [--rounds 15] [--events 5000]`.
// Cold figures are of fresh processes, each of which reads one answer; imports are not counted.
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { MessageFramer } from '../packages/backend-linux/dist/bus/message-framer.js'
import { readBody } from '../packages/backend-linux/dist/bus/wire-reader.js'
import { compare } from './compare.mjs'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    events: { type: 'string', default: '5000' },
    cold: { type: 'string' },
  },
})
const rounds = Number(values.rounds)
const events = Number(values.events)

const load = createRequire(new URL('../packages/backend-linux/package.json', import.meta.url))
const { marshall, unmarshalMessages } = load('dbus-next/lib/message.js')
const { messageToJsFmt } = load('dbus-next/lib/marshall-compat.js')
const { Message } = load('dbus-next/lib/message-type.js')

const NM = 'org.freedesktop.NetworkManager'
const PATH = '/org/freedesktop/NetworkManager'
const CHUNK = 64 * 1024

/** What a reader found, so that nothing can be left out. */
let read = 0

/** @param {string} sender */
const signal = (sender) =>
  marshall({
    ...{ type: 4, serial: 7, path: `${PATH}/AccessPoint/12`, interface: 'org.freedesktop.DBus.Properties' },
    ...{ member: 'PropertiesChanged', sender, signature: 'sa{sv}as' },
    body: [
      `${NM}.AccessPoint`,
      [
        ['Strength', ['y', 61]],
        ['LastSeen', ['i', 12345]],
        ['Frequency', ['u', 5180]],
        ['HwAddress', ['s', '02:00:00:00:01:00']],
        ['Ssid', ['ay', [...Buffer.from('a network')]]],
      ],
      [],
    ],
  })[0]

/** An answer of 302 objects, much like NetworkManager's. */
function answer() {
  const object = (/** @type {number} */ index) => [
    `${PATH}/AccessPoint/${index}`,
    [
      [
        `${NM}.AccessPoint`,
        [
          ['Flags', ['u', 1]],
          ['WpaFlags', ['u', 0]],
          ['RsnFlags', ['u', 392]],
          ['Ssid', ['ay', [...Buffer.from(`network ${index}`)]]],
          ['Frequency', ['u', 5180]],
          ['HwAddress', ['s', `02:00:00:00:${index % 100}:00`]],
          ['Mode', ['u', 2]],
          ['MaxBitrate', ['u', 540000]],
          ['Strength', ['y', index % 100]],
          ['LastSeen', ['i', 12345 + index]],
          [
            'AddressData',
            [
              'aa{sv}',
              [
                [
                  ['address', ['s', '10.91.0.63']],
                  ['prefix', ['u', 24]],
                ],
              ],
            ],
          ],
          ['Timestamp', ['t', BigInt(1e15 + index)]],
        ],
      ],
    ],
  ]
  const objects = Array.from({ length: 302 }, (_, index) => object(index))
  return marshall({
    ...{ type: 2, serial: 7, replySerial: 5, sender: ':1.5', signature: 'a{oa{sa{sv}}}' },
    body: [objects],
  })[0]
}

/** The bytes of many messages as a socket gives them. @param {Buffer} message @param {number} count */
function chunks(message, count) {
  const all = Buffer.concat(Array(count).fill(message))
  return Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, at) =>
    all.subarray(at * CHUNK, (at + 1) * CHUNK),
  )
}

const framer = () =>
  new MessageFramer({
    wants: (header) => header.isFrom(':1.5'),
    take(header, body) {
      read += readBody(body, header.signature).length
    },
    refuse() {},
  })

/** @param {Buffer} message @returns {import('./compare.mjs').Contestant} */
const ours = (message) => async () => ({
  async run(count) {
    const reader = framer()
    for (const chunk of chunks(message, count)) reader.push(chunk)
  },
  async end() {},
})

/** @param {Buffer} message @returns {import('./compare.mjs').Contestant} */
const dbusNext = (message) => async () => ({
  run: (count) => readByDbusNext(message, count),
  async end() {},
})

/** As its connection does it. @param {Buffer} message @param {number} count */
async function readByDbusNext(message, count) {
  const stream = new PassThrough({ highWaterMark: 2 ** 20 })
  let left = count
  const done = new Promise((resolve) => {
    unmarshalMessages(stream, (/** @type {any} */ found) => {
      read += new Message(messageToJsFmt(found)).body.length
      left -= 1
      if (left === 0) resolve(undefined)
    })
  })
  for (const chunk of chunks(message, count)) {
    if (!stream.write(chunk)) await new Promise((resolve) => stream.once('drain', resolve))
  }
  await done
}

/** One answer in each of many fresh processes, in turn. */
async function compareCold() {
  const names = ['dbus-next', 'backend-linux']
  /** @type {number[][]} */
  const times = names.map(() => [])
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, name] of names.entries()) {
      const { stdout } = await promisify(execFile)(process.execPath, [
        ...[fileURLToPath(import.meta.url), '--cold', name],
      ])
      times[index]?.push(Number(stdout))
    }
  }
  const medians = times.map((all) => all.sort((one, other) => one - other)[all.length >> 1] ?? Number.NaN)
  console.log(
    `GetManagedObjects, cold: ms of CPU in a fresh process, compiler threads included, median of ${rounds}`,
  )
  for (const [index, name] of names.entries()) {
    const median = medians[index] ?? Number.NaN
    console.log(
      `  ${name.padEnd(13)} ${median.toFixed(1).padStart(6)}  x ${(median / (medians[0] ?? 1)).toFixed(2)}`,
    )
  }
}

if (values.cold !== undefined) {
  const message = answer()
  const start = process.cpuUsage()
  if (values.cold === 'backend-linux') {
    const reader = framer()
    for (const chunk of chunks(message, 1)) reader.push(chunk)
  } else await readByDbusNext(message, 1)
  const { user, system } = process.cpuUsage(start)
  console.log((user + system) / 1000)
} else {
  const mine = signal(':1.5')
  const object = answer()
  await compare(`a PropertiesChanged of ${mine.length} bytes`, {
    ...{ rounds, events },
    contestants: { 'dbus-next': dbusNext(mine), 'backend-linux': ours(mine) },
  })
  await compare('the same from a stranger', {
    ...{ rounds, events },
    contestants: { 'dbus-next': dbusNext(signal(':1.66')), 'backend-linux': ours(signal(':1.66')) },
  })
  await compare(`GetManagedObjects, warm: 302 objects, ${object.length} bytes`, {
    ...{ rounds, events: Math.max(1, Math.round(events / 500)) },
    contestants: { 'dbus-next': dbusNext(object), 'backend-linux': ours(object) },
  })
  await compareCold()
}
if (read === 0) throw new Error('nothing was read')

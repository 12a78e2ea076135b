/// <reference path="../src/bus/dbus-next-parts.d.ts" />
import DBusBufferPart from 'dbus-next/lib/dbus-buffer.js'
import marshallPart from 'dbus-next/lib/marshall.js'
import { expect, it } from 'vitest'
import { MessageFramer, type MessageSink } from '../src/bus/message-framer.js'
import { WireError } from '../src/bus/wire-error.js'
import { readBody } from '../src/bus/wire-reader.js'
import { isSame, RandomNumbers, type RandomValue, randomSignature, randomValue } from './random-values.js'
import { type WireValue, writeBody, writeMessage } from './wire-writer.js'

const SEED = Number(process.env.ROAMKIT_SEED ?? Date.now() % 1e6)
const RUNS = Number(process.env.ROAMKIT_RUNS ?? 20_000)
const PATIENCE = 30_000 + RUNS

/** dbus-next's own marshaller, which writes in little endian alone. */
const marshall = marshallPart as (signature: string, values: readonly WireValue[]) => Buffer
const DBusBuffer = DBusBufferPart as new (
  bytes: Buffer,
  start: number,
  endian: number,
) => { read(signature: string): unknown[] }

interface Tree {
  readonly type: string
  readonly child: readonly Tree[]
}

/** What dbus-next's own reader gives, in our plain form. */
function plain(tree: Tree, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  const [first] = tree.child
  if (tree.type === 'v') {
    const [[inner], [held]] = value as [[Tree], [unknown]]
    return plain(inner, held)
  }
  if (tree.type === '(') return tree.child.map((child, index) => plain(child, (value as unknown[])[index]))
  if (tree.type !== 'a' || first === undefined) return value
  if (first.type === 'y') return Uint8Array.from(value as Buffer)
  if (first.type !== '{') return (value as unknown[]).map((element) => plain(first, element))
  const [key, inner] = first.child as [Tree, Tree]
  return new Map(
    (value as [unknown, unknown][]).map(([name, held]) => [plain(key, name), plain(inner, held)]),
  )
}

/** Read by dbus-next as a variant, which gives its idea of the type as well. */
function readByDbusNext({ signature }: RandomValue, body: Buffer, order: 'little' | 'big'): unknown {
  const typed = Buffer.concat([Buffer.from([signature.length]), Buffer.from(`${signature}\0`)])
  const padding = Buffer.alloc((8 - (typed.length % 8)) % 8)
  const reader = new DBusBuffer(Buffer.concat([padding, typed, body]), 0, order === 'little' ? 108 : 66)
  reader.read('y'.repeat(padding.length))
  return plain({ type: 'v', child: [] }, reader.read('v')[0])
}

it(`reads ${RUNS} random values as dbus-next does, in both byte orders (ROAMKIT_SEED=${SEED})`, {
  timeout: PATIENCE,
}, () => {
  const random = new RandomNumbers(SEED)
  for (let run = 0; run < RUNS; run += 1) {
    const signature = randomSignature(random)
    const value = randomValue(random, signature)
    const little = marshall(signature, [value.wire])
    const big = writeBody(signature, [value.wire], 'big')
    const about = () => `run ${run}: ${signature} in ${little.toString('hex')}, ${big.toString('hex')}`
    const [ours] = readBody({ bytes: little, start: 0, end: little.length, order: 'little' }, signature)
    const [oursBig] = readBody({ bytes: big, start: 0, end: big.length, order: 'big' }, signature)
    if (!isSame(ours, value.plain)) expect.fail(`little, ${about()}`)
    if (!isSame(oursBig, value.plain)) expect.fail(`big, ${about()}`)
    if (!writeBody(signature, [value.wire], 'little').equals(little)) expect.fail(`writer, ${about()}`)
    if (!isSame(readByDbusNext(value, little, 'little'), ours)) expect.fail(`dbus-next, ${about()}`)
    // dbus-next takes the halves of 64-bit integers for little endian always.
    if (!/[xtv]/.test(signature) && !isSame(readByDbusNext(value, big, 'big'), oursBig))
      expect.fail(`dbus-next, big, ${about()}`)
  }
})

it(`survives ${RUNS} damaged and lying messages in random pieces (ROAMKIT_SEED=${SEED})`, {
  timeout: PATIENCE,
}, () => {
  const random = new RandomNumbers(SEED)
  const counts = { taken: 0, unreadable: 0, dropped: 0, broken: 0 }
  const sink: MessageSink = {
    wants: () => {
      const isWanted = random.below(4) > 0
      if (!isWanted) counts.dropped += 1
      return isWanted
    },
    take(header, body) {
      const { signature } = header
      try {
        readBody(body, signature)
        counts.taken += 1
      } catch (error) {
        if (!(error instanceof WireError)) throw error
        counts.unreadable += 1
      }
    },
    refuse: () => undefined,
  }
  let framer = new MessageFramer(sink)
  for (let run = 0; run < RUNS; run += 1) {
    const message = damaged(random, randomMessage(random))
    try {
      for (const piece of pieces(random, message)) {
        framer.push(piece)
        // As a socket does, which reads the next bytes into the same buffer.
        piece.fill(0xee)
      }
    } catch (error) {
      if (!(error instanceof WireError))
        throw Object.assign(error as Error, { run, bytes: message.toString('hex') })
      counts.broken += 1
      framer = new MessageFramer(sink)
    }
    // A lying length waits for what does not come.
    if (random.below(5) === 0) framer = new MessageFramer(sink)
  }
  if (RUNS >= 10_000) for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0)
  if (RUNS > 20_000) console.log(`seed ${SEED}:`, JSON.stringify(counts), process.memoryUsage())
})

function randomMessage(random: RandomNumbers): Buffer {
  const values = Array.from({ length: random.below(4) }, () => randomValue(random, randomSignature(random)))
  return writeMessage(
    {
      type: 1 + random.below(5),
      serial: 1 + random.below(1000),
      replySerial: 1 + random.below(1000),
      path: `/org/${random.below(20)}`,
      interface: 'org.example',
      member: 'Changed',
      sender: `:1.${random.below(20)}`,
      signature: values.map(({ signature }) => signature).join(''),
      body: values.map(({ wire }) => wire),
    },
    random.below(2) === 0 ? 'little' : 'big',
  )
}

/** None to three damages: a byte, a word that lies, a cut, bytes too many. The first word, without which nothing is a message, is mostly left. */
function damaged(random: RandomNumbers, message: Buffer): Buffer {
  let bytes = message
  for (let damage = random.below(4); damage > 0; damage -= 1) {
    const at = Math.min(
      random.below(8) === 0 ? random.below(4) : 4 + random.below(bytes.length - 4),
      bytes.length - 4,
    )
    const kind = random.below(10)
    if (kind < 4) bytes[at] = random.below(256)
    else if (kind < 6) bytes.writeUInt32LE(random.below(bytes.length + 16), at & ~3)
    else if (kind < 8) bytes.writeUInt32BE(random.pick([0, 1, 7, 2 ** 26, 2 ** 31, 2 ** 32 - 1]), at & ~3)
    else if (kind === 8) bytes = bytes.subarray(0, Math.max(16, at))
    else bytes = Buffer.concat([bytes, Buffer.alloc(random.below(20), random.below(256))])
  }
  return bytes
}

/** The same bytes in pieces, empty ones among them. */
function pieces(random: RandomNumbers, bytes: Buffer): Buffer[] {
  const cut: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = random.below(4) === 0 ? bytes.length : random.below(40)
    cut.push(Buffer.from(bytes.subarray(at, at + length)))
    at += length
  }
  return cut
}

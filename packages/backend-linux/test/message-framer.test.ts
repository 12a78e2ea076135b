import { describe, expect, it } from 'vitest'
import { LONGEST_BODY, MessageFramer, type MessageSink } from '../src/bus/message-framer.js'
import type { MessageHeader } from '../src/bus/message-header.js'
import { WireError } from '../src/bus/wire-error.js'
import { type ByteOrder, readBody } from '../src/bus/wire-reader.js'
import { type WireMessage, writeMessage } from './wire-writer.js'

const SIGNAL = { path: '/a', interface: 'a.b', member: 'Changed', sender: ':1.5' } as const

/** Notes what it is handed. Wants what comes from :1.5. */
class Notebook implements MessageSink {
  readonly taken: unknown[] = []
  readonly refused: string[] = []
  readonly asked: string[] = []

  wants(header: MessageHeader): boolean {
    this.asked.push(header.sender)
    return header.isFrom(':1.5')
  }

  take(header: MessageHeader, body: Parameters<MessageSink['take']>[1]): void {
    const { type, serial, replySerial, path, member, errorName, expectsReply } = header
    this.taken.push({
      ...{ type, serial, replySerial, path, interface: header.interface, member, errorName, expectsReply },
      body: readBody(body, header.signature),
    })
  }

  refuse(header: MessageHeader, reason: WireError): void {
    this.refused.push(`${header.member}: ${reason.message}`)
  }
}

function framed() {
  const notebook = new Notebook()
  return { notebook, framer: new MessageFramer(notebook) }
}

describe.each<ByteOrder>(['little', 'big'])('in %s endian', (order) => {
  it('reads header and body', () => {
    const { notebook, framer } = framed()
    framer.push(writeMessage({ ...SIGNAL, serial: 7, signature: 'su', body: ['x', 1] }, order))
    framer.push(writeMessage({ type: 2, flags: 1, replySerial: 9, sender: ':1.5' }, order))
    framer.push(writeMessage({ type: 3, replySerial: 9, errorName: 'a.Failed', sender: ':1.5' }, order))
    const nothing = { replySerial: 0, path: '', interface: '', member: '', errorName: '', expectsReply: true }
    expect(notebook.taken).toEqual([
      { ...nothing, type: 4, serial: 7, path: '/a', interface: 'a.b', member: 'Changed', body: ['x', 1] },
      { ...nothing, type: 2, serial: 1, replySerial: 9, expectsReply: false, body: [] },
      { ...nothing, type: 3, serial: 1, replySerial: 9, errorName: 'a.Failed', body: [] },
    ])
  })

  it('reads the same wherever the bytes are cut', () => {
    const messages = [
      { ...SIGNAL, signature: 'as', body: [['one', 'two']] },
      { ...SIGNAL, sender: ':1.66', signature: 's', body: ['x'.repeat(100)] },
      { type: 2, replySerial: 3, sender: ':1.5' },
      { ...SIGNAL, signature: 'ay', body: [[1, 2, 3]] },
    ]
    const bytes = Buffer.concat(messages.map((message) => writeMessage(message, order)))
    const whole = framed()
    whole.framer.push(bytes)
    expect(whole.notebook.taken).toHaveLength(3)
    for (let length = 1; length < bytes.length; length += 1) {
      const { notebook, framer } = framed()
      const chunk = Buffer.alloc(length)
      for (let at = 0; at < bytes.length; at += length) {
        const end = Math.min(at + length, bytes.length)
        bytes.copy(chunk, 0, at, end)
        framer.push(chunk.subarray(0, end - at))
        chunk.fill(0xee)
      }
      expect(notebook.taken).toEqual(whole.notebook.taken)
    }
  })

  it.each<[string, Partial<WireMessage> & { patch?: (bytes: Buffer) => void }]>([
    ['another version of the protocol', { version: 2 }],
    ['no byte order', { patch: (bytes) => bytes.fill(0, 0, 1) }],
    ['header fields of more than 64 MiB', { patch: (bytes) => putWord(bytes, 12, 2 ** 26 + 1, order) }],
    ['a message of more than 128 MiB', { patch: (bytes) => putWord(bytes, 4, 2 ** 27, order) }],
    ['a length of 4 GiB', { patch: (bytes) => putWord(bytes, 4, 0xffffffff, order) }],
  ])('%s is a WireError: the connection is of no more use', (_, { patch, ...message }) => {
    const bytes = writeMessage({ ...SIGNAL, ...message }, order)
    patch?.(bytes)
    const { framer } = framed()
    expect(() => framer.push(bytes)).toThrow(WireError)
  })

  it.each<[string, (bytes: Buffer) => void]>([
    ['a field that goes on beyond its end', (bytes) => putWord(bytes, 20, 1000, order)],
    ['a field that claims 4 GiB', (bytes) => putWord(bytes, 20, 0xffffffff, order)],
    ['a field of another type', (bytes) => bytes.write('u', 18)],
    ['a field of an unknown type', (bytes) => bytes.write('z', 18)],
    ['a path without its zero byte', (bytes) => bytes.write('/', 26)],
    ['field number 0 of a bad type', (bytes) => bytes.write('\0\x01z', 16, 'latin1')],
    ['a field that is there twice', (bytes) => bytes.fill(2, 16, 17) && bytes.write('s', 18)],
  ])('%s costs that message, not the next one', (_, patch) => {
    const bad = writeMessage({ ...SIGNAL, signature: 's', body: ['gone'] }, order)
    patch(bad)
    const { notebook, framer } = framed()
    framer.push(bad)
    framer.push(writeMessage({ ...SIGNAL, signature: 's', body: ['there'] }, order))
    expect(notebook.taken).toMatchObject([{ body: ['there'] }])
  })

  it('fields of a later version of the protocol are passed over', () => {
    const { notebook, framer } = framed()
    framer.push(
      writeMessage(
        {
          ...SIGNAL,
          fields: [
            [10, 'a{sv}', [['x', ['t', 1n]]]],
            [200, 's', 'later'],
            [9, 'u', 0],
          ],
          signature: 'y',
          body: [1],
        },
        order,
      ),
    )
    expect(notebook.taken).toMatchObject([{ member: 'Changed', body: [1] }])
  })
})

it('headers that came before are told apart by each of their bytes, in either byte order, however many there are', () => {
  const { notebook, framer } = framed()
  const paths = Array.from({ length: 600 }, (_, index) => `/a/${'b'.repeat(index % 5)}${index}`)
  const messages = [...paths, ...paths.toReversed()].flatMap((path, index) => {
    const order: ByteOrder = index % 3 ? 'little' : 'big'
    const message = { ...SIGNAL, path, serial: index + 1, signature: 'u', body: [index] }
    return [
      writeMessage(message, order),
      writeMessage({ ...message, sender: ':1.6' }, order),
      writeMessage(
        { ...message, member: `Changed${index % 2}`, signature: 'us', body: [index, path] },
        order,
      ),
    ]
  })
  framer.push(Buffer.concat(messages))
  const found = { type: 4, replySerial: 0, interface: 'a.b', errorName: '', expectsReply: true }
  expect(notebook.taken).toEqual(
    [...paths, ...paths.toReversed()].flatMap((path, index) => [
      { ...found, path, serial: index + 1, member: 'Changed', body: [index] },
      { ...found, path, serial: index + 1, member: `Changed${index % 2}`, body: [index, path] },
    ]),
  )
})

it('a known header with one byte more in its last field is read again', () => {
  const { notebook, framer } = framed()
  for (const sender of [':1.5', ':1.51', ':1.5', ':1.511', ':1.5'])
    framer.push(writeMessage({ ...SIGNAL, sender, signature: 's', body: [sender] }))
  expect(notebook.taken).toMatchObject([{ body: [':1.5'] }, { body: [':1.5'] }, { body: [':1.5'] }])
})

it('a stranger’s 100 MiB are passed over as they come: not one is kept', () => {
  const { notebook, framer } = framed()
  const head = writeMessage({ ...SIGNAL, sender: ':1.66', signature: 'ay', body: [[]] }).subarray(0, -4)
  head.writeUInt32LE(100 * 2 ** 20, 4)
  framer.push(head)
  const chunk = Buffer.alloc(64 * 1024)
  const before = process.memoryUsage().arrayBuffers
  for (let sent = 0; sent < 100 * 2 ** 20; sent += chunk.length) framer.push(chunk)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20)
  framer.push(writeMessage(SIGNAL))
  expect([notebook.taken.length, notebook.asked]).toEqual([1, [':1.66', ':1.5']])
})

it('a header of 64 MiB is skipped, no matter who sent it', () => {
  const { notebook, framer } = framed()
  const head = writeMessage(SIGNAL).subarray(0, 16)
  head.writeUInt32LE(2 ** 26, 12)
  framer.push(head)
  const chunk = Buffer.alloc(2 ** 20, 0xff)
  for (let sent = 0; sent < 2 ** 26; sent += chunk.length) framer.push(chunk)
  framer.push(writeMessage(SIGNAL))
  expect([notebook.taken.length, notebook.asked.length]).toEqual([1, 1])
})

it('a body that is wanted and too long is refused before it has come, and passed over', () => {
  const { notebook, framer } = framed()
  const head = writeMessage({ ...SIGNAL, signature: 'ay', body: [[]] }).subarray(0, -4)
  head.writeUInt32LE(LONGEST_BODY + 8, 4)
  framer.push(head)
  expect(notebook.refused).toEqual(['Changed: a message of more than 16 MiB'])
  framer.push(Buffer.alloc(LONGEST_BODY + 8))
  framer.push(writeMessage(SIGNAL))
  expect(notebook.taken).toHaveLength(1)
})

it('a body of the longest is read', () => {
  const { notebook, framer } = framed()
  framer.push(writeMessage({ ...SIGNAL, signature: 'ay', body: [[]] }))
  const body = Buffer.alloc(LONGEST_BODY, 1)
  body.writeUInt32LE(LONGEST_BODY - 4)
  const message = writeMessage({ ...SIGNAL, signature: 'ay', body })
  for (let at = 0; at < message.length; at += 65_536) framer.push(message.subarray(at, at + 65_536))
  expect(notebook.taken).toHaveLength(2)
})

it('after stop() nothing is handed out, not even from the same chunk', () => {
  const taken: string[] = []
  const framer: MessageFramer = new MessageFramer({
    wants: () => true,
    take(header) {
      taken.push(header.member)
      framer.stop()
    },
    refuse: () => undefined,
  })
  framer.push(Buffer.concat([writeMessage(SIGNAL), writeMessage({ ...SIGNAL, member: 'Later' })]))
  framer.push(writeMessage({ ...SIGNAL, member: 'MuchLater' }))
  expect(taken).toEqual(['Changed'])
})

function putWord(bytes: Buffer, at: number, value: number, order: ByteOrder): void {
  if (order === 'little') bytes.writeUInt32LE(value, at)
  else bytes.writeUInt32BE(value, at)
}

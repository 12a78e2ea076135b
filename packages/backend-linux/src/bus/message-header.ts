import { internedText, viewOf } from './interned-text.js'
import { type KnownHeader, KnownHeaders } from './known-headers.js'
import { CODE, SINGLE, type Type } from './signature.js'
import { WireError } from './wire-error.js'
import { type ByteOrder, WireReader } from './wire-reader.js'

/** The bytes of a message before its header fields. */
export const PROLOGUE = 16

/** The types of messages. */
export const MESSAGE = { call: 1, reply: 2, error: 3, signal: 4 } as const

/** A flag of a call. */
const NO_REPLY_EXPECTED = 1

/** The longest array of header fields and the longest message: limits of the D-Bus specification. */
const LONGEST_FIELDS = 2 ** 26
const LONGEST_MESSAGE = 2 ** 27

const LITTLE = 108
const BIG = 66
const VERSION = 1

const PATH = 1
const INTERFACE = 2
const MEMBER = 3
const ERROR_NAME = 4
const REPLY_SERIAL = 5
const SENDER = 7
const SIGNATURE = 8

/** The length of a message, from its first {@link PROLOGUE} bytes. */
export interface MessageFrame {
  readonly order: ByteOrder
  /** Bytes up to the body: {@link PROLOGUE}, header fields and padding. */
  readonly headerLength: number
  readonly bodyLength: number
}

/**
 * Reads the frame of the message that begins at `at`.
 *
 * @throws {@link WireError} if no D-Bus message begins there: anything could follow then, and the connection is useless
 */
export function readFrame(bytes: Buffer, at: number): MessageFrame {
  const endian = bytes[at]
  if (endian !== LITTLE && endian !== BIG) throw new WireError('a message in an unknown byte order')
  if (bytes[at + 3] !== VERSION) throw new WireError('a message of another version of the protocol')
  const isLittle = endian === LITTLE
  const bodyLength = word(bytes, at + 4, isLittle)
  const fieldsLength = word(bytes, at + 12, isLittle)
  if (fieldsLength > LONGEST_FIELDS) throw new WireError('header fields of more than 64 MiB')
  const headerLength = PROLOGUE + Math.ceil(fieldsLength / 8) * 8
  if (headerLength + bodyLength > LONGEST_MESSAGE) throw new WireError('a message of more than 128 MiB')
  return { order: isLittle ? 'little' : 'big', headerLength, bodyLength }
}

/** The type of each field, by its code. Fields of future versions are skipped. */
const FIELD_TYPES = [
  0,
  CODE.path,
  CODE.string,
  CODE.string,
  CODE.string,
  CODE.uint32,
  CODE.string,
  CODE.string,
  CODE.signature,
  CODE.uint32,
]

/**
 * The header of the current message. One object serves all messages of a connection, one after the other. {@link read} finds where the
 * fields are, and each is decoded only when it is used: most messages of strangers are dropped for their type, sender or serial, which
 * should cost next to nothing. A signal that came before is recognised as a whole. Valid until the next {@link read}, or until the bytes
 * change.
 */
export class MessageHeader {
  /** One of {@link MESSAGE}, or a type of a future version. */
  type = 0
  serial = 0
  /** The serial of the call that this answers; 0 if there is none. */
  replySerial = 0
  #bytes: Buffer = Buffer.alloc(0)
  #flags = 0
  /** Start and end of each text field, by its code; 0 if it is missing. Of no meaning if the header is known. */
  readonly #fields = new Int32Array(2 * FIELD_TYPES.length)
  #known: KnownHeader | undefined
  readonly #knownHeaders = new KnownHeaders()
  /** Where all fields are. */
  #start = 0
  #end = 0
  #isLittle = true

  /**
   * Reads the complete header that begins at `at`.
   *
   * @throws {@link WireError} if the fields are invalid; the frame is still valid
   */
  read(bytes: Buffer, at: number, order: ByteOrder): void {
    const isLittle = order === 'little'
    this.type = bytes[at + 1] as number
    this.#flags = bytes[at + 2] as number
    this.serial = word(bytes, at + 8, isLittle)
    this.replySerial = 0
    this.#bytes = bytes
    this.#isLittle = isLittle
    this.#start = at + PROLOGUE
    this.#end = this.#start + word(bytes, at + 12, isLittle)
    this.#known = undefined
    if (this.type === MESSAGE.signal)
      this.#known = this.#knownHeaders.find(bytes, this.#start, this.#end, isLittle)
    if (this.#known === undefined) {
      this.#fields.fill(0)
      this.#find(at, this.#end, isLittle)
    }
  }

  /** Notes that a message with this header was wanted: if it is a signal, others like it will follow. */
  keep(): void {
    if (this.type !== MESSAGE.signal || this.#known !== undefined) return
    const texts = FIELD_TYPES.map((_, code) => this.#text(code))
    this.#knownHeaders.add(this.#bytes, this.#start, this.#end, this.#isLittle, texts)
  }

  /** Whether the caller waits for an answer. */
  get expectsReply(): boolean {
    return (this.#flags & NO_REPLY_EXPECTED) === 0
  }

  /** The sender, according to the bus daemon. `''` is the daemon itself, because it stamps all messages that it forwards. */
  get sender(): string {
    return this.#text(SENDER)
  }

  /** Whether {@link sender} is that name. Does not decode it. */
  isFrom(name: string): boolean {
    if (this.#known !== undefined) return this.#known.texts[SENDER] === name
    const start = this.#fields[2 * SENDER] as number
    if ((this.#fields[2 * SENDER + 1] as number) - start !== name.length) return false
    for (let index = 0; index < name.length; index += 1)
      if (this.#bytes[start + index] !== name.charCodeAt(index)) return false
    return true
  }

  /** The object path; `''` if there is none. */
  get path(): string {
    return this.#text(PATH)
  }

  /** The interface of a call or a signal; `''` if there is none. */
  get interface(): string {
    return this.#text(INTERFACE)
  }

  /** The name of a method or a signal; `''` if there is none. */
  get member(): string {
    return this.#text(MEMBER)
  }

  /** The name of an error; `''` if there is none. */
  get errorName(): string {
    return this.#text(ERROR_NAME)
  }

  /** The types of the body; `''` if there is none. */
  get signature(): string {
    return this.#text(SIGNATURE)
  }

  #text(code: number): string {
    if (this.#known !== undefined) return this.#known.texts[code] as string
    const [start, end] = [this.#fields[2 * code] as number, this.#fields[2 * code + 1] as number]
    return internedText(this.#bytes, start, end)
  }

  /** Finds the fields: an array of structs of a byte and a variant. The variant of every known field holds one simple type. */
  #find(message: number, end: number, isLittle: boolean): void {
    const bytes = this.#bytes
    let at = message + PROLOGUE
    while (at < end) {
      at = message + (((at - message + 7) >> 3) << 3)
      // Code, type and the shortest value, an empty signature.
      if (at + 6 > end) throw new WireError('a header field that goes beyond its end')
      const code = bytes[at] as number
      const expected = FIELD_TYPES[code]
      if (expected === undefined) {
        at = afterField(bytes, at, end, isLittle)
        continue
      }
      if (bytes[at + 1] !== 1 || bytes[at + 2] !== expected || bytes[at + 3] !== 0)
        throw new WireError('a header field of another type')
      at += 4
      const isShort = expected === CODE.signature
      if (!isShort && at + 4 > end) throw new WireError('a header field that goes beyond its end')
      if (expected === CODE.uint32) {
        if (code === REPLY_SERIAL) this.replySerial = word(bytes, at, isLittle)
        at += 4
        continue
      }
      const start = at + (isShort ? 1 : 4)
      const length = isShort ? (bytes[at] as number) : word(bytes, at, isLittle)
      if (length >= end - start) throw new WireError('a header field that goes beyond its end')
      if (bytes[start + length] !== 0) throw new WireError('a header field without its zero byte')
      if (this.#fields[2 * code] !== 0) throw new WireError('a header field that is there twice')
      this.#fields[2 * code] = start
      this.#fields[2 * code + 1] = start + length
      at = start + length + 1
    }
  }
}

/** Skips a field of a later version of the protocol. Returns where the next one begins. */
function afterField(bytes: Buffer, at: number, end: number, isLittle: boolean): number {
  const reader = new WireReader({ bytes, start: at, end, order: isLittle ? 'little' : 'big' })
  reader.byte()
  reader.value(SINGLE[CODE.variant] as Type, 1)
  return reader.position
}

function word(bytes: Buffer, at: number, isLittle: boolean): number {
  return viewOf(bytes).getUint32(at, isLittle)
}

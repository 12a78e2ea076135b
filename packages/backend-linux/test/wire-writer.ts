import { CODE, parseSignature, type Type } from '../src/bus/signature.js'
import type { ByteOrder } from '../src/bus/wire-reader.js'

/**
 * Values as dbus-next's own marshaller wants them: a variant is `[signature, value]`, a dictionary an array of pairs, a byte array an
 * array of numbers, a 64-bit integer a `BigInt`.
 */
export type WireValue = boolean | number | bigint | string | readonly WireValue[]

/** Writes D-Bus values in either byte order: for tests, since dbus-next writes in one of them only. */
class WireWriter {
  readonly #isLittle: boolean
  #bytes = Buffer.alloc(1024)
  #at = 0

  constructor(order: ByteOrder) {
    this.#isLittle = order === 'little'
  }

  /** What was written so far. */
  get bytes(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at))
  }

  align(alignment: number): void {
    const end = Math.ceil(this.#at / alignment) * alignment
    this.#room(end - this.#at)
    while (this.#at < end) {
      this.#bytes[this.#at] = 0
      this.#at += 1
    }
  }

  value(type: Type, value: WireValue): void {
    const { code, parts } = type
    if (code === CODE.variant) {
      const [signature, inner] = value as [string, WireValue]
      this.#signature(signature)
      this.value(one(signature), inner)
    } else if (code === CODE.array || code === CODE.dictionary) this.#array(type, value as WireValue[])
    else if (code === CODE.struct) {
      this.align(8)
      this.#each(parts, value as WireValue[])
    } else if (code === CODE.signature) this.#signature(value as string)
    else if (code === CODE.string || code === CODE.path) {
      const text = Buffer.from(value as string)
      this.uint32(text.length)
      this.#raw(text)
      this.byte(0)
    } else this.#number(type, value as number | bigint | boolean)
  }

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#at] = value
    this.#at += 1
  }

  uint32(value: number): void {
    this.align(4)
    this.#room(4)
    this.#at = this.#isLittle
      ? this.#bytes.writeUInt32LE(value, this.#at)
      : this.#bytes.writeUInt32BE(value, this.#at)
  }

  #signature(text: string): void {
    this.byte(text.length)
    this.#raw(Buffer.from(text))
    this.byte(0)
  }

  #array({ code, parts }: Type, values: readonly WireValue[]): void {
    this.uint32(0)
    const lengthAt = this.#at - 4
    this.align(code === CODE.dictionary ? 8 : (parts[0]?.alignment ?? 1))
    const start = this.#at
    for (const value of values) {
      if (code === CODE.dictionary) {
        this.align(8)
        this.#each(parts, value as WireValue[])
      } else this.value(parts[0] as Type, value)
    }
    if (this.#isLittle) this.#bytes.writeUInt32LE(this.#at - start, lengthAt)
    else this.#bytes.writeUInt32BE(this.#at - start, lengthAt)
  }

  #each(types: readonly Type[], values: readonly WireValue[]): void {
    for (const [index, type] of types.entries()) this.value(type, values[index] as WireValue)
  }

  #number({ code, alignment }: Type, given: number | bigint | boolean): void {
    if (code === CODE.byte) return this.byte(Number(given))
    this.align(alignment)
    this.#room(alignment)
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at)
    const value = Number(given)
    if (code === CODE.boolean || code === CODE.uint32) view.setUint32(0, value, this.#isLittle)
    else if (code === CODE.int32 || code === CODE.descriptor) view.setInt32(0, value, this.#isLittle)
    else if (code === CODE.int16) view.setInt16(0, value, this.#isLittle)
    else if (code === CODE.uint16) view.setUint16(0, value, this.#isLittle)
    else if (code === CODE.double) view.setFloat64(0, value, this.#isLittle)
    else view.setBigInt64(0, BigInt.asIntN(64, given as bigint), this.#isLittle)
    this.#at += alignment
  }

  #raw(bytes: Buffer): void {
    this.#room(bytes.length)
    this.#at += bytes.copy(this.#bytes, this.#at)
  }

  #room(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const bytes = Buffer.alloc(2 * (this.#at + length))
    this.#bytes.copy(bytes)
    this.#bytes = bytes
  }
}

/** A message body. */
export function writeBody(signature: string, values: readonly WireValue[], order: ByteOrder): Buffer {
  const writer = new WireWriter(order)
  for (const [index, type] of parseSignature(signature).entries())
    writer.value(type, values[index] as WireValue)
  return writer.bytes
}

/** What {@link writeMessage} writes: a signal unless it says otherwise. */
export interface WireMessage {
  readonly type?: number
  readonly flags?: number
  readonly version?: number
  readonly serial?: number
  readonly replySerial?: number
  readonly path?: string
  readonly interface?: string
  readonly member?: string
  readonly errorName?: string
  readonly sender?: string
  readonly signature?: string
  readonly body?: readonly WireValue[] | Buffer
  /** Further header fields: code, signature, value. */
  readonly fields?: readonly (readonly [number, string, WireValue])[]
}

/** A message as bytes. */
export function writeMessage(message: WireMessage, order: ByteOrder = 'little'): Buffer {
  const { signature = '', body = [] } = message
  const written = Buffer.isBuffer(body) ? body : writeBody(signature, body, order)
  const fields = (
    [
      [1, 'o', message.path],
      [2, 's', message.interface],
      [3, 's', message.member],
      [4, 's', message.errorName],
      [5, 'u', message.replySerial],
      [7, 's', message.sender],
      [8, 'g', signature || undefined],
      ...(message.fields ?? []),
    ] as const
  ).flatMap(([code, type, value]) => (value === undefined ? [] : [[code, [type, value]] as const]))
  const writer = new WireWriter(order)
  const prologue = [
    order === 'little' ? 108 : 66,
    message.type ?? 4,
    message.flags ?? 0,
    message.version ?? 1,
  ]
  for (const byte of prologue) writer.byte(byte)
  writer.uint32(written.length)
  writer.uint32(message.serial ?? 1)
  writer.value(one('a(yv)'), fields)
  writer.align(8)
  return Buffer.concat([writer.bytes, written])
}

function one(signature: string): Type {
  return parseSignature(signature)[0] as Type
}

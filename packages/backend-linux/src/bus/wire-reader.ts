import { internedText, viewOf } from './interned-text.js'
import { CODE, parseSignature, SINGLE, type Type } from './signature.js'
import { WireError } from './wire-error.js'

/** How many containers, including variants, may be inside each other: a limit of the D-Bus specification. */
const DEEPEST = 64

/** The longest array in bytes: a limit of the D-Bus specification. */
const LONGEST_ARRAY = 2 ** 26

/** The byte order of a message. */
export type ByteOrder = 'little' | 'big'

/** Where values are. `start` is a multiple of 8 in its message, so that alignment counts from there. */
export interface WireSlice {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly order: ByteOrder
}

/**
 * Reads a message body as plain values: a dictionary as a `Map`, structs and arrays as arrays, a byte array as a `Uint8Array` of its
 * own, a 64-bit integer as a number, a variant as its content. Invalid UTF-8 becomes U+FFFD. Object paths are text, and are not
 * checked. Reads nothing outside the slice, keeps nothing of it, and takes time in proportion to its length.
 *
 * @throws {@link WireError}, and nothing else, if the bytes do not match the signature exactly, or for a file descriptor, which our
 * connections cannot receive
 */
export function readBody(slice: WireSlice, signature: string): unknown[] {
  const reader = new WireReader(slice)
  const values: unknown[] = []
  for (const type of parseSignature(signature)) values.push(reader.value(type, 0))
  if (!reader.isAtEnd) throw new WireError('a body that is longer than its signature says')
  return values
}

/** Reads values one after the other. Throws {@link WireError} if they are incomplete or invalid. */
export class WireReader {
  readonly #bytes: Buffer
  readonly #view: DataView
  readonly #start: number
  readonly #isLittle: boolean
  /** The end of the innermost array, or of everything. */
  #end: number
  #at: number

  /** @param slice the bytes stay the caller's, and may change once the last value is read */
  constructor({ bytes, start, end, order }: WireSlice) {
    this.#bytes = bytes
    this.#view = viewOf(bytes)
    this.#start = start
    this.#at = start
    this.#end = Math.min(end, bytes.length)
    this.#isLittle = order === 'little'
  }

  /** Whether everything was read. */
  get isAtEnd(): boolean {
    return this.#at === this.#end
  }

  /** Where the next value begins, before its padding. */
  get position(): number {
    return this.#at
  }

  /**
   * Reads the value of one complete type.
   *
   * @param depth how many containers it is in
   */
  value(type: Type, depth: number): unknown {
    switch (type.code) {
      case CODE.string:
      case CODE.path:
        return this.text()
      case CODE.variant:
        return this.#variant(depth + 1)
      case CODE.uint32:
        return this.uint32()
      case CODE.dictionary:
        return this.#dictionary(type, depth + 1)
      case CODE.array:
        return this.#array(type, depth + 1)
      case CODE.boolean:
        return this.#boolean()
      case CODE.byte:
        return this.byte()
      case CODE.int32:
        return this.uint32() | 0
      case CODE.struct:
        return this.#struct(type, depth + 1)
      case CODE.uint64:
      case CODE.int64:
        return this.#integer64(type.code === CODE.int64 ? 'signed' : 'unsigned')
      case CODE.uint16:
        return this.#uint16()
      case CODE.int16:
        return (this.#uint16() << 16) >> 16
      case CODE.double:
        return this.#double()
      case CODE.signature:
        return this.signature()
      default:
        throw new WireError('a file descriptor that did not come with the message')
    }
  }

  /** A byte. */
  byte(): number {
    const at = this.#at
    this.#advance(1)
    return this.#bytes[at] as number
  }

  /** Skips padding, which must be zero, up to a multiple of `alignment` (a power of two). */
  align(alignment: number): void {
    while (((this.#at - this.#start) & (alignment - 1)) !== 0) {
      if (this.byte() !== 0) throw new WireError('padding that is not zero')
    }
  }

  /** An unsigned 32-bit integer, aligned. */
  uint32(): number {
    if (((this.#at - this.#start) & 3) !== 0) this.align(4)
    return this.#word()
  }

  /** A string or an object path, aligned. */
  text(): string {
    const length = this.uint32()
    return this.#readTerminated(length)
  }

  /** A signature as text, not parsed. */
  signature(): string {
    return this.#readTerminated(this.byte())
  }

  #advance(length: number): void {
    if (length > this.#end - this.#at) throw new WireError('a value that goes beyond its end')
    this.#at += length
  }

  #readTerminated(length: number): string {
    const at = this.#at
    this.#advance(length + 1)
    const end = at + length
    if (this.#bytes[end] !== 0) throw new WireError('a text without a zero byte at its end')
    return internedText(this.#bytes, at, end)
  }

  /** Four bytes, aligned already. */
  #word(): number {
    const at = this.#at
    this.#advance(4)
    return this.#view.getUint32(at, this.#isLittle)
  }

  #uint16(): number {
    this.align(2)
    const at = this.#at
    this.#advance(2)
    return this.#view.getUint16(at, this.#isLittle)
  }

  #boolean(): boolean {
    const value = this.uint32()
    if (value > 1) throw new WireError('a boolean that is neither 0 nor 1')
    return value === 1
  }

  /** Rounds as `Number()` rounds a `BigInt`: both halves are exact, so there is only one rounding. */
  #integer64(kind: 'signed' | 'unsigned'): number {
    this.align(8)
    const first = this.#word()
    const second = this.#word()
    const [high, low] = this.#isLittle ? [second, first] : [first, second]
    return (kind === 'signed' ? high | 0 : high) * 2 ** 32 + low
  }

  #double(): number {
    this.align(8)
    const at = this.#at
    this.#advance(8)
    return this.#view.getFloat64(at, this.#isLittle)
  }

  #variant(depth: number): unknown {
    const bytes = this.#bytes
    const at = this.#at
    // Nearly always one type and its zero byte.
    if (this.#end - at >= 3 && bytes[at] === 1 && bytes[at + 2] === 0) {
      const type = SINGLE[bytes[at + 1] as number]
      if (type === undefined) throw new WireError('a variant of an unknown type')
      this.#at = at + 3
      return this.#inner(type, depth)
    }
    const types = parseSignature(this.signature())
    const [type] = types
    if (type === undefined || types.length > 1) throw new WireError('a variant without exactly one type')
    return this.#inner(type, depth)
  }

  /** A value inside a container. */
  #inner(type: Type, depth: number): unknown {
    if (depth > DEEPEST) throw new WireError('more than 64 containers inside each other')
    return this.value(type, depth)
  }

  #struct({ parts }: Type, depth: number): unknown[] {
    this.align(8)
    const values: unknown[] = []
    for (const part of parts) values.push(this.#inner(part, depth))
    return values
  }

  #dictionary({ parts }: Type, depth: number): Map<unknown, unknown> {
    const [key, value] = parts as readonly [Type, Type]
    const outer = this.#enter(8)
    const entries = new Map<unknown, unknown>()
    while (this.#at < this.#end) {
      this.align(8)
      const name = this.value(key, depth)
      // An entry is a container inside an array, which counts as two.
      entries.set(name, this.#inner(value, depth + 1))
    }
    this.#end = outer
    return entries
  }

  #array({ parts }: Type, depth: number): unknown[] | Uint8Array {
    const [element] = parts as readonly [Type]
    const outer = this.#enter(element.alignment)
    if (element.code === CODE.byte) {
      const bytes = copyOf(this.#bytes, this.#at, this.#end)
      this.#at = this.#end
      this.#end = outer
      return bytes
    }
    const values: unknown[] = []
    while (this.#at < this.#end) values.push(this.#inner(element, depth))
    this.#end = outer
    return values
  }

  /** Goes to an array's first element, and narrows the end to the array's. Returns the end of its container. */
  #enter(alignment: number): number {
    const length = this.uint32()
    this.align(alignment)
    if (length > LONGEST_ARRAY) throw new WireError('an array of more than 64 MiB')
    const outer = this.#end
    if (length > outer - this.#at) throw new WireError('an array that is longer than what it is in')
    this.#end = this.#at + length
    return outer
  }
}

/** A copy of some bytes. Most are few: a copy by the runtime costs more. */
function copyOf(bytes: Buffer, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start)
  for (let index = 0; index < copy.length; index += 1) copy[index] = bytes[start + index] as number
  return copy
}

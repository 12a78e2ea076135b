import { WireError } from './wire-error.js'

/** The longest signature, the deepest arrays, the deepest structs: limits of the D-Bus specification. */
const LONGEST = 255
const DEEPEST = 32

/** How many parsed signatures are kept. NetworkManager uses some forty. Senders choose them, so the number is limited. */
const CACHE_SIZE = 256

/** D-Bus type codes, as bytes of a signature. `dictionary` is an array of dictionary entries. */
export const CODE = {
  byte: 121,
  boolean: 98,
  int16: 110,
  uint16: 113,
  int32: 105,
  uint32: 117,
  int64: 120,
  uint64: 116,
  double: 100,
  string: 115,
  path: 111,
  signature: 103,
  descriptor: 104,
  variant: 118,
  array: 97,
  struct: 40,
  dictionary: 123,
} as const

/** One complete type of a signature. */
export interface Type {
  /** One of {@link CODE}. */
  readonly code: number
  /** The alignment of its first byte. */
  readonly alignment: number
  /** An array's element; a struct's fields; a dictionary's key and value; otherwise empty. */
  readonly parts: readonly Type[]
}

const BASIC: ReadonlyMap<number, Type> = new Map(
  [
    [CODE.byte, 1],
    [CODE.boolean, 4],
    [CODE.int16, 2],
    [CODE.uint16, 2],
    [CODE.int32, 4],
    [CODE.uint32, 4],
    [CODE.int64, 8],
    [CODE.uint64, 8],
    [CODE.double, 8],
    [CODE.string, 4],
    [CODE.path, 4],
    [CODE.signature, 1],
    [CODE.descriptor, 4],
  ].map(([code = 0, alignment = 1]) => [code, { code, alignment, parts: [] }]),
)
const VARIANT: Type = { code: CODE.variant, alignment: 1, parts: [] }

/** Single types by their byte: nearly every variant holds one of these, and needs no text for it. */
export const SINGLE: readonly (Type | undefined)[] = Array.from({ length: 128 }, (_, code) =>
  code === CODE.variant ? VARIANT : BASIC.get(code),
)

const cache = new Map<string, readonly Type[]>()

/**
 * Parses the complete types of a signature, and keeps them for the next time.
 *
 * @throws {@link WireError} for what the specification does not allow: unknown codes, an array without an element, an empty struct, a
 * dictionary outside an array or with a container as key, more than 255 bytes, more than 32 arrays or 32 structs inside each other
 */
export function parseSignature(text: string): readonly Type[] {
  const known = cache.get(text)
  if (known !== undefined) return known
  const types = new SignatureParser(text).types()
  // Emptied as a whole: a sender that fills it costs the next messages one parse each, and no order has to be kept.
  if (cache.size >= CACHE_SIZE) cache.clear()
  cache.set(text, types)
  return types
}

class SignatureParser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    if (text.length > LONGEST) throw new WireError('a signature of more than 255 bytes')
    this.#text = text
  }

  types(): readonly Type[] {
    const types: Type[] = []
    while (this.#at < this.#text.length) types.push(this.#one(0, 0))
    return types
  }

  #one(arrays: number, structs: number): Type {
    const code = this.#next()
    if (code === CODE.array) return this.#array(arrays + 1, structs)
    if (code === CODE.struct) return this.#struct(arrays, structs + 1)
    const type = code < SINGLE.length ? SINGLE[code] : undefined
    if (type === undefined) throw new WireError('a signature with an unknown type')
    return type
  }

  #array(arrays: number, structs: number): Type {
    if (arrays > DEEPEST) throw new WireError('a signature with more than 32 arrays inside each other')
    if (this.#text.charCodeAt(this.#at) !== CODE.dictionary)
      return { code: CODE.array, alignment: 4, parts: [this.#one(arrays, structs)] }
    this.#at += 1
    if (structs + 1 > DEEPEST) throw new WireError('a signature with more than 32 structs inside each other')
    const key = this.#one(arrays, structs + 1)
    if (!BASIC.has(key.code)) throw new WireError('a dictionary whose key is not a basic type')
    const value = this.#one(arrays, structs + 1)
    if (this.#next() !== 125) throw new WireError('a dictionary entry without its end')
    return { code: CODE.dictionary, alignment: 4, parts: [key, value] }
  }

  #struct(arrays: number, structs: number): Type {
    if (structs > DEEPEST) throw new WireError('a signature with more than 32 structs inside each other')
    const parts: Type[] = []
    while (this.#text.charCodeAt(this.#at) !== 41) parts.push(this.#one(arrays, structs))
    this.#at += 1
    if (parts.length === 0) throw new WireError('an empty struct')
    return { code: CODE.struct, alignment: 8, parts }
  }

  #next(): number {
    if (this.#at >= this.#text.length) throw new WireError('a signature that ends too early')
    const code = this.#text.charCodeAt(this.#at)
    this.#at += 1
    return code
  }
}

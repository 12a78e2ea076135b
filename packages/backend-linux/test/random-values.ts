import type { WireValue } from './wire-writer.js'

/** Numbers that look random, and are the same again for the same seed (mulberry32). */
export class RandomNumbers {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  pick<T>(from: ArrayLike<T>): T {
    return from[this.below(from.length)] as T
  }
}

/** A random value in the forms that the comparison needs. */
export interface RandomValue {
  readonly signature: string
  readonly wire: WireValue
  /** As it should be read. */
  readonly plain: unknown
}

const BASIC = 'ybnqiuxtdsog'
const TEXTS = [
  '',
  'a',
  'Connected',
  'Grüße',
  '世界',
  '🌍',
  'org.freedesktop.NetworkManager',
  'x'.repeat(97),
  'é'.repeat(60),
]
const EDGES = [0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n]

/** A random single complete type; no descriptors, which nobody can receive. */
export function randomSignature(random: RandomNumbers, depth = 0): string {
  const kind = depth > 4 ? 0 : random.below(10)
  if (kind < 5) return random.pick(BASIC)
  if (kind === 5) return 'v'
  if (kind === 6) return `a{${random.pick(BASIC)}${randomSignature(random, depth + 2)}}`
  if (kind === 7) {
    const fields = Array.from({ length: 1 + random.below(3) }, () => randomSignature(random, depth + 1))
    return `(${fields.join('')})`
  }
  return `a${randomSignature(random, depth + 1)}`
}

/** A random value of a type. */
export function randomValue(random: RandomNumbers, signature: string, depth = 0): RandomValue {
  const value = (wire: WireValue, plain: unknown = wire): RandomValue => ({ signature, wire, plain })
  switch (signature[0]) {
    case 'y':
      return value(random.below(256))
    case 'b':
      return value(random.below(2) === 1)
    case 'n':
      return value(random.below(65536) - 32768)
    case 'q':
      return value(random.below(65536))
    case 'i':
      return value(random.below(2 ** 32) - 2 ** 31)
    case 'u':
      return value(random.below(2 ** 32))
    case 'x':
    case 't':
      return longValue(random, signature, value)
    case 'd':
      return value((random.below(2 ** 32) - 2 ** 31) / 2 ** random.below(40))
    case 'o':
      return value(`/org/${random.below(50)}`)
    case 's':
      return value(random.pick(TEXTS) + (random.below(2) === 0 ? '' : String(random.below(1000))))
    case 'g':
      return value(randomSignature(random))
    case 'v': {
      const inner = randomValue(
        random,
        depth > 3 ? random.pick(BASIC) : randomSignature(random, depth),
        depth + 1,
      )
      return value([inner.signature, inner.wire], inner.plain)
    }
    case '(': {
      const fields = split(signature.slice(1, -1)).map((field) => randomValue(random, field, depth + 1))
      return value(
        fields.map(({ wire }) => wire),
        fields.map(({ plain }) => plain),
      )
    }
    default:
      return arrayValue(random, signature, depth, value)
  }
}

type Make = (wire: WireValue, plain?: unknown) => RandomValue

function longValue(random: RandomNumbers, signature: string, value: Make): RandomValue {
  const long =
    random.below(2) === 0
      ? random.pick(EDGES)
      : BigInt(random.below(2 ** 31)) * 2n ** 32n + BigInt(random.below(2 ** 32))
  const signed = signature === 'x' && random.below(2) === 0 ? -long : long
  return value(signed, Number(signed))
}

function arrayValue(random: RandomNumbers, signature: string, depth: number, value: Make): RandomValue {
  const length = random.below(random.below(20) === 0 ? 40 : 4)
  if (signature[1] !== '{') {
    const elements = Array.from({ length }, () => randomValue(random, signature.slice(1), depth + 1))
    const plain = elements.map((element) => element.plain)
    return value(
      elements.map(({ wire }) => wire),
      signature === 'ay' ? Uint8Array.from(plain as number[]) : plain,
    )
  }
  const [key = '', inner = ''] = split(signature.slice(2, -1))
  const entries = Array.from({ length }, () => [
    randomValue(random, key, depth + 1),
    randomValue(random, inner, depth + 1),
  ])
  return value(
    entries.map((entry) => entry.map(({ wire }) => wire)),
    new Map(entries.map(([name, held]) => [name?.plain, held?.plain])),
  )
}

/** The complete types of a signature. */
function split(signature: string): string[] {
  const types: string[] = []
  let start = 0
  let depth = 0
  for (let at = 0; at < signature.length; at += 1) {
    const code = signature[at] as string
    if ('({'.includes(code)) depth += 1
    if (')}'.includes(code)) depth -= 1
    if (depth > 0 || code === 'a') continue
    types.push(signature.slice(start, at + 1))
    start = at + 1
  }
  return types
}

/** Whether two plain values are the same, types and order of entries included; quick, for a million of them. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (one instanceof Uint8Array)
    return other instanceof Uint8Array && !Buffer.isBuffer(one) && Buffer.compare(one, other) === 0
  if (Array.isArray(one))
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((element, index) => isSame(element, other[index]))
    )
  if (!(one instanceof Map && other instanceof Map)) return false
  return isSame([...one].flat(1), [...other].flat(1))
}

import { describe, expect, it } from 'vitest'
import { parseSignature } from '../src/bus/signature.js'
import { WireError } from '../src/bus/wire-error.js'
import { type ByteOrder, readBody } from '../src/bus/wire-reader.js'
import { type WireValue, writeBody } from './wire-writer.js'

const ORDERS: readonly ByteOrder[] = ['little', 'big']

/** Reads a body that lies between other bytes, which must not matter. */
function read(signature: string, body: Buffer, order: ByteOrder): unknown[] {
  const bytes = Buffer.concat([Buffer.alloc(8, 0xaa), body, Buffer.alloc(8, 0xbb)])
  return readBody({ bytes, start: 8, end: 8 + body.length, order }, signature)
}

describe.each(ORDERS)('in %s endian', (order) => {
  it.each<[string, readonly WireValue[], readonly unknown[]]>([
    ['', [], []],
    ['y', [255], [255]],
    ['b', [true], [true]],
    ['b', [false], [false]],
    ['n', [-32768], [-32768]],
    ['q', [65535], [65535]],
    ['i', [-2147483648], [-2147483648]],
    ['u', [4294967295], [4294967295]],
    ['x', [-(2n ** 63n)], [-(2 ** 63)]],
    ['x', [-1n], [-1]],
    ['t', [2n ** 64n - 1n], [2 ** 64]],
    ['t', [2n ** 53n - 1n], [2 ** 53 - 1]],
    ['t', [2n ** 53n + 1n], [Number(2n ** 53n + 1n)]],
    ['d', [-1.5e300], [-1.5e300]],
    ['d', [Number.NaN], [Number.NaN]],
    ['d', [-0], [-0]],
    ['s', [''], ['']],
    ['s', ['Grüße, 世界 🌍'], ['Grüße, 世界 🌍']],
    ['s', ['x'.repeat(5000)], ['x'.repeat(5000)]],
    ['s', ['a\0b'], ['a\0b']],
    ['o', ['/org/freedesktop'], ['/org/freedesktop']],
    ['g', ['a{sv}'], ['a{sv}']],
    ['v', [['u', 7]], [7]],
    ['v', [['v', ['v', ['s', 'deep']]]], ['deep']],
    ['v', [['a(is)', [[1, 'one']]]], [[[1, 'one']]]],
    ['ay', [[104, 105]], [Uint8Array.from([104, 105])]],
    ['ay', [[]], [new Uint8Array()]],
    ['aay', [[[1], [2, 3]]], [[Uint8Array.of(1), Uint8Array.of(2, 3)]]],
    ['au', [[1, 2]], [[1, 2]]],
    ['at', [[]], [[]]],
    ['as', [['one', 'two']], [['one', 'two']]],
    ['(yt)', [[1, 2n]], [[1, 2]]],
    ['((yy)u)', [[[1, 2], 3]], [[[1, 2], 3]]],
    ['a{sv}', [[]], [new Map()]],
    ['a{us}', [[[1, 'one']]], [new Map([[1, 'one']])]],
    ['aa{sv}', [[[['a', ['u', 1]]], []]], [[new Map([['a', 1]]), new Map()]]],
    ['a{sv}', [[['__proto__', ['s', 'no harm']]]], [new Map([['__proto__', 'no harm']])]],
    [
      'yaoa{oa{sa{sv}}}x',
      [9, ['/a'], [['/a', [['i.f', [['p', ['ay', [1]]]]]]]], 5n],
      [9, ['/a'], new Map([['/a', new Map([['i.f', new Map([['p', Uint8Array.of(1)]])]])]]), 5],
    ],
    [
      'yyyyuuubnqixtd',
      [1, 2, 3, 4, 5, 6, 7, true, 8, 9, 10, 11n, 12n, 13],
      [1, 2, 3, 4, 5, 6, 7, true, 8, 9, 10, 11, 12, 13],
    ],
  ])('%s of %o is read as it should be', (signature, values, expected) => {
    expect(read(signature, writeBody(signature, values, order), order)).toEqual(expected)
  })

  it('the last of two entries with one key counts', () => {
    const body = writeBody(
      'a{su}',
      [
        [
          ['a', 1],
          ['b', 2],
          ['a', 3],
        ],
      ],
      order,
    )
    expect(read('a{su}', body, order)).toEqual([
      new Map([
        ['a', 3],
        ['b', 2],
      ]),
    ])
  })

  it('a byte array is a copy of its own', () => {
    const body = writeBody('ay', [[1, 2, 3]], order)
    const [bytes] = readBody({ bytes: body, start: 0, end: body.length, order }, 'ay') as [Uint8Array]
    body.fill(9)
    expect([bytes, Buffer.isBuffer(bytes), bytes.buffer.byteLength]).toEqual([
      Uint8Array.of(1, 2, 3),
      false,
      3,
    ])
  })

  it('text that is no UTF-8 has U+FFFD in it, short or long', () => {
    for (const length of [1, 200]) {
      const body = writeBody('s', ['?'.repeat(length)], order)
      body[4] = 0xff
      expect(read('s', body, order)).toEqual([`\uFFFD${'?'.repeat(length - 1)}`])
    }
  })

  /** A body made of 32-bit words in this order, and of other bytes. */
  function words(...parts: readonly (number | string)[]): Buffer {
    return Buffer.concat(
      parts.map((part) => {
        if (typeof part === 'string') return Buffer.from(part, 'latin1')
        const word = Buffer.alloc(4)
        if (order === 'little') word.writeUInt32LE(part)
        else word.writeUInt32BE(part)
        return word
      }),
    )
  }

  it.each<[string, string, (words_: typeof words) => Buffer]>([
    ['nothing where a value should be', 'u', () => Buffer.alloc(0)],
    ['half a value', 'u', () => Buffer.alloc(3)],
    ['half an 8-byte value', 't', (words) => words(1)],
    ['more than the signature says', 'u', (words) => words(1, 2)],
    ['a body without a signature', '', (words) => words(1)],
    ['a string that goes on beyond the body', 's', (words) => words(100, 'abc\0')],
    ['a string of 4 GiB', 's', (words) => words(0xffffffff, 'abc\0')],
    ['a string without its zero byte', 's', (words) => words(3, 'abcd')],
    ['a string whose zero byte is outside', 's', (words) => words(4, 'abcd')],
    ['a signature that goes on beyond the body', 'g', () => Buffer.from('\xffs\0', 'latin1')],
    ['an array that goes on beyond the body', 'au', (words) => words(8, 1)],
    ['an array of 4 GiB', 'au', (words) => words(0xffffffff, 1)],
    ['an array of 64 MiB and one byte', 'ay', (words) => words(2 ** 26 + 1, 1)],
    ['a byte array beyond the body', 'ay', (words) => words(5, 'abcd')],
    ['an array that ends within an element', 'au', (words) => words(6, 1, 2)],
    ['an element that goes on beyond its array', 'as', (words) => words(4, 8, 'abcdefgh\0')],
    ['an inner array that is longer than the outer one', 'aau', (words) => words(4, 8, 1, 2)],
    ['a dictionary that ends within an entry', 'a{us}', (words) => words(4, 0, 1, 0)],
    ['an array whose padding is missing', 'at', (words) => words(0)],
    ['padding that is not zero', 'yu', (words) => words('\x01\x02\0\0', 1)],
    ['padding of a struct that is not zero', 'y(y)', () => Buffer.from([1, 0, 0, 0, 0, 0, 9, 1])],
    ['a boolean of 2', 'b', (words) => words(2)],
    ['a descriptor', 'h', (words) => words(0)],
    ['an array of descriptors', 'ah', (words) => words(4, 0)],
    ['a variant of a descriptor', 'v', (words) => words('\x01h\0\0', 0)],
    ['a variant of an array of descriptors', 'v', (words) => words('\x02ah\0', 4, 0)],
    ['a variant of nothing', 'v', (words) => words('\0\0\0\0')],
    ['a variant of two values', 'v', (words) => words('\x02uu\0', 1, 2)],
    ['a variant of an unknown type', 'v', (words) => words('\x01z\0\0', 1)],
    ['a variant of a type beyond ASCII', 'v', (words) => words('\x01\xe9\0\0', 1)],
    ['a variant of an array of nothing', 'v', (words) => words('\x01a\0\0', 0)],
    ['a variant without its zero byte', 'v', (words) => words('\x01uu\0', 1)],
    ['a variant that is cut off', 'v', () => Buffer.from('\x01')],
    ['a bad signature', 'z', (words) => words(1)],
  ])('%s is a WireError (%s)', (_, signature, body) => {
    expect(() => read(signature, body(words), order)).toThrow(WireError)
  })

  it('variants are inside each other 64 deep, and no deeper', () => {
    // Each is its signature of one type; the innermost holds a byte.
    const nested = (depth: number) => Buffer.from(`${'\x01v\0'.repeat(depth - 1)}\x01y\0\x07`, 'latin1')
    expect(read('v', nested(64), order)).toEqual([7])
    expect(() => read('v', nested(65), order)).toThrow(WireError)
    expect(() => read('v', nested(100_000), order)).toThrow(WireError)
  })

  it('arrays in variants in arrays count together', () => {
    const nested = (depth: number): WireValue => (depth === 0 ? ['y', 1] : ['av', [nested(depth - 1)]])
    expect(() => read('v', writeBody('v', [nested(31)], order), order)).not.toThrow()
    expect(() => read('v', writeBody('v', [nested(32)], order), order)).toThrow(WireError)
  })
})

describe('a signature', () => {
  it.each([
    'ybnqiuxtdsogvh',
    'a{sv}',
    'aaas',
    '(i(s)ay)',
    `${'a'.repeat(32)}y`,
    `${'('.repeat(32)}y${')'.repeat(32)}`,
  ])('%s is one', (text) => {
    expect(() => parseSignature(text)).not.toThrow()
  })

  it('is 255 types long at most', () => {
    expect(parseSignature('y'.repeat(255))).toHaveLength(255)
    expect(() => parseSignature('y'.repeat(256))).toThrow(WireError)
  })

  it.each([
    'z',
    'é',
    '\0',
    'a',
    'aa',
    '()',
    '(',
    '(i',
    ')',
    'i)',
    '{sv}',
    'a{sv',
    'a{s}',
    'a{}',
    'a{svs}',
    'a{vs}',
    'a{(i)s}',
    'a{ass}',
    'a}',
    'r',
    'e',
    'm',
    `${'a'.repeat(33)}y`,
    `${'('.repeat(33)}y${')'.repeat(33)}`,
    `${'a{y'.repeat(33)}y${'}'.repeat(33)}`,
    '('.repeat(255),
  ])('%s is none', (text) => {
    expect(() => parseSignature(text)).toThrow(WireError)
  })

  it('is the same when it comes again, also after thousands of others', () => {
    const before = parseSignature('a{sa{sv}}')
    expect(parseSignature('a{sa{sv}}')).toBe(before)
    for (let number = 0; number < 5000; number += 1)
      parseSignature(`(${[...number.toString(4)].map((digit) => 'yuis'[Number(digit)]).join('')})`)
    expect(parseSignature('a{sa{sv}}')).toEqual(before)
  })
})

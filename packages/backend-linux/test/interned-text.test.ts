import { expect, it } from 'vitest'
import { internedText } from '../src/bus/interned-text.js'

/** Beyond what is kept. */
const LONGEST = 100

/** Reads a text from the middle of a buffer, at that distance from a multiple of 4. */
function read(text: string, distance: number): string {
  const start = 4 + distance
  const bytes = Buffer.alloc(start + Buffer.byteLength(text) + 5, 0x2e)
  const end = start + bytes.write(text, start)
  return internedText(bytes, start, end)
}

const texts = Array.from({ length: LONGEST + 1 }, (_, length) => 'abcdefghij'.repeat(11).slice(0, length))

it('a text of any length is read as it is, the first time and again, wherever it begins', () => {
  for (const text of texts)
    for (const distance of [0, 1, 2, 3])
      expect([read(text, distance), read(text, distance)]).toEqual([text, text])
})

it.each(['X', 'é', '\0', '💡'])(
  'a text that differs from a known one only by %j in one place is another',
  (mark) => {
    for (const text of texts)
      for (let place = 0; place < text.length; place += 1) {
        const other = text.slice(0, place) + mark + text.slice(place + 1)
        expect([read(text, 0), read(other, 0), read(text, 0)]).toEqual([text, other, text])
      }
  },
)

it('more texts than are kept are read as they are', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `/org/roamkit/object/${index}`)
  for (const text of [...many, ...many]) expect(read(text, 0)).toBe(text)
})

it('zero bytes at the end are part of a text, whatever stands in the place of theirs', () => {
  for (let number = 0; number < 20_000; number += 1) {
    const known = `abcd${number.toString(36).padStart(3, 'x')}`
    expect(read(known, 0)).toBe(known)
    expect(read('abcd\0\0\0', 0)).toBe('abcd\0\0\0')
  }
})

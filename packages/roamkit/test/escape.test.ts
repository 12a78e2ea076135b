import { expect, test } from 'vitest'
import { escapeJson, escapeText } from '../src/escape.js'

const CASES: readonly (readonly [what: string, text: string, escaped: string])[] = [
  ['plain words', 'Café 5G "guest"', 'Café 5G "guest"'],
  ['other scripts and emoji', '東京 кафе ❤️ 🚂', '東京 кафе ❤️ 🚂'],
  ['an escape sequence', '\u001b[2Jx', '\\u{1b}[2Jx'],
  ['line breaks and tabs', 'a\r\n\tb', 'a\\u{d}\\u{a}\\u{9}b'],
  ['a one-byte control sequence introducer', '\u009b2J', '\\u{9b}2J'],
  ['delete and null', '\u007f\0', '\\u{7f}\\u{0}'],
  ['bidirectional overrides', 'a\u202eb\u2066c\u200f', 'a\\u{202e}b\\u{2066}c\\u{200f}'],
  ['invisible characters', 'a\u200bb\ufeffc\u00ad', 'a\\u{200b}b\\u{feff}c\\u{ad}'],
  [
    'fillers, joiners and selectors',
    'a\u3164\u115f\uffa0b\u034f\ufe00',
    'a\\u{3164}\\u{115f}\\u{ffa0}b\\u{34f}\\u{fe00}',
  ],
  ['selectors beyond the basic plane', 'Caf\u00e9\u{e0100}', 'Café\\u{e0100}'],
  ['a selector that selects no emoji', 'Caf\u00e9\ufe0f', 'Café\\u{fe0f}'],
  ['a keycap', '1\ufe0f\u20e3', '1\ufe0f\u20e3'],
  ['separators that break lines', 'a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
  ['tags beyond the basic plane', '\u{e0041}', '\\u{e0041}'],
  ['half a character', 'a\ud83d', 'a\\u{d83d}'],
  ['a name that looks like an escape', '\\u{1b}', '\\u{5c}u{1b}'],
  ['a backslash that looks like nothing', 'DOMAIN\\user', 'DOMAIN\\user'],
]

test.each(CASES)('text: %s', (_what, text, escaped) => {
  expect(escapeText(text)).toBe(escaped)
})

test.each(CASES)('JSON stays the same value: %s', (_what, text) => {
  const json = escapeJson(JSON.stringify({ [text]: text }, null, 2))
  expect(JSON.parse(json)).toEqual({ [text]: text })
  expect(json.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
})

/** Every code point that there is, a plane's worth at a time. */
function* everyCodePoint(): Generator<string> {
  for (let code = 0; code <= 0x10ffff; code += 1) yield String.fromCodePoint(code)
}

test('no code point at all gets through as a control or format character', () => {
  const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
  const through = [...everyCodePoint()].filter((character) => unsafe.test(escapeText(character)))
  expect(through).toEqual([])
})

test('nothing that Unicode says to hide gets through alone', () => {
  const through = [...everyCodePoint()].filter((character) => /\p{DI}/u.test(escapeText(character)))
  expect(through).toEqual([])
})

test('every code point survives JSON', () => {
  const lost = [...everyCodePoint()].filter(
    (character) => JSON.parse(escapeJson(JSON.stringify(character))) !== character,
  )
  expect(lost).toEqual([])
})

test('two different texts never come out the same', () => {
  const pieces = ['\\', 'u', '{', '}', '1b', '5c', '\u001b', '\\u{1b}', '\\u{5c}', 'x']
  const texts = new Set(
    pieces.flatMap((a) => pieces.flatMap((b) => pieces.flatMap((c) => pieces.map((d) => a + b + c + d)))),
  )
  expect(new Set([...texts].map(escapeText)).size).toBe(texts.size)
})

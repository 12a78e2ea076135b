import { expect, test } from 'vitest'
import { COLOUR, PLAIN, paintFor } from '../src/paint.js'
import { table } from '../src/table.js'
import { textWidth } from '../src/text-width.js'

const row = (...texts: string[]) => texts.map((text) => ({ text }))

test('columns are as wide as their widest cell, and nothing trails', () => {
  expect(table([row('a', 'b', 'c'), row('long', '', 'x'), row('', 'wide', '')])).toEqual([
    'a     b     c',
    'long        x',
    '      wide',
  ])
})

test('paint takes no room', () => {
  const lines = table([[{ text: 'a', paint: (text) => `<${text}>` }, { text: 'b' }], row('aaa', 'b')])
  expect(lines).toEqual(['<a>    b', 'aaa  b'])
})

test.each([
  ['Café', 4],
  ['Cafe\u0301', 4],
  ['東京', 4],
  ['ﾄｳｷｮｳ', 5],
  ['한국', 4],
  ['🚂', 2],
  ['', 0],
])('%j takes %i columns', (text, width) => {
  expect(textWidth(text)).toBe(width)
})

test.each([
  ['a terminal', { isTTY: true }, {}, COLOUR],
  ['a pipe', {}, {}, PLAIN],
  ['a terminal with NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, PLAIN],
  ['a terminal with an empty NO_COLOR', { isTTY: true }, { NO_COLOR: '' }, COLOUR],
])('%s is painted as it likes', (_what, stream, environment, paint) => {
  expect(paintFor(stream, environment)).toBe(paint)
})

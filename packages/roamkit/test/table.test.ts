import { expect, test } from 'vitest'
import { COLOUR, PLAIN, paintFor } from '../src/cli/terminal/paint.js'
import { table } from '../src/cli/terminal/table.js'
import { textWidth, truncated } from '../src/cli/terminal/text-width.js'

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

test('a table that is too wide is cut, column by column, until it fits', () => {
  const rows = [row('name of a network', 'x'.repeat(30), 'y'.repeat(20)), row('a', 'b', 'c')]
  expect(table(rows, { columns: 60, cut: [1, 2] })).toEqual([
    `name of a network  ${'x'.repeat(18)}…  ${'y'.repeat(20)}`,
    `a                  b                    c`,
  ])
  expect(table(rows, { columns: 45, cut: [1, 2] })).toEqual([
    `name of a network  ${'x'.repeat(9)}…  ${'y'.repeat(13)}…`,
    `a                  b           c`,
  ])
  // What may not be cut stays.
  expect(table(rows, { columns: 10, cut: [1] })[0]).toContain('name of a network')
  expect(table(rows, { columns: null, cut: [1, 2] })).toEqual(table(rows))
})

test.each([30, 40, 50])(
  'in %i columns what must stay whole goes below, and no line is too long',
  (columns) => {
    const fit = { cut: [1], below: 2, cutLast: [0] }
    const id = 'abcdefab-1234-1234-1234-abcd'
    const rows = [
      row('NAME', 'TYPE', 'ID'),
      row('name of a network', 'internetAccessPoint', id),
      row('a', 'b', ''),
    ]
    const lines = table(rows, { ...fit, columns })
    expect(lines).toHaveLength(5)
    expect(lines[3]).toBe(`  ${id}`)
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns)
    // Where there is room, it is in its column.
    expect(table(rows, { ...fit, columns: 70 })).toEqual(table(rows))
  },
)

test.each([
  ['Café', 4, 'Café'],
  ['Café', 3, 'Ca…'],
  ['東京駅', 5, '東京…'],
  ['東京駅', 4, '東…'],
  ['Cafe\u0301s', 4, 'Caf…'],
  ['Cafe\u0301s!', 5, 'Cafe\u0301…'],
  ['🚂🚂', 3, '🚂…'],
])('%j in %i columns is %j', (text, columns, cut) => {
  expect(truncated(text, columns)).toBe(cut)
})

test.each([
  ['Café', 4],
  ['Cafe\u0301', 4],
  ['東京', 4],
  ['ﾄｳｷｮｳ', 5],
  ['한국', 4],
  ['🚂', 2],
  ['❤️', 2],
  ['1️⃣', 2],
  ['🇩🇪', 2],
  ['カ゛', 4],
  ['', 0],
])('%j takes %i columns', (text, width) => {
  expect(textWidth(text)).toBe(width)
})

test.each([
  ['a terminal', { isTTY: true }, {}, COLOUR],
  ['a pipe', {}, {}, PLAIN],
  ['a terminal with NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, PLAIN],
  ['a terminal without colours', { isTTY: true }, { TERM: 'dumb' }, PLAIN],
  ['a terminal with an empty NO_COLOR', { isTTY: true }, { NO_COLOR: '' }, COLOUR],
])('%s is painted as it likes', (_what, stream, environment, paint) => {
  expect(paintFor(stream, environment)).toBe(paint)
})

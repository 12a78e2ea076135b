import { expect, it } from 'vitest'
import { packageNameFault } from '../src/package-name.js'

it.each(['modems', 'my-backend', '5g', 'a.b_c', 'contour', 'com12', 'x'.repeat(214)])(
  '%s can be the name of a backend',
  (name) => {
    expect(packageNameFault(name, ['vitest'])).toBe(null)
  },
)

it.each([
  ['', 'begins with'],
  ['.hidden', 'begins with'],
  ['_private', 'begins with'],
  ['-h', 'begins with'],
  ['Modems', 'lower-case'],
  ['my backend', 'contains only'],
  ['a/b', 'contains only'],
  ['modems\n', 'contains only'],
  ['модем', 'contains only'],
  ['x'.repeat(215), 'at most 214'],
  ['node_modules', 'reserves'],
  ['nul', 'device'],
  ['com1.radios', 'device'],
  ['modems.', 'drops'],
  ['http', 'module of Node'],
  ['vitest', 'depends on'],
])('%j cannot: %s', (name, reason) => {
  expect(packageNameFault(name, ['vitest'])).toContain(reason)
})

import { expect, it } from 'vitest'
import { configurations, named } from '../src/text.js'

/** What stands between the isolating characters. */
const inside = (text: string) => named(text).slice(1, -1)

it.each([
  ['a name', 'Café ❤️ 1️⃣', 'Café ❤️ 1️⃣'],
  ['what a page obeys', 'a\u202eb\nc', 'a\ufffdb\ufffdc'],
  ['what a page hides', 'a\u3164\u034fb\ufe0f', 'a\ufffd\ufffdb\ufffd'],
  ['half a character', 'a\ud83d', 'a\ufffd'],
  ['a long name', 'x'.repeat(61), `${'x'.repeat(60)}…`],
  ['a long name, without halving a character', `${'x'.repeat(59)}🚂🚂`, `${'x'.repeat(59)}🚂…`],
  ['a name of 60 characters', '🚂'.repeat(60), '🚂'.repeat(60)],
])('a sentence has %s', (_what, text, shown) => {
  expect(inside(text)).toBe(shown)
})

it('one configuration is not several', () => {
  expect([0, 1, 2].map(configurations)).toEqual(['0 configurations', '1 configuration', '2 configurations'])
})

import { describe, expect, it } from 'vitest'
import { shared } from '../src/contract/index.js'

describe('sharing', () => {
  it('returns the old object for an equal one', () => {
    const old = shared(null, { a: [1, { b: 2 }], c: null })
    expect(shared(old, { a: [1, { b: 2 }], c: null })).toBe(old)
  })

  it('keeps equal parts, and freezes the rest', () => {
    const old = shared(null, { a: [1], b: { c: 1 } })
    const next = shared(old, { a: [1], b: { c: 2 } })
    expect([next.a === old.a, next.b, Object.isFrozen(next.b), Object.isFrozen(next)]).toEqual([
      true,
      { c: 2 },
      true,
      true,
    ])
  })

  it.each([
    [[1, 2], [1]],
    [[1], { 0: 1 }],
    [null, {}],
    [{ a: null }, { a: {} }],
  ])('tells %j from %j', (before, after) => {
    expect(shared(before, after)).not.toBe(before)
    expect(shared(before, after)).toEqual(after)
  })
})

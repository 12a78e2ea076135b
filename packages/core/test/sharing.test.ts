import { describe, expect, it } from 'vitest'
import { shareStructure } from '../src/contract/index.js'

describe('sharing', () => {
  it('returns the old object for an equal one', () => {
    const old = shareStructure(null, { a: [1, { b: 2 }], c: null })
    expect(shareStructure(old, { a: [1, { b: 2 }], c: null })).toBe(old)
  })

  it('keeps equal parts, and freezes the rest', () => {
    const old = shareStructure(null, { a: [1], b: { c: 1 } })
    const next = shareStructure(old, { a: [1], b: { c: 2 } })
    expect([next.a === old.a, next.b, Object.isFrozen(next.b), Object.isFrozen(next)]).toEqual([
      true,
      { c: 2 },
      true,
      true,
    ])
  })

  it('keeps what has an id the same object, wherever it stands (C2)', () => {
    const link = (id: string, signal = 50) => ({ id, signal, wifi: { ssid: id } })
    const old = shareStructure(null, [link('b'), link('c'), link('d')])
    const inFront = shareStructure(old, [link('a'), link('b'), link('c', 60), link('d')])
    expect([inFront[1] === old[0], inFront[2] === old[1], inFront[3] === old[2]]).toEqual([true, false, true])
    expect(inFront[2]?.wifi).toBe(old[1]?.wifi)
    const removed = shareStructure(inFront, [link('b'), link('c', 60), link('d')])
    expect(removed.map((one, index) => one === inFront[index + 1])).toEqual([true, true, true])
    expect([inFront, removed].map(Object.isFrozen)).toEqual([true, true])
  })

  it('distinguishes another order from the same', () => {
    const old = shareStructure(null, [{ id: 'a' }, { id: 'b' }])
    const turned = shareStructure(old, [{ id: 'b' }, { id: 'a' }])
    expect(turned).toEqual([{ id: 'b' }, { id: 'a' }])
    expect(turned).not.toBe(old)
    expect(shareStructure(old, [{ id: 'a' }, { id: 'b' }])).toBe(old)
  })

  it('takes names and ids from outside for nothing but names', () => {
    const text = '{"list":[{"id":"__proto__","n":1},{"id":"constructor","n":2}],"__proto__":{"n":3}}'
    const old = shareStructure(null, JSON.parse(text))
    expect(JSON.stringify(old)).toBe(text)
    expect(shareStructure(old, JSON.parse(text))).toBe(old)
    const next = shareStructure(old, JSON.parse(text.replace('"list":[', '"list":[{"id":"toString"},')))
    expect([next.list[1], next.list[2]]).toEqual([old.list[0], old.list[1]])
    expect(next.list[1] === old.list[0] && next.list[2] === old.list[1]).toBe(true)
    expect(JSON.stringify(shareStructure({}, JSON.parse('{"__proto__":{}}')))).toBe('{"__proto__":{}}')
    expect(shareStructure({}, { toString: 1 })).toEqual({ toString: 1 })
  })

  it.each([
    [[1, 2], [1]],
    [[1], { 0: 1 }],
    [null, {}],
    [{ a: null }, { a: {} }],
  ])('tells %j from %j', (before, after) => {
    expect(shareStructure(before, after)).not.toBe(before)
    expect(shareStructure(before, after)).toEqual(after)
  })
})

import { describe, expect, it } from 'vitest'
import { changesBetween } from '../src/contract/configuration-list.js'
import { type LinkConfiguration, replaceConfigurations } from '../src/contract/index.js'
import { Bed, DOWN, SERVICE_GRACE } from './world-bed.js'

const link = (id: string, facts: Partial<LinkConfiguration> = {}): LinkConfiguration =>
  Object.freeze({ ...DOWN, id, device: id, ...facts })
const [a, b, c, d] = [link('a'), link('b'), link('c'), link('d')]

const next = (
  before: readonly LinkConfiguration[],
  changes: Readonly<Record<string, LinkConfiguration | null>>,
) => replaceConfigurations(before, new Map(Object.entries(changes)))

describe('the next list of configurations', () => {
  it('has some replaced, added and removed, each in its place, and all others as the same objects (C2)', () => {
    const newer = link('c', { name: 'newer' })
    const list = next([b, c, d], { c: newer, a, d: null })
    expect(list).toEqual([a, b, newer])
    expect(list[1]).toBe(b)
    expect(Object.isFrozen(list)).toBe(true)
  })

  it('is the last one if nothing is different', () => {
    const before = [a, b]
    expect(next(before, {})).toBe(before)
    expect(Object.isFrozen(before)).toBe(true)
    expect(next(before, { b, c: null })).toBe(before)
    expect(changesBetween(before, before)).toBe(null)
  })

  it('is sorted by UTF-16 code units, and takes a name from outside for nothing but a name', () => {
    const ids = ['__proto__', 'Z', 'a', 'ä', '\u{1f600}', '\uffff', '']
    const list = replaceConfigurations([], new Map(ids.map((id) => [id, link(id)])))
    expect(list.map(({ id }) => id)).toEqual(['', 'Z', '__proto__', 'a', 'ä', '\u{1f600}', '\uffff'])
  })

  it.each([31, 32, 33])('is the same by either way, with %d changes', (count) => {
    const ids = Array.from({ length: 40 }, (_, index) => String(index).padStart(2, '0'))
    const before = ids.map((id) => link(id))
    const newer = new Map(before.slice(0, count).map(({ id }) => [id, link(id, { name: 'newer' })] as const))
    const list = replaceConfigurations(before, new Map([...newer, ['05', null], ['99', link('99')]]))
    const kept = before.map((one) => newer.get(one.id) ?? one).filter(({ id }) => id !== '05')
    expect(list).toEqual([...kept, link('99')])
    expect(list[38]).toBe(before[39])
  })

  it('keeps what was changed, whatever becomes of the argument', () => {
    const changes = new Map([['b', link('b', { name: 'newer' })]])
    const before = [a, b]
    const after = replaceConfigurations(before, changes)
    changes.clear()
    expect([...(changesBetween(before, after)?.keys() ?? [])]).toEqual(['b'])
  })

  it('is not made of a configuration that is under another id than its own', () => {
    expect(() => next([a], { a: b })).toThrow(
      new TypeError('replaceConfigurations(): under "a" is the configuration "b"'),
    )
  })

  it('says what is different from the last one only, and from no earlier one', () => {
    const first = [a, b]
    const second = next(first, { b: null })
    const third = next(second, { c })
    expect(changesBetween(first, second)).toEqual(new Map([['b', null]]))
    expect(changesBetween(second, third)).toEqual(new Map([['c', c]]))
    expect(changesBetween(first, third)).toBe(null)
    expect(changesBetween(second, first)).toBe(null)
    expect(changesBetween([a, b], second)).toBe(null)
  })
})

describe('a reading of a list that says what is different', () => {
  it('looks at these configurations alone', () => {
    const looks = { count: 0 }
    const watched = new Proxy(a, {
      get(target, name) {
        looks.count += 1
        return Reflect.get(target, name)
      },
    })
    const many = Object.freeze([
      watched,
      ...Array.from({ length: 2000 }, (_, index) => link(`b${index}`)).sort(byId),
    ])
    const bed = new Bed(many)
    const newer = link('b77', { name: 'newer' })
    const after = next(many, { b77: newer, c })
    looks.count = 0
    expect(bed.shows(after)).toEqual(['b77', 'c'])
    expect(looks.count).toBe(0)
    expect([bed.watch.link('b77'), bed.watch.link('c')]).toEqual([newer, c])
  })

  it('finds what was removed', () => {
    const first = [a, b]
    const bed = new Bed(first)
    expect(bed.shows(next(first, { a: null }))).toEqual(['a'])
    expect([...bed.watch.links()]).toEqual([b])
  })

  it('compares with what it read last if it missed a list', () => {
    const first = [a, b]
    const bed = new Bed(first)
    const missed = next(first, { b: null })
    expect(bed.shows(next(missed, { c, d }))).toEqual(['c', 'd', 'b'])
  })

  it('compares with what it knew before the service was away (S14)', () => {
    const first = [a, b]
    const bed = new Bed(first)
    const away = next(first, { b: null })
    expect(bed.shows(away, { service: 'lost' })).toEqual([])
    bed.now += SERVICE_GRACE / 2
    expect(bed.shows(next(away, { c }), { service: 'ready' })).toEqual(['c', 'b'])
  })
})

function byId(one: LinkConfiguration, other: LinkConfiguration): number {
  return one.id < other.id ? -1 : 1
}

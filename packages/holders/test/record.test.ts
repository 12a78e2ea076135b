import type { Held } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { heldOnDemand } from '../src/held-on-demand.js'
import { LocalMembers } from '../src/local-members.js'
import { formatRecord, NO_MEMORY, newer, parseRecord } from '../src/record.js'

const record = { pid: 1, name: 'café', since: 2, version: 3, owned: '/org/1' }

describe('a record', () => {
  it('is a short text, and is read from it unchanged', () => {
    expect(formatRecord(record)).toBe('[1,"café",2,3,"/org/1"]')
    for (const one of [record, { ...record, owned: null }, { ...record, name: '', version: 0 }])
      expect(parseRecord(formatRecord(one))).toEqual(one)
  })

  it('passes on 40 characters of a name, and no half of one', () => {
    expect(parseRecord(formatRecord({ ...record, name: '🦊'.repeat(41) }))?.name).toBe('🦊'.repeat(40))
  })

  it.each([
    null,
    '',
    '{',
    'null',
    '5',
    '{}',
    '{"length":5}',
    '[]',
    '[1,"a",2,3]',
    '[1,"a",2,3,null,null]',
    '[-1,"a",2,3,null]',
    '[1.5,"a",2,3,null]',
    '["1","a",2,3,null]',
    '[9007199254740992,"a",2,3,null]',
    '[1,null,2,3,null]',
    '[1,5,2,3,null]',
    '[1,"a",-2,3,null]',
    '[1,"a",null,3,null]',
    '[1,"a",8640000000000001,3,null]',
    '[1,"a",2,-3,null]',
    '[1,"a",2,"3",null]',
    '[1,"a",2,3,4]',
    '[1,"a",2,3,{}]',
    '[1,"a",2,3,[]]',
  ])('is not read from %j', (text) => {
    expect(parseRecord(text)).toBeNull()
  })

  it('may be as old as 1970, and as new as a date can be', () => {
    expect(parseRecord('[0,"a",0,0,null]')).toMatchObject({ pid: 0, since: 0, version: 0 })
    expect(parseRecord('[1,"a",8640000000000000,3,null]')?.since).toBe(8.64e15)
  })
})

describe('of two memories', () => {
  const [first, second] = [
    { version: 1, owned: 'first' },
    { version: 2, owned: 'second' },
  ]

  it('the newer one counts, whichever comes first', () => {
    expect([newer(first, second), newer(second, first)]).toEqual([second, second])
    expect(newer(NO_MEMORY, first)).toBe(first)
  })

  it('of the same version, neither is believed unless they agree (H1)', () => {
    expect(newer(first, { ...first })).toEqual(first)
    expect(newer(first, { ...first, owned: 'other' })).toEqual({ version: 1, owned: null })
    expect(newer(first, { ...first, owned: null })).toEqual({ version: 1, owned: null })
  })
})

describe('a link under its lock', () => {
  it('is looked at when something of it is first read, and only once', async () => {
    let looks = 0
    const called: unknown[] = []
    const seen: Held = {
      certainty: 'certain',
      others: 2,
      owned: 'a',
      exclude: async () => true,
      join: async (owned) => void called.push(['join', owned]),
      leave: async () => void called.push('leave'),
      stopping: (activation) => void called.push(['stopping', activation]),
    }
    const look = () => {
      looks += 1
      return seen
    }
    const held = heldOnDemand(look)
    expect(looks).toBe(0)
    expect([held.certainty, held.others, held.owned, await held.exclude()]).toEqual(['certain', 2, 'a', true])
    await held.join('b')
    await held.leave()
    held.stopping('c')
    expect(called).toEqual([['join', 'b'], 'leave', ['stopping', 'c']])
    expect(looks).toBe(1)
    await heldOnDemand(look).join(null)
    expect(looks).toBe(2)
  })
})

describe('the members of a process', () => {
  it('are known by key and name until they leave', () => {
    const members = new LocalMembers()
    const [one, two] = [{ memory: NO_MEMORY }, { memory: NO_MEMORY }]
    members.join('k', 'one', one)
    members.join('k', 'two', two)
    members.join('k', 'two', two)
    members.join('other', 'one', one)
    expect([...members.of('k').keys()]).toEqual(['one', 'two'])
    members.leave('k', 'three')
    members.leave('nothing', 'one')
    members.leave('k', 'one')
    expect([[...members.of('k').keys()], [...members.of('other').keys()]]).toEqual([['two'], ['one']])
    members.leave('k', 'two')
    members.leave('k', 'two')
    expect([members.of('k').size, members.of('nothing').size]).toEqual([0, 0])
  })
})

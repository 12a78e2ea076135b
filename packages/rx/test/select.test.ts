import type { ManagerSnapshot } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { online$, select$, toStore } from '../src/index.js'
import { listen, openLab } from './lab.js'

/** What `select$` emits for a host that goes offline, online and offline again. */
async function selected<Selected>(read: (snapshot: ManagerSnapshot) => Selected) {
  const { manager, world, clock } = await openLab()
  const { words } = listen(select$(manager, read), (value) => value)
  for (const change of ['down', 'up', 'down'] as const) {
    world[change]('a')
    await clock.flush()
    // A new snapshot with the same selected values.
    world.set('c', { signal: 10 * words.length })
    await clock.flush()
  }
  return words
}

describe('select$', () => {
  it.each<[string, (snapshot: ManagerSnapshot) => unknown, unknown, unknown]>([
    ['a boolean', ({ isOnline }) => isOnline, true, false],
    ['a string', ({ isOnline }) => (isOnline ? 'on' : 'off'), 'on', 'off'],
    ['a number', ({ isOnline }) => Number(isOnline), 1, 0],
    ['NaN', ({ isOnline }) => (isOnline ? Number.NaN : 0), Number.NaN, 0],
    ['null and undefined', ({ isOnline }) => (isOnline ? null : undefined), null, undefined],
    ['nothing and an object', ({ isOnline }) => (isOnline ? null : { is: 'off' }), null, { is: 'off' }],
    ['an object', ({ isOnline }) => ({ isOnline }), { isOnline: true }, { isOnline: false }],
    [
      'an object of other keys',
      ({ isOnline }) => ({ [isOnline ? 'on' : 'off']: undefined }),
      { on: undefined },
      { off: undefined },
    ],
    ['a list', ({ isOnline }) => [isOnline], [true], [false]],
    ['an empty list and an empty object', ({ isOnline }) => (isOnline ? [] : {}), [], {}],
  ])('selects %s, and emits only changes', async (_what, read, on, off) => {
    expect(await selected(read)).toEqual([on, off, on, off])
  })

  it('compares a value that is not a plain object by identity', async () => {
    const sets = await selected(({ isOnline }) => new Set([isOnline]))
    expect(
      sets.map((set) => [...(set as Set<boolean>)]).filter((set, at, all) => set[0] !== all[at - 1]?.[0]),
    ).toEqual([[true], [false], [true], [false]])
  })

  it('fails with the error that read throws, and affects no other stream', async () => {
    const { manager, world, clock } = await openLab()
    const failing = select$(manager, ({ isOnline }) => {
      if (!isOnline) throw Object.assign(new Error('read'), { code: 'read' })
      return isOnline
    })
    const { words } = listen(failing, (value) => value)
    const others = listen(online$(manager), (value) => value).words
    world.down('a')
    await clock.flush()
    expect(words).toEqual([true, 'error:read/undefined'])
    expect(others).toEqual([true, false])
  })

  it('of a primitive works as a store', async () => {
    const { manager, world, clock } = await openLab()
    const { subscribe, getSnapshot } = toStore(select$(manager, ({ isOnline }) => isOnline))
    const emitted: boolean[] = []
    const undo = subscribe(() => emitted.push(getSnapshot()))
    world.down('a')
    await clock.flush()
    undo()
    expect(emitted).toEqual([false])
  })
})

import { describe, expect, it, vi } from 'vitest'
import type { Output } from '../../src/engine/batch.js'
import type { SessionRecord } from '../../src/engine/sessions/session-record.js'
import { Holds } from '../../src/links/holds.js'
import type { LinkState } from '../../src/links/link-state.js'
import { linkBed, up } from './link-bed.js'

/** Which sessions an output is for. */
const to = (outputs: readonly Output[]) =>
  outputs.map((output) => ('record' in output ? output.record.by : null))
const heldBy = (...by: readonly number[]) => ({
  holds: by.reduce((holds, one) => holds.with(one, 'held'), new Holds()),
})
const NO_SESSIONS: readonly SessionRecord[] = []

/** Sessions 1 and 2 look at `b`, which is up and which they have been shown. */
function shown(state: Partial<LinkState> = {}) {
  const bed = linkBed([up('b', 'b-1')])
  const [one, two] = [bed.follow(1, 'b'), bed.follow(2, 'b')]
  bed.put('b', state)
  bed.linkStates.show('b', NO_SESSIONS)
  return {
    ...bed,
    one,
    two,
    show: (state: Partial<LinkState> = {}, touched = NO_SESSIONS) => {
      bed.put('b', state)
      return bed.linkStates.show('b', touched)
    },
  }
}

describe('a link is shown to its sessions', () => {
  it('to all of them when it is seen for the first time', () => {
    const { linkStates, follow } = linkBed([{ id: 'b' }])
    follow(1, 'b')
    follow(2, 'b')
    expect(to(linkStates.show('b', NO_SESSIONS))).toEqual([1, 2])
  })

  it('with the view of it', () => {
    const { one, show } = shown()
    expect(show({ lapsed: true })[0]).toEqual({
      to: 'accessPoint',
      record: one,
      use: one.use,
      input: {
        type: 'view',
        view: expect.objectContaining({ state: 'connected', carrying: true, lapsed: true }),
      },
    })
  })

  it('a session on a service network looks at the whole world instead', () => {
    const { one, show } = shown()
    one.settle('serviceNetwork')
    expect(show({ lapsed: true })[0]).toEqual({ to: 'lookout', record: one })
  })

  it('to none of them while it stays what they were shown', () => {
    expect(shown().show()).toEqual([])
    expect(shown(heldBy(1)).show(heldBy(1))).toEqual([])
  })

  it('then only to those that something was done with, and only if they look at it', () => {
    const { two, show, follow } = shown()
    const elsewhere = follow(3, 'c')
    expect(to(show({}, [elsewhere, two]))).toEqual([2])
  })

  it.each<readonly [string, Partial<LinkState>, Partial<LinkState>]>([
    ['its activation belongs to another holder', { owned: 'b-1' }, { owned: null }],
    ['it has its first holder', heldBy(), heldBy(1)],
    ['another session holds it', heldBy(1), heldBy(2)],
    ['a second session holds it', heldBy(1), heldBy(1, 2)],
    ['a stop is under way', {}, { stops: [2] }],
    ['nothing is known of it any more', { lapsed: false }, { lapsed: true }],
  ])('to all of them when %s', (_what, before, after) => {
    expect(to(shown(before).show(after))).toEqual([1, 2])
  })

  it('to all of them when its facts change, even if the view of it stays the same', () => {
    const { linkStates, see, show, watch } = shown()
    see(up('b', 'b-1', { signal: 50 }))
    expect(to(show({ facts: watch.link('b') }))).toEqual([1, 2])
    expect(linkStates.find('b')?.shown?.facts?.signal).toBe(50)
  })

  it('H5 not when one of several holders comes or goes: their number does not matter', () => {
    expect(shown(heldBy(1, 2)).show(heldBy(1, 2, 3))).toEqual([])
    expect(shown(heldBy(1, 2, 3)).show(heldBy(2, 3))).toEqual([])
  })

  it('not if no session looks at it', () => {
    expect(linkBed([{ id: 'b' }]).linkStates.show('b', NO_SESSIONS)).toEqual([])
  })
})

describe('the links that a manager remembers', () => {
  it('are those that its sessions look at or use', () => {
    const { linkStates, follow } = linkBed([{ id: 'a' }, { id: 'b' }, { id: 'c' }])
    follow(1, 'b')
    follow(1, 'c')
    expect(linkStates.known()).toEqual(['b', 'c'])
    expect(linkStates.known(['a', 'b'])).toEqual(['b'])
  })

  it('are called by their last name, also when they are gone', () => {
    const { linkStates, links, follow, see } = linkBed([{ id: 'a' }, { id: 'b', name: 'Café' }])
    follow(1, 'b')
    expect([linkStates.nameOf('a'), linkStates.nameOf('b')]).toEqual(['the a', 'Café'])
    see({ id: 'b', name: 'Bar' })
    links.run('b', { type: 'joined' })
    expect([linkStates.nameOf('a'), linkStates.nameOf('b')]).toEqual([null, 'Bar'])
    see()
    links.run('b', { type: 'joined' })
    expect(linkStates.nameOf('b')).toBe('Bar')
  })

  it('are called by their ids if they were never there', () => {
    const { linkStates, follow } = linkBed([])
    follow(1, 'b')
    expect([linkStates.nameOf('b'), linkStates.nameOf('a')]).toEqual(['b', null])
  })

  /** Session 1 looks at `b`, which has a time to wait for and hears of stops elsewhere. */
  function remembered() {
    const bed = linkBed([up('b', 'b-1')])
    bed.follow(1, 'b')
    const unwatch = vi.fn()
    Object.assign(bed.linkStates.entry('b'), { unwatch })
    bed.agenda.set('b', 0)
    return { ...bed, unwatch, leave: () => bed.linkStates.find('b')?.members.clear() }
  }

  it('are forgotten, with their times, when the last session has gone', () => {
    const { linkStates, agenda, unwatch, leave } = remembered()
    leave()
    linkStates.tidy('b')
    expect([linkStates.known(), agenda.take(), unwatch.mock.calls.length]).toEqual([[], null, 1])
  })

  it.each<readonly [string, Partial<LinkState>]>([
    ['a session looks at them', {}],
    ['they are held', heldBy(2)],
    ['this manager is counted among their holders', { joined: true }],
  ])('are remembered while %s', (_why, state) => {
    const { linkStates, agenda, unwatch, leave, put } = remembered()
    put('b', state)
    if (Object.keys(state).length > 0) leave()
    linkStates.tidy('b')
    expect([linkStates.known(), agenda.take(), unwatch.mock.calls.length]).toEqual([['b'], 'b', 0])
  })

  it('M7 are forgotten with the manager, which hears of no stop elsewhere any more', () => {
    const { linkStates, unwatch, follow } = remembered()
    follow(1, 'a')
    linkStates.dispose()
    expect([linkStates.known(), unwatch.mock.calls.length]).toEqual([[], 1])
  })
})

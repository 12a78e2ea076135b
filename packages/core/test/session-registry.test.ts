import { describe, expect, it } from 'vitest'
import type { Chooser } from '../src/configurations/user-choice.js'
import { SessionRecord } from '../src/engine/sessions/session-record.js'
import { linkBed } from './links/link-bed.js'

/** Three links, a service network of all of them, and a session with a listener. */
function bed(identifier: string, chooser: Chooser | null = null) {
  const { catalogue, registry, linkStates, see } = linkBed([{ id: 'a' }, { id: 'b' }, { id: 'c' }], {
    chooser,
  })
  catalogue.define({ identifier: 'net', members: { bearers: ['ethernet'] } })
  const record = new SessionRecord(1, identifier, { error: null, health: null, secrets: null }, () => {})
  const undo = record.emitter.on('stateChanged', () => {})
  registry.review(record)
  return {
    record,
    see,
    review: () => registry.review(record),
    unlisten: () => {
      undo()
      registry.review(record)
    },
    /** What the session hears of. */
    links: () => linkStates.all.filter(({ id }) => linkStates.find(id)?.members.has(1)).map(({ id }) => id),
    /** All that is kept of links. */
    kept: () => linkStates.all.map(({ id }) => id),
  }
}

describe('a session that is kept informed', () => {
  it('hears of its link, until it has no listener any more; nothing of the link is kept then', () => {
    const { links, kept, unlisten } = bed('b')
    expect(links()).toEqual(['b'])
    unlisten()
    expect(kept()).toEqual([])
  })

  it('hears of all children of its service network, and no more of one that has gone', () => {
    const { links, kept, see, review } = bed('net')
    expect(links()).toEqual(['a', 'b', 'c'])
    see({ id: 'a' }, { id: 'c' })
    review()
    expect(links()).toEqual(['a', 'c'])
    expect(kept()).toEqual(['a', 'c'])
    see({ id: 'a' }, { id: 'c' }, { id: 'd' })
    review()
    expect(links()).toEqual(['a', 'c', 'd'])
  })

  it('hears of no link before the user has chosen one (M6)', () => {
    expect(bed('userChoice', async () => null).kept()).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import type { LinkConfiguration } from '../src/contract/index.js'
import { failure } from '../src/links/failure.js'
import { reduceLink } from '../src/links/link-machine.js'
import type { LinkEffect, LinkInput } from '../src/links/link-messages.js'
import { idleLink, isIdle, type LinkState } from '../src/links/link-state.js'
import { linkSessionState } from '../src/sessions/session-state.js'
import { DOWN_LINK } from './down-link.js'

const up = (activation: string): LinkConfiguration => ({
  ...DOWN_LINK,
  link: 'up',
  carrier: true,
  activation,
})
const facts = (link: LinkConfiguration | null): LinkInput => ({ type: 'facts', facts: link, ready: true })

const CLOCK = { now: 1000, durations: { activation: 300, teardown: 200, stopWord: 50 } }

/** A link after some inputs, and the words of its last effects. */
function after(start: LinkState, ...inputs: LinkInput[]): { link: LinkState; effects: string[] } {
  let link = start
  let effects: readonly LinkEffect[] = []
  for (const input of inputs) [link, effects] = reduceLink(link, input, CLOCK)
  return { link, effects: effects.map(word) }
}

function word(effect: LinkEffect): string {
  if (effect.type === 'notice') return `${effect.to} ${effect.notice.type}`
  return effect.type
}

const idle = idleLink('x', DOWN_LINK, true)

describe('the link machine', () => {
  it('changes nothing in place', () => {
    const frozen = Object.freeze({ ...idle })
    reduceLink(frozen, { type: 'hold', by: 1 }, CLOCK)
    expect(frozen).toEqual(idle)
  })

  it('brings a link up once for several sessions, and grants all of them (S6, H7)', () => {
    const first = after(idle, { type: 'hold', by: 1 })
    expect(first.effects).toEqual(['activate'])
    expect(linkSessionState(first.link)).toBe('connecting')
    const second = after(first.link, { type: 'hold', by: 2 })
    expect(second.effects).toEqual([])
    const risen = after(
      second.link,
      { type: 'activated', activation: 'A', own: true, owned: 'A' },
      facts(up('A')),
    )
    expect(risen.effects).toEqual(['1 granted', '2 granted'])
  })

  it('takes the link down when the last of them drops it, and notifies them when that is over (S8)', () => {
    const open = after(
      idle,
      { type: 'hold', by: 1 },
      { type: 'activated', activation: 'A', own: true, owned: 'A' },
      facts(up('A')),
    )
    const dropped = after(open.link, { type: 'drop', by: 1, lastClose: 'restore' })
    expect(dropped.effects).toEqual(['deactivate'])
    const deactivating = after(dropped.link, { type: 'deactivating', activation: 'A' })
    expect(linkSessionState(deactivating.link)).toBe('closing')
    const deactivated = after(deactivating.link, {
      type: 'deactivated',
      failure: null,
      joined: false,
      target: 'A',
    })
    expect(deactivated.effects).toEqual([])
    const gone = after(
      deactivated.link,
      facts({ ...DOWN_LINK, ended: { activation: 'A', reason: 'requested', native: null } }),
    )
    expect(gone.effects).toEqual(['1 settled'])
    expect(isIdle(gone.link)).toBe(true)
  })

  it("tries once itself when another program's activation fails, and only once (S2)", () => {
    const ended = (activation: string) =>
      facts({ ...DOWN_LINK, ended: { activation, reason: 'addressFailed', native: null } })
    const joined = after(
      idle,
      facts({ ...DOWN_LINK, link: 'activating', activation: 'theirs' }),
      { type: 'hold', by: 1 },
      { type: 'activated', activation: 'theirs', own: false, owned: null },
      ended('theirs'),
    )
    expect(joined.effects).toEqual(['activate'])
    const own = after(
      joined.link,
      { type: 'activated', activation: 'ours', own: true, owned: 'ours' },
      ended('ours'),
    )
    expect(own.effects).toEqual(['1 failed', 'deactivate'])
  })

  it('abandons a request at its deadline, and takes a late answer back (H6)', () => {
    const timedOut = after(idle, { type: 'hold', by: 1 }, { type: 'timer', timer: 'activation' })
    expect(timedOut.effects).toEqual(['abandonActivation', '1 failed', 'deactivate'])
    const late = after(
      timedOut.link,
      { type: 'deactivated', failure: null, joined: false, target: 'A' },
      { type: 'activatedLate' },
    )
    expect(late.effects).toEqual(['deactivate'])
  })

  it('only counts as a holder while the service is lost, and makes up for the rest afterwards (S14, H6)', () => {
    const lost: LinkInput = { type: 'facts', facts: DOWN_LINK, ready: false }
    const waiting = after(idle, lost, { type: 'hold', by: 1 })
    expect(waiting.effects).toEqual(['join'])
    const joined = after(waiting.link, { type: 'joined' })
    expect(joined.effects).toEqual([])
    expect(after(joined.link, facts(DOWN_LINK)).effects).toEqual(['activate'])
    const refused = after(waiting.link, { type: 'stop', by: 2 })
    expect(refused.effects).toEqual(['2 stopRefused'])
  })

  it('word of a stop that comes late concerns no activation but the one that was stopped (S10)', () => {
    const ended = { activation: 'A', reason: 'requested', native: null } as const
    const again = after(
      idle,
      facts({ ...DOWN_LINK, ended }),
      { type: 'hold', by: 1 },
      { type: 'activated', activation: 'B', own: true, owned: 'B' },
      facts({ ...up('B'), ended }),
    )
    expect(again.effects).toContain('1 granted')
    expect(after(again.link, { type: 'stoppingElsewhere', activation: 'A' }).effects).toEqual([])
    const late = after(again.link, facts({ ...DOWN_LINK, ended: { ...ended, activation: 'B' } }))
    expect(after(late.link, { type: 'stoppingElsewhere', activation: 'B' }).effects).toEqual(['1 stopped'])
  })

  it('the wait for the locks of a link is no part of the time that bounds its activation (C6)', () => {
    const waiting = after(idle, { type: 'hold', by: 1 })
    expect(waiting.link.deadlines.get('activation')).toEqual({ left: 300 })
    const locked = after(waiting.link, { type: 'lockTaken' })
    expect(locked.link.deadlines.get('activation')).toEqual({ at: 1300 })
    // Cancelled and opened again while the command still waits: the new time does not run either.
    const again = after(waiting.link, { type: 'drop', by: 1, lastClose: 'restore' }, { type: 'hold', by: 2 })
    expect(again.link.deadlines.get('activation')).toEqual({ left: 300 })
    const gone = after(waiting.link, { type: 'drop', by: 1, lastClose: 'restore' })
    expect(after(gone.link, { type: 'lockTaken' }).link.deadlines.has('activation')).toBe(false)
  })

  describe("word of a stop from another process (S10), which may be a stranger's", () => {
    const word: LinkInput = { type: 'stoppingElsewhere', activation: 'A' }
    const open = after(
      idle,
      { type: 'hold', by: 1 },
      { type: 'activated', activation: 'A', own: true, owned: 'A' },
      facts(up('A')),
    ).link
    const end = (reason: 'requested' | 'carrierLost') => ({ activation: 'A', reason, native: null }) as const
    const down = (reason: 'requested' | 'carrierLost') => facts({ ...DOWN_LINK, ended: end(reason) })

    it('counts with an end of that activation on request', () => {
      expect(after(open, word).link.deadlines.get('stopWord')).toEqual({ at: 1050 })
      expect(after(open, word, down('requested')).effects).toEqual(['1 stopped'])
    })

    it('does not count with an end of another reason: that is a loss (S12)', () => {
      expect(after(open, word, down('carrierLost')).effects).toEqual([])
    })

    it('does not count where the link is up under another activation, as after a restart of the service (S14)', () => {
      const restarted = after(open, word, facts(up('B')))
      expect(restarted.effects).toEqual([])
      expect(restarted.link.stoppedElsewhere).toBeNull()
    })

    it('counts if the link was brought up again since it was stopped', () => {
      const again = facts({ ...up('B'), ended: end('requested') })
      expect(after(open, word, again).effects).toEqual(['1 stopped'])
    })

    it('is forgotten after some seconds, unless the link is on its way down by then', () => {
      const expired = after(open, word, { type: 'timer', timer: 'stopWord' })
      expect(after(expired.link, down('requested')).effects).toEqual([])
      const deactivating = facts({ ...up('A'), link: 'deactivating' })
      const late = after(open, word, deactivating, { type: 'timer', timer: 'stopWord' })
      expect(late.effects).toEqual([])
      expect(after(late.link, down('requested')).effects).toEqual(['1 stopped'])
    })
  })

  it('says so if a link of ours stays up because it is unknown who else holds it (S8, H3)', () => {
    const open = after(
      idle,
      { type: 'hold', by: 1 },
      { type: 'activated', activation: 'A', own: true, owned: 'A' },
      facts(up('A')),
      { type: 'drop', by: 1, lastClose: 'restore' },
    )
    expect(open.effects).toEqual(['deactivate'])
    const why = failure('ERR_NOT_SUPPORTED', 'holdersUnknown')
    const left = after(open.link, { type: 'deactivated', failure: why, joined: false, target: null })
    expect(left.effects).toEqual(['1 leftUp', '1 settled'])
    expect(isIdle(left.link)).toBe(true)
  })

  it('a refused stop goes back to the state before (S11)', () => {
    const open = after(
      idle,
      facts(up('S')),
      { type: 'hold', by: 1 },
      { type: 'activated', activation: 'S', own: false, owned: null },
    )
    const stopping = after(open.link, { type: 'stop', by: 1 }, { type: 'deactivating', activation: 'S' })
    expect(linkSessionState(stopping.link)).toBe('closing')
    const denied = after(stopping.link, {
      type: 'deactivated',
      failure: failure('ERR_DENIED', 'denied'),
      joined: true,
      target: 'S',
    })
    expect(denied.effects).toEqual(['1 stopRefused', '1 settled'])
    expect(linkSessionState(denied.link)).toBe('connected')
  })
})

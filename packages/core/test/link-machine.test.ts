import { describe, expect, it } from 'vitest'
import type { LinkConfiguration } from '../src/contract/index.js'
import { reduceLink } from '../src/link-machine.js'
import type { LinkEffect, LinkInput } from '../src/link-messages.js'
import { idleLink, isIdle, type LinkState, linkSessionState } from '../src/link-state.js'
import { failure } from '../src/session-error.js'

const DOWN: LinkConfiguration = {
  id: 'x',
  name: 'x',
  bearer: 'ethernet',
  purpose: 'unknown',
  saved: true,
  uplink: true,
  activate: 'yes',
  deactivate: 'yes',
  inReach: true,
  carrier: null,
  link: 'down',
  activation: null,
  ended: null,
  device: 'eth0',
  over: null,
  network: null,
  point: null,
  interface: null,
  proxy: null,
  wifi: null,
  signal: null,
  metered: null,
  connectivity: 'unknown',
  portal: null,
}
const up = (activation: string): LinkConfiguration => ({ ...DOWN, link: 'up', carrier: true, activation })
const facts = (link: LinkConfiguration | null): LinkInput => ({ type: 'facts', facts: link, ready: true })

/** A link after some inputs, and the words of its last effects. */
function after(start: LinkState, ...inputs: LinkInput[]): { link: LinkState; effects: string[] } {
  let link = start
  let effects: readonly LinkEffect[] = []
  for (const input of inputs) [link, effects] = reduceLink(link, input)
  return { link, effects: effects.map(word) }
}

function word(effect: LinkEffect): string {
  if (effect.type === 'notice') return `${effect.to} ${effect.notice.type}`
  return 'timer' in effect ? `${effect.type} ${effect.timer}` : effect.type
}

const idle = idleLink('x', DOWN, true)

describe('the link machine', () => {
  it('changes nothing in place', () => {
    const frozen = Object.freeze({ ...idle })
    reduceLink(frozen, { type: 'hold', by: 1 })
    expect(frozen).toEqual(idle)
  })

  it('brings a link up once for several sessions, and grants all of them (S6, H7)', () => {
    const first = after(idle, { type: 'hold', by: 1 })
    expect(first.effects).toEqual(['startTimer attempt', 'rise'])
    expect(linkSessionState(first.link)).toBe('connecting')
    const second = after(first.link, { type: 'hold', by: 2 })
    expect(second.effects).toEqual([])
    const risen = after(second.link, { type: 'rose', activation: 'A', own: true, owned: 'A' }, facts(up('A')))
    expect(risen.effects).toEqual(['stopTimer attempt', '1 granted', '2 granted'])
  })

  it('takes the link down when the last of them drops it, and tells them when that is over (S8)', () => {
    const open = after(
      idle,
      { type: 'hold', by: 1 },
      { type: 'rose', activation: 'A', own: true, owned: 'A' },
      facts(up('A')),
    )
    const dropped = after(open.link, { type: 'drop', by: 1, lastClose: 'restore' })
    expect(dropped.effects).toEqual(['fall'])
    const falling = after(dropped.link, { type: 'falling', activation: 'A' })
    expect(linkSessionState(falling.link)).toBe('closing')
    const fell = after(falling.link, { type: 'fell', failure: null, joined: false, target: 'A' })
    expect(fell.effects).toEqual([])
    const gone = after(
      fell.link,
      facts({ ...DOWN, ended: { activation: 'A', reason: 'requested', native: null } }),
    )
    expect(gone.effects).toEqual(['stopTimer descent', '1 settled'])
    expect(isIdle(gone.link)).toBe(true)
  })

  it("tries once itself when somebody else's activation fails, and no more than once (S2)", () => {
    const ended = (activation: string) =>
      facts({ ...DOWN, ended: { activation, reason: 'addressFailed', native: null } })
    const joined = after(
      idle,
      facts({ ...DOWN, link: 'activating', activation: 'theirs' }),
      { type: 'hold', by: 1 },
      { type: 'rose', activation: 'theirs', own: false, owned: null },
      ended('theirs'),
    )
    expect(joined.effects).toEqual(['rise'])
    const own = after(
      joined.link,
      { type: 'rose', activation: 'ours', own: true, owned: 'ours' },
      ended('ours'),
    )
    expect(own.effects).toEqual(['stopTimer attempt', '1 failed', 'fall'])
  })

  it('abandons a request at its deadline, and takes a late answer back (H6)', () => {
    const timedOut = after(idle, { type: 'hold', by: 1 }, { type: 'attemptTimedOut' })
    expect(timedOut.effects).toEqual(['abandonRise', 'stopTimer attempt', '1 failed', 'fall'])
    const late = after(
      timedOut.link,
      { type: 'fell', failure: null, joined: false, target: 'A' },
      { type: 'roseLate' },
    )
    expect(late.effects).toEqual(['fall'])
  })

  it('does nothing while the service is lost, and makes up for it afterwards (S14, H6)', () => {
    const lost: LinkInput = { type: 'facts', facts: DOWN, ready: false }
    const waiting = after(idle, lost, { type: 'hold', by: 1 })
    expect(waiting.effects).toEqual(['startTimer attempt'])
    expect(after(waiting.link, facts(DOWN)).effects).toEqual(['rise'])
    const refused = after(waiting.link, { type: 'stop', by: 2 })
    expect(refused.effects).toEqual(['2 stopRefused'])
  })

  it('word of a stop that comes late concerns no activation but the one that was stopped (S10)', () => {
    const ended = { activation: 'A', reason: 'requested', native: null } as const
    const again = after(
      idle,
      facts({ ...DOWN, ended }),
      { type: 'hold', by: 1 },
      { type: 'rose', activation: 'B', own: true, owned: 'B' },
      facts({ ...up('B'), ended }),
    )
    expect(again.effects).toContain('1 granted')
    expect(after(again.link, { type: 'stoppingElsewhere', activation: 'A' }).effects).toEqual([])
    const late = after(again.link, facts({ ...DOWN, ended: { ...ended, activation: 'B' } }))
    expect(after(late.link, { type: 'stoppingElsewhere', activation: 'B' }).effects).toEqual(['1 stopped'])
  })

  it('a refused stop goes back to the state before (S11)', () => {
    const open = after(
      idle,
      facts(up('S')),
      { type: 'hold', by: 1 },
      { type: 'rose', activation: 'S', own: false, owned: null },
    )
    const stopping = after(open.link, { type: 'stop', by: 1 }, { type: 'falling', activation: 'S' })
    expect(linkSessionState(stopping.link)).toBe('closing')
    const denied = after(stopping.link, {
      type: 'fell',
      failure: failure('ERR_DENIED', 'denied'),
      joined: true,
      target: 'S',
    })
    expect(denied.effects).toEqual(['stopTimer descent', '1 stopRefused', '1 settled'])
    expect(linkSessionState(denied.link)).toBe('connected')
  })
})

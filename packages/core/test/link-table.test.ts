import { beforeEach, describe, expect, it } from 'vitest'
import type { LinkConfiguration } from '../src/contract/index.js'
import { failure } from '../src/links/failure.js'
import { reduceLink } from '../src/links/link-machine.js'
import type { LinkEffect, LinkInput } from '../src/links/link-messages.js'
import {
  idleLink,
  isBeingStopped,
  isIdle,
  type LinkState,
  type LinkTimer,
  refusalToRise,
} from '../src/links/link-state.js'
import { linkSessionState } from '../src/sessions/session-state.js'
import { carries } from '../src/world/link-facts.js'
import { overIn, timesInWords } from './times-in-words.js'

type Facts = Partial<LinkConfiguration>

const link = (more: Facts = {}): LinkConfiguration => ({
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
  ...more,
})
const up = (activation: string, more: Facts = {}) => link({ link: 'up', carrier: true, activation, ...more })
const ended = (activation: string, reason: 'requested' | 'carrierLost' = 'carrierLost') =>
  link({ ended: { activation, reason, native: null } })

const see = (facts: LinkConfiguration | null, ready = true, lapsed?: boolean): LinkInput => ({
  type: 'facts',
  facts,
  ready,
  ...(lapsed === undefined ? {} : { lapsed }),
})
const hold = (by: number, mayDisplace?: boolean): LinkInput => ({
  type: 'hold',
  by,
  ...(mayDisplace === undefined ? {} : { mayDisplace }),
})
const drop = (by: number, lastClose: 'restore' | 'leave' = 'restore'): LinkInput => ({
  type: 'drop',
  by,
  lastClose,
})
const stop = (by: number): LinkInput => ({ type: 'stop', by })
const retry = (by: number, asSystem = false): LinkInput => ({ type: 'retry', by, asSystem })
const rose = (activation: string, own = true): LinkInput => ({
  type: 'rose',
  activation,
  own,
  owned: own ? activation : null,
})
const falling = (activation: string): LinkInput => ({ type: 'falling', activation })
const fell = (target: string | null, joined = false): LinkInput => ({
  type: 'fell',
  failure: null,
  joined,
  target,
})
const CLOCK = { now: 1000, durations: { attempt: 300, descent: 200, stopWord: 50 } }
const over = (timer: LinkTimer): LinkInput => ({ type: 'timer', timer })
const DENIED = failure('ERR_DENIED', 'denied')
const refusedFall: LinkInput = { type: 'fell', failure: DENIED, joined: true, target: null }
const riseFailed: LinkInput = { type: 'riseFailed', failure: DENIED, joined: true }

/** An effect in words: `rise for 1,2`, `1 failed/denied`, `start attempt` ... */
function word(effect: LinkEffect): string {
  switch (effect.type) {
    case 'notice': {
      const { to, notice } = effect
      if (notice.type === 'stopped')
        return `${to} stopped${notice.caller ? ' by itself' : ''}${notice.wasLost ? ' lost' : ''}`
      return 'failure' in notice ? `${to} ${notice.type}/${notice.failure.reason}` : `${to} ${notice.type}`
    }
    case 'rise':
      return `rise for ${effect.asking}${effect.asSystem ? ' asSystem' : ''}${effect.mayDisplace ? '' : ' free'}`
    case 'fall':
      return `fall ${effect.lastClose} ${effect.owned}`
    case 'tellStopped':
      return `tellStopped ${effect.activation}`
    case 'carryOver':
      return `carryOver ${effect.from} ${effect.to}`
    default:
      return effect.type
  }
}

/** What has to be done about the last of some inputs, and what the link is then. */
function after(start: LinkState, ...inputs: LinkInput[]) {
  let now = start
  let does: readonly string[] = []
  for (const input of inputs) {
    const [next, effects] = reduceLink(now, input, CLOCK)
    does = [...effects.map(word), ...timesInWords(now.deadlines, next.deadlines, overIn(input))]
    now = next
  }
  return { now, does, state: linkSessionState(now) }
}

const IDLE = idleLink('x', link(), true)
/** Opened by 1, by an activation of ours. */
let OPEN: LinkState
/** The same link, opened when the system had it up. */
let SYSTEMS: LinkState
let RISING: LinkState

beforeEach(() => {
  OPEN = after(IDLE, hold(1), rose('A'), see(up('A'))).now
  SYSTEMS = after(IDLE, see(up('S')), hold(1), rose('S', false)).now
  RISING = after(IDLE, hold(1), rose('A'), see(link({ link: 'activating', activation: 'A' }))).now
})

describe('an opening', () => {
  it('S5, S4 is refused where it makes no sense, and changes nothing', () => {
    for (const input of [hold(1), retry(1)]) {
      expect(after(idleLink('x', null, true), input).does).toEqual(['1 failed/unknownConfiguration'])
      const far = idleLink('x', link({ inReach: false, activate: 'no' }), true)
      expect(after(far, input).does).toEqual(['1 failed/outOfReach'])
    }
    expect(isIdle(after(idleLink('x', null, true), hold(1)).now)).toBe(true)
  })

  it('H5 may take the device from the system for all, where one of them may', () => {
    expect(after(IDLE, hold(1)).does).toContain('rise for 1')
    expect(after(IDLE, hold(1, false)).does).toContain('rise for 1 free')
    const waits = after(IDLE, see(link(), false), hold(1, false), hold(2)).now
    expect(after(waits, { type: 'joined' }, see(link())).does).toContain('rise for 1,2')
    // A session that roams no longer is as any other.
    expect(
      after(IDLE, see(link(), false), hold(1, false), hold(1), { type: 'joined' }, see(link())).does,
    ).toContain('rise for 1')
  })

  it('S2 of a link that is up joins it, and the next ones are granted at once', () => {
    expect(after(IDLE, see(up('S')), hold(1)).does).toEqual(['rise for 1', 'pause attempt'])
    expect(after(IDLE, see(up('S')), hold(1), rose('S', false)).does).toEqual(['1 granted', 'stop attempt'])
    expect(after(SYSTEMS, hold(2)).does).toEqual(['2 granted'])
  })

  it('S2 waits for the end of a wind-down, of ours or of the system', () => {
    const deactivating = after(IDLE, see(link({ link: 'deactivating', activation: 'S' })), hold(1))
    expect(deactivating.does).toEqual(['start attempt'])
    expect(after(deactivating.now, see(link())).does).toEqual(['rise for 1', 'pause attempt'])
    const ours = after(OPEN, drop(1), falling('A'), hold(2))
    expect(ours.does).toEqual(['start attempt'])
    expect(after(ours.now, fell('A'), see(link())).does).toEqual([
      'rise for 2',
      '1 settled',
      'pause attempt',
      'stop descent',
    ])
  })

  it('fails as the activation does', () => {
    const gone = after(RISING, see(ended('A')))
    expect(gone.does).toEqual(['1 failed/carrierLost', 'fall restore null', 'stop attempt'])
    expect(after(RISING, see(link())).does).toContain('1 failed/other')
    // Down is no news before it has been seen.
    expect(after(IDLE, hold(1), rose('A'), see(link())).does).toEqual([])
    expect(after(IDLE, hold(1), riseFailed).does).toEqual([
      '1 failed/denied',
      'fall restore null',
      'stop attempt',
    ])
  })

  it('S14 fails with the service where it is under way, and waits for it where it is only wanted', () => {
    expect(after(RISING, see(link(), false)).does).toEqual(['1 failed/serviceLost', 'stop attempt'])
    const wanted = after(IDLE, hold(1), { type: 'notYet' })
    expect(wanted.does).toEqual(['rise for 1'])
    expect(after(IDLE, see(link(), false), hold(1), see(link(), false)).does).toEqual([])
    expect(after(IDLE, see(link(), false, true)).now.lapsed).toBe(true)
    expect(after(IDLE, see(link(), false, true), see(link())).now.lapsed).toBe(false)
  })

  it('S13 fails when the configuration is removed', () => {
    expect(after(RISING, see(null)).does).toEqual(['1 failed/removed', 'fall restore A', 'stop attempt'])
    expect(after(IDLE, hold(1), see(null)).does).toEqual([
      '1 failed/removed',
      'abandonRise',
      'fall restore null',
      'stop attempt',
    ])
  })

  it('S7 that nobody wants any more is taken back', () => {
    const requested = after(IDLE, hold(1), drop(1, 'leave'))
    expect(requested.does).toEqual(['stop attempt', 'start descent'])
    expect(requested.state).toBe('closing')
    expect(after(requested.now, rose('A')).does).toEqual(['fall restore A'])
    const rising = after(RISING, drop(1, 'leave'))
    expect(rising.does).toEqual(['fall restore A', 'stop attempt', 'start descent'])
    // Somebody else's activation is left alone.
    const theirs = after(
      IDLE,
      see(link({ link: 'activating', activation: 'S' })),
      hold(1),
      rose('S', false),
      drop(1),
    )
    expect(theirs.does).toEqual(['fall restore null', 'stop attempt'])
    // Others still want it.
    expect(after(RISING, hold(2), drop(1)).does).toEqual(['1 settled'])
  })

  it('S7 that the system never answers is not waited for when its time is over', () => {
    const { now, does } = after(IDLE, hold(1), drop(1), over('descent'))
    expect(does).toEqual(['abandonRise', 'fall restore null'])
    expect(now.command).toBe('fall')
  })

  it('S6 that is wanted again while it is taken back goes on', () => {
    const again = after(IDLE, hold(1), drop(1), hold(2))
    expect(again.does).toEqual(['pause attempt'])
    expect(after(again.now, rose('A')).does).toEqual(['1 settled', 'stop descent'])
    expect(after(again.now, riseFailed).does).toEqual(['rise for 2', '1 settled', 'stop descent'])
    expect(after(IDLE, hold(1), drop(1), riseFailed).does).toEqual(['fall restore null', 'stop descent'])
  })
})

describe('an activation tried in lossGrace (S6)', () => {
  let DOWN: LinkState

  beforeEach(() => {
    DOWN = after(OPEN, see(ended('A'))).now
  })

  it('is for who holds the link, as the system’s where it was that', () => {
    expect(after(DOWN, retry(1)).does).toEqual(['rise for 1', 'pause attempt'])
    expect(after(DOWN, retry(1, true)).does).toContain('rise for 1 asSystem')
    const back = after(DOWN, retry(1), rose('B'), see(up('B')))
    expect(back.does).toEqual(['1 granted', 'stop attempt'])
    expect(back.now.retries.size).toBe(0)
  })

  it('that fails leaves the holder as it was', () => {
    const { now, does } = after(DOWN, retry(1), riseFailed)
    expect(does).toEqual(['1 failed/denied', 'stop attempt'])
    expect([now.holds.size, now.retries.size]).toEqual([1, 0])
  })

  it('is not tried any more when nobody wants it', () => {
    expect(after(DOWN, retry(1), { type: 'retryNot', by: 1 }).does).toEqual(['stop attempt'])
    expect(after(DOWN, { type: 'retryNot', by: 1 }).does).toEqual([])
    expect(after(DOWN, retry(1), hold(2), { type: 'retryNot', by: 1 }).does).toEqual([])
  })
})

describe('the last holder that leaves (H1, S8)', () => {
  it('decides what becomes of the link, if it had it', () => {
    expect(after(OPEN, drop(1, 'leave')).does).toEqual(['fall leave A'])
    expect(after(OPEN, hold(2), drop(1)).does).toEqual(['1 settled'])
    expect(after(SYSTEMS, drop(1)).does).toEqual(['fall restore null'])
    expect(after(SYSTEMS, drop(1), fell(null)).does).toEqual(['1 settled'])
  })

  it('is told when the system refuses, and waits no longer than the wind-down', () => {
    expect(after(OPEN, drop(1), falling('A'), refusedFall).does).toEqual([
      '1 leftUp/denied',
      'fall restore A',
      'stop descent',
    ])
    const { does } = after(OPEN, drop(1), falling('A'), fell('A'), over('descent'))
    expect(does).toEqual(['1 leftUp/timedOut', '1 settled'])
  })

  it('S14 does not wait for a service that is away, nor for what is gone', () => {
    expect(after(OPEN, see(up('A'), false), drop(1)).does).toEqual(['1 settled'])
    expect(after(OPEN, drop(1), see(null)).does).toEqual(['1 settled'])
  })
})

describe('whose activation it is (H1)', () => {
  it('is forgotten when that has ended, seen or told', () => {
    expect(after(OPEN, see(ended('A'))).now).toMatchObject({ owned: null, over: 'A' })
    expect(after(OPEN, see(up('B'))).now).toMatchObject({ owned: null, over: 'A' })
    expect(after(OPEN, see(up('A'))).now).toMatchObject({ owned: 'A', over: null })
    expect(
      after(OPEN, see(up('B', { ended: { activation: 'A', reason: 'other', native: null } }))).now.owned,
    ).toBeNull()
    // What is not known yet has not ended.
    expect(after(IDLE, hold(1), rose('A'), see(link())).now.owned).toBe('A')
    expect(after(OPEN, see(up('B'), false)).now.owned).toBe('A')
    expect(after(OPEN, see(null)).now.owned).toBe('A')
    expect(after(SYSTEMS, see(up('B'))).now).toMatchObject({ owned: null, over: null })
  })

  it('is carried over a restart of the service that the link survived', () => {
    const away = after(OPEN, see(up('A'), false)).now
    const { now, does } = after(away, see(up('B')))
    expect(does).toEqual(['carryOver A B'])
    expect(now).toMatchObject({ owned: 'B', over: null })
    expect(after(away, see(up('B', { device: 'eth1' }))).now.owned).toBeNull()
    expect(after(away, see(link())).now.owned).toBeNull()
    expect(after(away, see(link({ link: 'activating', activation: 'B' }))).now.owned).toBeNull()
    expect(after(away, see(up('B', { activation: null }))).now.owned).toBeNull()
    expect(
      after(away, see(up('B', { ended: { activation: 'A', reason: 'other', native: null } }))).now.owned,
    ).toBeNull()
    const lost = after(OPEN, see(link({ activation: 'A' }), false)).now
    expect(after(lost, see(up('B'))).now.owned).toBeNull()
  })
})

describe('stop() (S9a to S11)', () => {
  it('takes the link down, for all who hold it', () => {
    const stopping = after(OPEN, hold(2), stop(1))
    expect(stopping.does).toEqual(['stop', 'start descent'])
    expect(stopping.state).toBe('closing')
    expect(after(stopping.now, stop(2)).now.descent?.stoppers).toEqual([1, 2])
    const { does } = after(stopping.now, stop(2), falling('A'), fell('A', true), see(ended('A', 'requested')))
    expect(does).toEqual([
      '1 stopped by itself',
      '2 stopped by itself',
      '1 settled',
      '2 settled',
      'stop descent',
    ])
    const other = after(stopping.now, falling('A'), fell('A', true), see(ended('A', 'requested')))
    expect(other.does).toEqual(['1 stopped by itself', '2 stopped', '1 settled', 'stop descent'])
  })

  it('is refused to each who asked, and to no other', () => {
    const { does } = after(OPEN, hold(2), stop(1), falling('A'), refusedFall)
    expect(does).toEqual(['1 stopRefused/denied', '1 settled', 'stop descent'])
    expect(after(OPEN, see(up('A'), false), stop(1)).does).toEqual(['1 stopRefused/serviceLost'])
  })

  it('S14 that waits for a command under way is refused when the service is lost', () => {
    const waits = after(OPEN, drop(1), hold(2), stop(3))
    expect(waits.does).toEqual(expect.arrayContaining(['start descent']))
    expect(after(waits.now, see(up('A'), false)).does).toContain('3 stopRefused/serviceLost')
    expect(after(waits.now, see(null)).does).toContain('3 settled')
  })

  it('S9a cancels openings, and tells holders of a link that is lost already', () => {
    expect(after(RISING, stop(2)).does).toEqual(['1 cancelled', 'stop', 'stop attempt', 'start descent'])
    expect(after(IDLE, hold(1), stop(2)).does).toEqual(['1 cancelled', 'stop attempt', 'start descent'])
    const lost = after(OPEN, hold(2), see(ended('A')))
    expect(after(lost.now, stop(1)).does).toEqual([
      '1 stopped by itself lost',
      '2 stopped lost',
      'tellStopped A',
      '1 settled',
    ])
    expect(after(IDLE, stop(1)).does).toEqual(['1 settled'])
    const tried = after(lost.now, retry(2), stop(1))
    expect(tried.does).toContain('stop attempt')
    expect(tried.now.retries.size).toBe(0)
  })
})

describe('a stop() of another manager (S10, S9a)', () => {
  const word = (activation: string): LinkInput => ({ type: 'stoppingElsewhere', activation })

  it('is believed for a while, and ends it with the activation', () => {
    const told = after(OPEN, hold(2), word('A'))
    expect(told.does).toEqual(['start stopWord'])
    expect(after(told.now, see(ended('A', 'requested'))).does).toEqual([
      '1 stopped',
      '2 stopped',
      'stop stopWord',
    ])
    expect(after(told.now, see(ended('A'))).does).toEqual(['stop stopWord'])
    expect(after(told.now, see(ended('B', 'requested'))).does).toEqual(['stop stopWord'])
    expect(after(told.now, see(null)).does).toEqual([])
    expect(after(told.now, word('A')).does).toEqual(['start stopWord'])
    expect(after(OPEN, word('B')).does).toEqual([])
    expect(after(idleLink('x', null, true), word('A')).does).toEqual([])
  })

  it('is too old after its time, unless the link is on its way down', () => {
    const told = after(OPEN, word('A')).now
    expect(after(told, over('stopWord')).now.stoppedElsewhere).toBeNull()
    const down = link({ link: 'deactivating', activation: 'A' })
    const leaving = after(told, see(down), over('stopWord'))
    expect(leaving.now.stoppedElsewhere).toBe('A')
    // Up again after all: what was said is looked at once more.
    expect(after(leaving.now, see(up('A'))).does).toEqual(['start stopWord'])
    expect(after(OPEN, see(down), see(up('A'))).does).toEqual([])
    const other = after(told, see(link({ link: 'deactivating', activation: 'B' })))
    expect(other.now.stoppedElsewhere).toBeNull()
  })

  it('of what is down already ends its grace', () => {
    const lost = after(OPEN, see(ended('A'))).now
    expect(after(lost, word('A')).does).toEqual(['1 stopped lost'])
    expect(after(lost, word('B')).does).toEqual([])
    const requested = after(OPEN, see(ended('A', 'requested'))).now
    expect(after(requested, word('A')).does).toEqual(['1 stopped'])
    const tried = after(lost, retry(1), word('A'))
    expect(tried.does).toEqual(['1 stopped lost', 'stop attempt'])
  })

  it('cancels the openings that wait for what was stopped', () => {
    const theirs = after(IDLE, see(link({ link: 'activating', activation: 'S' })), hold(1), rose('S', false))
    const told = after(theirs.now, word('S')).now
    expect(after(told, see(ended('S', 'requested'))).does).toEqual(
      expect.arrayContaining(['1 cancelled', 'stop attempt', 'stop stopWord']),
    )
    const others = after(IDLE, hold(1), rose('A'), see(ended('S', 'requested')), word('S'))
    expect(others.does).toEqual([])
  })
})

describe('the state of a link', () => {
  const state = (facts: LinkConfiguration | null, more: Partial<LinkState> = {}) =>
    linkSessionState({ ...idleLink('x', facts, true), ...more })
  const descent = { activation: 'A', stoppers: [] }
  const attempt = { phase: 'due', activation: null, own: false, seen: false } as const

  it.each([
    ['invalid', null, {}],
    ['connected', up('A'), {}],
    ['connected', up('A', { carrier: null }), {}],
    ['notAvailable', up('A', { carrier: false }), {}],
    ['disconnected', link(), {}],
    ['notAvailable', link({ inReach: false }), {}],
    ['disconnected', link({ inReach: null }), {}],
    ['connecting', link({ link: 'activating' }), {}],
    ['closing', link({ link: 'deactivating' }), {}],
    ['connecting', link(), { attempt }],
    ['disconnected', link({ activate: 'no' }), { attempt }],
    ['connecting', link({ link: 'activating', activate: 'no' }), { attempt }],
    ['closing', up('A'), { descent }],
    ['connected', up('A', { deactivate: 'no' }), { descent }],
    ['closing', link(), { descent, command: 'fall' as const }],
    ['disconnected', link(), { descent }],
  ])('is %s', (expected, facts, more) => {
    expect(state(facts, more)).toBe(expected)
  })

  it('S4, S5 an activation is refused where it is known to be in vain', () => {
    expect(refusalToRise(null)?.reason).toBe('unknownConfiguration')
    expect(refusalToRise(link({ inReach: false, activate: 'no' }))?.reason).toBe('outOfReach')
    expect(refusalToRise(link({ inReach: false, activate: 'yes' }))).toBeNull()
    expect(refusalToRise(link({ activate: 'no' }))).toBeNull()
    for (const link of ['up', 'activating', 'deactivating'] as const)
      expect(refusalToRise(up('A', { link, carrier: null, inReach: false, activate: 'no' }))).toBeNull()
  })

  it('carries while it is up and its carrier is not known to be gone', () => {
    const all = [null, link(), up('A'), up('A', { carrier: null }), up('A', { carrier: false })]
    expect(all.map(carries)).toEqual([false, false, true, true, false])
  })

  it('S10 is being stopped by a stop() here, or elsewhere when it is not up any more', () => {
    const stopping = (facts: LinkConfiguration | null, more: Partial<LinkState>) =>
      isBeingStopped({ ...idleLink('x', facts, true), ...more })
    expect(stopping(up('A'), {})).toBe(false)
    expect(stopping(up('A'), { stops: [1] })).toBe(true)
    expect(stopping(up('A'), { descent })).toBe(false)
    expect(stopping(up('A'), { descent: { ...descent, stoppers: [1] } })).toBe(true)
    expect(stopping(up('A'), { stoppedElsewhere: 'A' })).toBe(false)
    expect(stopping(link(), { stoppedElsewhere: 'A' })).toBe(true)
    expect(stopping(link(), {})).toBe(false)
    expect(stopping(null, { stoppedElsewhere: 'A' })).toBe(true)
  })

  it('is idle when nothing is left to do or to remember', () => {
    expect(isIdle(IDLE)).toBe(true)
    const busy: Partial<LinkState>[] = [
      { holds: OPEN.holds },
      { command: 'join' },
      { descent },
      { stops: [1] },
      { leaving: IDLE.leaving.with(1, true) },
      { joined: true },
    ]
    for (const more of busy) expect(isIdle({ ...IDLE, ...more })).toBe(false)
    expect(IDLE).toMatchObject({ waitsForLock: false, joined: false, stops: [] })
  })
})

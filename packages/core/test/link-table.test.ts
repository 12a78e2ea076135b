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
  refusalToActivate,
} from '../src/links/link-state.js'
import { linkSessionState } from '../src/sessions/session-state.js'
import { carries } from '../src/world/link-facts.js'
import { DOWN_LINK } from './down-link.js'
import { overIn, timesInWords } from './times-in-words.js'

type Facts = Partial<LinkConfiguration>

const link = (more: Facts = {}): LinkConfiguration => ({ ...DOWN_LINK, ...more })
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
const activated = (activation: string, own = true): LinkInput => ({
  type: 'activated',
  activation,
  own,
  owned: own ? activation : null,
})
const deactivating = (activation: string): LinkInput => ({ type: 'deactivating', activation })
const deactivated = (target: string | null, joined = false): LinkInput => ({
  type: 'deactivated',
  failure: null,
  joined,
  target,
})
const CLOCK = { now: 1000, durations: { activation: 300, teardown: 200, stopWord: 50 } }
const over = (timer: LinkTimer): LinkInput => ({ type: 'timer', timer })
const DENIED = failure('ERR_DENIED', 'denied')
const refusedTeardown: LinkInput = { type: 'deactivated', failure: DENIED, joined: true, target: null }
const lockTaken: LinkInput = { type: 'lockTaken' }
const notYet: LinkInput = { type: 'notYet' }
const activationFailed: LinkInput = { type: 'activationFailed', failure: DENIED, joined: true }

/** An effect in words: `activate for 1,2`, `1 failed/denied`, `start attempt` ... */
function word(effect: LinkEffect): string {
  switch (effect.type) {
    case 'notice': {
      const { to, notice } = effect
      if (notice.type === 'stopped')
        return `${to} stopped${notice.caller ? ' by itself' : ''}${notice.wasLost ? ' lost' : ''}`
      return 'failure' in notice ? `${to} ${notice.type}/${notice.failure.reason}` : `${to} ${notice.type}`
    }
    case 'activate':
      return `activate for ${effect.asking}${effect.asSystem ? ' asSystem' : ''}${effect.mayDisplace ? '' : ' free'}`
    case 'deactivate':
      return `deactivate ${effect.lastClose} ${effect.owned}`
    case 'notifyHoldersStopped':
      return `notifyHoldersStopped ${effect.activation}`
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
let ACTIVATING: LinkState

beforeEach(() => {
  OPEN = after(IDLE, hold(1), activated('A'), see(up('A'))).now
  SYSTEMS = after(IDLE, see(up('S')), hold(1), activated('S', false)).now
  ACTIVATING = after(IDLE, hold(1), activated('A'), see(link({ link: 'activating', activation: 'A' }))).now
})

describe('an opening', () => {
  it('S5, S4 is refused where it makes no sense, and changes nothing', () => {
    for (const input of [hold(1), retry(1)]) {
      expect(after(idleLink('x', null, true), input).does).toEqual(['1 failed/unknownConfiguration'])
      const far = idleLink('x', link({ inRange: false, activate: 'no' }), true)
      expect(after(far, input).does).toEqual(['1 failed/outOfRange'])
    }
    expect(isIdle(after(idleLink('x', null, true), hold(1)).now)).toBe(true)
  })

  it('H5 may take the device from the system for all, where one of them may', () => {
    expect(after(IDLE, hold(1)).does).toContain('activate for 1')
    expect(after(IDLE, hold(1, false)).does).toContain('activate for 1 free')
    const waits = after(IDLE, see(link(), false), hold(1, false), hold(2)).now
    expect(after(waits, { type: 'joined' }, see(link())).does).toContain('activate for 1,2')
    // A session that roams no longer is as any other.
    expect(
      after(IDLE, see(link(), false), hold(1, false), hold(1), { type: 'joined' }, see(link())).does,
    ).toContain('activate for 1')
  })

  it('S2 of a link that is up joins it, and the next ones are granted at once', () => {
    expect(after(IDLE, see(up('S')), hold(1)).does).toEqual(['activate for 1', 'pause activation'])
    expect(after(IDLE, see(up('S')), hold(1), activated('S', false)).does).toEqual([
      '1 granted',
      'stop activation',
    ])
    expect(after(SYSTEMS, hold(2)).does).toEqual(['2 granted'])
  })

  it('S2 waits for the end of a wind-down, of ours or of the system', () => {
    const leaving = after(IDLE, see(link({ link: 'deactivating', activation: 'S' })), hold(1))
    expect(leaving.does).toEqual(['start activation'])
    expect(after(leaving.now, see(link())).does).toEqual(['activate for 1', 'pause activation'])
    const ours = after(OPEN, drop(1), deactivating('A'), hold(2))
    expect(ours.does).toEqual(['start activation'])
    expect(after(ours.now, deactivated('A'), see(link())).does).toEqual([
      'activate for 2',
      '1 settled',
      'pause activation',
      'stop teardown',
    ])
  })

  it('S6, H7 of several sessions is one attempt, with one time', () => {
    const one = after(IDLE, hold(1), lockTaken)
    const two = after(one.now, hold(2))
    expect(two.does).toEqual([])
    expect(two.now.activationAttempt).toEqual({
      phase: 'requested',
      activation: null,
      own: false,
      seen: false,
    })
    // A session that wants the link, and tries it again as well, is asked for once.
    const waits = after(IDLE, see(link(), false), hold(1), retry(1), { type: 'joined' })
    expect(after(waits.now, see(link())).does).toContain('activate for 1')
  })

  it('S2 of what another program brings up becomes ours when that ends, once, whether it was ever seen or not', () => {
    const theirs = after(
      IDLE,
      see(link({ link: 'activating', activation: 'S' })),
      hold(1),
      activated('S', false),
    )
    const ours = after(theirs.now, see(ended('S')))
    expect(ours.does).toEqual(['activate for 1'])
    expect(ours.now.activationAttempt).toEqual({
      phase: 'requested',
      activation: null,
      own: true,
      seen: false,
    })
    // The next one counts as ours, also if another program was faster again.
    expect(after(ours.now, activated('T', false), see(ended('T'))).does).toContain('1 failed/carrierLost')
    // It was gone before a snapshot showed it.
    expect(after(IDLE, hold(1), activated('S', false)).does).toEqual(['activate for 1'])
  })

  it('C6 has all of its time while an earlier command has its lock, or none', () => {
    expect(after(IDLE, hold(1), lockTaken, drop(1), hold(2)).does).toEqual(['start activation'])
    const failed = after(OPEN, see(ended('A')), retry(1), activationFailed)
    const leaving = see(link({ link: 'deactivating', activation: 'B' }))
    expect(after(failed.now, leaving, retry(1)).does).toEqual(['start activation'])
  })

  it('S14 whose answer comes when nothing is known of the link waits for the service', () => {
    const answered = after(IDLE, hold(1), see(null, false), activated('A'))
    expect(answered.does).toEqual([])
    expect(answered.now).toMatchObject({ command: null, joined: true, owned: 'A' })
    expect(after(answered.now, see(up('A'))).does).toEqual(['1 granted', 'stop activation'])
  })

  it('H6 counts as a holder while the service is away, and can be cancelled then', () => {
    const unknown = after(idleLink('x', null, false), hold(1))
    expect(unknown.does).toEqual(['join', 'start activation'])
    expect(after(unknown.now, drop(1)).does).toEqual(['1 settled', 'stop activation'])
    const joined = after(unknown.now, { type: 'joined' })
    expect(joined.does).toEqual([])
    expect(joined.now).toMatchObject({
      command: null,
      joined: true,
      owned: null,
      waitsForLock: false,
      activationAttempt: { phase: 'due', activation: null, own: false, seen: false },
    })
  })

  it('S6 is not granted while a stop() takes the link down', () => {
    const again = after(OPEN, stop(1), hold(2))
    expect(again.does).toEqual(['start activation'])
    const down = after(again.now, deactivating('A'), deactivated('A', true), see(ended('A', 'requested')))
    // It never had what was stopped.
    expect(down.does).toEqual([
      '1 stopped by itself',
      'activate for 2',
      '1 settled',
      'pause activation',
      'stop teardown',
    ])
  })

  it('fails as the activation does', () => {
    const gone = after(ACTIVATING, see(ended('A')))
    expect(gone.does).toEqual(['1 failed/carrierLost', 'deactivate restore null', 'stop activation'])
    expect(after(ACTIVATING, see(link())).does).toContain('1 failed/other')
    // Down is no news before it has been seen.
    expect(after(IDLE, hold(1), activated('A'), see(link())).does).toEqual([])
    expect(after(IDLE, hold(1), activationFailed).does).toEqual([
      '1 failed/denied',
      'deactivate restore null',
      'stop activation',
    ])
  })

  it('S14 fails with the service where it is under way, and waits for it where it is only wanted', () => {
    expect(after(ACTIVATING, see(link(), false)).does).toEqual(['1 failed/serviceLost', 'stop activation'])
    const wanted = after(IDLE, hold(1), { type: 'notYet' })
    expect(wanted.does).toEqual(['activate for 1'])
    expect(after(IDLE, see(link(), false), hold(1), see(link(), false)).does).toEqual([])
    expect(after(IDLE, see(link(), false, true)).now.lapsed).toBe(true)
    expect(after(IDLE, see(link(), false, true), see(link())).now.lapsed).toBe(false)
  })

  it('S13 fails when the configuration is removed', () => {
    expect(after(ACTIVATING, see(null)).does).toEqual([
      '1 failed/removed',
      'deactivate restore A',
      'stop activation',
    ])
    expect(after(IDLE, hold(1), see(null)).does).toEqual([
      '1 failed/removed',
      'abandonActivation',
      'deactivate restore null',
      'stop activation',
    ])
  })

  it('S7 that no session wants any more is undone', () => {
    const requested = after(IDLE, hold(1), drop(1, 'leave'))
    expect(requested.does).toEqual(['stop activation', 'start teardown'])
    expect(requested.state).toBe('closing')
    expect(after(requested.now, activated('A')).does).toEqual(['deactivate restore A'])
    const activating = after(ACTIVATING, drop(1, 'leave'))
    expect(activating.does).toEqual(['deactivate restore A', 'stop activation', 'start teardown'])
    // Somebody else's activation is left alone.
    const theirs = after(
      IDLE,
      see(link({ link: 'activating', activation: 'S' })),
      hold(1),
      activated('S', false),
      drop(1),
    )
    expect(theirs.does).toEqual(['deactivate restore null', 'stop activation'])
    // Others still want it.
    expect(after(ACTIVATING, hold(2), drop(1)).does).toEqual(['1 settled'])
  })

  it('S7 of a link that is up takes nothing down, and waits until it has left', () => {
    const dropped = after(IDLE, see(up('S')), hold(1), drop(1))
    expect(dropped.does).toEqual(['stop activation'])
    expect(dropped.state).toBe('connected')
    expect(after(dropped.now, activated('S', false)).does).toEqual(['deactivate restore null'])
  })

  it('S7 that was to be tried again when the link is down has brought nothing up', () => {
    const theirs = after(
      IDLE,
      see(link({ link: 'activating', activation: 'S' })),
      hold(1),
      activated('S', false),
    )
    const due = after(
      theirs.now,
      see(ended('S')),
      see(link({ link: 'deactivating', activation: 'T' })),
      notYet,
    )
    expect(due.does).toEqual([])
    expect(due.now).toMatchObject({ joined: true, activationAttempt: { phase: 'due', own: true } })
    expect(after(due.now, drop(1)).does).toEqual(['deactivate restore null', 'stop activation'])
  })

  it('S7 whose command finds the link on its way down is over', () => {
    expect(after(IDLE, hold(1), drop(1), notYet).does).toEqual(['deactivate restore null', 'stop teardown'])
  })

  it('S7 that comes up while the service is away is taken down when that is back (H6)', () => {
    const late = after(IDLE, hold(1), drop(1), see(link(), false), activated('A'))
    expect(late.does).toEqual([])
    const back = after(late.now, see(up('A')))
    expect(back.does).toEqual(['deactivate restore A'])
    expect(back.state).toBe('closing')
  })

  it('S8 is taken back to the end, though a snapshot that lags behind does not show it yet', () => {
    const back = after(IDLE, hold(1), activated('A'), drop(1))
    expect(back.does).toEqual(['deactivate restore A', 'stop activation', 'start teardown'])
    expect(after(back.now, see(link())).does).toEqual([])
    expect(after(back.now, see(link()), deactivating('A'), see(ended('B'))).does).toEqual([])
    const end = after(back.now, see(link()), deactivating('A'), see(ended('A', 'requested')))
    expect(end.does).toEqual(['stop teardown'])
    expect(after(end.now, deactivated('A')).does).toEqual(['1 settled'])
  })

  it('S7 that the system never answers is not waited for when its time is over', () => {
    const { now, does } = after(IDLE, hold(1), drop(1), over('teardown'))
    expect(does).toEqual(['abandonActivation', 'deactivate restore null'])
    expect(now.command).toBe('deactivate')
  })

  it('S6 that is wanted again while it is taken back goes on', () => {
    const again = after(IDLE, hold(1), drop(1), hold(2))
    expect(again.does).toEqual(['pause activation'])
    expect(after(again.now, activated('A')).does).toEqual(['1 settled', 'stop teardown'])
    expect(after(again.now, activationFailed).does).toEqual(['activate for 2', '1 settled', 'stop teardown'])
    expect(after(IDLE, hold(1), drop(1), activationFailed).does).toEqual([
      'deactivate restore null',
      'stop teardown',
    ])
  })
})

describe('an activation tried in lossGrace (S6)', () => {
  let DOWN: LinkState

  beforeEach(() => {
    DOWN = after(OPEN, see(ended('A'))).now
  })

  it('is for who holds the link, as the system’s where it was that', () => {
    expect(after(DOWN, retry(1)).does).toEqual(['activate for 1', 'pause activation'])
    expect(after(DOWN, retry(1, true)).does).toContain('activate for 1 asSystem')
    const back = after(DOWN, retry(1), activated('B'), see(up('B')))
    expect(back.does).toEqual(['1 granted', 'stop activation'])
    expect(back.now.retries.size).toBe(0)
  })

  it('that fails leaves the holder as it was', () => {
    const { now, does } = after(DOWN, retry(1), activationFailed)
    expect(does).toEqual(['1 failed/denied', 'stop activation'])
    expect([now.holds.size, now.retries.size]).toEqual([1, 0])
  })

  it('is no longer tried when no session wants it', () => {
    expect(after(DOWN, retry(1), { type: 'retryNot', by: 1 }).does).toEqual(['stop activation'])
    expect(after(DOWN, { type: 'retryNot', by: 1 }).does).toEqual([])
    expect(after(DOWN, retry(1), hold(2), { type: 'retryNot', by: 1 }).does).toEqual([])
    const two = after(OPEN, hold(2), see(ended('A')), retry(1), retry(2))
    expect(after(two.now, { type: 'retryNot', by: 1 }).does).toEqual([])
    expect(after(two.now, { type: 'retryNot', by: 1 }, { type: 'retryNot', by: 2 }).does).toEqual([
      'stop activation',
    ])
  })

  it('S10 is no longer tried when a stop() has ended the link', () => {
    const stopping = after(OPEN, stop(1), retry(1), deactivating('A'), deactivated('A', true))
    const { now, does } = after(stopping.now, see(ended('A', 'requested')))
    expect(does).toEqual(['1 stopped by itself', '1 settled', 'stop activation', 'stop teardown'])
    expect([now.retries.size, now.activationAttempt]).toEqual([0, null])
  })
})

describe('the last holder that leaves (H1, S8)', () => {
  it('decides what becomes of the link, if it had it', () => {
    expect(after(OPEN, drop(1, 'leave')).does).toEqual(['deactivate leave A'])
    expect(after(OPEN, hold(2), drop(1)).does).toEqual(['1 settled'])
    expect(after(SYSTEMS, drop(1)).does).toEqual(['deactivate restore null'])
    expect(after(SYSTEMS, drop(1), deactivated(null)).does).toEqual(['1 settled'])
  })

  it('is notified when the system refuses, and waits no longer than the teardown', () => {
    expect(after(OPEN, drop(1), deactivating('A'), refusedTeardown).does).toEqual([
      '1 leftUp/denied',
      'deactivate restore A',
      'stop teardown',
    ])
    const { does } = after(OPEN, drop(1), deactivating('A'), deactivated('A'), over('teardown'))
    expect(does).toEqual(['1 leftUp/timedOut', '1 settled'])
  })

  it('waits for the command that leaves the link, also if it is held again by then', () => {
    expect(after(OPEN, drop(1), hold(2)).does).toEqual(['start activation'])
    expect(after(OPEN, drop(1), hold(2), deactivated(null)).does).toEqual([
      'activate for 2',
      '1 settled',
      'pause activation',
    ])
    expect(after(OPEN, drop(1)).now).toMatchObject({ command: 'deactivate', waitsForLock: false })
  })

  it('H6 tries again what the lost service could not do, and is told nothing', () => {
    const lost: LinkInput = {
      type: 'deactivated',
      failure: failure('ERR_SERVICE_LOST', 'serviceLost'),
      joined: true,
      target: 'A',
    }
    const again = after(OPEN, drop(1), deactivating('A'), lost)
    expect(again.does).toEqual(['deactivate restore A', 'stop teardown'])
  })

  it('takes down what is down, whatever activation the system still names', () => {
    const down = after(OPEN, drop(1), deactivating('A'), deactivated('A'), see(link({ activation: 'A' })))
    expect(down.does).toEqual(['1 settled', 'stop teardown'])
  })

  it('S14 does not wait for a service that is away, nor for what is gone', () => {
    expect(after(OPEN, see(up('A'), false), drop(1)).does).toEqual(['1 settled'])
    expect(after(OPEN, drop(1), see(null)).does).toEqual(['1 settled'])
    // The command goes on, and takes nothing down.
    const removed = after(OPEN, drop(1), see(null), deactivating('A'))
    expect(removed.does).toEqual(['start teardown'])
    expect(after(removed.now, deactivated('A')).does).toEqual(['stop teardown'])
  })
})

describe('whose activation it is (H1)', () => {
  it('is forgotten when that has ended, whether seen or notified', () => {
    expect(after(OPEN, see(ended('A'))).now).toMatchObject({ owned: null, over: 'A' })
    expect(after(OPEN, see(up('B'))).now).toMatchObject({ owned: null, over: 'A' })
    expect(after(OPEN, see(up('A'))).now).toMatchObject({ owned: 'A', over: null })
    expect(
      after(OPEN, see(up('B', { ended: { activation: 'A', reason: 'other', native: null } }))).now.owned,
    ).toBeNull()
    // What is not known yet has not ended.
    expect(after(IDLE, hold(1), activated('A'), see(link())).now.owned).toBe('A')
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
    const nameless = after(away, see(up('B', { activation: null })))
    expect(nameless.does).toEqual([])
    expect(nameless.now).toMatchObject({ owned: null, over: 'A' })
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
    expect(stopping.does).toEqual(['stop', 'start teardown'])
    expect(stopping.state).toBe('closing')
    expect(stopping.now).toMatchObject({ stops: [], teardown: { activation: 'A', stoppers: [1] } })
    expect(after(stopping.now, stop(2)).now.teardown?.stoppers).toEqual([1, 2])
    expect(after(stopping.now, deactivating('A')).does).toEqual([])
    const { does } = after(
      stopping.now,
      stop(2),
      deactivating('A'),
      deactivated('A', true),
      see(ended('A', 'requested')),
    )
    expect(does).toEqual([
      '1 stopped by itself',
      '2 stopped by itself',
      '1 settled',
      '2 settled',
      'stop teardown',
    ])
    const other = after(stopping.now, deactivating('A'), deactivated('A', true), see(ended('A', 'requested')))
    expect(other.does).toEqual(['1 stopped by itself', '2 stopped', '1 settled', 'stop teardown'])
  })

  it('is refused to each who asked, and to no other', () => {
    const { does } = after(OPEN, hold(2), stop(1), deactivating('A'), refusedTeardown)
    expect(does).toEqual(['1 stopRefused/denied', '1 settled', 'stop teardown'])
    expect(after(OPEN, see(up('A'), false), stop(1)).does).toEqual(['1 stopRefused/serviceLost'])
  })

  it('S14 that waits for a command under way is refused when the service is lost', () => {
    const waits = after(OPEN, drop(1), hold(2), stop(3))
    expect(waits.does).toEqual(expect.arrayContaining(['start teardown']))
    expect(after(waits.now, see(up('A'), false)).does).toContain('3 stopRefused/serviceLost')
    expect(after(OPEN, drop(1), hold(2), stop(3), see(null)).does).toEqual([
      '1 settled',
      '3 settled',
      'stop teardown',
    ])
  })

  it('S11 leaves nothing behind if it is refused before the system has heard of it', () => {
    const noCarrier = up('A', { carrier: false })
    const waits = after(OPEN, see(noCarrier), retry(1), stop(2))
    expect([waits.now.command, linkSessionState(waits.now)]).toEqual(['activate', 'closing'])
    const refused = after(waits.now, see(noCarrier, false))
    expect(refused.does).toEqual(['2 stopRefused/serviceLost', '2 settled', 'stop teardown'])
    expect(linkSessionState(after(refused.now, see(up('A'))).now)).toBe('connected')
  })

  it('S14 whose outcome is not known when the service is lost is waited for', () => {
    const lost = after(OPEN, stop(1), see(up('A'), false))
    expect(lost.does).toEqual([])
    expect(after(lost.now, refusedTeardown).does).toEqual([
      '1 stopRefused/denied',
      '1 settled',
      'stop teardown',
    ])
  })

  it('S10 has ended the link when the end is seen, and is over with its command', () => {
    const seen = after(OPEN, stop(1), deactivating('A'), see(ended('A', 'requested')))
    expect(seen.does).toEqual(['1 stopped by itself', 'stop teardown'])
    expect(after(seen.now, deactivated('A', true)).does).toEqual(['1 settled'])
    // The link is up again by then, and another stop() takes that down, too.
    const again = after(seen.now, see(up('B')), stop(2))
    expect(again.does).toEqual(['start teardown'])
    expect(again.now.teardown).toEqual({ activation: 'B', stoppers: [] })
    expect(after(again.now, deactivated('A', true)).does).toEqual(['stop'])
  })

  it('S10 has taken down what it was to take down when the link is up with another activation', () => {
    const stopping = after(OPEN, stop(1), deactivating('A'), deactivated('A', true))
    const { does, state } = after(stopping.now, see(up('B')))
    expect(does).toEqual(['1 stopped by itself', '1 settled', 'stop teardown'])
    expect(state).toBe('connected')
  })

  it('S6, S9a asks those who hold what is being stopped already: who waits for its end to open it again is cancelled', () => {
    const stopping = after(OPEN, hold(2), stop(1))
    expect(after(stopping.now, stop(3)).does).toEqual(['1 stopAsked', '2 stopAsked'])
  })

  it('S6 does not end with the opening whose command it waits for', () => {
    const noCarrier = up('A', { carrier: false })
    const waits = after(OPEN, see(noCarrier), retry(1), stop(2))
    expect(waits.does).toEqual(['stop activation', 'start teardown'])
    expect(waits.now).toMatchObject({ stops: [2], teardown: { activation: 'A', stoppers: [] } })
    expect(after(waits.now, activationFailed).does).toEqual(['stop', 'start teardown'])
    // It is wanted again by then, and waits for the end of the stop.
    const wanted = after(waits.now, hold(3), activated('A', false))
    expect(wanted.does).toEqual(['stop'])
    expect(wanted.now).toMatchObject({
      teardown: { activation: 'A', stoppers: [2] },
      activationAttempt: { phase: 'due', activation: null },
    })
    // No wait for a lock is part of it.
    expect(reduceLink(after(OPEN, drop(1), stop(2), hold(3)).now, deactivated(null), CLOCK)[1][0]).toEqual({
      type: 'stop',
    })
  })

  it('S6 leaves the activation unnamed that it takes back before its answer', () => {
    const waits = after(IDLE, hold(1), see(link({ link: 'activating', activation: 'A' })), stop(2))
    expect(waits.does).toEqual(['1 cancelled', 'stop activation', 'start teardown'])
    expect(waits.now).toMatchObject({ stops: [2], teardown: { activation: null, stoppers: [] } })
    // Wanted again by the time of the answer: not what is stopped, but the next one.
    const wanted = after(waits.now, hold(3), activated('A'))
    expect(wanted.does).toEqual(['stop', 'start teardown'])
    expect(wanted.now.activationAttempt).toMatchObject({ phase: 'due', activation: null })
  })

  it('S10 makes no difference to a configuration that was removed', () => {
    expect(after(idleLink('x', null, true), stop(1)).does).toEqual(['1 settled'])
  })

  it('S9a cancels openings, and notifies holders of a link that is already lost', () => {
    expect(after(ACTIVATING, stop(2)).does).toEqual([
      '1 cancelled',
      'stop',
      'stop activation',
      'start teardown',
    ])
    expect(after(IDLE, hold(1), stop(2)).does).toEqual(['1 cancelled', 'stop activation', 'start teardown'])
    const lost = after(OPEN, hold(2), see(ended('A')))
    expect(after(lost.now, stop(1)).does).toEqual([
      '1 stopped by itself lost',
      '2 stopped lost',
      'notifyHoldersStopped A',
      '1 settled',
    ])
    expect(after(IDLE, stop(1)).does).toEqual(['1 settled'])
    const tried = after(lost.now, retry(2), stop(1))
    expect(tried.does).toContain('stop activation')
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
    expect(after(told.now, see(null), over('stopWord')).now.stoppedElsewhere).toBeNull()
    expect(after(told.now, word('A')).does).toEqual(['start stopWord'])
    expect(after(OPEN, word('B')).does).toEqual([])
    expect(after(IDLE, word('B')).does).toEqual([])
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
    expect(after(OPEN, see(down), see(null)).does).toEqual([])
    // Only then: its time goes on while the link is as it was.
    expect(after(told, see(up('A'))).does).toEqual([])
    expect(after(told, see(down), see(down)).does).toEqual([])
    // What goes down is another activation.
    const away = see(link({ link: 'deactivating', activation: 'B' }), false)
    expect(after(told, away, over('stopWord')).now.stoppedElsewhere).toBeNull()
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
    expect(tried.does).toEqual(['1 stopped lost', 'stop activation'])
  })

  it('cancels the openings that wait for what was stopped', () => {
    const theirs = after(
      IDLE,
      see(link({ link: 'activating', activation: 'S' })),
      hold(1),
      activated('S', false),
    )
    const told = after(theirs.now, word('S')).now
    expect(after(told, see(ended('S', 'requested'))).does).toEqual(
      expect.arrayContaining(['1 cancelled', 'stop activation', 'stop stopWord']),
    )
    const others = after(IDLE, hold(1), activated('A'), see(ended('S', 'requested')), word('S'))
    expect(others.does).toEqual([])
  })
})

it('a time that does not run is not over', () => {
  for (const timer of ['activation', 'teardown', 'stopWord'] as const) {
    expect(after(OPEN, over(timer))).toMatchObject({ now: OPEN, does: [] })
    expect(after(IDLE, hold(1), over('teardown')).does).toEqual([])
  }
})

describe('the state of a link', () => {
  const state = (facts: LinkConfiguration | null, more: Partial<LinkState> = {}) =>
    linkSessionState({ ...idleLink('x', facts, true), ...more })
  const teardown = { activation: 'A', stoppers: [] }
  const activationAttempt = { phase: 'due', activation: null, own: false, seen: false } as const

  it.each([
    ['invalid', null, {}],
    ['connected', up('A'), {}],
    ['connected', up('A', { carrier: null }), {}],
    ['notAvailable', up('A', { carrier: false }), {}],
    ['disconnected', link(), {}],
    ['notAvailable', link({ inRange: false }), {}],
    ['disconnected', link({ inRange: null }), {}],
    ['connecting', link({ link: 'activating' }), {}],
    ['closing', link({ link: 'deactivating' }), {}],
    ['connecting', link(), { activationAttempt }],
    ['disconnected', link({ activate: 'no' }), { activationAttempt }],
    ['connecting', link({ link: 'activating', activate: 'no' }), { activationAttempt }],
    ['closing', up('A'), { teardown }],
    ['connected', up('A', { deactivate: 'no' }), { teardown }],
    ['closing', link(), { teardown, command: 'deactivate' as const }],
    ['disconnected', link(), { teardown }],
  ])('is %s', (expected, facts, more) => {
    expect(state(facts, more)).toBe(expected)
  })

  it('S4, S5 an activation is refused where it is known to be in vain', () => {
    expect(refusalToActivate(null)?.reason).toBe('unknownConfiguration')
    expect(refusalToActivate(link({ inRange: false, activate: 'no' }))?.reason).toBe('outOfRange')
    expect(refusalToActivate(link({ inRange: false, activate: 'yes' }))).toBeNull()
    expect(refusalToActivate(link({ activate: 'no' }))).toBeNull()
    for (const link of ['up', 'activating', 'deactivating'] as const)
      expect(refusalToActivate(up('A', { link, carrier: null, inRange: false, activate: 'no' }))).toBeNull()
    // Without carrier it does not count as up, but what goes down is waited for.
    expect(refusalToActivate(up('A', { carrier: false, activate: 'no' }))?.reason).toBe('outOfRange')
    expect(refusalToActivate(up('A', { link: 'deactivating', carrier: false, activate: 'no' }))).toBeNull()
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
    expect(stopping(up('A'), { teardown })).toBe(false)
    expect(stopping(up('A'), { teardown: { ...teardown, stoppers: [1] } })).toBe(true)
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
      { teardown },
      { stops: [1] },
      { leaving: IDLE.leaving.with(1, true) },
      { joined: true },
    ]
    for (const more of busy) expect(isIdle({ ...IDLE, ...more })).toBe(false)
    expect(idleLink('x', link(), true)).toMatchObject({ waitsForLock: false, joined: false, stops: [] })
  })
})

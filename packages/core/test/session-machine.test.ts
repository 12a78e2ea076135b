import { beforeEach, describe, expect, it } from 'vitest'
import type { LinkConfiguration } from '../src/contract/index.js'
import { failure } from '../src/links/failure.js'
import type { LinkNotice } from '../src/links/link-messages.js'
import { idleLink } from '../src/links/link-state.js'
import { type LinkView, viewOf } from '../src/sessions/link-view.js'
import {
  closedSession,
  isAtRest,
  reduceSession,
  type SessionEffect,
  type SessionInput,
  type SessionMachine,
} from '../src/sessions/session-machine.js'
import { overIn, timesInWords } from './times-in-words.js'

const UP: LinkView = {
  present: true,
  carrying: true,
  ready: true,
  lapsed: false,
  stopping: false,
  downBecause: null,
  state: 'connected',
}
const CLOCK = {
  now: 1000,
  reopenPart: () => 1,
  times: { lossGrace: 5000, reopenDelay: 100, reopenDelayLimit: 1000 },
  isResting: false,
}
const OPEN: SessionMachine = { ...closedSession(1), phase: 'open', wasOpen: true, wasAvailable: true }

it.each([
  ['outOfRange', 'lost', 'the access point is gone'],
  ['other', 'lost', null],
  ['radioOff', 'radioOff', 'unavailable'],
] as const)(
  'S12 the error of a session whose grace is over says why the link is down, also if that came later: %s is %s',
  (ended, reason, native) => {
    const [lost] = reduceSession(OPEN, { type: 'view', view: { ...UP, carrying: false } }, CLOCK)
    const downBecause = { reason: ended, native }
    const [told] = reduceSession(lost, { type: 'view', view: { ...UP, carrying: false, downBecause } }, CLOCK)
    const [, effects] = reduceSession(told, { type: 'timer', timer: 'grace' }, CLOCK)
    expect(effects).toContainEqual(
      expect.objectContaining({ type: 'error', failure: expect.objectContaining({ reason, native }) }),
    )
  },
)

const LOST: LinkView = { ...UP, carrying: false, state: 'disconnected' }
const DENIED = failure('ERR_DENIED', 'denied')

const open = (call: number, keepOpen: boolean | 'always' = false): SessionInput => ({
  type: 'open',
  call,
  keepOpen,
})
const close = (call: number): SessionInput => ({ type: 'close', call })
const stop = (call: number): SessionInput => ({ type: 'stop', call })
const giveUp = (call: number): SessionInput => ({ type: 'giveUp', call })
const see = (view: LinkView): SessionInput => ({ type: 'view', view })
const hear = (notice: LinkNotice): SessionInput => ({ type: 'notice', notice })
const over = (timer: 'grace' | 'reopen'): SessionInput => ({ type: 'timer', timer })
const GRANTED = hear({ type: 'granted' })
const SETTLED = hear({ type: 'settled' })
const AGAIN: SessionInput = { type: 'openAgain' }
const FAILED = hear({ type: 'failed', failure: DENIED })
const stopped = (caller: boolean) => hear({ type: 'stopped', caller, wasLost: false })

/** An effect in words: `hold`, `opened`, `1 open done`, `error keep/lost` ... */
function word(effect: SessionEffect): string {
  switch (effect.type) {
    case 'openAgain':
      return effect.type
    case 'link':
      return effect.does
    case 'reopening':
      return `reopening ${effect.attempt}`
    case 'error':
      return `error ${effect.doing}/${effect.failure.reason}`
    case 'settle': {
      const { call, doing, outcome } = effect
      return `${call} ${doing} ${outcome.type === 'done' ? 'done' : `${outcome.type}/${outcome.failure.reason}`}`
    }
    default:
      return effect.type
  }
}

/** What has to be done about the last of some inputs, and what the session is then. */
function after(session: SessionMachine, ...inputs: SessionInput[]) {
  let now: SessionMachine = session
  let does: readonly string[] = []
  for (const input of inputs) {
    const [next, effects] = reduceSession(now, input, CLOCK)
    does = [...effects.map(word), ...timesInWords(now.deadlines, next.deadlines, overIn(input))]
    now = next
  }
  return { now, does, isAtRest: isAtRest(now) }
}

const CLOSED = closedSession(1)
/** Ended against its will, kept open, and waiting to open again. */
let WAITING: SessionMachine

beforeEach(() => {
  WAITING = after(OPEN, see(UP), open(1, true), see({ ...UP, present: false })).now
})

describe('open() (S2, S3, S6)', () => {
  it('holds the link once for all callers, and resolves for all of them after opened', () => {
    expect(after(CLOSED, open(1)).does).toEqual(['hold'])
    expect(after(CLOSED, open(1), open(2)).does).toEqual([])
    const { now, does } = after(CLOSED, open(1), open(2), GRANTED)
    expect(does).toEqual(['opened', '1 open done', '2 open done'])
    expect(now).toEqual({ ...OPEN, wasAvailable: false })
    expect(after(now, open(3)).does).toEqual(['3 open done'])
    expect(isAtRest(now)).toBe(false)
  })

  it('of a session that was closed is no matter of a stop() that is under way', () => {
    expect(after(CLOSED, stop(1), open(2)).does).toEqual(['hold'])
  })

  it('that fails tells the error once, rejects for all, and leaves nothing behind', () => {
    const { now, does } = after(CLOSED, open(1, true), open(2), FAILED)
    expect(does).toEqual(['error open/denied', '1 open failed/denied', '2 open failed/denied'])
    expect(now).toEqual(CLOSED)
  })

  it('ends for each caller with its own signal, and is cancelled with the last', () => {
    const one = after(CLOSED, open(1), open(2), giveUp(1))
    expect(one.does).toEqual([])
    expect(one.now.phase).toBe('opening')
    const last = after(one.now, giveUp(2))
    expect(last.does).toEqual(['drop'])
    expect(last.now).toEqual(CLOSED)
    // A signal that aborts when its call is over changes nothing.
    expect(after(CLOSED, open(1), giveUp(7)).now.phase).toBe('opening')
    expect(after(CLOSED, open(1), GRANTED, giveUp(1))).toMatchObject({
      now: { ...OPEN, wasAvailable: false },
      does: [],
    })
  })

  it('in lossGrace tries one activation, whose success is silent and whose failure ends the grace', () => {
    const lost = after(OPEN, see(LOST))
    expect(lost.does).toEqual(['start grace'])
    const tried = after(lost.now, open(1))
    expect(tried.does).toEqual(['retry'])
    expect(after(tried.now, open(2)).does).toEqual([])
    const back = after(tried.now, open(2), see(UP))
    expect(back.does).toEqual(['1 open done', '2 open done', 'stop grace'])
    expect(back.now).toEqual(OPEN)
    const failed = after(tried.now, FAILED)
    expect(failed.does).toEqual(['error keep/denied', 'closed', 'drop', '1 open failed/denied', 'stop grace'])
    expect(failed.now).toEqual({ ...CLOSED, wasAvailable: true })
  })

  it('in lossGrace does not end the grace when it is given up', () => {
    const tried = after(OPEN, see(LOST), open(1), open(2)).now
    expect(after(tried, giveUp(1)).does).toEqual([])
    const { now, does } = after(tried, giveUp(1), giveUp(2))
    expect(does).toEqual(['retryNot'])
    expect(now).toMatchObject({ phase: 'open', opens: [] })
  })
})

describe('close() (S7 to S9)', () => {
  it('is silent where nothing is open, and resolves at once', () => {
    expect(after(CLOSED, close(1))).toEqual({ now: CLOSED, does: ['1 close done'], isAtRest: true })
  })

  it('cancels an opening, and resolves when that is wound down', () => {
    const closing = after(CLOSED, open(1), close(2))
    expect(closing.does).toEqual(['1 open aborted/cancelled', 'drop'])
    expect(closing.isAtRest).toBe(false)
    expect(after(closing.now, close(3)).does).toEqual([])
    const { now, does } = after(closing.now, close(3), SETTLED)
    expect(does).toEqual(['2 close done', '3 close done'])
    expect(now).toEqual(CLOSED)
  })

  it('of what is open tells closed once, in lossGrace without another word', () => {
    expect(after(OPEN, close(1)).does).toEqual(['closed', 'drop'])
    const { now, does } = after(OPEN, see(LOST), open(2), close(1))
    expect(does).toEqual(['2 open aborted/cancelled', 'closed', 'drop', 'stop grace'])
    expect(now).toMatchObject({ phase: 'closed', opens: [], closes: [1] })
  })

  it('waits for a stop() that is under way', () => {
    const stopping = after(CLOSED, stop(1))
    expect(stopping.does).toEqual(['stop'])
    expect(stopping.isAtRest).toBe(false)
    const { now, does } = after(stopping.now, close(2))
    expect(does).toEqual([])
    expect(after(now, SETTLED)).toEqual({
      now: CLOSED,
      does: ['2 close done', '1 stop done'],
      isAtRest: true,
    })
  })

  it('that the system refused is an error, and the session stays closed (S8)', () => {
    const { now, does } = after(OPEN, close(1), hear({ type: 'leftUp', failure: DENIED }))
    expect(does).toEqual(['error close/denied'])
    expect(now.phase).toBe('closed')
  })
})

describe('stop() (S9a to S11)', () => {
  it('by itself ends it without an error, by another session with one', () => {
    const own = after(OPEN, stop(1), stopped(true))
    expect(own.does).toEqual(['closed', 'drop'])
    expect(after(own.now, SETTLED)).toEqual({
      now: { ...CLOSED, wasAvailable: true },
      does: ['1 stop done'],
      isAtRest: true,
    })
    expect(after(OPEN, stopped(false)).does).toEqual(['error keep/stopped', 'closed', 'drop'])
  })

  it('is no news to a session that is not open', () => {
    expect(after(CLOSED, stopped(false))).toEqual({ now: CLOSED, does: [], isAtRest: true })
  })

  it('cancels an opening', () => {
    const { now, does } = after(CLOSED, open(1, true), hear({ type: 'cancelled' }))
    expect(does).toEqual(['1 open aborted/stopped'])
    expect(now).toEqual(CLOSED)
  })

  it('that was refused leaves it open, with an error for each caller', () => {
    const refused = hear({ type: 'stopRefused', failure: DENIED })
    const { now, does } = after(OPEN, stop(1), stop(2), open(3, true), refused)
    expect(does).toEqual(['error stop/denied', '1 stop failed/denied', '2 stop failed/denied', '3 open done'])
    expect(now).toEqual({ ...OPEN, keepOpen: true })
    // Who keeps it open still does, whatever is asked in between.
    expect(after({ ...OPEN, keepOpen: true }, stop(1), open(3), refused).now.keepOpen).toBe(true)
  })

  it('S6 is followed by the opening that was asked for meanwhile, by whoever asked', () => {
    const asked = after(OPEN, stop(1), open(2), open(3, true), open(4))
    expect(asked.does).toEqual([])
    expect(after(asked.now, giveUp(2)).does).toEqual([])
    const { now, does } = after(asked.now, giveUp(2), stopped(true))
    // In a step of its own, after the end was emitted (S19).
    expect(does).toEqual(['closed', 'drop', 'openAgain'])
    expect(now).toMatchObject({ phase: 'closed', opens: [], keepOpen: false })
    const opening = after(now, AGAIN)
    expect(opening.does).toEqual(['hold'])
    expect(opening.now).toMatchObject({ phase: 'opening', opens: [3, 4], again: [], keepOpen: true })
    expect(after(opening.now, GRANTED).does).toEqual(['opened', '3 open done', '4 open done'])
  })

  it('S6 is not followed by an opening whose callers are closed, stopped or gone before that begins', () => {
    const { now } = after(OPEN, stop(1), open(2, true), open(3), stopped(true))
    for (const [input, why] of [
      [close(4), 'cancelled'],
      [stop(4), 'stopped'],
    ] as const) {
      const ended = after(now, input)
      expect(ended.does.slice(0, 2)).toEqual([`2 open aborted/${why}`, `3 open aborted/${why}`])
      expect(after(ended.now, AGAIN).does).toEqual([])
      expect(ended.now).toMatchObject({ phase: 'closed', keepOpen: false })
    }
    expect(after(now, giveUp(2), AGAIN).now).toMatchObject({ phase: 'opening', opens: [3], keepOpen: false })
    expect(after(now, giveUp(2), giveUp(3), AGAIN).does).toEqual([])
    // Another caller may come first.
    expect(after(now, open(5), AGAIN).now).toMatchObject({ phase: 'opening', opens: [5, 2, 3] })
  })

  it('S6 is followed by that opening before the session can become one of another kind', () => {
    const { now } = after(OPEN, see({ ...UP, stopping: true }), open(2), stopped(false))
    expect(now).toMatchObject({ phase: 'closed', stops: [], closes: [] })
    expect([isAtRest(now), isAtRest(after(now, giveUp(2)).now)]).toEqual([false, true])
  })

  it('S6 by another session makes open() wait as well, until it is known that nothing is stopped', () => {
    const asked = after(OPEN, see({ ...UP, stopping: true }), open(2, true))
    expect(asked.does).toEqual([])
    expect(after(asked.now, see({ ...UP, stopping: true })).does).toEqual([])
    const { now, does } = after(asked.now, see(UP))
    expect(does).toEqual(['2 open done'])
    expect(now).toEqual({ ...OPEN, keepOpen: true })
    // It is told of the loss when it is known what becomes of the stop.
    expect(after(asked.now, see({ ...LOST, stopping: true })).does).toEqual([])
  })

  it('S6 of its own makes open() wait until that is answered for', () => {
    const asked = after(OPEN, stop(1), open(2))
    expect(after(asked.now, see(UP)).does).toEqual([])
  })

  it('S6, S9a what waits for its end is aborted by the next stop()', () => {
    const { now, does } = after(OPEN, stop(1), open(2), open(3, true), hear({ type: 'stopAsked' }))
    expect(does).toEqual(['2 open aborted/stopped', '3 open aborted/stopped'])
    expect(now).toEqual({ ...OPEN, stops: [1] })
  })

  it('S6 what waits for its end is aborted when the session is closed', () => {
    const { now, does } = after(OPEN, stop(1), open(2), close(3))
    expect(does).toEqual(['2 open aborted/cancelled', 'closed', 'drop'])
    expect(now).toMatchObject({ again: [], opens: [] })
  })
})

describe('a loss (S12 to S14)', () => {
  it('is nothing while it does not last', () => {
    const { now, does } = after(OPEN, see(LOST), see(UP))
    expect(does).toEqual(['stop grace'])
    expect(now).toEqual(OPEN)
    expect(after(OPEN, see(UP)).does).toEqual([])
    expect(after(OPEN, see(LOST), see(LOST)).does).toEqual([])
  })

  it('that lasts ends it with an error', () => {
    const { now, does } = after(OPEN, see(LOST), over('grace'))
    expect(does).toEqual(['error keep/lost', 'closed', 'drop'])
    expect(now).toEqual({ ...CLOSED, wasAvailable: true })
    // A grace that ends in the moment of the return ends nothing.
    expect(after(OPEN, see(LOST), see(UP), over('grace'))).toMatchObject({ now: OPEN, does: [] })
  })

  it('S14 pauses with the service, once, and goes on with it', () => {
    const away = { ...LOST, ready: false }
    const paused = after(OPEN, see(LOST), see(away))
    expect(paused.does).toEqual(['pause grace'])
    expect(after(paused.now, see(away)).does).toEqual([])
    expect(after(paused.now, see(away), see(LOST)).does).toEqual(['resume grace'])
    expect(after(paused.now, see(LOST), see(LOST)).does).toEqual([])
  })

  it('S14 that is found when the service is back has no grace, nor what was not back in time', () => {
    const away = { ...UP, ready: false }
    expect(after(OPEN, see(away), see(LOST)).does).toEqual(['error keep/goneMeanwhile', 'closed', 'drop'])
    const lapsed = after(OPEN, see({ ...LOST, ready: false, lapsed: true }))
    expect(lapsed.does).toEqual(['error keep/serviceLost', 'closed', 'drop'])
  })

  it('S13 by removal has no grace either', () => {
    expect(after(OPEN, see({ ...UP, present: false })).does).toEqual(['error keep/removed', 'closed', 'drop'])
    expect(after(CLOSED, see({ ...UP, present: false })).does).toEqual([])
  })
})

describe('keepOpen (S12)', () => {
  it('schedules another opening after an end against its will, ever later', () => {
    expect(WAITING).toMatchObject({ phase: 'closed', reopenings: 1, keepOpen: true })
    expect(isAtRest(WAITING)).toBe(false)
    const again = after(WAITING, over('reopen'))
    expect(again.does).toEqual(['hold'])
    const failed = after(again.now, FAILED)
    expect(failed.does).toEqual(['error open/denied', 'reopening 2', 'start reopen'])
    expect(failed.now).toMatchObject({ phase: 'closed', reopenings: 2, keepOpen: true })
    const open = after(failed.now, over('reopen'), GRANTED)
    expect(open.does).toEqual(['opened'])
    expect(open.now).toMatchObject({ phase: 'open', reopenings: 0, keepOpen: true })
  })

  it('opens at once when the link carries by itself', () => {
    expect(after(WAITING, see(UP)).does).toEqual(['hold', 'stop reopen'])
    expect(after(WAITING, see(LOST)).does).toEqual([])
    // It is being opened already.
    expect(after(WAITING, see(UP), see(UP)).does).toEqual([])
    expect(after(CLOSED, see(UP)).does).toEqual([])
  })

  it('is due only while it waits', () => {
    expect(after(OPEN, over('reopen'))).toMatchObject({ now: OPEN, does: [] })
    expect(after(CLOSED, over('reopen'))).toMatchObject({ now: CLOSED, does: [] })
    expect(after(WAITING, over('reopen'), over('reopen')).does).toEqual([])
    expect(after(WAITING, over('reopen'), open(2)).does).toEqual([])
  })

  it('opens at once for who asks, and is not given up with the last who asked', () => {
    const asked = after(WAITING, open(2))
    expect(asked.does).toEqual(['hold', 'stop reopen'])
    const { now, does } = after(asked.now, giveUp(2))
    expect(does).toEqual([])
    expect(now).toMatchObject({ phase: 'opening', opens: [], keepOpen: true })
  })

  it('ends with close(), and with a stop() while it waits (S9a)', () => {
    expect(after(WAITING, close(2)).does).toEqual(['2 close done', 'stop reopen'])
    const { now, does } = after(WAITING, stop(2))
    expect(does).toEqual(['stop', 'stop reopen'])
    expect(now).toMatchObject({ reopenings: 0, keepOpen: false })
  })

  it('ends with a stop() of its own that finds the link lost', () => {
    const { now, does } = after({ ...OPEN, keepOpen: true }, stop(2), see({ ...UP, present: false }))
    expect(does).toEqual(['error keep/removed', 'closed', 'drop'])
    expect(now).toMatchObject({ reopenings: 0, keepOpen: false })
  })

  it('opens at once when a configuration that was removed is back and can be brought up', () => {
    const removed = after(WAITING, see({ ...LOST, state: 'invalid', present: false }))
    expect(removed.does).toEqual([])
    expect(after(removed.now, see(LOST)).does).toEqual(['hold', 'stop reopen'])
    const far = see({ ...LOST, state: 'notAvailable' })
    expect(after(WAITING, far, see(LOST)).does).toEqual(['hold', 'stop reopen'])
  })

  it('L6 of a first opening waits for the next one, until the last caller gives up', () => {
    const failed = after(CLOSED, open(1, 'always'), FAILED)
    expect(failed.does).toEqual(['reopening 1', 'start reopen'])
    expect(failed.now).toMatchObject({ phase: 'closed', opens: [1], keepOpen: 'always' })
    const gone = after(failed.now, giveUp(1))
    expect(gone.does).toEqual(['stop reopen'])
    expect(gone.now).toEqual(CLOSED)
  })

  it('L6, S9a of a first opening is over with a stop() of its own', () => {
    const { now, does } = after(CLOSED, open(1, 'always'), stop(2), FAILED)
    expect(does).toEqual(['error open/denied', '1 open failed/denied'])
    expect(now).toEqual({ ...CLOSED, stops: [2] })
  })

  it('is for what was open once: not for a first opening that fails, nor without being asked for', () => {
    expect(after(CLOSED, open(1, true), FAILED).now.keepOpen).toBe(false)
    expect(after(OPEN, see({ ...UP, present: false })).now.reopenings).toBe(0)
    expect(after(OPEN, open(1, true), open(2)).now.keepOpen).toBe(true)
  })
})

it('a session that was never opened has nothing to do, and has seen nothing', () => {
  expect(closedSession(7)).toEqual({
    by: 7,
    phase: 'closed',
    opens: [],
    again: [],
    closes: [],
    stops: [],
    isStopping: false,
    deadlines: new Map(),
    lostBecause: null,
    keepOpen: false,
    wasOpen: false,
    reopenings: 0,
    serviceWasAway: false,
    wasAvailable: false,
  })
  expect(isAtRest(closedSession(7))).toBe(true)
})

describe('what a session sees of its link', () => {
  const facts = {
    id: 'x',
    link: 'down',
    ended: null,
    carrier: null,
    activate: 'yes',
    inRange: true,
  } as LinkConfiguration
  const ended = { activation: 'A', reason: 'carrierLost', native: 'no carrier' } as const

  it('has the reason why it is down', () => {
    expect(viewOf(idleLink('x', { ...facts, ended }, true)).downBecause).toEqual(ended)
    expect(viewOf(idleLink('x', { ...facts, ended: null }, true)).downBecause).toBeNull()
    expect(viewOf(idleLink('x', { ...facts, link: 'up', ended }, true)).downBecause).toBeNull()
    expect(viewOf(idleLink('x', facts, true))).toEqual(LOST)
    expect(viewOf(idleLink('x', null, true))).toEqual({ ...LOST, state: 'invalid', present: false })
  })
})

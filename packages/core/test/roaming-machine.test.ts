import { beforeEach, describe, expect, it } from 'vitest'
import { failure } from '../src/links/failure.js'
import type { LinkNotice } from '../src/links/link-messages.js'
import { timesOf } from '../src/primitives/time/times.js'
import { reduceRoaming } from '../src/roaming/roaming-machine.js'
import type { RoamingEffect, RoamingInput } from '../src/roaming/roaming-messages.js'
import {
  type ChildView,
  type ClosedRoaming,
  closedRoaming,
  exclusionsOf,
  isRoamingAtRest,
  type NetworkView,
  type OpeningRoaming,
  type OpenRoaming,
  type Roam,
  type RoamingState,
  type RoamingTimer,
  roamOf,
} from '../src/roaming/roaming-state.js'
import { overIn, timesInWords } from './times-in-words.js'

function child(id: string, seen: Partial<ChildView> = {}): ChildView {
  return {
    id,
    state: seen.carrying ? 'connected' : 'disconnected',
    carrying: false,
    present: true,
    downBecause: null,
    stopping: false,
    isOurs: true,
    eligible: 'yes',
    device: `device-${id}`,
    network: null,
    health: 'unknown',
    isSeen: true,
    rivals: '',
    isTunnel: false,
    over: null,
    ...seen,
  }
}

const UP = { carrying: true } as const
const [A, B, C] = [child('a'), child('b'), child('c')]
const [A_UP, B_UP] = [child('a', UP), child('b', UP)]

/** Roaming is forced where nothing else is said. */
function seeing(children: readonly ChildView[], more: Partial<NetworkView> = {}): NetworkView {
  return {
    present: true,
    summary: 'discovered',
    ready: true,
    lapsed: false,
    isResting: false,
    children,
    openTimeout: 30_000,
    better: [],
    consulted: false,
    forced: true,
    ...more,
  }
}

const ASKED = { consulted: true } as const
const better = (identifier: string, dwell = 0) => ({
  better: [{ identifier, because: 'bearer', dwell, isHint: false }],
})
const [DENIED, BUSY] = [failure('ERR_DENIED', 'denied'), failure('ERR_NOT_SUPPORTED', 'deviceBusy')]

const open = (call: number, keepOpen: boolean | 'always' = false): RoamingInput => ({
  type: 'open',
  call,
  keepOpen,
})
const close = (call: number): RoamingInput => ({ type: 'close', call })
const stop = (call: number): RoamingInput => ({ type: 'stop', call })
const giveUp = (call: number): RoamingInput => ({ type: 'giveUp', call })
const answer = (type: 'migrate' | 'accept' | 'reject' | 'ignore', call: number): RoamingInput => ({
  type,
  call,
})
const CLOCK = { now: 1000, reopenPart: () => 1, times: timesOf({}) }
const served = (child: string): RoamingInput => ({ type: 'served', child })
const over = (timer: RoamingTimer): RoamingInput => ({ type: 'timer', timer })
const LOOK: RoamingInput = { type: 'look' }
const ENDED: RoamingInput = { type: 'ended' }
const hear = (of: string, notice: LinkNotice): RoamingInput => ({ type: 'notice', child: of, notice })
const granted = (of: string) => hear(of, { type: 'granted' })
const failed = (of: string, why = DENIED) => hear(of, { type: 'failed', failure: why })
const settled = (of: string) => hear(of, { type: 'settled' })
const stopped = (of: string, more: { caller?: boolean; wasLost?: boolean } = {}) =>
  hear(of, { type: 'stopped', caller: false, wasLost: false, ...more })
const refused = (of: string) => hear(of, { type: 'stopRefused', failure: DENIED })

/** An effect in words: `hold a`, `start grace`, `opened`, `1 open done`, `error roam/denied b` ... */
function word(effect: RoamingEffect): string {
  switch (effect.type) {
    case 'link':
      return `${effect.does} ${effect.child}${effect.does === 'retry' && effect.asSystem ? ' asSystem' : ''}`
    case 'reopening':
      return `reopening ${effect.attempt}`
    case 'offered':
      return `offered ${effect.candidate}${effect.isSeamless ? ' seamless' : ''}${effect.loss ? ' loss' : ''}`
    case 'offerWithdrawn':
      return `withdrawn ${effect.candidate}`
    case 'trialBegun':
      return `trial ${effect.candidate}`
    case 'relapsed':
      return `relapsed ${effect.child}${effect.because === 'bad' ? ' bad' : ''}`
    case 'recheck':
      return `recheck ${effect.child}`
    case 'roamingStarted':
      return `roams ${effect.from}>${effect.to} ${effect.because}`
    case 'error':
      return `error ${effect.doing}/${effect.failure.reason}${effect.child === null ? '' : ` ${effect.child}`}`
    case 'settle': {
      const { call, doing, outcome } = effect
      return `${call} ${doing} ${outcome.type === 'done' ? 'done' : `${outcome.type}/${outcome.failure.reason}`}`
    }
    case 'answer':
      return `${effect.call} ${effect.tookEffect}`
    default:
      return effect.type
  }
}

/** When children are candidates again: `start retry b x2`, with how often the time was doubled. */
function exclusionsInWords(...sessions: readonly [RoamingState, RoamingState]) {
  const [before, after] = [exclusionsOf(sessions[0]), exclusionsOf(sessions[1])]
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((id) => {
    const [was = null, is = null] = [before.get(id)?.servedAt, after.get(id)?.servedAt]
    if (was === is || (is === null && after.has(id))) return []
    if (is === null) return [`stop retry ${id}`]
    const times = (is - CLOCK.now) / CLOCK.times.retryAfter
    return [`start retry ${id}${times > 1 ? ` x${times}` : ''}`]
  })
}

/** A session of which the test knows the phase. */
type Known = RoamingState &
  Omit<ClosedRoaming & { current: string | null }, 'phase'> &
  Omit<OpeningRoaming, 'phase'> &
  Omit<OpenRoaming, 'phase' | 'current'>

/** What has to be done about the last of some inputs, each with what is seen then, and what the session is after it. */
function after(session: RoamingState, ...steps: (readonly [RoamingInput, NetworkView])[]) {
  let now = session
  let does: readonly string[] = []
  for (const [input, view] of steps) {
    const [next, effects] = reduceRoaming(now, input, view, CLOCK)
    const times = timesInWords(now.deadlines, next.deadlines, overIn(input))
    does = [...effects.map(word), ...times, ...exclusionsInWords(now, next)]
    now = next
  }
  return { now: now as Known, does }
}

const CLOSED = closedRoaming(1)
const NOTHING_TRIED: RoamingState = {
  ...CLOSED,
  phase: 'opening',
  current: null,
  wasUp: false,
  tried: [],
  failures: [],
  isRestarting: false,
}
const DOWN = seeing([A, B])
/** Open on `a`. */
const ON_A = seeing([A_UP, B])
let OPEN: Known
/** Open on `a`, with an offer of `b`. */
const OFFERING = seeing([A_UP, B], { ...ASKED, ...better('b') })
let OFFERED: RoamingState
/** Migrating to `b`, and trying it. */
let MIGRATING: RoamingState
const BOTH = seeing([A_UP, B_UP], ASKED)
let TRIAL: RoamingState
const TRIAL_OF_B: Roam = {
  kind: 'trial',
  candidate: 'b',
  loss: false,
  currentWasOurs: true,
  undecided: 'accepted',
}
/** Lost, and nothing to roam to. */
const NOWHERE = seeing([A, child('b', { eligible: 'no' })])
let LOST: RoamingState
/** Offered `b` after `a` was lost. */
const LOSING = seeing([A, B], ASKED)
let OFFERED_LOSS: RoamingState
/** Without an answer of the service. */
const away = (view: NetworkView): NetworkView => ({ ...view, ready: false })
/** Ended by removal of the network, and kept open. */
let WAITING: RoamingState

beforeEach(() => {
  OPEN = after(CLOSED, [open(1), DOWN], [granted('a'), ON_A]).now
  OFFERED = after(OPEN, [LOOK, OFFERING]).now
  MIGRATING = after(OFFERED, [answer('migrate', 2), OFFERING]).now
  TRIAL = after(MIGRATING, [granted('b'), BOTH]).now
  LOST = after(OPEN, [LOOK, NOWHERE]).now
  OFFERED_LOSS = after(OPEN, [LOOK, LOSING]).now
  WAITING = after(
    { ...OPEN, keepOpen: true },
    [LOOK, seeing([A, B], { present: false })],
    [settled('a'), DOWN],
  ).now
})

describe('R1 open()', () => {
  it('tries the children in their order, each once, and is open with the first that works', () => {
    const first = after(CLOSED, [open(1), DOWN])
    expect(first.does).toEqual(['hold a'])
    expect(first.now).toMatchObject({ phase: 'opening', current: 'a', tried: ['a'] })
    expect(after(first.now, [open(2), DOWN]).does).toEqual([])
    expect(after(first.now, [failed('b'), DOWN]).does).toEqual([])
    const second = after(first.now, [open(2), DOWN], [failed('a'), DOWN])
    expect(second.does).toEqual(['hold b'])
    const { now, does } = after(second.now, [granted('b'), seeing([A, B_UP])])
    expect(does).toEqual(['opened', '1 open done', '2 open done'])
    expect(now).toMatchObject({
      phase: 'open',
      current: 'b',
      tried: [],
      opens: [],
      keepOpen: false,
    })
    expect(now).toEqual({
      ...CLOSED,
      ending: undefined,
      phase: 'open',
      current: 'b',
      wasOpen: true,
      openable: 2,
      roam: null,
      tried: [],
      ignored: [],
      excluded: new Map(),
      dwelling: null,
      isStopping: false,
      isGraceSpent: false,
      wasConsulted: false,
      wasResting: false,
    })
    expect(after(now, [open(3), seeing([A, B_UP])]).does).toEqual(['3 open done'])
    // One after another, whatever is seen or heard meanwhile.
    for (const input of [LOOK, ENDED, stopped('a')]) expect(after(first.now, [input, DOWN]).does).toEqual([])
  })

  it('goes on to the next when one that was up is out of reach', () => {
    const gone = seeing([child('a', { eligible: 'no' }), B])
    for (const first of [
      after(CLOSED, [open(1), ON_A]).now,
      after(CLOSED, [open(1), DOWN], [LOOK, ON_A]).now,
    ]) {
      const { now, does } = after(first, [LOOK, gone])
      expect(does).toEqual(['drop a', 'hold b'])
      expect(after(now, [failed('b'), gone]).does).toEqual([
        'error open/outOfRange',
        '1 open failed/outOfRange',
      ])
      // What one was says nothing of the next.
      expect(after(now, [LOOK, seeing([A, child('b', { eligible: 'no' })])]).does).toEqual([])
    }
    expect(after(CLOSED, [open(1), DOWN], [LOOK, gone]).does).toEqual([])
    expect(after(CLOSED, [open(1), ON_A], [LOOK, DOWN]).does).toEqual([])
    expect(after(CLOSED, [open(1), ON_A], [LOOK, seeing([B])]).does).toEqual([])
  })

  it('takes the device from a link of the system’s last, and what is not eligible not at all', () => {
    const view = seeing([child('a', { eligible: 'displacing' }), child('b', { eligible: 'no' }), C])
    expect(after(CLOSED, [open(1), view]).does).toEqual(['hold c'])
    expect(after(CLOSED, [open(1), view], [failed('c'), view]).does).toEqual(['hold a'])
    expect(after(CLOSED, [open(1), view], [failed('c'), view], [failed('a'), view]).now.phase).toBe('closed')
  })

  it('with none that works is the error of the first, and the others are causes', () => {
    const { now, does } = after(CLOSED, [open(1, true), DOWN], [failed('a'), DOWN], [failed('b', BUSY), DOWN])
    expect(does).toEqual(['error open/denied', '1 open failed/denied'])
    expect(now).toMatchObject({ phase: 'closed', keepOpen: false, reopenings: 0 })
    expect(isRoamingAtRest(now)).toBe(true)
    const [, [error]] = reduceRoaming(
      after(CLOSED, [open(1), DOWN], [failed('a'), DOWN]).now,
      failed('b', BUSY),
      DOWN,
      CLOCK,
    )
    const { cause } = (error as RoamingEffect & { type: 'error' }).failure
    expect((cause as AggregateError).errors.map(String)).toEqual(['Error: denied', 'Error: deviceBusy'])
    // Of one child it is that child's own.
    const [, [own]] = reduceRoaming(
      after(CLOSED, [open(1), seeing([A])]).now,
      failed('a'),
      seeing([A]),
      CLOCK,
    )
    expect(own).toMatchObject({ type: 'error', failure: DENIED })
  })

  it('with none eligible is out of range', () => {
    const { does } = after(CLOSED, [open(1), seeing([])])
    expect(does).toEqual(['error open/outOfRange', '1 open failed/outOfRange'])
  })

  it('with none eligible, and one whose device is in use, says so', () => {
    const busy = { eligible: 'no', state: 'disconnected', rivals: '["other","other-1"]' } as const
    const failureWith = (facts: Partial<ChildView>) =>
      after(CLOSED, [open(1), seeing([child('a', { ...busy, ...facts })])]).does[0]
    expect(failureWith({})).toBe('error open/deviceBusy')
    expect(failureWith({ rivals: '' })).toBe('error open/outOfRange')
    expect(failureWith({ state: 'notAvailable' })).toBe('error open/outOfRange')
    expect(failureWith({ isSeen: false })).toBe('error open/outOfRange')
  })

  it('of one child that somebody stops goes on with the next (S9a)', () => {
    expect(after(CLOSED, [open(1), DOWN], [hear('a', { type: 'cancelled' }), DOWN]).does).toEqual(['hold b'])
  })

  it('S14 waits for the service within its time where nothing is known', () => {
    const nothing = seeing([], { ready: false })
    const waiting = after(CLOSED, [open(1), nothing])
    expect(waiting.does).toEqual(['start wait'])
    expect(after(waiting.now, [LOOK, nothing]).does).toEqual([])
    expect(after(waiting.now, [LOOK, DOWN]).does).toEqual(['hold a', 'stop wait'])
    expect(after(waiting.now, [over('wait'), nothing]).does).toEqual([
      'error open/timedOut',
      '1 open failed/timedOut',
    ])
    expect(after(waiting.now, [close(2), nothing]).does).toEqual([
      '1 open aborted/cancelled',
      '2 close done',
      'stop wait',
    ])
    // The time of an opening that has found a child means nothing.
    expect(after(waiting.now, [LOOK, DOWN], [over('wait'), DOWN]).does).toEqual([])
    expect(after(OPEN, [over('wait'), ON_A]).does).toEqual([])
    expect(after(waiting.now, [over('reopen'), nothing]).does).toEqual([])
  })

  it('S6 ends for each caller with its own signal, and is cancelled with the last', () => {
    const opening = after(CLOSED, [open(1), DOWN], [open(2), DOWN]).now
    expect(after(opening, [giveUp(1), DOWN]).does).toEqual([])
    const { now, does } = after(opening, [giveUp(1), DOWN], [giveUp(2), DOWN])
    expect(does).toEqual(['drop a', 'emitEnd'])
    expect(now).toMatchObject({ phase: 'closed' })
    expect(after(OPEN, [giveUp(1), ON_A])).toEqual({ now: OPEN, does: [] })
  })

  it('S14 with a child that failed does not wait for the service', () => {
    const { does } = after(CLOSED, [open(1), seeing([A])], [failed('a'), away(seeing([A]))])
    expect(does).toEqual(['error open/denied', '1 open failed/denied'])
  })

  it('L6 that fails for the first time waits for the next one, until the last caller gives up', () => {
    const nothing = seeing([])
    const waits = after(CLOSED, [open(1, 'always'), nothing])
    expect(waits.does).toEqual(['reopening 1', 'start reopen'])
    expect(waits.now).toMatchObject({ phase: 'closed', opens: [1], keepOpen: 'always' })
    expect(after(waits.now, [giveUp(1), nothing])).toEqual({ now: CLOSED, does: ['stop reopen'] })
    expect(after(waits.now, [stop(2), nothing]).does).toEqual([
      '1 open aborted/stopped',
      '2 stop done',
      'stop reopen',
    ])
    expect(after(waits.now, [close(2), nothing]).does).toEqual([
      '1 open aborted/cancelled',
      '2 close done',
      'stop reopen',
    ])
  })

  it('S13 ends with the network', () => {
    const { now, does } = after(CLOSED, [open(1, true), DOWN], [LOOK, seeing([A, B], { present: false })])
    expect(does).toEqual(['drop a', 'emitEnd', 'error open/removed', '1 open failed/removed'])
    expect(now).toMatchObject({ phase: 'closed', keepOpen: false })
  })
})

describe('close() (S7, S8, R16)', () => {
  it('is silent where nothing is open', () => {
    expect(after(CLOSED, [close(1), DOWN])).toEqual({ now: CLOSED, does: ['1 close done'] })
    expect(after(CLOSED, [ENDED, DOWN])).toEqual({ now: CLOSED, does: [] })
  })

  it('releases the child, and resolves when it is down', () => {
    const closing = after(OPEN, [close(2), ON_A])
    expect(closing.does).toEqual(['drop a', 'closed'])
    expect(closing.now).toMatchObject({ phase: 'closed', ending: { id: 'a', isDown: false } })
    expect(isRoamingAtRest(closing.now)).toBe(false)
    expect(after(closing.now, [close(3), ON_A]).does).toEqual([])
    const falling = seeing([child('a', { state: 'closing' }), B])
    expect(after(closing.now, [LOOK, falling]).does).toEqual([])
    const down = after(closing.now, [LOOK, falling], [LOOK, DOWN])
    expect(down.does).toEqual(['emitEnd'])
    const { now, does } = after(down.now, [settled('a'), DOWN])
    expect(does).toEqual(['2 close done'])
    expect(after(now, [ENDED, DOWN]).now).toEqual({ ...CLOSED, openable: 2 })
  })

  it('is not the end of a link that stays up for others', () => {
    const closing = after(OPEN, [close(2), ON_A])
    expect(after(closing.now, [settled('a'), ON_A], [LOOK, ON_A]).now.ending).toBeNull()
    expect(after(closing.now, [LOOK, ON_A]).now.ending).toEqual({ id: 'a', isDown: false })
    expect(after(closing.now, [ENDED, ON_A]).now.ending).toEqual({ id: 'a', isDown: false })
  })

  it('releases both in a trial, and withdraws an offer', () => {
    expect(after(TRIAL, [close(9), BOTH]).does).toEqual(['drop b', 'drop a', 'closed', 'stop trial'])
    expect(after(TRIAL, [close(9), BOTH]).now.ending?.id).toBe('b')
    expect(after(MIGRATING, [close(9), OFFERING]).does).toEqual(['2 false', 'drop b', 'drop a', 'closed'])
    expect(after(OFFERED, [close(9), OFFERING]).does).toEqual(['withdrawn b', 'drop a', 'closed'])
    expect(after(LOST, [close(9), NOWHERE]).does).toContain('stop grace')
  })

  it('S13 resolves when the network is removed, whatever becomes of its links', () => {
    const gone = seeing([A_UP, B], { present: false })
    const { does } = after(OPEN, [close(2), ON_A], [LOOK, gone])
    expect(does).toEqual(['2 close done'])
    const stopping = after(OPEN, [stop(2), ON_A], [open(3), ON_A], [LOOK, gone])
    expect(stopping.does).toEqual(['drop a', 'closed', 'emitEnd', '2 stop done'])
    expect(stopping.now).toMatchObject({ phase: 'opening', opens: [3], isRestarting: true })
  })

  it('S8 resolves with the last child that is wound down', () => {
    const both = after(TRIAL, [close(9), BOTH])
    expect([...both.now.leaving]).toEqual(['b', 'a'])
    expect(after(both.now, [settled('b'), BOTH]).does).toEqual([])
    expect(after(both.now, [settled('b'), BOTH], [settled('a'), DOWN]).does).toEqual(['9 close done'])
  })

  it('that the system refused is an error of that child', () => {
    const { does } = after(OPEN, [close(2), ON_A], [hear('a', { type: 'leftUp', failure: DENIED }), ON_A])
    expect(does).toEqual(['error close/denied a'])
  })
})

describe('R18 stop()', () => {
  it('has no effect on what is not open', () => {
    expect(after(CLOSED, [stop(1), DOWN])).toEqual({ now: CLOSED, does: ['1 stop done'] })
  })

  it('cancels an opening', () => {
    const { now, does } = after(CLOSED, [open(1, true), DOWN], [stop(2), DOWN])
    expect(does).toEqual(['1 open aborted/stopped', 'drop a', 'emitEnd'])
    expect(now.keepOpen).toBe(false)
    expect(after(now, [settled('a'), DOWN]).does).toEqual(['2 stop done'])
    const nothing = seeing([], { ready: true })
    expect(after(NOTHING_TRIED, [stop(2), nothing]).does).toEqual(['2 stop done'])
  })

  it('takes the child in use down', () => {
    const stopping = after(OPEN, [stop(2), ON_A])
    expect(stopping.does).toEqual(['stop a'])
    expect(stopping.now).toMatchObject({ phase: 'open', isStopping: true })
    expect(after(stopping.now, [LOOK, DOWN]).does).toEqual([])
    const down = after(stopping.now, [stopped('a', { caller: true }), DOWN])
    expect(down.does).toEqual(['drop a', 'closed', 'emitEnd'])
    expect(down.now).toMatchObject({ phase: 'closed', ending: { id: 'a', isDown: true } })
    expect(after(down.now, [settled('a'), DOWN]).does).toEqual(['2 stop done'])
    expect(after(down.now, [ENDED, DOWN]).now.ending).toBeNull()
  })

  it('S13 of what is gone meanwhile ends all the same', () => {
    const { does } = after(OPEN, [stop(2), ON_A], [settled('a'), DOWN])
    expect(does).toEqual(['drop a', 'closed', 'emitEnd'])
    expect(after(OPEN, [stop(2), ON_A], [settled('b'), DOWN]).does).toEqual([])
    expect(after(OPEN, [settled('a'), ON_A])).toEqual({ now: OPEN, does: [] })
  })

  it('ends with the child in use, by whichever session that was stopped, and with no other', () => {
    const stopping = after(OPEN, [stop(2), ON_A]).now
    expect(after(stopping, [stopped('a'), DOWN]).does).toEqual(['drop a', 'closed', 'emitEnd'])
    expect(after(stopping, [stopped('b', { caller: true }), ON_A]).does).toEqual([])
  })

  it('in a trial takes the new one down, and the old one follows its holders', () => {
    const stopping = after(TRIAL, [stop(9), BOTH])
    expect(stopping.does).toEqual(['stop b', 'pause trial'])
    expect(after(stopping.now, [answer('accept', 10), BOTH]).does).toEqual(['10 false'])
    expect(after(stopping.now, [answer('reject', 10), BOTH]).does).toEqual(['10 false'])
    const { does } = after(stopping.now, [stopped('b', { caller: true }), ON_A])
    expect(does).toEqual(['drop a', 'drop b', 'closed', 'emitEnd', 'stop trial'])
    expect(after(stopping.now, [refused('b'), BOTH])).toMatchObject({
      does: ['error stop/denied', '9 stop failed/denied', 'resume trial'],
      now: { isStopping: false, roam: { kind: 'trial' } },
    })
  })

  it('ends an offer, a roam and a grace', () => {
    expect(after(OFFERED, [stop(9), OFFERING]).does).toEqual(['withdrawn b', 'stop a'])
    expect(after(MIGRATING, [stop(9), OFFERING]).does).toEqual(['2 false', 'drop b', 'stop a'])
    expect(after(LOST, [stop(9), NOWHERE]).does).toEqual(['stop a', 'stop grace'])
  })

  it('is refused while the service is away, and nothing else changes (S11, S14)', () => {
    const { now, does } = after(OPEN, [stop(2), away(ON_A)])
    expect(does).toEqual(['error stop/serviceLost', '2 stop failed/serviceLost'])
    expect(now).toEqual(OPEN)
  })

  it('S6 is followed by the opening that was asked for meanwhile', () => {
    const asked = after(OPEN, [stop(2), ON_A], [open(3), ON_A], [open(4, true), ON_A], [open(5), ON_A])
    expect(asked.does).toEqual([])
    const again = after(asked.now, [giveUp(3), ON_A], [stopped('a', { caller: true }), DOWN])
    expect(again.does).toEqual(['drop a', 'closed', 'emitEnd'])
    expect(again.now).toMatchObject({ phase: 'opening', opens: [4, 5], keepOpen: true, isRestarting: true })
    expect(again.now).toMatchObject({ again: [], tried: [], failures: [] })
    // In lossGrace, the callers whose activation is stopped hear of it.
    const lost = after(LOST, [open(5), NOWHERE], [stop(9), NOWHERE])
    expect(after(lost.now, [stopped('a', { caller: true }), NOWHERE]).does).toEqual([
      '5 open aborted/stopped',
      'drop a',
      'closed',
      'emitEnd',
    ])
    expect(after(again.now, [LOOK, DOWN]).does).toEqual([])
    expect(after(again.now, [ENDED, DOWN]).does).toEqual(['hold a'])
    expect(after(again.now, [ENDED, DOWN]).now.isRestarting).toBe(false)
  })

  it('S6 that was refused leaves it open for who asked meanwhile', () => {
    const { now, does } = after(OPEN, [stop(2), ON_A], [open(3, true), ON_A], [refused('a'), ON_A])
    expect(does).toEqual(['error stop/denied', '2 stop failed/denied', '3 open done'])
    expect(now).toEqual({ ...OPEN, keepOpen: true })
  })

  it('S6, S9a is followed by nothing where it was stopped again meanwhile', () => {
    const asked = hear('a', { type: 'stopAsked' })
    const waits = after(OPEN, [stop(2), ON_A], [open(3), ON_A]).now
    const { now, does } = after(waits, [asked, ON_A])
    expect(does).toEqual(['3 open aborted/stopped'])
    expect(now).toMatchObject({ again: [], isStopping: true, stops: [2] })
    expect(after(waits, [hear('b', { type: 'stopAsked' }), ON_A]).does).toEqual([])
    expect(after(OPEN, [asked, ON_A])).toEqual({ now: OPEN, does: [] })
  })

  it('S6 is followed by nothing where it was closed meanwhile', () => {
    const { does } = after(OPEN, [stop(2), ON_A], [open(3), ON_A], [close(4), ON_A])
    expect(does).toEqual(['3 open aborted/cancelled', 'drop a', 'closed'])
  })

  it('S10 by another session excludes the child, and the session roams', () => {
    const { now, does } = after(OPEN, [stopped('a'), DOWN])
    expect(does).toEqual(['roams a>b loss', 'holdFree b'])
    expect(now.excluded.get('a')).toEqual({ reason: 'stopped', servedAt: null, isServed: false, rivals: '' })
    // It is a candidate again when it is seen up.
    expect(after(now, [LOOK, ON_A]).now.excluded.size).toBe(0)
    expect(after(OPEN, [stopped('b'), ON_A]).does).toEqual([])
    // No grace ends where none runs, nor by a stop of what was not lost.
    expect(after(OPEN, [stopped('a', { wasLost: true }), DOWN]).does).toEqual(does)
    const lost = after(LOST, [stopped('a'), NOWHERE])
    expect(lost).toMatchObject({ does: ['start grace'], now: { phase: 'open' } })
  })

  it('S9a by another session ends a grace', () => {
    const { does } = after({ ...LOST, keepOpen: true }, [stopped('a', { wasLost: true }), NOWHERE])
    expect(does).toEqual(['error keep/stopped', 'drop a', 'closed', 'emitEnd', 'stop grace'])
  })
})

describe('R3, R4 a better child', () => {
  it('is roamed to where nobody is asked', () => {
    const view = seeing([A_UP, B], better('b'))
    const roaming = after(OPEN, [LOOK, view])
    expect(roaming.does).toEqual(['roams a>b better', 'holdFree b'])
    expect(roaming.now.roam).toEqual({
      kind: 'migrating',
      candidate: 'b',
      forced: true,
      loss: false,
      wasUp: false,
      currentWasOurs: true,
      calls: [],
    })
    const { now, does } = after(roaming.now, [granted('b'), seeing([A_UP, B_UP])])
    expect(does).toEqual(['drop a'])
    expect(now).toMatchObject({ current: 'b', roam: null })
  })

  it('is also when the old one is back from a loss, and nothing else changes any more', () => {
    const back = seeing([A_UP, B_UP], better('b'))
    expect(after(LOST, [LOOK, back]).does).toEqual(['roams a>b better', 'holdFree b', 'stop grace'])
    expect(after(LOST, [LOOK, seeing([A_UP, B_UP])]).does).toEqual(['stop grace'])
    // A move that fails leads back to the old one, and a third may be better than that.
    const third = seeing([A_UP, child('b', { eligible: 'no' }), C], { ...ASKED, ...better('c') })
    const { now } = after(OFFERED, [answer('migrate', 2), BOTH])
    expect(after(now, [LOOK, third]).does).toContain('offered c')
  })

  it('is not where roaming is neither asked for nor done (R23)', () => {
    expect(after(OPEN, [LOOK, seeing([A_UP, B], { ...better('b'), forced: false })]).does).toEqual([])
  })

  it('is waited for as long as it has to stay better', () => {
    const view = seeing([A_UP, B], better('b', 1000))
    const dwelling = after(OPEN, [LOOK, view])
    expect(dwelling.does).toEqual(['start dwell'])
    expect(after(dwelling.now, [LOOK, view]).does).toEqual([])
    expect(after(dwelling.now, [over('dwell'), view]).does).toEqual(['roams a>b better', 'holdFree b'])
    expect(after(dwelling.now, [LOOK, ON_A])).toMatchObject({ does: ['stop dwell'], now: { dwelling: null } })
    const other = seeing([A_UP, B, C], better('c', 1000))
    expect(after(dwelling.now, [LOOK, other]).now.dwelling).toBe('c')
    expect(after(OPEN, [over('dwell'), view]).does).toEqual([])
  })

  it('is offered where somebody is asked, once', () => {
    expect(after(OPEN, [LOOK, OFFERING]).does).toEqual(['roams a>b better', 'offered b'])
    expect(after(OFFERED, [LOOK, OFFERING]).does).toEqual([])
  })

  it('R15 is seamless on the same device in the same network only', () => {
    const offered = (one: Partial<ChildView>, other: Partial<ChildView>) => {
      const view = seeing([child('a', { ...UP, ...one }), child('b', other)], { ...ASKED, ...better('b') })
      return after(OPEN, [LOOK, view]).does[1]
    }
    const same = { device: 'wlan0', network: 'N' }
    expect(offered(same, same)).toBe('offered b seamless')
    expect(offered(same, { ...same, network: 'M' })).toBe('offered b')
    expect(offered(same, { ...same, device: 'wlan1' })).toBe('offered b')
    expect(offered({ ...same, network: null }, { ...same, network: null })).toBe('offered b')
    expect(offered({ ...same, device: null }, { ...same, device: null })).toBe('offered b')
  })

  it('R10 is withdrawn when it is better no longer, and another is offered', () => {
    expect(after(OFFERED, [LOOK, seeing([A_UP, B], ASKED)])).toMatchObject({
      does: ['withdrawn b'],
      now: { roam: null },
    })
    const other = seeing([A_UP, B, C], { ...ASKED, ...better('c') })
    expect(after(OFFERED, [LOOK, other]).does).toEqual(['withdrawn b', 'roams a>c better', 'offered c'])
  })

  it('R9 is not offered again while it stays better', () => {
    const ignored = after(OFFERED, [answer('ignore', 5), OFFERING])
    expect(ignored.does).toEqual(['5 true'])
    expect(ignored.now).toMatchObject({ ignored: ['b'], roam: null })
    expect(after(ignored.now, [LOOK, OFFERING]).does).toEqual([])
    const other = seeing([A_UP, B, C], { ...ASKED, ...better('c') })
    expect(after(ignored.now, [LOOK, other]).now.ignored).toEqual([])
    // The application is not asked any more (R21).
    const alone = seeing([A_UP, B], better('b'))
    expect(after(ignored.now, [LOOK, alone]).does).toEqual(['roams a>b better', 'holdFree b'])
    const forgotten = after(ignored.now, [LOOK, seeing([A_UP, B], ASKED)])
    expect(forgotten.now.ignored).toEqual([])
    expect(after(forgotten.now, [LOOK, OFFERING]).does).toContain('offered b')
    // The last listener left (R21).
    expect(after(ignored.now, [LOOK, ON_A]).now.ignored).toEqual([])
  })

  it('R21 is roamed to when the last listener leaves', () => {
    const view = seeing([A_UP, B], better('b'))
    expect(after(OFFERED, [LOOK, view]).does).toEqual(['withdrawn b', 'roams a>b better', 'holdFree b'])
  })

  it('R14 is answered for only while it is offered', () => {
    for (const type of ['migrate', 'accept', 'reject', 'ignore'] as const)
      for (const [session, view] of [[OPEN, ON_A] as const, [CLOSED, DOWN] as const])
        expect(after(session, [answer(type, 5), view])).toEqual({ now: session, does: ['5 false'] })
    expect(after(OFFERED, [answer('accept', 5), OFFERING]).does).toEqual(['5 false'])
    expect(after(TRIAL, [answer('migrate', 5), BOTH]).does).toEqual(['5 false'])
    expect(after(TRIAL, [answer('ignore', 5), BOTH]).does).toEqual(['5 false'])
    // It is gone in the very moment.
    expect(after(OFFERED, [answer('migrate', 5), seeing([A_UP], ASKED)]).does).toEqual(['5 false'])
  })
})

describe('R5 to R8 migrate(), and the trial', () => {
  it('brings the candidate up, and the trial begins', () => {
    expect(after(OFFERED, [answer('migrate', 2), OFFERING]).does).toEqual(['holdFree b'])
    expect(MIGRATING).toMatchObject({ roam: { kind: 'migrating', currentWasOurs: true, calls: [2] } })
    expect(after(MIGRATING, [granted('b'), BOTH]).does).toEqual(['trial b', '2 true', 'start trial'])
    expect(roamOf(TRIAL)).toEqual(TRIAL_OF_B)
    expect(after(MIGRATING, [granted('a'), BOTH]).does).toEqual([])
    expect(after(MIGRATING, [LOOK, OFFERING]).does).toEqual([])
  })

  it('accept() releases the old one', () => {
    const { now, does } = after(TRIAL, [answer('accept', 5), BOTH])
    expect(does).toEqual(['drop a', '5 true', 'stop trial'])
    expect(now).toMatchObject({ current: 'b', roam: null })
  })

  it('R13 as does the deadline', () => {
    expect(after(TRIAL, [over('trial'), BOTH]).does).toEqual(['drop a'])
    expect(after(OPEN, [over('trial'), ON_A]).does).toEqual([])
  })

  it('reject() releases the new one, which is out for a while (R19)', () => {
    const { now, does } = after(TRIAL, [answer('reject', 5), BOTH])
    expect(does).toEqual(['drop b', '5 true', 'stop trial', 'start retry b'])
    expect(now).toMatchObject({ current: 'a', roam: null })
    expect(now.excluded.get('b')?.reason).toBe('rejected')
    expect(now.strikes.get('b')).toBe(1)
  })

  it('reject() brings the old one up again where it had to go (R12)', () => {
    const shared = { device: 'wlan0' }
    const view = seeing([child('a', shared), child('b', { ...shared, ...UP })], ASKED)
    const returning = after(TRIAL, [answer('reject', 5), view])
    expect(returning.does).toEqual(['drop b', 'retry a', 'stop trial', 'start retry b'])
    expect(returning.now.roam).toEqual({ kind: 'returning', rejected: true, calls: [5] })
    const back = after(returning.now, [granted('a'), ON_A])
    expect(back).toMatchObject({ does: ['5 true'], now: { current: 'a', roam: null } })
    const systems = { ...TRIAL, roam: { ...TRIAL_OF_B, currentWasOurs: false } }
    expect(after(systems, [answer('reject', 5), view]).does).toContain('retry a asSystem')
    // Which fails, or is gone: R11.
    expect(after(returning.now, [failed('a'), NOWHERE]).does).toEqual(['5 false', 'start grace'])
    expect(after(returning.now, [LOOK, seeing([B])]).does).toEqual(['5 false', 'start grace'])
    expect(after(returning.now, [LOOK, ON_A]).does).toEqual(['5 true'])
    expect(after(returning.now, [LOOK, NOWHERE]).does).toEqual([])
  })

  it('R12 a candidate that fails is an error, and out for a while', () => {
    const { now, does } = after(MIGRATING, [failed('b'), ON_A])
    expect(does).toEqual(['drop b', 'error roam/denied b', '2 false', 'start retry b'])
    expect(now).toMatchObject({ current: 'a', roam: null, tried: [] })
    expect(now.excluded.get('b')?.reason).toBe('failed')
    const busy = after(MIGRATING, [failed('b', BUSY), ON_A])
    expect(busy.does).toEqual(['drop b', 'error roam/deviceBusy b', '2 false'])
    expect(busy.now.excluded.get('b')?.reason).toBe('busy')
    expect(after(MIGRATING, [hear('b', { type: 'cancelled' }), ON_A]).does).toContain('error roam/stopped b')
    expect(after(MIGRATING, [stopped('b'), ON_A])).toMatchObject({
      does: ['drop b', 'error roam/stopped b', '2 false'],
    })
    expect(after(MIGRATING, [LOOK, seeing([A_UP])]).does).toContain('error roam/removed b')
    // Down is what it is while it is brought up.
    expect(after(MIGRATING, [LOOK, ON_A]).does).toEqual([])
  })

  it('R12 one that was up and is out of reach is lost, at once', () => {
    const gone = seeing([A_UP, child('b', { eligible: 'no' })], ASKED)
    const lost = ['relapsed b', 'drop b', 'error roam/lost b', '2 false', 'start retry b']
    expect(after(MIGRATING, [LOOK, BOTH], [LOOK, gone]).does).toEqual(lost)
    // Or when it was to be migrated to, already.
    const { now } = after(OFFERED, [answer('migrate', 2), BOTH])
    expect(after(now, [LOOK, gone]).does).toEqual(lost)
    // One that was never up is on its way, and one that can be brought up again is brought up.
    expect(after(MIGRATING, [LOOK, gone]).does).toEqual([])
    expect(after(MIGRATING, [LOOK, BOTH], [LOOK, ON_A]).does).toEqual([])
    const isStopped = seeing([A_UP, child('b', { eligible: 'no', stopping: true })], ASKED)
    expect(after(now, [LOOK, isStopped]).does).toEqual([])
  })

  it('R12 one that is lost in the trial likewise', () => {
    const { now, does } = after(TRIAL, [LOOK, ON_A])
    expect(does).toEqual(['relapsed b', 'drop b', 'error roam/lost b', 'stop trial', 'start retry b'])
    expect(now).toMatchObject({ current: 'a', roam: null })
    const isStopped = seeing([A_UP, child('b', { stopping: true })], ASKED)
    expect(after(TRIAL, [LOOK, isStopped]).does).toEqual([])
    expect(after(TRIAL, [granted('b'), BOTH]).does).toEqual([])
    expect(after(TRIAL, [LOOK, BOTH]).does).toEqual([])
  })

  it('R20 a loss of the old one shows when it is wanted back', () => {
    expect(after(TRIAL, [LOOK, seeing([A, B_UP], ASKED)]).does).toEqual([])
    const { does } = after(TRIAL, [answer('reject', 5), seeing([A, B_UP], ASKED)])
    expect(does).toEqual(['drop b', '5 false', 'start grace', 'stop trial', 'start retry b'])
    expect(after(TRIAL, [stopped('a'), BOTH]).does).toEqual([])
    expect(after(TRIAL, [stopped('a'), BOTH]).now.excluded.get('a')?.reason).toBe('stopped')
    // It is gone altogether, and what was ignored or spent is forgotten (R11).
    const spent = { ...TRIAL, ignored: ['c'], isGraceSpent: true }
    const gone = after(spent, [answer('reject', 5), seeing([B_UP], ASKED)])
    expect(gone.does).toEqual(does)
    expect(gone.now).toMatchObject({ ignored: [], isGraceSpent: false, roam: { kind: 'lost' } })
    // What was stopped is not brought up again, though it had to go for the new one.
    const shared = seeing([child('a', { device: 'w' }), child('b', { ...UP, device: 'w' })], ASKED)
    expect(after(TRIAL, [stopped('a'), BOTH], [answer('reject', 5), shared]).does).toEqual([
      'drop b',
      '5 false',
      'start grace',
      'stop trial',
      'start retry b',
    ])
  })

  it('R12 after a loss goes on with the next one, and nothing is tried twice', () => {
    const three = seeing([A, B, C])
    const next = after(OPEN, [LOOK, three], [failed('b'), three])
    expect(next.does).toEqual([
      'drop b',
      'error roam/denied b',
      'roams a>c loss',
      'holdFree c',
      'start retry b',
    ])
    expect(next.now.tried).toEqual(['b'])
    expect(after(next.now, [failed('c'), three]).now.tried).toEqual(['b', 'c'])
  })
})

describe('R19 what is out for a while', () => {
  let OUT: RoamingState

  beforeEach(() => {
    OUT = after(MIGRATING, [failed('b'), ON_A]).now
  })
  const AGAIN = seeing([A_UP, B], better('b'))

  it('is no candidate until its time is over', () => {
    expect(after(OUT, [LOOK, AGAIN]).does).toEqual([])
    const { now, does } = after(OUT, [served('b'), AGAIN])
    expect(does).toEqual(['roams a>b better', 'holdFree b', 'stop retry b'])
    expect(now.excluded.size).toBe(0)
    expect(after(OPEN, [served('b'), ON_A])).toEqual({ now: OPEN, does: [] })
  })

  it('is forgotten of the child that is roamed to, and of no other', () => {
    const out = { reason: 'failed', servedAt: 2000, isServed: false, rivals: '' } as const
    const before = {
      ...TRIAL,
      tried: ['c'],
      ignored: ['c'],
      isGraceSpent: true,
      strikes: new Map([
        ['b', 2],
        ['c', 1],
      ]),
      excluded: new Map([
        ['b', out],
        ['c', out],
      ]),
    }
    const { now } = after(before, [answer('accept', 5), BOTH])
    expect(now).toMatchObject({ current: 'b', tried: [], ignored: [], isGraceSpent: false })
    expect([...now.strikes]).toEqual([['c', 1]])
    expect([...now.excluded]).toEqual([['c', out]])
  })

  it('doubles with each time, until it is roamed to', () => {
    const twice = after(OUT, [served('b'), AGAIN], [failed('b'), ON_A])
    expect(twice.does).toContain('start retry b x2')
    expect(twice.now.strikes.get('b')).toBe(2)
    const { now } = after(twice.now, [served('b'), AGAIN], [granted('b'), BOTH])
    expect(now.strikes.size).toBe(0)
    const { retryAfter, retryAfterLimit } = CLOCK.times
    const often = after({ ...MIGRATING, strikes: new Map([['b', 30]]) }, [failed('b'), ON_A])
    expect(often.does).toContain(`start retry b x${retryAfterLimit / retryAfter}`)
  })

  it('is readmitted early where it is seen up, unless it was rejected', () => {
    expect(after(OUT, [LOOK, seeing([A_UP, B_UP])])).toMatchObject({ does: ['stop retry b'] })
    const rejected = after(TRIAL, [answer('reject', 5), BOTH]).now
    expect(after(rejected, [LOOK, BOTH]).does).toEqual([])
    const still = seeing([A_UP, B_UP], { ...ASKED, ...better('b') })
    expect(after(rejected, [served('b'), still]).now.excluded.size).toBe(1)
    expect(after(rejected, [served('b'), still], [LOOK, BOTH]).now.excluded.size).toBe(0)
    const other = seeing([A_UP, B_UP], { ...ASKED, ...better('c') })
    expect(after(rejected, [served('b'), other]).now.excluded.size).toBe(0)
  })

  it('H5 for a device that was busy until that carries something else', () => {
    const rivals = (of: string) => seeing([A_UP, child('b', { rivals: of })])
    const busy = after(MIGRATING, [failed('b', BUSY), rivals('x')]).now
    expect(after(busy, [LOOK, rivals('x')]).now.excluded.size).toBe(1)
    expect(after(busy, [LOOK, rivals('y')]).now.excluded.size).toBe(0)
    expect(after(busy, [LOOK, seeing([A_UP])]).now.excluded.size).toBe(1)
  })

  it('H5 for a device that was busy until that is free or carries the child, also if it is so when the refusal arrives', () => {
    const free = seeing([A_UP, child('b')])
    const up = seeing([A_UP, child('b', { carrying: true, rivals: 'b' })])
    for (const view of [free, up]) {
      const refused = after(MIGRATING, [failed('b', BUSY), view]).now
      expect(refused.excluded.get('b')?.reason).toBe('busy')
      expect(after(refused, [LOOK, view]).now.excluded.size).toBe(0)
    }
  })

  it('ends with the session', () => {
    expect(after(OUT, [close(9), ON_A])).toMatchObject({
      does: ['drop a', 'closed', 'stop retry b'],
      now: { phase: 'closed' },
    })
  })
})

describe('R11 a loss', () => {
  it('roams to the best of the others where nobody is asked', () => {
    const lost = after(OPEN, [LOOK, DOWN])
    expect(lost.does).toEqual(['relapsed a', 'roams a>b loss', 'holdFree b'])
    expect(lost.now.roam).toMatchObject({ kind: 'migrating', candidate: 'b', forced: true, loss: true })
    // The old one is back before.
    const back = after(lost.now, [LOOK, ON_A])
    expect(back).toMatchObject({ does: ['drop b'], now: { current: 'a', roam: null } })
    expect(after(lost.now, [LOOK, DOWN]).does).toEqual([])
    expect(after(lost.now, [LOOK, seeing([B])]).does).toEqual([])
    // It is no longer a child of the network: nor is its link ours to bring up again.
    expect(after(OPEN, [LOOK, seeing([B])]).now.roam).toMatchObject({ candidate: 'b', currentWasOurs: false })
    // What is being let go of still has its device.
    const shared = seeing([A, child('b', { ...UP, device: 'w' }), child('c', { device: 'w' })])
    const lettingGo = { ...OPEN, leaving: new Set(['b']), tried: ['b'] }
    expect(after(lettingGo, [LOOK, shared]).does).toEqual(['relapsed a', 'start grace'])
    // It may be taken up again itself.
    const again = seeing([A, child('b', { ...UP, device: 'w' })])
    expect(after({ ...OPEN, leaving: new Set(['b']) }, [LOOK, again]).does).toContain('holdFree b')
  })

  it('tries each once, and then waits for the old one', () => {
    const { now, does } = after(OPEN, [LOOK, DOWN], [failed('b'), DOWN])
    expect(does).toEqual(['drop b', 'error roam/denied b', 'start grace', 'start retry b'])
    expect(now).toMatchObject({ tried: ['b'], roam: { kind: 'lost', hadCandidate: true, ignored: false } })
    expect(after(now, [over('grace'), DOWN]).does).toEqual([
      'error roam/lost',
      'drop a',
      'closed',
      'emitEnd',
      'stop retry b',
    ])
  })

  it('with nothing to roam to ends after lossGrace', () => {
    expect(after(OPEN, [LOOK, NOWHERE]).does).toEqual(['relapsed a', 'start grace'])
    expect(after(LOST, [LOOK, NOWHERE]).does).toEqual([])
    expect(after(LOST, [LOOK, seeing([])]).does).toEqual([])
    expect(LOST).toMatchObject({ roam: { kind: 'lost', hadCandidate: false, ignored: false } })
    expect(after(LOST, [LOOK, ON_A])).toMatchObject({ does: ['stop grace'], now: { roam: null } })
    expect(after(LOST, [granted('a'), ON_A])).toMatchObject({ does: ['stop grace'], now: { roam: null } })
    expect(after(LOST, [LOOK, DOWN]).does).toEqual(['roams a>b loss', 'holdFree b', 'stop grace'])
    expect(after(LOST, [over('grace'), NOWHERE]).does).toEqual([
      'error keep/lost',
      'drop a',
      'closed',
      'emitEnd',
    ])
    expect(after(OPEN, [over('grace'), ON_A]).does).toEqual([])
  })

  it.each([
    [{ reason: 'radioOff', native: 'unavailable' }, 'error keep/radioOff'],
    [{ reason: 'carrierLost', native: 'carrier' }, 'error keep/lost'],
  ] as const)('S12 ends with the reason why its link is down: %o', (downBecause, error) => {
    const isOff = seeing([child('a', { eligible: 'no', downBecause }), child('b', { eligible: 'no' })])
    expect(after(LOST, [over('grace'), isOff]).does[0]).toBe(error)
  })

  it('R23 does not roam where nobody is asked and it is not forced', () => {
    expect(after(OPEN, [LOOK, { ...DOWN, forced: false }]).does).toEqual(['relapsed a', 'start grace'])
  })

  it('S6 an open() in the grace tries the child once', () => {
    const tried = after(LOST, [open(5), NOWHERE])
    expect(tried.does).toEqual(['retry a'])
    expect(after(tried.now, [open(6), NOWHERE]).does).toEqual([])
    expect(after(tried.now, [giveUp(5), NOWHERE]).does).toEqual(['retryNot a'])
    expect(after(tried.now, [open(6), NOWHERE], [giveUp(5), NOWHERE]).does).toEqual([])
    expect(after(LOST, [giveUp(5), NOWHERE]).does).toEqual([])
    for (const other of [granted('b'), failed('b')])
      expect(after(tried.now, [other, NOWHERE]).does).toEqual([])
    expect(after(tried.now, [granted('a'), ON_A]).does).toEqual(['5 open done', 'stop grace'])
    expect(after(tried.now, [failed('a'), NOWHERE]).does).toEqual([
      'error keep/denied',
      '5 open failed/denied',
      'drop a',
      'closed',
      'emitEnd',
      'stop grace',
    ])
    expect(after(LOST, [failed('a'), NOWHERE]).does).toEqual([])
  })

  it('S6 an open() in the grace is open with the child that is roamed to, unless it was given up', () => {
    const roams = after(LOST, [open(5), NOWHERE], [LOOK, DOWN])
    expect(roams.does).toEqual(['roams a>b loss', 'holdFree b', 'stop grace'])
    expect(after(roams.now, [granted('b'), BOTH]).does).toEqual(['drop a', '5 open done'])
    expect(after(roams.now, [failed('a'), DOWN]).does).toEqual([])
    const gone = after(roams.now, [giveUp(5), DOWN])
    expect(gone).toMatchObject({ does: [], now: { phase: 'open', opens: [] } })
    expect(after(gone.now, [granted('b'), BOTH]).does).toEqual(['drop a'])
  })

  it('is no matter of what is granted or fails while nothing is lost', () => {
    const tried = { ...OPEN, tried: ['b'] }
    expect(after(tried, [granted('a'), ON_A])).toEqual({ now: tried, does: [] })
    expect(after(tried, [failed('a'), ON_A])).toEqual({ now: tried, does: [] })
  })

  it('is offered another one where somebody is asked, within a time', () => {
    expect(after(OPEN, [LOOK, LOSING]).does).toEqual([
      'relapsed a',
      'roams a>b loss',
      'offered b loss',
      'start offer',
    ])
    expect(after(OFFERED_LOSS, [LOOK, LOSING]).does).toEqual([])
    expect(after(OFFERED_LOSS, [LOOK, seeing([B], ASKED)]).does).toEqual([])
    expect(after(OPEN, [over('offer'), ON_A])).toEqual({ now: OPEN, does: [] })
    expect(after(OFFERED_LOSS, [LOOK, seeing([A_UP, B], ASKED)])).toMatchObject({
      does: ['withdrawn b', 'stop offer'],
      now: { roam: null },
    })
    expect(after(OFFERED_LOSS, [over('offer'), LOSING]).does).toEqual(['withdrawn b', 'start grace'])
    expect(after(OFFERED_LOSS, [answer('ignore', 5), LOSING]).does).toEqual([
      '5 true',
      'start grace',
      'stop offer',
    ])
    expect(after(OFFERED, [over('offer'), OFFERING]).does).toEqual([])
    // Not after ignore: only the old one.
    const ignored = after(OFFERED_LOSS, [answer('ignore', 5), LOSING]).now
    expect(after(ignored, [LOOK, LOSING]).does).toEqual([])
    expect(after(ignored, [LOOK, seeing([A_UP, B], ASKED)]).does).toEqual(['stop grace'])
    expect(after(ignored, [over('grace'), LOSING]).does[0]).toBe('error roam/lost')
  })

  it('R10 is offered a better one instead', () => {
    const other = seeing([A, C, B], ASKED)
    expect(after(OFFERED_LOSS, [LOOK, other]).does).toEqual([
      'withdrawn b',
      'roams a>c loss',
      'offered c loss',
      'start offer',
    ])
    const none = seeing([A, child('b', { eligible: 'no' })], ASKED)
    expect(after(OFFERED_LOSS, [LOOK, none])).toMatchObject({
      does: ['withdrawn b', 'start grace', 'stop offer'],
      now: { roam: { kind: 'lost', hadCandidate: true } },
    })
  })

  it('R21 is roamed from when the last listener leaves', () => {
    expect(after(OFFERED_LOSS, [LOOK, DOWN]).does).toEqual([
      'withdrawn b',
      'roams a>b loss',
      'holdFree b',
      'stop offer',
    ])
  })

  it('of what had an offer that was none for a loss had no candidate', () => {
    const nowhere = seeing([A, child('b', { eligible: 'no' })], ASKED)
    expect(after(OFFERED, [LOOK, nowhere])).toMatchObject({
      does: ['relapsed a', 'withdrawn b', 'start grace'],
      now: { roam: { kind: 'lost', hadCandidate: false } },
    })
  })

  it('leaves an offer without loss, and clears what was ignored (R9)', () => {
    const ignored = after(OFFERED, [answer('ignore', 5), OFFERING]).now
    expect(
      after(ignored, [LOOK, seeing([A, child('b', { eligible: 'no' })], { ...ASKED, ...better('b') })]).now
        .ignored,
    ).toEqual([])
    expect(after(OFFERED, [LOOK, LOSING]).does).toEqual([
      'relapsed a',
      'withdrawn b',
      'roams a>b loss',
      'offered b loss',
      'start offer',
    ])
  })

  it('on purpose is no loss yet', () => {
    const stopping = seeing([child('a', { stopping: true }), B], better('b'))
    expect(after(OPEN, [LOOK, stopping]).does).toEqual([])
    expect(after(OPEN, [LOOK, seeing([child('a', { present: false, stopping: true }), B])]).does).toContain(
      'holdFree b',
    )
    expect(after(OPEN, [LOOK, seeing([B])]).does).toContain('holdFree b')
  })
})

describe('S14 the service is away', () => {
  it('an offer is withdrawn, and made again when it is back', () => {
    const paused = after(OFFERED, [LOOK, away(OFFERING)])
    expect(paused).toMatchObject({ does: ['withdrawn b'], now: { roam: null } })
    expect(after(paused.now, [LOOK, away(OFFERING)]).does).toEqual([])
    expect(after(paused.now, [LOOK, OFFERING]).does).toEqual(['roams a>b better', 'offered b'])
  })

  it('an offer after a loss keeps the rest of its time', () => {
    const paused = after(OFFERED_LOSS, [LOOK, away(LOSING)])
    expect(paused).toMatchObject({
      does: ['withdrawn b', 'pause offer'],
      now: { roam: { kind: 'paused', hadCandidate: true } },
    })
    expect(after(paused.now, [LOOK, LOSING]).does).toEqual([
      'roams a>b loss',
      'offered b loss',
      'resume offer',
    ])
    expect(after(paused.now, [LOOK, seeing([A_UP, B], ASKED)])).toMatchObject({
      does: ['stop offer'],
      now: { roam: null },
    })
    expect(after(paused.now, [granted('a'), seeing([A_UP, B], ASKED)])).toMatchObject({
      does: ['stop offer'],
      now: { roam: null },
    })
    expect(after(paused.now, [LOOK, seeing([B], ASKED)]).does).toContain('offered b loss')
    const late = { ...OFFERED_LOSS, deadlines: new Map([['offer', { at: 1001 }]] as const) }
    expect(after(late, [LOOK, away(LOSING)], [LOOK, LOSING]).now.deadlines.get('offer')).toEqual({ at: 1001 })
    expect(after(paused.now, [LOOK, NOWHERE])).toMatchObject({
      does: ['start grace', 'stop offer'],
      now: { roam: { kind: 'lost', hadCandidate: true } },
    })
  })

  it('graces and trials pause', () => {
    const grace = after(LOST, [LOOK, away(NOWHERE)])
    expect(grace.does).toEqual(['pause grace'])
    expect(after(grace.now, [LOOK, NOWHERE]).does).toEqual(['resume grace'])
    expect(after(grace.now, [LOOK, NOWHERE], [LOOK, NOWHERE]).does).toEqual([])
    const trial = after(TRIAL, [LOOK, away(BOTH)])
    expect(trial.does).toEqual(['pause trial'])
    expect(after(trial.now, [LOOK, BOTH]).does).toEqual(['resume trial'])
    const dwelling = after(OPEN, [LOOK, seeing([A_UP, B], better('b', 1000))]).now
    expect(after(dwelling, [LOOK, away(ON_A)]).does).toEqual(['stop dwell'])
  })

  it('a loss that is found when it is back has no grace', () => {
    const { does } = after(OPEN, [LOOK, away(ON_A)], [LOOK, NOWHERE])
    expect(does).toEqual(['relapsed a', 'error keep/goneMeanwhile', 'drop a', 'closed', 'emitEnd'])
    const roams = after(OPEN, [LOOK, away(ON_A)], [LOOK, DOWN])
    expect(roams.does).toEqual(['relapsed a', 'roams a>b loss', 'holdFree b'])
    expect(after(roams.now, [failed('b'), DOWN]).does).toContain('error roam/goneMeanwhile')
    expect(after(roams.now, [LOOK, ON_A]).now.isGraceSpent).toBe(false)
  })

  it('it was not back in time: what is open ends', () => {
    const lapsed = { ...away(ON_A), lapsed: true }
    expect(after(OPEN, [LOOK, lapsed]).does).toEqual(['error keep/serviceLost', 'drop a', 'closed'])
  })
})

describe('L4 the machine sleeps', () => {
  const asleep = (view: NetworkView): NetworkView => ({ ...view, isResting: true })
  const { lossGrace, trialTimeout, offerTimeout } = CLOCK.times

  it('nothing is decided, and what was lost in the meantime is lost when it has woken up', () => {
    expect(after(OPEN, [LOOK, asleep(seeing([A_UP, B], better('b')))]).does).toEqual([])
    const lost = after(OPEN, [LOOK, asleep(DOWN)])
    expect(lost).toMatchObject({ does: [], now: { roam: null, wasResting: true } })
    expect(after(lost.now, [LOOK, DOWN])).toMatchObject({
      does: ['relapsed a', 'roams a>b loss', 'holdFree b'],
      now: { wasResting: false },
    })
    const stop = after(OPEN, [stopped('a'), asleep(DOWN)])
    expect(stop).toMatchObject({ does: [], now: { roam: { kind: 'paused', hadCandidate: false } } })
    expect(after(stop.now, [LOOK, DOWN]).does).toEqual(['roams a>b loss', 'holdFree b'])
  })

  it('a grace and a trial begin again from the beginning', () => {
    const grace = after({ ...LOST, deadlines: new Map([['grace', { at: 1001 }]]) }, [LOOK, asleep(NOWHERE)])
    expect([...grace.now.deadlines]).toEqual([['grace', { left: lossGrace }]])
    const gone = after(grace.now, [LOOK, NOWHERE])
    expect(gone.does).toEqual(['resume grace'])
    expect(after(gone.now, [LOOK, NOWHERE]).does).toEqual([])
    const trial = after({ ...TRIAL, deadlines: new Map([['trial', { at: 1001 }]]) }, [LOOK, asleep(BOTH)])
    expect([...trial.now.deadlines]).toEqual([['trial', { left: trialTimeout }]])
    expect(trial.now.roam).toEqual(TRIAL_OF_B)
    expect(after(trial.now, [LOOK, BOTH]).does).toEqual(['resume trial'])
  })

  it('an offer is withdrawn, and has all of its time when it is made again', () => {
    expect(after(OFFERED, [LOOK, asleep(OFFERING)])).toMatchObject({
      does: ['withdrawn b'],
      now: { roam: null },
    })
    const late = new Map([['offer', { at: 1001 }]] as const)
    const paused = after({ ...OFFERED_LOSS, deadlines: late }, [LOOK, asleep(LOSING)])
    expect(paused).toMatchObject({
      does: ['withdrawn b', 'stop offer'],
      now: { roam: { kind: 'paused', hadCandidate: true } },
    })
    const again = after(paused.now, [LOOK, LOSING])
    expect(again.does).toEqual(['roams a>b loss', 'offered b loss', 'start offer'])
    expect(again.now.deadlines.get('offer')).toEqual({ at: 1000 + offerTimeout })
    // Also if the service was away before.
    const without = after({ ...OFFERED_LOSS, deadlines: late }, [LOOK, away(LOSING)])
    expect(without.now.deadlines.get('offer')).toEqual({ left: 1 })
    expect(after(without.now, [LOOK, asleep(LOSING)]).does).toEqual(['stop offer'])
  })

  it('what is back is back', () => {
    expect(after(LOST, [LOOK, asleep(ON_A)])).toMatchObject({ does: ['stop grace'], now: { roam: null } })
    const paused = after(OFFERED_LOSS, [LOOK, asleep(LOSING)])
    expect(after(paused.now, [LOOK, asleep(seeing([A_UP, B], ASKED))])).toMatchObject({
      does: [],
      now: { roam: null },
    })
    expect(after(paused.now, [LOOK, asleep(LOSING)]).now.roam?.kind).toBe('paused')
    expect(after(LOST, [LOOK, asleep(seeing([]))]).does).toEqual(['pause grace'])
  })
})

describe('L5 holdOff()', () => {
  const holdOff = (ms: number): RoamingInput => ({ type: 'holdOff', ms })
  const BETTER = seeing([A_UP, B], better('b'))

  it('keeps the session where it is for that time, or until it says otherwise', () => {
    const held = after(OPEN, [holdOff(500), BETTER])
    expect(held.does).toEqual(['start holdOff'])
    expect(held.now.deadlines.get('holdOff')).toEqual({ at: 1500 })
    expect(after(held.now, [LOOK, BETTER]).does).toEqual([])
    expect(after(held.now, [holdOff(900), BETTER]).now.deadlines.get('holdOff')).toEqual({ at: 1900 })
    expect(after(held.now, [over('holdOff'), BETTER]).does).toEqual(['roams a>b better', 'holdFree b'])
    expect(after(held.now, [holdOff(0), BETTER]).does).toEqual([
      'roams a>b better',
      'holdFree b',
      'stop holdOff',
    ])
  })

  it('keeps it on no link that is lost', () => {
    const held = after(OPEN, [holdOff(500), ON_A])
    expect(after(held.now, [LOOK, DOWN]).does).toEqual(['relapsed a', 'roams a>b loss', 'holdFree b'])
  })

  it('means nothing where nothing is open', () => {
    expect(after(CLOSED, [holdOff(500), DOWN])).toEqual({ now: CLOSED, does: [] })
  })
})

describe('L7 a trial about which a check was asked', () => {
  const requireDecision: RoamingInput = { type: 'requireDecision' }

  it('is rejected at its deadline, unless it was accepted before', () => {
    const { now, does } = after(TRIAL, [requireDecision, BOTH])
    expect(does).toEqual([])
    expect(now.roam).toEqual({ ...TRIAL_OF_B, undecided: 'rejected' })
    expect(after(now, [answer('accept', 5), BOTH]).does).toEqual(['drop a', '5 true', 'stop trial'])
    const undecided = after(now, [over('trial'), BOTH])
    expect(undecided.does).toEqual(['drop b', 'start retry b'])
    expect(undecided.now).toMatchObject({ current: 'a', roam: null })
    expect(undecided.now.excluded.get('b')?.reason).toBe('rejected')
  })

  it('is over if it was decided before that is known', () => {
    expect(after(OPEN, [requireDecision, ON_A])).toEqual({ now: OPEN, does: [] })
    expect(after(OFFERED, [requireDecision, OFFERING])).toEqual({ now: OFFERED, does: [] })
    expect(after(CLOSED, [requireDecision, DOWN])).toEqual({ now: CLOSED, does: [] })
  })
})

describe('L8 a child that may be hidden', () => {
  const HIDDEN = child('b', { isSeen: false })

  it('is opened after those that are in range, also after those that take a device from the system', () => {
    const view = seeing([HIDDEN, child('a', { eligible: 'displacing' }), C])
    const [first, second] = [[open(1), view] as const, [failed('c'), view] as const]
    expect(after(CLOSED, first).does).toEqual(['hold c'])
    expect(after(CLOSED, first, second).does).toEqual(['hold a'])
    expect(after(CLOSED, first, second, [failed('a'), view]).does).toEqual(['hold b'])
  })

  it('is roamed to after a loss if nothing else is left', () => {
    expect(after(OPEN, [LOOK, seeing([HIDDEN, A, C])]).does).toContain('holdFree c')
    expect(after(OPEN, [LOOK, seeing([HIDDEN, A])]).does).toContain('holdFree b')
  })
})

describe('L2, L3 why a child is left', () => {
  it('L2 a hint of the system is checked once, when its dwell time begins', () => {
    // Another one that is better is no child any more.
    const gone = { identifier: 'c', because: 'connectivity', dwell: 5, isHint: false } as const
    const hint = [gone, { ...gone, identifier: 'b', dwell: 1000, isHint: true }]
    const view = seeing([A_UP, B], { better: hint })
    const dwelling = after(OPEN, [LOOK, view])
    expect(dwelling.does).toEqual(['recheck a', 'start dwell'])
    expect(dwelling.now.deadlines.get('dwell')).toEqual({ at: 2000 })
    expect(after(dwelling.now, [LOOK, view]).does).toEqual([])
  })

  it('L3 that it is bad is a relapse, and so is a loss that is not noted yet', () => {
    const moving = after(OPEN, [LOOK, seeing([A_UP, B], better('b'))]).now
    const bad = child('a', { ...UP, health: 'bad' })
    expect(after(moving, [granted('b'), seeing([bad, B_UP])]).does).toEqual(['relapsed a bad', 'drop a'])
    expect(after(moving, [granted('b'), seeing([A, B_UP])]).does).toEqual(['relapsed a', 'drop a'])
    expect(after(moving, [granted('b'), seeing([B_UP])]).does).toEqual(['relapsed a', 'drop a'])
    expect(after(moving, [granted('b'), seeing([A_UP, B_UP])]).does).toEqual(['drop a'])
    const lost = after(OPEN, [LOOK, DOWN]).now
    expect(after(lost, [granted('b'), seeing([A, B_UP])]).does).toEqual(['drop a'])
    // Its device was wanted.
    const shared = [child('a', { device: 'w' }), child('b', { ...UP, device: 'w' })]
    expect(after(moving, [granted('b'), seeing(shared)]).does).toEqual(['drop a'])
  })

  it('L3 a loss is noted once in a trial, too', () => {
    const migrating = after(OFFERED_LOSS, [answer('migrate', 2), LOSING])
    expect(migrating.does).toEqual(['holdFree b', 'stop offer'])
    const view = seeing([A, B_UP], ASKED)
    const trial = after(migrating.now, [granted('b'), view])
    expect(trial.does).toEqual(['trial b', '2 true', 'start trial'])
    expect(after(trial.now, [answer('accept', 3), view]).does).toEqual(['drop a', '3 true', 'stop trial'])
    expect(after(TRIAL, [answer('accept', 3), view]).does).toEqual([
      'relapsed a',
      'drop a',
      '3 true',
      'stop trial',
    ])
  })
})

describe('keepOpen', () => {
  it('S13 schedules another opening after an end against its will, ever later', () => {
    const ended = after({ ...OPEN, keepOpen: true }, [LOOK, seeing([], { present: false })])
    expect(ended.does).toEqual([
      'error keep/removed',
      'drop a',
      'closed',
      'emitEnd',
      'reopening 1',
      'start reopen',
    ])
    expect(isRoamingAtRest(WAITING)).toBe(false)
    const again = after(WAITING, [over('reopen'), DOWN])
    expect(again.does).toEqual(['hold a'])
    const twice = after(again.now, [failed('a'), DOWN], [failed('b'), DOWN])
    expect(twice.does).toEqual(['error open/denied', 'reopening 2', 'start reopen'])
    const { now, does } = after(twice.now, [over('reopen'), DOWN], [granted('a'), ON_A])
    expect(does).toEqual(['opened'])
    expect(now).toMatchObject({ reopenings: 0, keepOpen: true })
    expect(after(OPEN, [over('reopen'), ON_A]).does).toEqual([])
    expect(after(CLOSED, [over('reopen'), ON_A]).does).toEqual([])
    expect(after(again.now, [over('reopen'), DOWN]).does).toEqual([])
    expect(after(WAITING, [over('wait'), DOWN]).does).toEqual([])
    // Who asks while it opens waits for that.
    expect(after(again.now, [open(5), DOWN])).toMatchObject({ does: [], now: { opens: [5] } })
  })

  it('opens at once when a child carries by itself, or somebody asks', () => {
    const told = after(WAITING, [ENDED, DOWN]).now
    expect(after(WAITING, [LOOK, ON_A]).does).toEqual([])
    expect(after(told, [LOOK, DOWN]).does).toEqual([])
    expect(after(told, [LOOK, ON_A]).does).toEqual(['hold a', 'stop reopen'])
    expect(after(told, [LOOK, away(ON_A)]).does).toEqual([])
    expect(after(CLOSED, [LOOK, ON_A]).does).toEqual([])
    const asked = after(told, [open(5), DOWN])
    expect(asked.does).toEqual(['hold a', 'stop reopen'])
    expect(after(asked.now, [giveUp(5), DOWN])).toMatchObject({ does: [], now: { phase: 'opening' } })
  })

  it('opens at once when another child comes into range', () => {
    const far = child('b', { eligible: 'no' })
    const told = after(WAITING, [ENDED, seeing([A, far])]).now
    expect(after(told, [LOOK, seeing([A, far])]).does).toEqual([])
    expect(after(told, [LOOK, DOWN]).does).toEqual(['hold a', 'stop reopen'])
  })

  it('ends with close() and stop()', () => {
    const told = after(WAITING, [ENDED, DOWN]).now
    expect(after(told, [close(5), DOWN])).toMatchObject({
      does: ['5 close done', 'stop reopen'],
      now: { reopenings: 0, keepOpen: false },
    })
    expect(after(told, [stop(5), DOWN]).does).toEqual(['5 stop done', 'stop reopen'])
    const gone = seeing([], { present: false })
    const { now } = after({ ...OPEN, keepOpen: true }, [stop(2), ON_A], [LOOK, gone])
    expect(now).toMatchObject({ keepOpen: false, reopenings: 0 })
  })
})

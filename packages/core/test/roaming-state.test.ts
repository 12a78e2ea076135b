import { describe, expect, it } from 'vitest'
import {
  activeChild,
  type ChildView,
  type ClosedRoaming,
  closedRoaming,
  currentChild,
  isRoamingAtRest,
  type NetworkView,
  type OpenRoaming,
  type Roam,
  type RoamingState,
  roamingSessionState,
} from '../src/roaming/roaming-state.js'
import type { SessionState } from '../src/sessions/session-state.js'

function seeing(
  children: Readonly<Record<string, SessionState>>,
  more: Partial<NetworkView> = {},
): NetworkView {
  return {
    present: true,
    summary: 'discovered',
    ready: true,
    lapsed: false,
    isResting: false,
    openTimeout: 30_000,
    children: Object.entries(children).map(
      ([id, state]) => ({ id, state, carrying: state === 'connected' }) as ChildView,
    ),
    better: [],
    consulted: false,
    forced: true,
    ...more,
  }
}

const CLOSED = closedRoaming(1)
const OPENING: RoamingState = {
  ...CLOSED,
  phase: 'opening',
  current: 'a',
  tried: ['a'],
  failures: [],
  isRestarting: false,
  wasUp: false,
}
const OPEN: OpenRoaming = {
  ...CLOSED,
  phase: 'open',
  current: 'a',
  roam: null,
  tried: [],
  ignored: [],
  excluded: new Map(),
  dwelling: null,
  isStopping: false,
  isGraceSpent: false,
  wasConsulted: false,
  wasResting: false,
}
const TRIAL: Roam = {
  kind: 'trial',
  candidate: 'b',
  loss: false,
  currentWasOurs: true,
  undecided: 'accepted',
}
const offer = (loss: boolean): Roam => ({ kind: 'offer', candidate: 'b', isSeamless: false, loss })
const UP = seeing({ b: 'connected', a: 'connected' })
const DOWN = seeing({ b: 'connected', a: 'disconnected' })

describe('R2 the state of a session on a service network', () => {
  it.each<[SessionState, RoamingState, NetworkView]>([
    ['invalid', OPEN, { ...UP, present: false }],
    // Open: as the active child, whatever the others are.
    ['connected', OPEN, UP],
    ['disconnected', OPEN, DOWN],
    ['closing', OPEN, seeing({ b: 'connected', a: 'closing' })],
    ['disconnected', OPEN, seeing({ b: 'connected' })],
    ['connected', { ...OPEN, roam: offer(false) }, UP],
    ['roaming', { ...OPEN, roam: offer(true) }, UP],
    ['roaming', { ...OPEN, roam: TRIAL }, UP],
    ['disconnected', { ...OPEN, roam: { kind: 'lost', hadCandidate: false, ignored: false } }, UP],
    // Opening.
    ['connecting', OPENING, DOWN],
    ['connected', OPENING, UP],
    ['connecting', { ...OPENING, current: null }, UP],
    // Being stopped: as what is stopped.
    ['closing', { ...OPEN, isStopping: true }, seeing({ b: 'connected', a: 'closing' })],
    ['connected', { ...OPEN, isStopping: true }, UP],
    ['disconnected', { ...OPEN, isStopping: true }, DOWN],
    ['disconnected', { ...OPEN, isStopping: true }, seeing({ b: 'connected' })],
    ['roaming', { ...OPEN, isStopping: true, roam: TRIAL }, seeing({ a: 'disconnected', b: 'connected' })],
    [
      'disconnected',
      { ...OPEN, isStopping: true, roam: TRIAL },
      seeing({ a: 'connected', b: 'disconnected' }),
    ],
    // Closed: the summary of the children, after the end of what was open.
    ['connected', CLOSED, { ...DOWN, summary: 'active' }],
    ['disconnected', CLOSED, { ...DOWN, summary: 'discovered' }],
    ['notAvailable', CLOSED, { ...DOWN, summary: 'defined' }],
    ['notAvailable', CLOSED, { ...DOWN, summary: 'undefined' }],
    ['closing', { ...CLOSED, ending: { id: 'a', isDown: false } }, seeing({ b: 'connected', a: 'closing' })],
    ['connected', { ...CLOSED, ending: { id: 'a', isDown: false } }, { ...UP, summary: 'defined' }],
    ['notAvailable', { ...CLOSED, ending: { id: 'a', isDown: false } }, { ...DOWN, summary: 'defined' }],
    ['notAvailable', { ...CLOSED, ending: { id: 'a', isDown: false } }, seeing({}, { summary: 'defined' })],
    ['disconnected', { ...CLOSED, ending: { id: 'a', isDown: true } }, { ...UP, summary: 'active' }],
  ])('is %s', (expected, session, view) => {
    expect(roamingSessionState(session, view)).toBe(expected)
  })

  it('R6 the active child is the new one in a trial, and none while it is not open', () => {
    expect(activeChild(OPEN)).toBe('a')
    expect(activeChild({ ...OPEN, roam: TRIAL })).toBe('b')
    expect(activeChild({ ...OPEN, roam: offer(false) })).toBe('a')
    expect(activeChild(OPENING)).toBeNull()
    expect([CLOSED, OPENING, OPEN].map(currentChild)).toEqual([null, 'a', 'a'])
  })
})

it('a session is at rest when it is closed, and nothing is under way or waited for', () => {
  expect(isRoamingAtRest(CLOSED)).toBe(true)
  for (const session of [OPENING, OPEN]) expect(isRoamingAtRest(session)).toBe(false)
  const busy: Partial<ClosedRoaming>[] = [
    { ending: { id: 'a', isDown: true } },
    { leaving: new Set(['a']) },
    { reopenings: 1 },
    { closes: [1] },
    { stops: [1] },
  ]
  for (const more of busy) expect(isRoamingAtRest({ ...CLOSED, ...more })).toBe(false)
})

import { type Failure, failure } from '../links/failure.js'
import {
  type Deadlines,
  pauseDeadline,
  resumeDeadline,
  withDeadline,
  withoutDeadline,
} from '../primitives/time/deadlines.js'
import { doubled, type Times } from '../primitives/time/times.js'
import type { Doing } from './session-error.js'

/** One caller's promise: of `open()`, `close()` or `stop()`. */
export type CallId = number

/** Whether a session is opened again after an end against its will; `always`: also after a first opening that failed (rule L6). */
export type KeepOpen = boolean | 'always'

/** A caller of `open()` that waits for a `stop()` to end. */
export interface Again {
  readonly call: CallId
  readonly keepOpen: KeepOpen
}

/** A call, or that its caller's own signal has ended the wait for it. */
export type LifecycleInput =
  | { readonly type: 'open'; readonly call: CallId; readonly keepOpen: KeepOpen }
  | { readonly type: 'giveUp' | 'close' | 'stop'; readonly call: CallId }

/** What becomes of a caller's promise. `aborted` by `close()` or `stop()` (rule S7). */
export type Outcome =
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'aborted'; readonly failure: Failure }

export const DONE: Outcome = { type: 'done' }

/** What every session has, on an access point or on a service network. */
export interface Lifecycle<Timer extends string = string> {
  readonly phase: 'closed' | 'opening' | 'open'
  /**
   * Callers of `open()` that wait: for the opening, or for the activation tried in lossGrace. In every phase: they are settled by the step
   * that leaves it.
   */
  readonly opens: readonly CallId[]
  /** Callers of `open()` since a `stop()` that is under way: they wait for its end, and open again (rule S6). */
  readonly again: readonly Again[]
  readonly closes: readonly CallId[]
  readonly stops: readonly CallId[]
  /** Whether an end against its will is followed by opening again (`keepOpen`). */
  readonly keepOpen: KeepOpen
  /** Whether it has been open since it is kept open. */
  readonly wasOpen: boolean
  /** How often it was tried to open again since it was open; 0 while it is, and if nothing is tried. */
  readonly reopenings: number
  /** `reopen`: it waits to be opened again. */
  readonly deadlines: Deadlines<Timer>
}

/** What every session wants done. */
export type LifecycleEffect =
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  /** `failure`: why the last attempt came to nothing, if that was no error of its own (rule L6). */
  | {
      readonly type: 'reopening'
      readonly attempt: number
      readonly delay: number
      readonly failure: Failure | null
    }
  /** `child`: the access point that it is about, unless that is what the session is based on. */
  | {
      readonly type: 'error'
      readonly failure: Failure
      readonly doing: Doing
      readonly child: string | null
    }
  | {
      readonly type: 'settle'
      readonly call: CallId
      readonly doing: 'open' | 'close' | 'stop'
      readonly outcome: Outcome
    }

export type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** When something happens to a session, and how long its times are. */
export interface LifecycleClock {
  readonly now: number
  /** What part of a delay the session waits before it is opened again, from 0 to 1. Read once for each delay. */
  readonly reopenPart: () => number
  readonly times: Pick<Times, 'reopenDelay' | 'reopenDelayLimit'>
}

/** A session in the middle of a step: its times, what those who wait for it hear, and whether it is kept open. */
export abstract class LifecycleStep<Effect, Timer extends string> {
  readonly effects: (Effect | LifecycleEffect)[] = []
  /** The private copy of the session that the step changes. */
  abstract readonly session: Writable<Lifecycle<Timer | 'reopen'>>
  abstract readonly clock: LifecycleClock

  startTimer(timer: Timer | 'reopen', ms: number): void {
    const { session } = this
    session.deadlines = withDeadline(session.deadlines, timer, { at: this.clock.now + ms })
  }

  stopTimer(timer: Timer | 'reopen'): void {
    this.session.deadlines = withoutDeadline(this.session.deadlines, timer)
  }

  pauseTimer(timer: Timer): void {
    const { session } = this
    session.deadlines = pauseDeadline(session.deadlines, timer, this.clock.now)
  }

  /** All of a time is kept, however much of it has passed. */
  holdTimer(timer: Timer, ms: number): void {
    const { session } = this
    session.deadlines = withDeadline(session.deadlines, timer, { left: ms })
  }

  /** Runs the rest of a time that was paused, and otherwise all of it. */
  resumeTimer(timer: Timer, ms: number): void {
    const { session } = this
    if (!session.deadlines.has(timer)) return this.startTimer(timer, ms)
    session.deadlines = resumeDeadline(session.deadlines, timer, this.clock.now)
  }

  error(why: Failure, doing: Doing, child: string | null = null): void {
    this.effects.push({ type: 'error', failure: why, doing, child })
  }

  settle(call: CallId, doing: 'open' | 'close' | 'stop', outcome: Outcome): void {
    this.effects.push({ type: 'settle', call, doing, outcome })
  }

  settleOpens(outcome: Outcome): void {
    const { opens } = this.session
    this.session.opens = []
    for (const call of opens) this.settle(call, 'open', outcome)
  }

  settleCloses(): void {
    for (const call of this.session.closes) this.settle(call, 'close', DONE)
    this.session.closes = []
  }

  /** What `close()` and `stop()` waited for is over. */
  settleLeavers(): void {
    this.settleCloses()
    for (const call of this.session.stops) this.settle(call, 'stop', DONE)
    this.session.stops = []
  }

  abortAgain(why: Failure): void {
    for (const { call } of this.session.again) this.settle(call, 'open', { type: 'aborted', failure: why })
    this.session.again = []
  }

  /** The system refused the `stop()` (rule S11). */
  refuseStops(why: Failure): void {
    this.error(why, 'stop')
    for (const call of this.session.stops) this.settle(call, 'stop', { type: 'failed', failure: why })
    this.session.stops = []
  }

  /** Nothing is stopped any more: what was to be opened again is open. */
  stayOpen(): void {
    const { session } = this
    for (const { call, keepOpen } of session.again) {
      this.keep(keepOpen)
      this.settle(call, 'open', DONE)
    }
    session.again = []
  }

  /** Has those who asked for it while it was stopped wait for another opening (rule S6). */
  takeBack(again: readonly Again[]): void {
    const { session } = this
    session.opens = again.map(({ call }) => call)
    session.keepOpen = false
    for (const { keepOpen } of again) this.keep(keepOpen)
  }

  scheduleReopening(why: Failure | null = null): void {
    const { session } = this
    if (session.stops.length > 0) session.keepOpen = false
    if (!session.keepOpen) {
      session.wasOpen = false
      return
    }
    session.reopenings += 1
    const { reopenDelay, reopenDelayLimit } = this.clock.times
    const longest = Math.min(doubled(reopenDelay, session.reopenings - 1), reopenDelayLimit)
    const delay = Number.isFinite(longest) ? Math.round(longest * this.clock.reopenPart()) : longest
    this.effects.push({ type: 'reopening', attempt: session.reopenings, delay, failure: why })
    this.startTimer('reopen', delay)
  }

  /** What one caller wants holds for all: `always` more than the rest. */
  keep(keepOpen: KeepOpen): void {
    if (this.session.keepOpen !== 'always' && keepOpen !== false) this.session.keepOpen = keepOpen
  }

  /** It is open. */
  opened(): void {
    this.session.reopenings = 0
    this.session.wasOpen = true
    this.effects.push({ type: 'opened' })
  }

  /**
   * An opening has failed. Kept open is what once was open: a first opening that fails is over, unless it is `always` kept open, when its
   * callers wait for the next one (rule L6).
   */
  openingFailed(why: Failure): void {
    const { session } = this
    if (session.keepOpen === 'always' && session.stops.length === 0) return this.scheduleReopening(why)
    this.error(why, 'open')
    this.settleOpens({ type: 'failed', failure: why })
    if (session.reopenings > 0) this.scheduleReopening()
    else session.keepOpen = false
  }

  /** The last caller of an `open()` has given up: whether that ends the effort. What was open is kept open without callers. */
  get isUnwanted(): boolean {
    const { opens, wasOpen } = this.session
    return opens.length === 0 && !wasOpen
  }

  keepNoLonger(): void {
    this.stopTimer('reopen')
    this.session.keepOpen = false
    this.session.wasOpen = false
    this.session.reopenings = 0
  }
}

/** What an opening that is given up ends with (rule S7). */
export function cancellation(): Failure {
  return failure('ERR_CLOSED', 'cancelled')
}

/** What a `stop()` ends a session with (rules S9a, S10). */
export function stopFailure(): Failure {
  return failure('ERR_CLOSED', 'stopped')
}

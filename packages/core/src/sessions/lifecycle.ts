import { type Failure, failure } from '../links/failure.js'
import type { Doing } from './session-error.js'

/** One caller's promise: of `open()`, `close()` or `stop()`. */
export type CallId = number

/** A caller of `open()` that waits for a `stop()` to end. */
export interface Again {
  readonly call: CallId
  readonly keepOpen: boolean
}

/** A call, or that its caller's own signal has ended the wait for it. */
export type LifecycleInput =
  | { readonly type: 'open'; readonly call: CallId; readonly keepOpen: boolean }
  | { readonly type: 'giveUp' | 'close' | 'stop'; readonly call: CallId }

/** What becomes of a caller's promise. `aborted` by `close()` or `stop()` (rule S7). */
export type Outcome =
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'aborted'; readonly failure: Failure }

export const DONE: Outcome = { type: 'done' }

/** What every session has, on an access point or on a service network. */
export interface Lifecycle {
  readonly phase: 'closed' | 'opening' | 'open'
  /** Callers of `open()` that wait: for the opening, or for the activation tried in lossGrace. */
  readonly opens: readonly CallId[]
  /** Callers of `open()` since a `stop()` that is under way: they wait for its end, and open again (rule S6). */
  readonly again: readonly Again[]
  readonly closes: readonly CallId[]
  readonly stops: readonly CallId[]
  /** Whether an end against its will is followed by opening again (`keepOpen`). */
  readonly keepOpen: boolean
  /** How often it was tried to open again since it was open; 0 while it is, and if nothing is tried. */
  readonly reopenings: number
}

/** What every session wants done. */
export type LifecycleEffect =
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  | { readonly type: 'reopening'; readonly attempt: number; readonly delay: number }
  | {
      readonly type: 'settle'
      readonly call: CallId
      readonly doing: 'open' | 'close' | 'stop'
      readonly outcome: Outcome
    }

export type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** A session in the middle of a step: what those who wait for it hear, and whether it is kept open. */
export abstract class LifecycleStep<Effect> {
  readonly effects: (Effect | LifecycleEffect)[] = []
  /** The private copy of the session that the step changes. */
  abstract readonly session: Writable<Lifecycle>

  /** For `reopen`: a session that is kept open is opened again when that time is over. */
  abstract startTimer(timer: 'reopen', ms: number): void
  abstract stopTimer(timer: 'reopen'): void
  abstract error(why: Failure, doing: Doing): void
  protected abstract get reopening(): { readonly reopenDelay: number; readonly reopenDelayLimit: number }

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
      session.keepOpen ||= keepOpen
      this.settle(call, 'open', DONE)
    }
    session.again = []
  }

  /** Has those who asked for it while it was stopped wait for another opening (rule S6). */
  takeBack(again: readonly Again[]): void {
    const { session } = this
    session.opens = again.map(({ call }) => call)
    session.keepOpen = again.some(({ keepOpen }) => keepOpen)
  }

  scheduleReopening(): void {
    const { session } = this
    if (session.stops.length > 0) session.keepOpen = false
    if (!session.keepOpen) return
    session.reopenings += 1
    const { reopenDelay, reopenDelayLimit } = this.reopening
    const delay = Math.min(reopenDelay * 2 ** (session.reopenings - 1), reopenDelayLimit)
    this.effects.push({ type: 'reopening', attempt: session.reopenings, delay })
    this.startTimer('reopen', delay)
  }

  /** After an opening that failed. Kept open is what once was open: a first opening that fails is over. */
  reopenOrEnd(): void {
    if (this.session.reopenings > 0) this.scheduleReopening()
    else this.session.keepOpen = false
  }

  keepNoLonger(): void {
    this.stopTimer('reopen')
    this.session.keepOpen = false
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

import { type Failure, failure } from '../links/failure.js'
import type { LinkNotice } from '../links/link-messages.js'
import type { SessionId } from '../links/session-id.js'
import { type Deadlines, NO_DEADLINES } from '../primitives/time/deadlines.js'
import type { Times } from '../primitives/time/times.js'
import {
  type Again,
  type CallId,
  cancellation,
  DONE,
  type Lifecycle,
  type LifecycleClock,
  type LifecycleEffect,
  type LifecycleInput,
  LifecycleStep,
  stopFailure,
  type Writable,
} from './lifecycle.js'
import { type LinkView, lossFailure } from './link-view.js'

/** An access point session: its opening and closing. Its state is its link's. Pure data. */
export interface SessionMachine extends Lifecycle<SessionTimer> {
  readonly by: SessionId
  /** A `stop()` of any session is taking the link down. */
  readonly isStopping: boolean
  /** `grace`: open, but the link is gone for the moment (rule S12). `reopen`: it waits to be opened again (`keepOpen`). */
  readonly deadlines: Deadlines<SessionTimer>
  /** Why the link is gone; it may be known a moment later than that it is. */
  readonly lostBecause: LinkView['downBecause']
  /** What was seen last, to tell a loss under a service that was away. */
  readonly serviceWasAway: boolean
  /** The link could be brought up, or was up, when it was seen last: one that comes into range is tried at once (`keepOpen`). */
  readonly wasAvailable: boolean
}

export type SessionInput =
  | LifecycleInput
  | { readonly type: 'notice'; readonly notice: LinkNotice }
  | { readonly type: 'view'; readonly view: LinkView }
  | { readonly type: 'timer'; readonly timer: SessionTimer }
  /** Who asked for it while it was stopped has it opened again (rule S6). */
  | { readonly type: 'openAgain' }
  /** The machine sleeps, or has woken up for long enough (rule L4). */
  | { readonly type: 'rest'; readonly rest: 'begins' | 'ends' }

export type SessionTimer = 'grace' | 'reopen'

/** When something happens to a session, and how long its times are. */
export interface SessionClock extends LifecycleClock {
  readonly times: LifecycleClock['times'] & Pick<Times, 'lossGrace'>
  /** The machine sleeps, or has just woken up: no grace runs (rule L4). */
  readonly isResting: boolean
}

export type SessionEffect =
  | { readonly type: 'link'; readonly does: 'hold' | 'retry' | 'retryNot' | 'drop' | 'stop' }
  /** It was stopped, and opens again in a step of its own, after the end was emitted (rule S19). */
  | { readonly type: 'openAgain' }
  | LifecycleEffect

/** A session that was never opened. */
export function closedSession(by: SessionId): SessionMachine {
  return {
    by,
    phase: 'closed',
    opens: [],
    again: [],
    closes: [],
    stops: [],
    isStopping: false,
    deadlines: NO_DEADLINES,
    lostBecause: null,
    keepOpen: false,
    wasOpen: false,
    reopenings: 0,
    serviceWasAway: false,
    wasAvailable: false,
  }
}

/** Whether the machine needs no inputs while the session has no listener. */
export function isAtRest({ phase, again, closes, stops, reopenings }: SessionMachine): boolean {
  if (phase !== 'closed' || again.length > 0) return false
  return closes.length === 0 && stops.length === 0 && reopenings === 0
}

/** One step of a session: what it becomes, and what has to be done about it, in order. */
export function reduceSession(
  session: SessionMachine,
  input: SessionInput,
  clock: SessionClock,
): readonly [SessionMachine, readonly SessionEffect[]] {
  const step = new Step(session, clock)
  step.take(input)
  return [step.session, step.effects]
}

/** Member by member: a spread takes a slow path in V8 before version 12 as soon as one of them is changed. */
function copyOf(session: SessionMachine): Writable<SessionMachine> {
  return {
    by: session.by,
    phase: session.phase,
    opens: session.opens,
    again: session.again,
    closes: session.closes,
    stops: session.stops,
    isStopping: session.isStopping,
    deadlines: session.deadlines,
    lostBecause: session.lostBecause,
    keepOpen: session.keepOpen,
    wasOpen: session.wasOpen,
    reopenings: session.reopenings,
    serviceWasAway: session.serviceWasAway,
    wasAvailable: session.wasAvailable,
  }
}

class Step extends LifecycleStep<SessionEffect, SessionTimer> {
  override readonly clock: SessionClock
  override session: Writable<SessionMachine>

  constructor(session: SessionMachine, clock: SessionClock) {
    super()
    this.session = copyOf(session)
    this.clock = clock
  }

  take(input: SessionInput): void {
    switch (input.type) {
      case 'open':
        return this.#open(input)
      case 'openAgain':
        return this.#openAgain()
      case 'giveUp':
        return this.#giveUp(input.call)
      case 'close':
        return this.#close(input.call)
      case 'stop':
        // If the system refuses the stop, an open session keeps its `keepOpen` (rule S11).
        if (this.session.phase === 'closed') this.#keepNoLonger(stopFailure())
        this.session.stops = [...this.session.stops, input.call]
        return this.#link('stop')
      case 'notice':
        return this.#notice(input.notice)
      case 'view':
        return this.#view(input.view)
      case 'rest':
        return this.#rest(input.rest)
      case 'timer':
        return this.#timeOver(input.timer)
    }
  }

  #open({ call, keepOpen }: Again): void {
    const { session } = this
    if (session.phase === 'open' && (session.isStopping || session.stops.length > 0)) {
      session.again = [...session.again, { call, keepOpen }]
      return
    }
    this.keep(keepOpen)
    if (session.phase === 'open' && !this.#inGrace) return this.settle(call, 'open', DONE)
    session.opens = [...session.opens, call]
    if (session.phase === 'closed') {
      this.stopTimer('reopen')
      session.phase = 'opening'
      this.#link('hold')
    } else if (session.phase === 'open' && session.opens.length === 1) this.#link('retry')
  }

  #openAgain(): void {
    const { again } = this.session
    this.session.again = []
    for (const call of again) this.#open(call)
  }

  /** A caller's own signal ended its wait; the last one to go cancels the opening (rule S6). */
  #giveUp(call: CallId): void {
    const { session } = this
    session.again = session.again.filter((other) => other.call !== call)
    if (!session.opens.includes(call)) return
    session.opens = session.opens.filter((other) => other !== call)
    // In lossGrace no caller wants the activation any longer. The grace runs on.
    if (session.opens.length === 0 && session.phase === 'open') return this.#link('retryNot')
    if (!this.isUnwanted) return
    this.keepNoLonger()
    if (session.phase === 'closed') return
    session.phase = 'closed'
    this.#link('drop')
  }

  #close(call: CallId): void {
    const { session } = this
    this.#keepNoLonger(cancellation())
    session.closes = [...session.closes, call]
    switch (session.phase) {
      case 'closed':
        // Silent (rule S9); where an earlier close still winds down, this one ends with it.
        if (session.closes.length === 1 && session.stops.length === 0) this.settleCloses()
        return
      case 'opening':
        session.phase = 'closed'
        return this.#link('drop')
      case 'open':
        return this.#leave(cancellation())
    }
  }

  #notice(notice: LinkNotice): void {
    const { session } = this
    switch (notice.type) {
      case 'granted':
        return this.#granted()
      case 'failed':
        return this.#failed(notice.failure)
      case 'cancelled':
        this.keepNoLonger()
        this.#abortOpens(stopFailure())
        session.phase = 'closed'
        return
      case 'stopped': {
        if (session.phase !== 'open') return
        this.keepNoLonger()
        const stopped = stopFailure()
        if (!notice.caller) this.error(stopped, 'keep')
        const { again } = session
        session.again = []
        this.#leave(stopped)
        // They wait for a step of their own: a `close()` or `stop()` that comes before it is the last word (rule S6).
        session.again = again
        if (again.length > 0) this.effects.push({ type: 'openAgain' })
        return
      }
      case 'stopAsked':
        return this.abortAgain(stopFailure())
      case 'stopRefused':
        this.refuseStops(notice.failure)
        return this.stayOpen()
      case 'leftUp':
        return this.error(notice.failure, 'close')
      case 'settled':
        return this.settleLeavers()
    }
  }

  #granted(): void {
    const { session } = this
    const calls = session.opens
    session.opens = []
    session.reopenings = 0
    if (session.phase === 'opening') {
      session.phase = 'open'
      this.opened()
    }
    for (const call of calls) this.settle(call, 'open', DONE)
  }

  #failed(why: Failure): void {
    const { session } = this
    if (session.phase !== 'open') {
      session.phase = 'closed'
      return this.openingFailed(why)
    }
    const calls = session.opens
    session.opens = []
    this.#end(why)
    for (const call of calls) this.settle(call, 'open', { type: 'failed', failure: why })
  }

  /** Callers that wait for another opening wait in vain (rules S7, S9a). */
  #keepNoLonger(why: Failure): void {
    this.keepNoLonger()
    this.#abortOpens(why)
  }

  #view({ state, present, carrying, ready, lapsed, stopping, downBecause }: LinkView): void {
    const { session } = this
    session.lostBecause = downBecause
    const wasAway = session.serviceWasAway
    session.serviceWasAway = !ready
    session.isStopping = stopping
    const { wasAvailable } = session
    session.wasAvailable = state !== 'notAvailable' && state !== 'invalid'
    const isNew = session.wasAvailable && !wasAvailable
    if ((carrying || (isNew && ready)) && this.#waitsToReopen()) return this.#reopen()
    if (session.phase !== 'open') return
    if (!present) return this.#end(failure('ERR_CLOSED', 'removed'))
    if (carrying) {
      if (!stopping && session.stops.length === 0) this.stayOpen()
      if (!this.#inGrace) return
      this.stopTimer('grace')
      return this.#granted()
    }
    if (stopping) return
    // The outcome under a service that was away is known now: no second grace, and no rest of one (rule S14).
    if (lapsed) return this.#end(failure('ERR_CLOSED', 'serviceLost'))
    const { lossGrace } = this.clock.times
    if (this.#inGrace) {
      if (!ready && !wasAway) this.pauseTimer('grace')
      if (ready && wasAway && !this.clock.isResting) this.resumeTimer('grace', lossGrace)
      return
    }
    if (this.clock.isResting) return this.holdTimer('grace', lossGrace)
    if (wasAway) return this.#end(failure('ERR_CLOSED', 'goneMeanwhile'))
    this.startTimer('grace', lossGrace)
    if (lossGrace === 0) this.#timeOver('grace')
  }

  /** The machine sleeps, or has just woken up: the grace begins when that is over (rule L4). */
  #rest(rest: 'begins' | 'ends'): void {
    if (!this.#inGrace) return
    const { lossGrace } = this.clock.times
    this.holdTimer('grace', lossGrace)
    if (rest === 'ends' && !this.session.serviceWasAway) this.resumeTimer('grace', lossGrace)
  }

  /** An open session that ends against its will: error, `closed`, and it releases its link (rules S12, S13, H6). */
  #end(why: Failure): void {
    this.error(why, 'keep')
    this.#leave(why)
    this.scheduleReopening()
  }

  #waitsToReopen(): boolean {
    return this.session.phase === 'closed' && this.session.reopenings > 0
  }

  #reopen(): void {
    this.stopTimer('reopen')
    this.session.phase = 'opening'
    this.#link('hold')
  }

  #leave(why: Failure): void {
    const { session } = this
    session.phase = 'closed'
    this.stopTimer('grace')
    this.#abortOpens(why)
    this.effects.push({ type: 'closed' })
    this.#link('drop')
  }

  #abortOpens(why: Failure): void {
    this.settleOpens({ type: 'aborted', failure: why })
    this.abortAgain(why)
  }

  get #inGrace(): boolean {
    return this.session.deadlines.has('grace')
  }

  #timeOver(timer: SessionTimer): void {
    if (!this.session.deadlines.has(timer)) return
    this.stopTimer(timer)
    if (timer === 'reopen') return this.#waitsToReopen() ? this.#reopen() : undefined
    return this.#end(lossFailure(this.session.lostBecause))
  }

  #link(does: 'hold' | 'retry' | 'retryNot' | 'drop' | 'stop'): void {
    this.effects.push({ type: 'link', does })
  }
}

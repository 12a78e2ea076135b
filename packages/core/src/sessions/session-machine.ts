import type { LinkNotice } from '../links/link-messages.js'
import {
  carries,
  type HolderId,
  isBeingStopped,
  type LinkState,
  linkSessionState,
} from '../links/link-state.js'
import { type Doing, type Failure, failure } from './session-error.js'
import type { SessionState } from './session-state.js'

/** One caller's promise: of `open()`, `close()` or `stop()`. */
export type CallId = number

/** What a session sees of its link, after each step. */
export interface LinkView {
  readonly state: SessionState
  /** The configuration exists. */
  readonly present: boolean
  /** The link carries traffic. */
  readonly carrying: boolean
  /** The service answers, or may still be back in time (rule S14). */
  readonly ready: boolean
  /** It was not back in time: no link counts as up (rule S14). */
  readonly lapsed: boolean
  /** The link is going down, or gone, by somebody's `stop()`. */
  readonly stopping: boolean
  /** The system's own word for why the link is down, or `null`. */
  readonly downBecause: string | null
}

/** What the sessions of a link see of it. */
export function viewOf(link: LinkState): LinkView {
  return {
    state: linkSessionState(link),
    present: link.facts !== null,
    carrying: carries(link.facts),
    ready: link.ready,
    lapsed: link.lapsed,
    stopping: isBeingStopped(link),
    downBecause: link.facts?.link === 'down' ? (link.facts.ended?.native ?? null) : null,
  }
}

/** A caller of `open()` that waits for a `stop()` to end. */
export interface Again {
  readonly call: CallId
  readonly keepOpen: boolean
}

/** An access point session: its opening and closing. Its state is its link's. Pure data. */
export interface SessionMachine {
  readonly by: HolderId
  readonly phase: 'closed' | 'opening' | 'open'
  /** Callers of `open()` that wait: for the opening, or for the activation tried in lossGrace. */
  readonly opens: readonly CallId[]
  /** Callers of `open()` since a `stop()` that is under way: they wait for its end, and open again (rule S6). */
  readonly again: readonly Again[]
  readonly closes: readonly CallId[]
  readonly stops: readonly CallId[]
  /** The link is on its way down by somebody's `stop()`. */
  readonly isStopping: boolean
  /** Open, but the link is gone for the moment (rule S12). */
  readonly inGrace: boolean
  /** Why the link is gone, in the system's own word; it may be known a moment later than that it is. */
  readonly lostBecause: string | null
  /** Whether an end against its will is followed by opening again (`keepOpen`). */
  readonly keepOpen: boolean
  /** How often it was tried to open again since it was open; 0 while it is, and where nothing is tried. */
  readonly reopenings: number
  /** What was seen last, to tell a loss under a service that was away. */
  readonly serviceWasAway: boolean
}

export type SessionInput =
  | { readonly type: 'open'; readonly call: CallId; readonly keepOpen: boolean }
  | { readonly type: 'giveUp'; readonly call: CallId }
  | { readonly type: 'close'; readonly call: CallId }
  | { readonly type: 'stop'; readonly call: CallId }
  | { readonly type: 'notice'; readonly notice: LinkNotice }
  | { readonly type: 'view'; readonly view: LinkView }
  | { readonly type: 'graceOver' }
  | { readonly type: 'reopenDue' }

/** What becomes of a caller's promise. `cancelled` is an abort by `close()` or `stop()` (rule S7). */
export type Outcome =
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'aborted'; readonly failure: Failure }

export type SessionEffect =
  | { readonly type: 'link'; readonly does: 'hold' | 'retry' | 'retryNot' | 'drop' | 'stop' }
  | { readonly type: 'startGrace' }
  | { readonly type: 'stopGrace' }
  /** Keeps the rest of the grace for when the service is back (rule S14). */
  | { readonly type: 'pauseGrace' | 'resumeGrace' }
  | { readonly type: 'startReopen'; readonly attempt: number }
  | { readonly type: 'stopReopen' }
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  /** An error event; `aborted` for what ends an open session, else by what failed (rule E1). */
  | {
      readonly type: 'error'
      readonly failure: Failure
      readonly doing: Doing
    }
  | {
      readonly type: 'settle'
      readonly call: CallId
      readonly doing: 'open' | 'close' | 'stop'
      readonly outcome: Outcome
    }

/** A session that nobody has opened. */
export function closedSession(by: HolderId): SessionMachine {
  return {
    by,
    phase: 'closed',
    opens: [],
    again: [],
    closes: [],
    stops: [],
    isStopping: false,
    inGrace: false,
    lostBecause: null,
    keepOpen: false,
    reopenings: 0,
    serviceWasAway: false,
  }
}

/** Whether the machine has to be told what happens even if nobody listens. */
export function isAtRest({ phase, closes, stops, reopenings }: SessionMachine): boolean {
  return phase === 'closed' && closes.length === 0 && stops.length === 0 && reopenings === 0
}

/** One step of a session: what it becomes, and what has to be done about it, in order. */
export function reduceSession(
  session: SessionMachine,
  input: SessionInput,
): readonly [SessionMachine, readonly SessionEffect[]] {
  const step = new Step(session)
  step.take(input)
  return [step.session, step.effects]
}

const DONE: Outcome = { type: 'done' }

class Step {
  readonly effects: SessionEffect[] = []
  session: { -readonly [Key in keyof SessionMachine]: SessionMachine[Key] }

  constructor(session: SessionMachine) {
    this.session = { ...session }
  }

  take(input: SessionInput): void {
    switch (input.type) {
      case 'open':
        return this.#open(input.call, input.keepOpen)
      case 'giveUp':
        return this.#giveUp(input.call)
      case 'close':
        return this.#close(input.call)
      case 'reopenDue':
        if (this.#waitsToReopen()) this.#reopen()
        return
      case 'stop':
        // What is open stays kept open where the stop is refused (rule S11).
        if (this.session.phase === 'closed') this.#keepNoLonger()
        this.session.stops = [...this.session.stops, input.call]
        return this.#link('stop')
      case 'notice':
        return this.#notice(input.notice)
      case 'view':
        return this.#view(input.view)
      case 'graceOver':
        if (!this.session.inGrace) return
        return this.#end(failure('ERR_CLOSED', 'lost', this.session.lostBecause))
    }
  }

  #open(call: CallId, keepOpen: boolean): void {
    const { session } = this
    if (session.phase === 'open' && (session.isStopping || session.stops.length > 0)) {
      session.again = [...session.again, { call, keepOpen }]
      return
    }
    session.keepOpen ||= keepOpen
    if (session.phase === 'open' && !session.inGrace) return this.#settle(call, 'open', DONE)
    session.opens = [...session.opens, call]
    if (session.phase === 'closed') {
      if (session.reopenings > 0) this.effects.push({ type: 'stopReopen' })
      session.phase = 'opening'
      this.#link('hold')
    } else if (session.phase === 'open' && session.opens.length === 1) this.#link('retry')
  }

  /** A caller's own signal ended its wait; the last one to go cancels the opening (rule S6). */
  #giveUp(call: CallId): void {
    const { session } = this
    session.again = session.again.filter((other) => other.call !== call)
    if (!session.opens.includes(call)) return
    session.opens = session.opens.filter((other) => other !== call)
    // In lossGrace nobody wants the activation tried any more; the grace runs on.
    if (session.opens.length === 0 && session.phase === 'open') return this.#link('retryNot')
    // What is kept open is not given up with its last caller.
    if (session.opens.length > 0 || session.reopenings > 0) return
    this.#keepNoLonger()
    session.phase = 'closed'
    this.#link('drop')
  }

  #close(call: CallId): void {
    const { session } = this
    this.#keepNoLonger()
    session.closes = [...session.closes, call]
    switch (session.phase) {
      case 'closed':
        // Silent (rule S9); where an earlier close still winds down, this one ends with it.
        if (session.closes.length === 1 && session.stops.length === 0) this.#settleCloses()
        return
      case 'opening':
        this.#abortOpens(failure('ERR_CLOSED', 'cancelled'))
        session.phase = 'closed'
        return this.#link('drop')
      case 'open':
        return this.#leave(failure('ERR_CLOSED', 'cancelled'))
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
        this.#keepNoLonger()
        this.#abortOpens(failure('ERR_CLOSED', 'stopped'))
        session.phase = 'closed'
        return
      case 'stopped': {
        if (session.phase !== 'open') return
        this.#keepNoLonger()
        const stopped = failure('ERR_CLOSED', 'stopped')
        if (!notice.caller) this.#error(stopped, 'keep')
        const { again } = session
        session.again = []
        this.#leave(stopped)
        return this.#openAgain(again)
      }
      case 'stopAsked':
        return this.#abortAgain(failure('ERR_CLOSED', 'stopped'))
      case 'stopRefused':
        this.#error(notice.failure, 'stop')
        for (const call of session.stops)
          this.#settle(call, 'stop', { type: 'failed', failure: notice.failure })
        session.stops = []
        return this.#stayOpen()
      case 'leftUp':
        return this.#error(notice.failure, 'close')
      case 'settled':
        this.#settleCloses()
        for (const call of session.stops) this.#settle(call, 'stop', DONE)
        session.stops = []
        return
    }
  }

  /** What was stopped is down, and has been opened again meanwhile (rule S6). */
  #openAgain(again: readonly Again[]): void {
    const { session } = this
    if (again.length === 0) return
    session.phase = 'opening'
    session.opens = again.map(({ call }) => call)
    session.keepOpen = again.some(({ keepOpen }) => keepOpen)
    this.#link('hold')
  }

  /** Nothing is stopped any more: what was to be opened again is open. */
  #stayOpen(): void {
    const { session } = this
    for (const { call, keepOpen } of session.again) {
      session.keepOpen ||= keepOpen
      this.#settle(call, 'open', DONE)
    }
    session.again = []
  }

  #granted(): void {
    const { session } = this
    const calls = session.opens
    session.opens = []
    session.reopenings = 0
    if (session.phase === 'opening') {
      session.phase = 'open'
      this.effects.push({ type: 'opened' })
    }
    for (const call of calls) this.#settle(call, 'open', DONE)
  }

  #failed(why: Failure): void {
    const { session } = this
    const calls = session.opens
    session.opens = []
    if (session.phase === 'open') {
      this.#end(why)
    } else {
      session.phase = 'closed'
      this.#error(why, 'open')
      // Kept open is what once was open: a first opening that fails is over.
      if (session.reopenings > 0) this.#scheduleReopening()
      else session.keepOpen = false
    }
    for (const call of calls) this.#settle(call, 'open', { type: 'failed', failure: why })
  }

  #view({ present, carrying, ready, lapsed, stopping, downBecause }: LinkView): void {
    const { session } = this
    session.lostBecause = downBecause
    const wasAway = session.serviceWasAway
    session.serviceWasAway = !ready
    session.isStopping = stopping
    if (carrying && this.#waitsToReopen()) return this.#reopen()
    if (session.phase !== 'open') return
    if (!present) return this.#end(failure('ERR_CLOSED', 'removed'))
    if (carrying) {
      if (!stopping && session.stops.length === 0) this.#stayOpen()
      if (!session.inGrace) return
      session.inGrace = false
      this.effects.push({ type: 'stopGrace' })
      return this.#granted()
    }
    if (stopping) return
    // The outcome under a service that was away is known now: no second grace, and no rest of one (rule S14).
    if (lapsed) return this.#end(failure('ERR_CLOSED', 'serviceLost'))
    if (session.inGrace) {
      if (ready === wasAway) this.effects.push({ type: ready ? 'resumeGrace' : 'pauseGrace' })
      return
    }
    if (wasAway) return this.#end(failure('ERR_CLOSED', 'goneMeanwhile'))
    session.inGrace = true
    this.effects.push({ type: 'startGrace' })
  }

  /** An open session that ends against its will: error, `closed`, and it leaves as a holder (rules S12, S13, H6). */
  #end(why: Failure): void {
    this.#error(why, 'keep')
    this.#leave(why)
    this.#scheduleReopening()
  }

  #scheduleReopening(): void {
    const { session } = this
    if (session.stops.length > 0) session.keepOpen = false
    if (!session.keepOpen) return
    session.reopenings += 1
    this.effects.push({ type: 'startReopen', attempt: session.reopenings })
  }

  #waitsToReopen(): boolean {
    return this.session.phase === 'closed' && this.session.reopenings > 0
  }

  #reopen(): void {
    this.effects.push({ type: 'stopReopen' })
    this.session.phase = 'opening'
    this.#link('hold')
  }

  #keepNoLonger(): void {
    const { session } = this
    if (session.reopenings > 0) this.effects.push({ type: 'stopReopen' })
    session.keepOpen = false
    session.reopenings = 0
  }

  #leave(why: Failure): void {
    const { session } = this
    session.phase = 'closed'
    if (session.inGrace) this.effects.push({ type: 'stopGrace' })
    session.inGrace = false
    this.#abortOpens(why)
    this.effects.push({ type: 'closed' })
    this.#link('drop')
  }

  #abortOpens(why: Failure): void {
    for (const call of this.session.opens) this.#settle(call, 'open', { type: 'aborted', failure: why })
    this.session.opens = []
    this.#abortAgain(why)
  }

  #abortAgain(why: Failure): void {
    for (const { call } of this.session.again) this.#settle(call, 'open', { type: 'aborted', failure: why })
    this.session.again = []
  }

  #settleCloses(): void {
    for (const call of this.session.closes) this.#settle(call, 'close', DONE)
    this.session.closes = []
  }

  #error(why: Failure, doing: Doing): void {
    this.effects.push({ type: 'error', failure: why, doing })
  }

  #link(does: 'hold' | 'retry' | 'retryNot' | 'drop' | 'stop'): void {
    this.effects.push({ type: 'link', does })
  }

  #settle(call: CallId, doing: 'open' | 'close' | 'stop', outcome: Outcome): void {
    this.effects.push({ type: 'settle', call, doing, outcome })
  }
}

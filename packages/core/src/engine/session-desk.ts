import type { Catalogue } from '../configurations/catalogue.js'
import type { Failure } from '../links/failure.js'
import { onAbort } from '../primitives/abort-listeners.js'
import { deferred } from '../primitives/deferred.js'
import type { Times } from '../primitives/times.js'
import {
  closedSessionError,
  codeOf,
  type Doing,
  type NetworkSessionError,
  type SessionErrorCode,
  sessionError,
} from '../sessions/session-error.js'
import {
  type CallId,
  type Outcome,
  reduceSession,
  type SessionEffect,
  type SessionInput,
} from '../sessions/session-machine.js'
import type { Cause } from './cause.js'
import { PausableTimer } from './pausable-timer.js'
import type { SessionRecord } from './session-record.js'

/** What the desk needs of the engine. */
export interface DeskHost {
  readonly times: Times
  readonly catalogue: Catalogue
  /** A configuration's name for messages, also when it is gone. */
  nameOf(id: string): string
  /** Queues an input. */
  post(input: (cause: Cause) => void): void
  /** Hands a call to the machine of that session. */
  feed(cause: Cause, record: SessionRecord, input: SessionCall): void
  /** A timer whose end is an input. */
  after(ms: number, run: (cause: Cause) => void): () => void
}

/** A call, for the machine of an access point or of a service network. */
export interface SessionCall {
  readonly type: 'open' | 'close' | 'stop' | 'giveUp'
  readonly call: CallId
  readonly keepOpen: boolean
}

/** What comes with a call. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  /** Only for `open`. */
  readonly keepOpen?: boolean | undefined
}

/** What becomes of a caller's promise. */
export interface Settlement {
  readonly call: CallId
  readonly doing: 'open' | 'close' | 'stop'
  readonly outcome: Outcome
}

/** Where the sessions' calls come in and their machines' effects go out: promises, events, graces, errors. */
export class SessionDesk {
  readonly #host: DeskHost
  #lastCall = 0

  constructor(host: DeskHost) {
    this.#host = host
  }

  /** A session's `open()`, `close()` or `stop()`; the promise settles after the events of what becomes of it. */
  request(
    record: SessionRecord,
    doing: 'open' | 'close' | 'stop',
    { signal, keepOpen = false }: RequestOptions,
  ): Promise<void> {
    const { promise, resolve, reject } = deferred()
    // Whoever does not await it hears of a failure by the error event (rule S17).
    promise.catch(() => undefined)
    if (signal?.aborted) {
      reject(signal.reason)
      return promise
    }
    const call = this.nextCall()
    const abort = () => this.#host.post((cause) => this.#giveUp(cause, record, call, signal?.reason))
    const release = signal === undefined ? () => {} : onAbort(signal, abort)
    record.calls.set(call, { doing, resolve, reject, release })
    this.#host.post((cause) => this.#host.feed(cause, record, { type: doing, call, keepOpen }))
    return promise
  }

  /** A number for a call, also for one that nobody waits for. */
  nextCall(): CallId {
    this.#lastCall += 1
    return this.#lastCall
  }

  /** Feeds a session's machine and carries out its effects. */
  feed(cause: Cause, record: SessionRecord, input: SessionInput): void {
    const [machine, effects] = reduceSession(record.machine, input)
    record.machine = machine
    cause.records.add(record)
    for (const effect of effects) this.#carryOut(cause, record, effect)
  }

  /** AutoCloseSessionTimeout: closes the session that long from now, once; `null` cancels. */
  setAutoClose(record: SessionRecord, ms: number | null): void {
    record.stopAutoClose?.()
    record.stopAutoClose = null
    if (ms === null) return
    record.stopAutoClose = this.#host.after(ms, (cause) => {
      record.stopAutoClose = null
      record.properties.delete('AutoCloseSessionTimeout')
      this.#host.feed(cause, record, { type: 'close', call: this.nextCall(), keepOpen: false })
    })
  }

  /** Everything is applied: those who waited for the session to open are told. */
  answerWaiters(cause: Cause, record: SessionRecord): void {
    const { phase } = record
    if (phase === 'opening' || record.waiters.size === 0) return
    const waiters = [...record.waiters]
    record.waiters.clear()
    cause.settlements.push(() => {
      for (const waiter of waiters) waiter(phase === 'open')
    })
  }

  /** The manager is closed: nothing of this session is left pending, and nobody is told any more (rule M7). */
  static abandon(record: SessionRecord): void {
    record.grace?.stop()
    record.stopReopen?.()
    for (const timer of record.timers.values()) timer.stop()
    for (const resolve of record.answers.values()) resolve(false)
    record.answers.clear()
    record.stopAutoClose?.()
    for (const { doing, resolve, reject, release } of record.calls.values()) {
      release()
      if (doing === 'open') reject(closedSessionError(record.target))
      else resolve()
    }
    record.calls.clear()
    for (const waiter of record.waiters) waiter(false)
    record.waiters.clear()
    record.emitter.clear()
    record.subscribers.clear()
  }

  #carryOut(cause: Cause, record: SessionRecord, effect: SessionEffect): void {
    const { times } = this.#host
    switch (effect.type) {
      case 'link':
        cause.todo.push({
          id: record.target,
          input: { type: effect.does, by: record.by, lastClose: record.lastClose, asSystem: false },
        })
        return
      case 'startReopen': {
        const delay = Math.min(times.reopenDelay * 2 ** (effect.attempt - 1), times.reopenDelayLimit)
        record.stopReopen = this.#host.after(delay, (later) =>
          this.feed(later, record, { type: 'reopenDue' }),
        )
        cause.tell(record, 'reopening', effect.attempt, delay)
        return
      }
      case 'stopReopen':
        record.stopReopen?.()
        record.stopReopen = null
        return
      case 'startGrace':
        if (times.lossGrace === 0) return this.feed(cause, record, { type: 'graceOver' })
        record.grace = new PausableTimer(this.#host, times.lossGrace, (later) =>
          this.feed(later, record, { type: 'graceOver' }),
        )
        return
      case 'stopGrace':
        record.grace?.stop()
        record.grace = null
        return
      case 'pauseGrace':
        return record.grace?.pause()
      case 'resumeGrace':
        return record.grace?.resume()
      case 'opened':
        record.error = null
        record.connectedSince = times.clock.now()
        cause.tell(record, 'opened')
        cause.tell(record, 'activeConfigurationChanged', record.target)
        return
      case 'closed':
        record.connectedSince = null
        cause.tell(record, 'closed')
        cause.tell(record, 'activeConfigurationChanged', '')
        return
      case 'error':
        return this.raise(cause, record, effect.failure, effect.doing)
      case 'settle':
        return this.settle(cause, record, effect)
    }
  }

  /**
   * Raises an error: the last one of the session, and its event.
   * @param child the access point that it is about, where that is not what the session is based on
   */
  raise(cause: Cause, record: SessionRecord, why: Failure, doing: Doing, child: string | null = null): void {
    record.error = this.#error(cause, record, why, doing, child)
    cause.tell(record, 'error', record.error)
  }

  /** Settles a caller's promise, after the events of this cause. */
  settle(cause: Cause, record: SessionRecord, { call, doing, outcome }: Settlement): void {
    if (outcome.type === 'done') return this.#settle(cause, record, call, null)
    const why = outcome.type === 'aborted' ? 'keep' : doing
    return this.#settle(cause, record, call, this.#error(cause, record, outcome.failure, why))
  }

  /** A caller's own signal ended its wait, whatever the machine makes of that. */
  #giveUp(cause: Cause, record: SessionRecord, call: CallId, reason: unknown): void {
    this.#host.feed(cause, record, { type: 'giveUp', call, keepOpen: false })
    const pending = record.calls.get(call)
    if (pending === undefined) return
    record.calls.delete(call)
    cause.settlements.push(() => pending.reject(reason))
  }

  #settle(cause: Cause, record: SessionRecord, call: CallId, error: NetworkSessionError | null): void {
    const pending = record.calls.get(call)
    if (pending === undefined) return
    record.calls.delete(call)
    pending.release()
    cause.settlements.push(() => (error === null ? pending.resolve() : pending.reject(error)))
  }

  /** One error object for a failure, shared by the event and the promises of a session. */
  #error(
    cause: Cause,
    record: SessionRecord,
    why: Failure,
    doing: Doing,
    child: string | null = null,
  ): NetworkSessionError {
    const known = cause.errors.get(why) ?? new Map<string, NetworkSessionError>()
    cause.errors.set(why, known)
    const key = `${doing} ${record.by}`
    const name = this.#host.nameOf(child ?? record.target)
    const code = this.#code(record.target, why, doing)
    const error = known.get(key) ?? sessionError(why, { doing, name, code })
    known.set(key, error)
    return error
  }

  #code(id: string, why: Failure, doing: Doing): SessionErrorCode {
    if (doing === 'keep') return 'sessionAborted'
    if (doing === 'roam') return 'roaming'
    if (doing === 'stop') return 'operationNotSupported'
    return codeOf(why, this.#host.catalogue.get(id).is('discovered'))
  }
}

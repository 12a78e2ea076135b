import type { Catalogue } from '../../configurations/catalogue.js'
import type { Failure } from '../../links/failure.js'
import type { LastClose } from '../../links/last-close.js'
import { onAbort } from '../../primitives/abort-listeners.js'
import { deferred } from '../../primitives/deferred.js'
import { earliest } from '../../primitives/time/deadlines.js'
import type { Times } from '../../primitives/time/times.js'
import type { RoamingClock } from '../../roaming/roaming-messages.js'
import { exclusionsOf } from '../../roaming/roaming-state.js'
import type { CallId, KeepOpen, LifecycleEffect, Writable } from '../../sessions/lifecycle.js'
import {
  closedSessionError,
  codeOf,
  type Doing,
  type NetworkSessionError,
  type SessionErrorCode,
  sessionError,
} from '../../sessions/session-error.js'
import {
  reduceSession,
  type SessionClock,
  type SessionEffect,
  type SessionInput,
} from '../../sessions/session-machine.js'
import type { WorldWatch } from '../../world/world-watch.js'
import type { Agenda, TimeOwner } from '../agenda.js'
import { event, type Input, NOTHING, type Output } from '../batch.js'
import type { LinkStates } from '../links/link-states.js'
import type { ChooserRunner } from './chooser-runner.js'
import { reopenPart } from './reopen-part.js'
import type { AccessPointUse, SessionRecord } from './session-record.js'

/** What comes with a call. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  /** Only for `open`. */
  readonly keepOpen?: KeepOpen | undefined
  /** Only for `open`: holds from when the call is applied, so that a `close()` before it does as was said before (rule S19). */
  readonly lastClose?: LastClose | undefined
}

/** What a runner of sessions needs to know. */
interface SessionRunnerParts {
  readonly catalogue: Catalogue
  readonly links: LinkStates
  readonly watch: WorldWatch
  readonly chooser: ChooserRunner
}

/** Runs the machines of sessions on access points, and hands out the promises of all sessions. */
export class SessionRunner {
  readonly #catalogue: Catalogue
  readonly #links: LinkStates
  readonly #watch: WorldWatch
  readonly #chooser: ChooserRunner
  readonly #times: Times
  readonly #clock: Writable<SessionClock & RoamingClock>
  readonly #agenda: Agenda<TimeOwner>
  readonly #post: (input: Input) => void
  /** One error object for each failure of a batch, shared by the event and the promises of a session. */
  readonly #errors = new Map<Failure, Map<string, NetworkSessionError>>()
  #lastCall = 0

  constructor(
    { catalogue, links, watch, chooser }: SessionRunnerParts,
    times: Times,
    agenda: Agenda<TimeOwner>,
    post: (input: Input) => void,
  ) {
    this.#catalogue = catalogue
    this.#links = links
    this.#watch = watch
    this.#chooser = chooser
    this.#times = times
    this.#clock = { now: 0, isResting: false, times, reopenPart: () => reopenPart(times) }
    this.#agenda = agenda
    this.#post = post
  }

  /** A session's `open()`, `close()` or `stop()`; the promise settles after the events of what becomes of it. */
  request(
    record: SessionRecord,
    doing: 'open' | 'close' | 'stop',
    { signal, keepOpen = false, lastClose }: RequestOptions,
  ): Promise<void> {
    const { promise, resolve, reject } = deferred()
    // If the caller does not await it, the error event still reports a failure (rule S17).
    promise.catch(() => undefined)
    if (signal?.aborted) {
      reject(signal.reason)
      return promise
    }
    const call = this.nextCall()
    const abort = () =>
      this.#post(() => [{ to: 'session', record, input: { type: 'giveUp', call, keepOpen: false } }])
    const release = signal === undefined ? () => {} : onAbort(signal, abort)
    record.calls.set(call, { doing, resolve, reject, signal, release })
    this.#post(() => {
      if (lastClose !== undefined) record.lastClose = lastClose
      return [{ to: 'session', record, input: { type: doing, call, keepOpen } }]
    })
    return promise
  }

  /** A number for a call, also if no caller waits for it. */
  nextCall(): CallId {
    this.#lastCall += 1
    return this.#lastCall
  }

  /** One step of a session on an access point. */
  run(record: SessionRecord, use: AccessPointUse, input: SessionInput): readonly Output[] {
    const [machine, effects] = reduceSession(use.machine, input, this.clock())
    use.machine = machine
    this.schedule(record)
    const outputs =
      effects.length === 0 ? NOTHING : effects.flatMap((effect) => this.#performHere(record, effect))
    return input.type === 'giveUp' ? [...outputs, ...this.giveUp(record, input.call)] : outputs
  }

  /** What a machine needs to know about time, for one step: the next step changes it. */
  clock(): SessionClock & RoamingClock {
    this.#clock.now = this.#agenda.now()
    this.#clock.isResting = this.#watch.isResting
    return this.#clock
  }

  /** A batch is over. */
  forgetErrors(): void {
    if (this.#errors.size > 0) this.#errors.clear()
  }

  /** AutoCloseSessionTimeout: closes the session that long from now, once; `null` cancels. */
  setAutoClose(record: SessionRecord, ms: number | null): void {
    record.autoCloseAt = ms === null ? null : this.#agenda.now() + ms
    this.schedule(record)
  }

  /** Notes when the next time of a session is over. */
  schedule(record: SessionRecord): void {
    this.#agenda.set(record, nextTime(record)?.at ?? null)
  }

  /** A time of that session is over. */
  due(record: SessionRecord): readonly Output[] {
    const message = nextTime(record)?.message
    if (message === undefined) return []
    if (message !== 'autoClose') return [message]
    record.autoCloseAt = null
    record.properties.delete('AutoCloseSessionTimeout')
    this.schedule(record)
    const close: Output = { to: 'session', record, input: { type: 'close', call: this.nextCall() } }
    // As with a `close()`, the user is not asked any longer (rule S7).
    return [...this.#chooser.cancelled(record), close]
  }

  /** Everything is applied: those who waited for the session to open hear of it. */
  answerWaiters(record: SessionRecord): readonly Output[] {
    const { phase } = record
    if (phase === 'opening' || record.waiters.size === 0) return NOTHING
    const waiters = [...record.waiters]
    record.waiters.clear()
    const settle = () => {
      for (const waiter of waiters) waiter(phase === 'open')
    }
    return [{ to: 'caller', settle }]
  }

  #performHere(record: SessionRecord, effect: SessionEffect): readonly Output[] {
    const { by, target: id, lastClose } = record
    switch (effect.type) {
      case 'link':
        return [{ to: 'link', id, input: { type: effect.does, by, lastClose, asSystem: false } }]
      case 'openAgain':
        this.#post(() => this.#openAgain(record))
        return NOTHING
      case 'opened':
        return [...this.perform(record, effect), event(record, 'activeConfigurationChanged', id)]
      case 'closed':
        return [...this.perform(record, effect), event(record, 'activeConfigurationChanged', '')]
      default:
        return this.perform(record, effect)
    }
  }

  #openAgain(record: SessionRecord): readonly Output[] {
    const { use } = record
    return use.kind === 'accessPoint'
      ? [{ to: 'accessPoint', record, use, input: { type: 'openAgain' } }]
      : NOTHING
  }

  /** What every session wants done, whatever it is on. */
  perform(record: SessionRecord, effect: LifecycleEffect): readonly Output[] {
    switch (effect.type) {
      case 'reopening':
        return [event(record, 'reopening', effect.attempt, effect.delay, effect.failure?.reason ?? null)]
      case 'opened':
        record.error = null
        record.connectedSince = this.#times.clock.now()
        return [event(record, 'opened')]
      case 'closed':
        record.connectedSince = null
        return [event(record, 'closed')]
      case 'error':
        record.error = this.#error(record, effect.failure, effect.doing, effect.child)
        return [event(record, 'error', record.error)]
      case 'settle':
        return this.#settle(record, effect)
    }
  }

  /** Settles a caller's promise, after the events of this batch. */
  #settle(
    record: SessionRecord,
    { call, doing, outcome }: LifecycleEffect & { type: 'settle' },
  ): readonly Output[] {
    const pending = record.calls.get(call)
    if (pending === undefined) return []
    record.calls.delete(call)
    pending.release()
    if (outcome.type === 'done') return [{ to: 'caller', settle: pending.resolve }]
    const why = outcome.type === 'aborted' ? 'keep' : doing
    const error = this.#error(record, outcome.failure, why)
    return [{ to: 'caller', settle: () => pending.reject(error) }]
  }

  /** A caller's own signal ended its wait, whatever the machine has made of that. */
  giveUp(record: SessionRecord, call: CallId): readonly Output[] {
    const pending = record.calls.get(call)
    if (pending === undefined) return []
    record.calls.delete(call)
    return [{ to: 'caller', settle: () => pending.reject(pending.signal?.reason) }]
  }

  /** The manager closes: each pending `open()` of the session rejects at once (rule E1). */
  rejectOpenings(record: SessionRecord): readonly Output[] {
    const outputs: Output[] = []
    for (const [call, { doing, reject, release }] of record.calls) {
      if (doing !== 'open') continue
      record.calls.delete(call)
      release()
      const error = closedSessionError(this.#nameOf(record.target))
      outputs.push({ to: 'caller', settle: () => reject(error) })
    }
    return outputs
  }

  /** One error object for a failure, shared by the event and the promises of a session. */
  #error(
    record: SessionRecord,
    why: Failure,
    doing: Doing,
    child: string | null = null,
  ): NetworkSessionError {
    const known = this.#errors.get(why) ?? new Map<string, NetworkSessionError>()
    this.#errors.set(why, known)
    const key = `${doing} ${record.by}`
    const name = this.#nameOf(child ?? record.target)
    const code = this.#code(record.target, why, doing)
    const error = known.get(key) ?? sessionError(why, { doing, name, code })
    known.set(key, error)
    return error
  }

  #code(id: string, why: Failure, doing: Doing): SessionErrorCode {
    if (doing === 'keep') return 'sessionAborted'
    if (doing === 'roam') return 'roaming'
    if (doing === 'stop') return 'operationNotSupported'
    return codeOf(why, { isDiscovered: this.#catalogue.get(id).is('discovered') })
  }

  /** A configuration's name for messages, also when it is gone. */
  #nameOf(id: string): string {
    return this.#links.nameOf(id) || this.#catalogue.get(id).name || id
  }
}

/** What a session hears when the first of its times is over. */
interface NextTime {
  readonly at: number
  readonly message: Output | 'autoClose'
}

function nextTime(record: SessionRecord): NextTime | null {
  const { use, autoCloseAt } = record
  // Most sessions, most of the time.
  if (use.kind === 'accessPoint' && use.machine.deadlines.size === 0 && autoCloseAt === null) return null
  let next: NextTime | null = null
  const consider = (at: number | null, message: NextTime['message']) => {
    if (at !== null && (next === null || at < next.at)) next = { at, message }
  }
  if (use.kind === 'accessPoint') {
    const first = earliest(use.machine.deadlines)
    if (first !== null)
      consider(first.at, { to: 'accessPoint', record, use, input: { type: 'timer', timer: first.name } })
  } else {
    const first = earliest(use.machine.deadlines)
    if (first !== null)
      consider(first.at, { to: 'serviceNetwork', record, use, input: { type: 'timer', timer: first.name } })
    for (const [child, { servedAt }] of exclusionsOf(use.machine))
      consider(servedAt, { to: 'serviceNetwork', record, use, input: { type: 'served', child } })
  }
  consider(autoCloseAt, 'autoClose')
  return next
}

/** The manager is closed: nothing of this session is left pending, and no listener hears of it (rule M7). */
export function abandon(record: SessionRecord): void {
  for (const resolve of record.answers.values()) resolve(false)
  record.answers.clear()
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

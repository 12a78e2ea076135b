import { type Deferred, deferred, onAbort } from '@roamkit/core/backend-kit'
import {
  type Activate,
  asyncDispose,
  type Backend,
  BackendError,
  type BackendHost,
  type Call,
  type Driver,
  keepAlive,
  type World,
} from '@roamkit/core/contract'
import type { Asked, Trace, TraceStep } from './parse-trace.js'
import type { Command, SessionCallLine } from './trace-lines.js'

/** What a replay does besides showing worlds. */
export interface ReplayOptions {
  /**
   * Called for what the recorded application did with a session, when it did that: do the same. It must not throw.
   *
   * @defaultValue nothing is done with sessions
   */
  readonly onCall?: (call: SessionCallLine) => void
}

/**
 * Makes a driver that plays a trace: its backend reports each world when the recorded backend did, and answers each command as that one did, no
 * earlier than it did. A command that is not in the trace is refused. With a virtual clock a trace of a day is over at once. Each driver has a scope
 * of its own, and counts no holders outside of this program.
 *
 * @param trace as `parseTrace()` returns it
 */
export function replay(trace: Trace, { onCall = () => {} }: ReplayOptions = {}): Driver {
  return {
    contract: 1,
    name: 'replay',
    async open(host, { signal }) {
      signal.throwIfAborted()
      return new Replay(trace, host, onCall)
    },
  }
}

/** Asks for a secret. */
type Question = (fields: readonly string[], attempt: number) => void

class Replay implements Backend {
  readonly holders = null
  readonly #trace: Trace
  readonly #host: BackendHost
  readonly #onCall: (call: SessionCallLine) => void
  readonly #began: number
  readonly #release: () => void
  readonly #closed = new AbortController()
  /** The commands of the trace that have not been given yet. */
  readonly #unclaimed: Set<Asked>
  /** Those whose outcome a caller waits for. */
  readonly #waiting = new Map<Asked, Deferred<void>>()
  /** How an activation asks for secrets, which it may do after it was accepted. */
  readonly #questions = new Map<Asked, Question>()
  /** Those whose outcome is due. */
  readonly #over = new Set<Asked>()
  #next = 0
  /** How many commands stand before the next step. */
  #passed = 0
  #world: World
  #undo = () => {}

  constructor(trace: Trace, host: BackendHost, onCall: (call: SessionCallLine) => void) {
    this.#trace = trace
    this.#onCall = onCall
    this.#host = host
    this.#began = host.clock.now()
    this.#release = keepAlive(host.clock)
    this.#unclaimed = new Set(trace.asked)
    this.#world = trace.begin
    this.#wait()
  }

  snapshot(): World {
    return this.#world
  }

  async activate(id: string, request: Activate): Promise<string> {
    const { secret } = request
    const question: Question = (fields, attempt) => {
      // Whatever it is: the trace says what the system made of it.
      secret?.({ id, fields, attempt }, request).catch(() => undefined)
    }
    return (await this.#carryOut('activate', request, { id, question })) ?? ''
  }

  async deactivate(id: string, activation: string, call: Call): Promise<void> {
    await this.#carryOut('deactivate', call, { id, activation })
  }

  async scan(call: Call): Promise<void> {
    await this.#carryOut('scan', call)
  }

  async recheck(id: string, call: Call): Promise<void> {
    await this.#carryOut('recheck', call, { id })
  }

  async save(id: string, call: Call): Promise<void> {
    await this.#carryOut('save', call, { id })
  }

  async forget(id: string, call: Call): Promise<void> {
    await this.#carryOut('forget', call, { id })
  }

  traffic(): null {
    return null
  }

  async [asyncDispose](): Promise<void> {
    this.#undo()
    this.#release()
    this.#closed.abort(new BackendError('ERR_CLOSED', 'replay: the backend is closed'))
  }

  /** Waits for the next step. Each is a timer of its own, so that what one sets off is over before the next. */
  #wait(): void {
    const step = this.#trace.steps[this.#next]
    if (step === undefined) return
    const left = step.at - (this.#host.clock.now() - this.#began)
    this.#undo = this.#host.clock.after(Math.max(0, left), () => {
      // What is due at the same time gives the command first that led to this step.
      if (this.#isAhead(step)) this.#undo = this.#host.clock.after(0, () => this.#go(step))
      else this.#go(step)
    })
  }

  #go(step: TraceStep): void {
    this.#next += 1
    this.#wait()
    this.#take(step)
  }

  /** Whether a command that stands before that step, at the same time, has not been given yet. */
  #isAhead({ at }: TraceStep): boolean {
    const { asked } = this.#trace
    while ((asked[this.#passed]?.before ?? Number.POSITIVE_INFINITY) <= this.#next) this.#passed += 1
    for (let index = this.#passed - 1; asked[index]?.at === at; index -= 1)
      if (this.#unclaimed.has(asked[index] as Asked)) return true
    return false
  }

  #take(step: TraceStep): void {
    switch (step.type) {
      case 'world':
        this.#world = step.world
        return this.#host.changed()
      case 'call':
        return this.#onCall(step.call)
      case 'outcome':
        this.#over.add(step.of)
        return this.#waiting.get(step.of)?.resolve()
      case 'question':
        return this.#questions.get(step.of)?.(step.fields, step.attempt)
    }
  }

  /** Gives a command the outcome of the first one in the trace that is like it and has not been given yet. */
  async #carryOut(
    ask: Command,
    { signal }: Call,
    {
      id = null,
      activation = null,
      question = null,
    }: {
      readonly id?: string | null
      readonly activation?: string | null
      readonly question?: Question | null
    } = {},
  ): Promise<string | null> {
    const closed = this.#closed.signal
    closed.throwIfAborted()
    signal.throwIfAborted()
    const asked = this.#claim(ask, id, activation)
    const end = deferred()
    const undo = [
      onAbort(signal, () => end.reject(signal.reason)),
      onAbort(closed, () => end.reject(closed.reason)),
    ]
    this.#waiting.set(asked, end)
    if (question !== null) this.#questions.set(asked, question)
    if (this.#over.has(asked)) end.resolve()
    try {
      await end.promise
    } finally {
      this.#waiting.delete(asked)
      for (const one of undo) one()
    }
    const { outcome } = asked
    if (outcome === null) return null
    if ('error' in outcome) throw new BackendError(outcome.error.code, outcome.error.message)
    return outcome.answer
  }

  #claim(ask: Command, id: string | null, activation: string | null): Asked {
    for (const asked of this.#unclaimed) {
      if (asked.ask !== ask || asked.id !== id || asked.activation !== activation) continue
      this.#unclaimed.delete(asked)
      return asked
    }
    const of = id === null ? '' : ` ${JSON.stringify(id)}`
    throw new BackendError('ERR_NOT_SUPPORTED', `replay: the trace has no answer to ${ask}${of}`)
  }
}

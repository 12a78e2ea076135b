import {
  asyncDispose,
  type CallOptions,
  type Clock,
  type Health,
  type LinkInterface,
  type ListenOptions,
  type NetworkConfiguration,
  type NetworkSessionError,
  type OpenOptions,
  observable,
  type RoamingOffer,
  type RoamingTrial,
  type SessionEvents,
  type SessionSnapshot,
  type SessionState,
  type SnapshotObservable,
  type UsagePolicy,
} from '@roamkit/core'
import {
  checkArgument,
  checkListening,
  checkOptions,
  expected,
  snapshotObservable,
  snapshots,
} from '@roamkit/core/backend-kit'
import { sessionErrorOf } from './errors.js'
import type { SessionMirror } from './mirrors.js'
import { SESSION_EVENTS } from './session-events.js'
import type { SessionModel } from './session-model.js'

/** What a session shares with all others of its connection. */
export interface MirrorContext {
  readonly clock: Clock
  readonly isClosed: boolean
  onEnd(listener: () => void): () => void
}

const CALL_OPTIONS = { signal: expected.signal } as const
const OPEN_OPTIONS = {
  ...CALL_OPTIONS,
  keepOpen: {
    wants: "true, false or 'always'",
    holds: (value: unknown) => typeof value === 'boolean' || value === 'always',
  },
  lastClose: expected.oneOf('down', 'leave', 'restore'),
} as const

/** The members of a session, on what a guest knows about it. */
export class MirroredSession implements SessionMirror {
  readonly #model: SessionModel
  readonly #context: MirrorContext
  #connectInBackground: boolean | null = null

  constructor(model: SessionModel, context: MirrorContext) {
    this.#model = model
    this.#context = context
  }

  get configuration(): NetworkConfiguration {
    return this.#model.snapshot.configuration
  }

  get state(): SessionState {
    return this.#model.snapshot.state
  }

  get isOpen(): boolean {
    return this.#model.snapshot.isOpen
  }

  get isConnected(): boolean {
    return this.#model.snapshot.isConnected
  }

  get isReopening(): boolean {
    return this.#model.snapshot.isReopening
  }

  get error(): NetworkSessionError | null {
    const { error } = this.#model.snapshot
    return error === null ? null : sessionErrorOf(error)
  }

  get errorString(): string {
    return this.#model.snapshot.error?.message ?? ''
  }

  get interface(): LinkInterface | null {
    return this.#model.snapshot.interface
  }

  get clock(): Clock {
    return this.#context.clock
  }

  get health(): Health {
    return this.#model.snapshot.health
  }

  get activeConfiguration(): string {
    return this.#model.snapshot.activeConfiguration
  }

  get usagePolicies(): readonly UsagePolicy[] {
    return this.#model.snapshot.usagePolicies
  }

  get bytesReceived(): number {
    return this.#model.traffic.received
  }

  get bytesWritten(): number {
    return this.#model.traffic.written
  }

  get connectInBackground(): boolean {
    return this.#connectInBackground ?? false
  }

  set connectInBackground(value: boolean) {
    checkArgument('ConnectInBackground', value, expected.flag)
    this.#connectInBackground = value
  }

  get offer(): RoamingOffer | null {
    const { offer } = this.#model.snapshot
    return offer === null ? null : this.#model.handles.offer(offer)
  }

  get trial(): RoamingTrial | null {
    const { trial } = this.#model.snapshot
    return trial === null ? null : this.#model.handles.trial(trial)
  }

  open(options: OpenOptions = {}): Promise<void> {
    const connectInBackground = this.#connectInBackground
    return checked(
      () => checkOptions('open()', options, OPEN_OPTIONS),
      () => {
        const { signal, keepOpen = false, lastClose = null } = options
        return this.#model.call('open', { keepOpen, lastClose, connectInBackground }, signal)
      },
    )
  }

  close(options: CallOptions = {}): Promise<void> {
    return checked(
      () => checkOptions('close()', options, CALL_OPTIONS),
      () => this.#close(options),
    )
  }

  async #close({ signal }: CallOptions): Promise<void> {
    // A session that the host does not know is not open (rule S9).
    if (!this.#model.isKnown) return
    try {
      await this.#model.call('close', null, signal)
    } catch (error) {
      // The end of the connection closes it, too, as that of a manager does.
      if (signal?.aborted || !this.#context.isClosed) throw error
    }
  }

  stop(options: CallOptions = {}): Promise<void> {
    return checked(
      () => checkOptions('stop()', options, CALL_OPTIONS),
      () => this.#model.call('stop', null, options.signal),
    )
  }

  migrate(id?: number): Promise<boolean> {
    return this.#model.answer('migrate', id)
  }

  ignore(id?: number): Promise<boolean> {
    return this.#model.answer('ignore', id)
  }

  accept(id?: number): Promise<boolean> {
    return this.#model.answer('accept', id)
  }

  reject(id?: number): Promise<boolean> {
    return this.#model.answer('reject', id)
  }

  report(evidence: 'alive' | 'failed'): void {
    checkArgument('the evidence of report()', evidence, expected.oneOf('alive', 'failed'))
    this.#model.tell('report', evidence)
  }

  holdOff(ms: number): void {
    checkArgument('the time of holdOff()', ms, expected.milliseconds)
    this.#model.tell('holdOff', ms)
  }

  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (...values: SessionEvents[Name]) => void,
    options?: ListenOptions,
  ): () => void {
    checkListening(SESSION_EVENTS, name, listener, options)
    return this.#context.isClosed ? () => {} : this.#model.emitter.on(name, listener, options)
  }

  subscribe(listener: () => void): () => void {
    checkArgument('the listener of subscribe()', listener, expected.callback)
    return this.#context.isClosed ? () => {} : this.#model.subscribe(this, listener)
  }

  getSnapshot(): SessionSnapshot {
    return this.#model.snapshot
  }

  [Symbol.asyncIterator](): AsyncGenerator<SessionSnapshot, void> {
    return snapshots(this, (end) => this.#context.onEnd(end))
  }

  [observable](): SnapshotObservable<SessionSnapshot> {
    return snapshotObservable(this, (end) => this.#context.onEnd(end))
  }

  [asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Rejects if the check throws (rule E2). A call that fails never counts as an unhandled rejection: events say so, too (rule S17). */
function checked(check: () => void, call: () => Promise<unknown>): Promise<void> {
  try {
    check()
  } catch (error) {
    return Promise.reject(error)
  }
  const done = call().then(() => undefined)
  done.catch(() => undefined)
  return done
}

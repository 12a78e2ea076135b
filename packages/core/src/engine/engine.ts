import { holderSpanOf } from '../configurations/capabilities.js'
import type { Catalogue, CatalogueChange } from '../configurations/catalogue.js'
import type { ServiceNetworkDefinition } from '../configurations/service-network.js'
import { USER_CHOICE_NAME } from '../configurations/user-choice.js'
import { asyncDispose, type Backend, type Holders } from '../contract/index.js'
import type { LinkState } from '../links/link-state.js'
import { Queue } from '../primitives/collections/queue.js'
import { deferred, ignoreRejection } from '../primitives/deferred.js'
import { Emitter } from '../primitives/emitter.js'
import { protect } from '../primitives/report-error.js'
import type { Times } from '../primitives/time/times.js'
import { closedError, closedSessionError } from '../sessions/session-error.js'
import type { SessionState } from '../sessions/session-state.js'
import type { Reading, WorldWatch } from '../world/world-watch.js'
import { Batch, event, type Input, type Message, type Output, outputsOf } from './batch.js'
import { type EngineOptions, type EngineParts, engineParts } from './engine-parts.js'
import type { HealthRunner } from './sessions/health-runner.js'
import type { RoamingCall } from './sessions/roaming-runner.js'
import type { SessionRecord } from './sessions/session-record.js'
import { abandon, type RequestOptions } from './sessions/session-runner.js'

/** What the engine emits for its manager. */
type EngineEvents = {
  /** The configurations, or the host, are different; before any event of a session. */
  changed: readonly [change: CatalogueChange]
  /** The machine has woken up, after so many milliseconds (rule L4). */
  resumed: readonly [msAsleep: number]
  /** After all events of a batch that changed the configurations. */
  applied: readonly []
}

/** The one loop: takes inputs one at a time, and has everything done that the machines of links and sessions want. It decides nothing itself. */
export class Engine {
  readonly backend: Required<Backend>
  readonly watch: WorldWatch
  readonly catalogue: Catalogue
  readonly times: Times
  /** Who counts the holders of links. */
  readonly holders: Holders
  readonly events = new Emitter<EngineEvents>()
  readonly #log: (event: string, detail: object) => void
  readonly #parts: EngineParts
  readonly #queue = new Queue<Input>()
  readonly #giveUp = new AbortController()
  readonly #onEnd = new Set<() => void>()
  #pumping = false
  #isPoked = false
  #lastSession = 0
  #closing: Promise<void> | null = null
  #quiet: (() => void) | null = null
  #isClosed = false

  constructor(backend: Required<Backend>, times: Times, options: EngineOptions) {
    this.backend = backend
    this.times = times
    this.#log = options.log
    const parts = engineParts(backend, times, options, {
      post: (input) => this.post(input),
      due: () => this.post(() => this.#due()),
      signal: this.#giveUp.signal,
    })
    this.#parts = parts
    this.watch = parts.watch
    this.holders = parts.holders
    this.catalogue = parts.catalogue
  }

  /** From `close()` on. */
  get isClosing(): boolean {
    return this.#closing !== null
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Calls back when nothing will happen any more, at once if that is so. Returns the undo. */
  onEnd(listener: () => void): () => void {
    if (this.#isClosed) listener()
    else this.#onEnd.add(listener)
    return () => {
      this.#onEnd.delete(listener)
    }
  }

  /** Aborted when the manager is closed; the reason is the error that pending calls reject with. */
  get signal(): AbortSignal {
    return this.#giveUp.signal
  }

  nextSession(): number {
    this.#lastSession += 1
    return this.#lastSession
  }

  /** Something may have changed in the world: it will be read, once, however often this is called. */
  poke(): void {
    if (this.#isPoked || this.#isClosed) return
    this.#isPoked = true
    this.post(() => [])
  }

  /** Queues an input. Each is applied, and its events emitted and its promises settled, before the next one. */
  post(input: Input): void {
    if (this.#isClosed) return
    this.#queue.push(input)
    this.#pump()
  }

  /** Queues an input and resolves after its events; rejects if the manager is closed before. */
  run(input: Input): Promise<void> {
    const { promise, resolve, reject } = deferred()
    const undo = this.onEnd(() => reject(closedError()))
    this.post(() => {
      undo()
      return [...input(), { to: 'caller', settle: resolve }]
    })
    return promise
  }

  /** Sets a configuration's `connectTimeout`, which is a change of it (rule C6). */
  setConnectTimeout(id: string, ms: number): boolean {
    if (this.#isClosed || !this.catalogue.setConnectTimeout(id, ms)) return false
    const network = this.catalogue.network(id)
    if (network !== null) this.post(() => this.#ranked(this.catalogue.rank(network)))
    else {
      this.watch.touch(id)
      this.poke()
    }
    return true
  }

  /** Defines a service network; it is there at once, and its event comes like any other (rule M5). */
  define(definition: ServiceNetworkDefinition): void {
    const change = this.catalogue.define(definition)
    this.post(() => this.#changed(change))
  }

  /** Takes a service network away; false if there is none. */
  undefine(identifier: string): boolean {
    const network = this.catalogue.network(identifier)
    const change = this.catalogue.undefine(identifier)
    if (network !== null) this.#parts.health.forget(network)
    if (change === null) return false
    this.post(() => this.#changed(change))
    return true
  }

  /** A session's `open()`, `close()` or `stop()`. */
  request(record: SessionRecord, doing: 'open' | 'close' | 'stop', options: RequestOptions): Promise<void> {
    if (this.#closing === null) {
      this.#parts.registry.settleKind(record)
      if (doing === 'stop' && this.#parts.chooser.isUndecided(record)) {
        this.#parts.chooser.cancel(record)
        // There is no link to stop: a question that is being asked is taken back (rules S9, S9a).
        if (options.signal?.aborted) return ignoreRejection(Promise.reject(options.signal.reason))
        return ignoreRejection(this.run(() => [{ to: 'record', record }]))
      }
      if (doing === 'open' && this.#parts.chooser.mustChoose(record)) {
        const open = () => this.request(record, 'open', options)
        const opened = this.#parts.chooser.open(record, options.signal, open)
        this.review(record)
        return opened
      }
      if (doing === 'close') this.#parts.chooser.cancel(record)
      const promise = this.#parts.sessions.request(record, doing, options)
      this.review(record)
      return promise
    }
    if (doing !== 'open') return this.#closing
    const name = this.catalogue.get(record.target).name || record.target
    return ignoreRejection(Promise.reject(closedSessionError(name)))
  }

  /** A session's answer to an offer or a trial, or only to the one with that id; false at any other time (rules R14, R22). */
  answer(record: SessionRecord, call: RoamingCall, id?: number): Promise<boolean> {
    const { network } = record
    if (network === null || this.isClosing) return Promise.resolve(false)
    return this.#parts.roaming.answer(record, network, call, id)
  }

  /** No roam of its own accord for so many milliseconds (rule L5). */
  holdOff(record: SessionRecord, ms: number): void {
    this.post(() => {
      const use = record.network
      return use === null ? [] : [{ to: 'serviceNetwork', record, use, input: { type: 'holdOff', ms } }]
    })
  }

  /** AutoCloseSessionTimeout: effective only if the backend polls. */
  setAutoClose(record: SessionRecord, ms: number | null): void {
    if (this.isClosing) return
    this.#parts.sessions.setAutoClose(record, this.watch.world.updates === 'polling' ? ms : null)
    this.review(record)
  }

  /** A session got or lost a listener, or it began something. */
  review(record: SessionRecord): void {
    if (!this.#isClosed) this.#parts.registry.review(record)
  }

  /** A listener came or went, which may change who is asked before roaming (rule R21). */
  noteInterest(record: SessionRecord): void {
    this.review(record)
    if (record.network?.machine.phase === 'open') this.post(() => [{ to: 'lookout', record }])
  }

  /** The links that sessions of this manager look at or use. */
  get links(): readonly LinkState[] {
    return this.#parts.linkStates.all
  }

  /** What is known of the link that a session uses (rule L1). */
  get health(): HealthRunner {
    return this.#parts.health
  }

  sessionState(record: SessionRecord): SessionState {
    return this.#parts.registry.stateOf(record)
  }

  activeLink(record: SessionRecord): LinkState {
    return this.#parts.registry.activeLink(record)
  }

  /** Ends everything by its phase, within `closeTimeout` (rule M7). */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { clock, closeTimeout } = this.times
    const late = deferred()
    const undo = clock.after(closeTimeout, late.resolve)
    const quiet = deferred()
    this.post(() => this.#closeAll(quiet.resolve))
    await Promise.race([quiet.promise, late.promise])
    this.#end()
    const dispose = Promise.allSettled([this.backend, this.holders].map(async (one) => one[asyncDispose]()))
    const disposed = await Promise.race([dispose, late.promise])
    for (const one of disposed ?? [])
      if (one.status === 'rejected') this.#log('disposeFailed', { error: one.reason })
    undo()
  }

  /** What was called before `close()`, in the same tick, is not over before this. */
  #closeAll(quiet: () => void): readonly Output[] {
    this.#quiet = quiet
    return [...this.#parts.registry.records].flatMap((record) => {
      const rejected = [
        ...this.#parts.chooser.takeBack(record, closedSessionError(USER_CHOICE_NAME)),
        ...this.#parts.sessions.rejectOpenings(record),
      ]
      if (record.phase === 'closed' && record.use.machine.reopenings === 0) return rejected
      const call = this.#parts.sessions.nextCall()
      return [...rejected, { to: 'session', record, input: { type: 'close', call, keepOpen: false } }]
    })
  }

  /** Nothing happens after this: no event, no timer. */
  #end(): void {
    this.#isClosed = true
    this.#queue.clear()
    this.#giveUp.abort(closedError())
    this.#parts.health.dispose()
    this.#parts.linkStates.dispose()
    this.#parts.agenda.dispose()
    for (const record of this.#parts.registry.records) abandon(record)
    this.#parts.registry.clear()
    for (const listener of this.#onEnd) listener()
    this.#onEnd.clear()
  }

  /** One input a microtask, so that those who awaited the promises of one run before the next is applied. */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    queueMicrotask(() => {
      const input = this.#queue.shift()
      try {
        if (input !== undefined) this.#take(input)
      } finally {
        // Only now: what the step has settled is heard before the next one runs.
        this.#pumping = false
        if (this.#queue.length > 0) this.#pump()
      }
    })
  }

  /** The world first, as a batch of its own: a deadline that is over in the same moment must not end what has just come back. */
  #take(input: Input): void {
    this.#apply(outputsOf(() => this.#readWorld()))
    this.#apply(outputsOf(input))
    if (this.#quiet !== null && this.#parts.linkStates.isIdle) this.#quiet()
  }

  /** Has everything done that an input sets off, then emits the events of it, then settles promises (rule S19). */
  #apply(outputs: readonly Output[]): void {
    if (outputs.length === 0) return
    const batch = new Batch()
    batch.add(outputs)
    for (let message = batch.next(); message !== null; message = batch.next())
      batch.add(this.#deliver(message, batch))
    for (const record of batch.records) {
      batch.add(this.#parts.sessions.answerWaiters(record))
      batch.add(this.#parts.roaming.activeChanges(record))
      batch.add(this.#parts.registry.changesOf(record))
    }
    for (const command of batch.commands) protect(command)
    batch.emit()
    if (batch.isNews) this.events.emit('applied')
    for (const record of batch.records) record.subscribers.notify()
    for (const settle of batch.settlements) settle()
    this.#parts.sessions.forgetErrors()
    for (const record of batch.records) this.review(record)
    for (const id of batch.links) this.#parts.linkStates.tidy(id)
  }

  /** Hands a message to the machine that it is for. */
  #deliver(message: Message, { records }: Batch): readonly Output[] {
    switch (message.to) {
      case 'session': {
        const { record, input } = message
        const { use } = record
        if (use.kind === 'accessPoint') return this.#parts.sessions.run(record, use, input)
        return this.#parts.roaming.run(record, use, input)
      }
      case 'accessPoint':
        return this.#parts.sessions.run(message.record, message.use, message.input)
      case 'serviceNetwork':
        return this.#parts.roaming.run(message.record, message.use, message.input)
      case 'link':
        return this.#parts.links.run(message.id, message.input)
      case 'members':
        return this.#parts.linkStates.show(message.id, records)
      case 'ranking':
        return this.#ranked(message.change())
      case 'lookout':
        return this.#parts.roaming.look(message.record)
    }
  }

  #readWorld(): readonly Output[] {
    this.#isPoked = false
    const { watch, catalogue } = this
    const wasReady = watch.world.service === 'ready'
    const recounted = catalogue.setHolderSpan(holderSpanOf(this.holders))
    const outputs = recounted === null ? [] : [...this.#changed(recounted)]
    const reading = watch.read()
    if (!reading.isNew) return outputs
    outputs.push(...this.#changed(catalogue.update(reading)))
    this.#parts.recoveries.arm()
    for (const id of reading.changed) outputs.push(...this.#parts.health.look(id))
    outputs.push(...this.#slept(reading))
    const ready = watch.world.service === 'ready'
    for (const id of this.#parts.linkStates.known(wasReady && ready ? reading.changed : undefined)) {
      const facts = watch.link(id)
      outputs.push({ to: 'link', id, input: { type: 'facts', facts, ready, lapsed: watch.isLapsed } })
    }
    return outputs
  }

  /** The machine sleeps, or has woken up (rule L4). */
  #slept({ resumed, rest }: Reading): readonly Output[] {
    const { health, registry } = this.#parts
    const outputs: Output[] = []
    if (resumed !== null) {
      outputs.push({ to: 'host', emit: () => this.events.emit('resumed', resumed) })
      for (const record of registry.records) outputs.push(event(record, 'resumed', resumed))
    }
    if (rest === null) return outputs
    health.isPaused = rest === 'begins'
    return [...outputs, ...registry.rested(rest)]
  }

  #changed(change: CatalogueChange): readonly Output[] {
    const emit = () => this.events.emit('changed', change)
    return [{ to: 'host', emit }, { to: 'stores' }, ...this.#parts.registry.affectedBy(change)]
  }

  /** Children of a service network have another order, or may be preferred to another one now. */
  #ranked(change: CatalogueChange): readonly Output[] {
    this.#parts.recoveries.arm()
    return change.changed.length > 0 ? this.#changed(change) : this.#parts.registry.affectedBy(change)
  }

  /** The first time that is over. */
  #due(): readonly Output[] {
    const owner = this.#parts.agenda.take()
    if (owner === null) return []
    if (typeof owner === 'string') return this.#parts.links.due(owner)
    return 'due' in owner ? owner.due() : this.#parts.sessions.due(owner)
  }
}

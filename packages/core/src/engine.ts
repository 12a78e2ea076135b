import { Catalogue, type CatalogueChange } from './catalogue.js'
import { Cause } from './cause.js'
import { asyncDispose, type Backend, type Holders } from './contract/index.js'
import { deferred } from './deferred.js'
import { inProcessHolders } from './holders.js'
import { type CommandHost, fall, rise, stop } from './link-commands.js'
import { reduceLink } from './link-machine.js'
import type { LinkEffect, LinkInput } from './link-messages.js'
import { idleLink, isIdle, type LinkState, linkSessionState } from './link-state.js'
import type { Times } from './options.js'
import { type RequestOptions, SessionDesk } from './session-desk.js'
import { closedError } from './session-error.js'
import { isAtRest, viewOf } from './session-machine.js'
import type { SessionRecord } from './session-record.js'
import { usagePoliciesOf } from './usage-policy.js'
import { WorldWatch } from './world-watch.js'

/** A link that sessions of this manager look at or use. */
interface Entry {
  state: LinkState
  /** For messages, also when the configuration is gone. */
  name: string
  readonly members: Set<SessionRecord>
  readonly timers: Map<string, () => void>
  abandonRise: () => void
  unwatch: (() => void) | null
}

/** What the engine tells its manager, after everything was applied and before any session is told. */
export interface EngineListener {
  /** Notes the host's events of one change. */
  changed(change: CatalogueChange, events: (() => void)[]): void
  /** After all events of a cause that changed the catalogue. */
  told(): void
}

/**
 * The one interpreter: takes inputs one at a time, feeds the link and session machines, and carries out their effects.
 * It decides nothing itself.
 */
export class Engine {
  readonly backend: Backend
  readonly watch: WorldWatch
  readonly catalogue: Catalogue
  readonly times: Times
  readonly #desk: SessionDesk
  readonly #listener: EngineListener
  readonly #holders: Holders
  readonly #entries = new Map<string, Entry>()
  readonly #queue: ((cause: Cause) => void)[] = []
  readonly #giveUp = new AbortController()
  readonly #commandHost: CommandHost
  #pumping = false
  #isWorldDirty = false
  #lastHolder = 0
  #closing: Promise<void> | null = null
  #quiet: (() => void) | null = null
  readonly #onEnd = new Set<() => void>()
  #isClosed = false

  constructor(backend: Backend, times: Times, holders: Holders | null, listener: EngineListener) {
    this.backend = backend
    this.times = times
    this.#listener = listener
    this.watch = new WorldWatch(backend, times, () => this.poke())
    this.catalogue = new Catalogue(this.watch)
    // Without a scope nobody else can have the same links.
    this.#holders =
      holders ?? (this.watch.world.scope === null ? inProcessHolders(new Map()) : inProcessHolders())
    this.#desk = new SessionDesk({
      times,
      catalogue: this.catalogue,
      nameOf: (id) => this.#entries.get(id)?.name || id,
      post: (input) => this.post(input),
      after: (ms, run) => this.#after(ms, run),
    })
    this.#commandHost = {
      backend,
      holders: this.#holders,
      clock: times.clock,
      scope: this.watch.world.scope ?? '',
      signal: this.#giveUp.signal,
      windDownTimeout: times.windDownTimeout,
      isHeldHere: (id) => (this.#entries.get(id)?.state.holds.size ?? 0) > 0,
      post: (id, input) => this.post((cause) => cause.todo.push({ id, input })),
    }
  }

  /** From `close()` on. */
  get isClosing(): boolean {
    return this.#closing !== null
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Calls back when nothing will happen any more, at once where that is so. Returns the undo. */
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

  nextHolder(): number {
    this.#lastHolder += 1
    return this.#lastHolder
  }

  /** Something may have changed in the world: it will be read, once, however often this is called. */
  poke(): void {
    if (this.#isWorldDirty || this.#isClosed) return
    this.#isWorldDirty = true
    this.post(() => {})
  }

  /** Queues an input. Each is applied, told and settled before the next one. */
  post(input: (cause: Cause) => void): void {
    if (this.#isClosed) return
    this.#queue.push(input)
    this.#pump()
  }

  /** Queues an input and resolves after its events; rejects where the manager is closed before. */
  run(input: (cause: Cause) => void): Promise<void> {
    const { promise, resolve, reject } = deferred()
    const undo = this.onEnd(() => reject(closedError()))
    this.post((cause) => {
      input(cause)
      undo()
      cause.settlements.push(resolve)
    })
    return promise
  }

  /** Sets a configuration's `connectTimeout`, which is a change of it (rule C6). */
  setConnectTimeout(id: string, ms: number): boolean {
    if (this.#isClosed || !this.catalogue.setConnectTimeout(id, ms)) return false
    this.watch.touch(id)
    this.poke()
    return true
  }

  /** A session's `open()`, `close()` or `stop()`. */
  request(record: SessionRecord, doing: 'open' | 'close' | 'stop', options: RequestOptions): Promise<void> {
    if (this.#closing === null) {
      const promise = this.#desk.request(record, doing, options)
      this.review(record)
      return promise
    }
    if (doing !== 'open') return this.#closing
    const rejected = Promise.reject(closedError())
    rejected.catch(() => undefined)
    return rejected
  }

  /** AutoCloseSessionTimeout: effective only where the backend polls. */
  setAutoClose(record: SessionRecord, ms: number | null): void {
    if (this.isClosing) return
    this.#desk.setAutoClose(record, this.watch.world.updates === 'polling' ? ms : null)
    this.review(record)
  }

  /** A session is kept informed while somebody listens or it has something under way, and forgotten otherwise. */
  review(record: SessionRecord): void {
    if (this.#isClosed) return
    const isWanted =
      record.emitter.count() > 0 ||
      record.subscribers.size > 0 ||
      record.calls.size > 0 ||
      record.waiters.size > 0 ||
      record.stopAutoClose !== null ||
      !isAtRest(record.machine)
    if (isWanted === (record.told !== null)) return
    if (isWanted) {
      const entry = this.#entry(record.identifier)
      entry.members.add(record)
      record.told = linkSessionState(entry.state)
      record.toldPolicies = usagePoliciesOf(entry.state.facts)
    } else {
      record.told = null
      this.#entries.get(record.identifier)?.members.delete(record)
      this.#tidy(record.identifier)
    }
  }

  /** A link as its sessions see it now. */
  linkState(id: string): LinkState {
    const entry = this.#entries.get(id)
    return entry?.state ?? idleLink(id, this.watch.link(id), this.#isReady())
  }

  /** The links that sessions of this manager look at or use. */
  get links(): readonly LinkState[] {
    return [...this.#entries.values()].map(({ state }) => state)
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
    this.#quiet = quiet.resolve
    this.post((cause) => {
      const records = [...this.#entries.values()].flatMap(({ members }) => [...members])
      for (const record of records) {
        if (record.machine.phase === 'closed' && record.machine.reopenings === 0) continue
        this.#desk.feed(cause, record, { type: 'close', call: this.#desk.nextCall() })
      }
    })
    await Promise.race([quiet.promise, late.promise])
    this.#end()
    const dispose = Promise.allSettled([
      Promise.resolve(this.backend[asyncDispose]()),
      this.#holders[asyncDispose](),
    ])
    await Promise.race([dispose, late.promise])
    undo()
  }

  /** Nothing happens after this: no event, no timer. */
  #end(): void {
    this.#isClosed = true
    this.#queue.length = 0
    this.#giveUp.abort(closedError())
    this.watch.dispose()
    for (const entry of this.#entries.values()) {
      for (const undo of entry.timers.values()) undo()
      entry.unwatch?.()
      for (const record of entry.members) SessionDesk.abandon(record)
    }
    this.#entries.clear()
    for (const listener of this.#onEnd) listener()
    this.#onEnd.clear()
  }

  #isReady(): boolean {
    return this.watch.world.service === 'ready'
  }

  /** One input a microtask, so that those who awaited the promises of one run before the next is applied. */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    queueMicrotask(() => {
      this.#pumping = false
      const input = this.#queue.shift()
      if (input === undefined) return
      if (this.#queue.length > 0) this.#pump()
      this.#step(input)
    })
  }

  #step(input: (cause: Cause) => void): void {
    const cause = new Cause()
    const isNews = this.#readWorld(cause)
    input(cause)
    this.#work(cause)
    this.#noteChanges(cause)
    for (const command of cause.commands) command()
    cause.tellAll()
    if (isNews) this.#listener.told()
    for (const record of cause.records) for (const subscriber of [...record.subscribers]) subscriber()
    for (const settle of cause.settlements) settle()
    for (const record of cause.records) this.review(record)
    for (const id of cause.links) this.#tidy(id)
    if (this.#quiet !== null && [...this.#entries.values()].every(({ state }) => isIdle(state))) this.#quiet()
  }

  #readWorld(cause: Cause): boolean {
    this.#isWorldDirty = false
    const wasReady = this.#isReady()
    const reading = this.watch.read()
    if (!reading.isNew) return false
    const change = this.catalogue.update(reading)
    this.#listener.changed(change, cause.events)
    const isReady = this.#isReady()
    const ids = wasReady === isReady && isReady ? reading.changed : this.#entries.keys()
    for (const id of [...ids]) {
      if (!this.#entries.has(id)) continue
      cause.todo.push({ id, input: { type: 'facts', facts: this.watch.link(id), ready: isReady } })
    }
    return true
  }

  /** Feeds the machines until nothing is left to tell them. */
  #work(cause: Cause): void {
    for (;;) {
      const next = cause.todo.shift()
      if (next !== undefined) {
        this.#link(cause, next.id, next.input)
        continue
      }
      const [id] = cause.dirty
      if (id === undefined) return
      cause.dirty.delete(id)
      const entry = this.#entries.get(id)
      if (entry === undefined) continue
      const view = viewOf(entry.state)
      for (const record of [...entry.members]) this.#desk.feed(cause, record, { type: 'view', view })
    }
  }

  #link(cause: Cause, id: string, input: LinkInput): void {
    const entry = this.#entry(id)
    entry.name = this.watch.link(id)?.name ?? entry.name
    const [state, effects] = reduceLink(entry.state, input)
    entry.state = state
    cause.dirty.add(id)
    cause.links.add(id)
    for (const effect of effects) this.#linkEffect(cause, id, entry, effect)
  }

  #linkEffect(cause: Cause, id: string, entry: Entry, effect: LinkEffect): void {
    const host = this.#commandHost
    switch (effect.type) {
      case 'rise':
        entry.unwatch ??= host.holders.watch(host.scope, id, (activation) =>
          host.post(id, { type: 'stoppingElsewhere', activation }),
        )
        cause.commands.push(() => {
          entry.abandonRise = rise(host, id)
        })
        return
      case 'abandonRise':
        return entry.abandonRise()
      case 'fall':
        cause.commands.push(() => fall(host, id, effect.lastClose))
        return
      case 'stop':
        cause.commands.push(() => stop(host, id))
        return
      case 'startTimer':
        return this.#startTimer(id, entry, effect.timer)
      case 'stopTimer':
        entry.timers.get(effect.timer)?.()
        entry.timers.delete(effect.timer)
        return
      case 'notice': {
        const record = [...entry.members].find(({ by }) => by === effect.to)
        if (record !== undefined) this.#desk.feed(cause, record, { type: 'notice', notice: effect.notice })
      }
    }
  }

  #startTimer(id: string, entry: Entry, timer: 'attempt' | 'descent'): void {
    const ms = timer === 'attempt' ? this.catalogue.connectTimeout(id) : this.times.windDownTimeout
    const type = timer === 'attempt' ? 'attemptTimedOut' : 'descentTimedOut'
    entry.timers.get(timer)?.()
    entry.timers.set(
      timer,
      this.#after(ms, (cause) => cause.todo.push({ id, input: { type } })),
    )
  }

  #after(ms: number, run: (cause: Cause) => void): () => void {
    if (ms === Number.POSITIVE_INFINITY) return () => {}
    return this.times.clock.after(ms, () => this.post(run))
  }

  /** Everything is applied: what changed of the sessions' states, and who waited for them to open. */
  #noteChanges(cause: Cause): void {
    for (const id of cause.links) {
      const entry = this.#entries.get(id)
      if (entry === undefined) continue
      const state = linkSessionState(entry.state)
      const policies = usagePoliciesOf(entry.state.facts)
      for (const record of entry.members) {
        if (record.toldPolicies !== policies) {
          record.toldPolicies = policies
          cause.tell(record, 'usagePoliciesChanged', policies)
        }
        if (record.told === state) continue
        record.told = state
        cause.tell(record, 'stateChanged', state)
      }
    }
    for (const record of cause.records) this.#desk.answerWaiters(cause, record)
  }

  #entry(id: string): Entry {
    let entry = this.#entries.get(id)
    if (entry === undefined) {
      const facts = this.watch.link(id)
      entry = {
        state: idleLink(id, facts, this.#isReady()),
        name: facts?.name ?? id,
        members: new Set(),
        timers: new Map(),
        abandonRise: () => {},
        unwatch: null,
      }
      this.#entries.set(id, entry)
    }
    return entry
  }

  /** Forgets a link that nobody looks at or uses. */
  #tidy(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.members.size > 0 || !isIdle(entry.state)) return
    entry.unwatch?.()
    this.#entries.delete(id)
  }
}

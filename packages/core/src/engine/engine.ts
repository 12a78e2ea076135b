import { holderReachOf } from '../configurations/capabilities.js'
import { Catalogue, type CatalogueChange } from '../configurations/catalogue.js'
import type { ServiceNetworkDefinition } from '../configurations/service-network.js'
import { usagePoliciesOf } from '../configurations/usage-policy.js'
import { ChoiceDesk, type Chooser, cancelledError, USER_CHOICE } from '../configurations/user-choice.js'
import { asyncDispose, type Backend, type Holders } from '../contract/index.js'
import { type LinkState, linkSessionState } from '../links/link-state.js'
import type { Times } from '../manager-options.js'
import { deferred } from '../primitives/deferred.js'
import { Queue } from '../primitives/queue.js'
import { protect, surface } from '../primitives/report-error.js'
import { activeChild, roamingSessionState } from '../roaming/roaming-state.js'
import { closedError, closedSessionError } from '../sessions/session-error.js'
import type { SessionState } from '../sessions/session-state.js'
import { WorldWatch } from '../world/world-watch.js'
import { Cause } from './cause.js'
import { inProcessHolders } from './in-process-holders.js'
import { LinkDesk } from './link-desk.js'
import { networkViewOf } from './network-view.js'
import { type RoamingCall, RoamingDesk } from './roaming-desk.js'
import { type DeskHost, type RequestOptions, type SessionCall, SessionDesk } from './session-desk.js'
import type { SessionRecord } from './session-record.js'

/** What the engine tells its manager, after everything was applied and before any session is told. */
export interface EngineListener {
  /** Notes the host's events of one change. */
  changed(change: CatalogueChange, events: (() => void)[]): void
  /** After all events of a cause that changed the catalogue. */
  told(): void
  log(event: string, detail: object): void
}

/**
 * The one interpreter: takes inputs one at a time, feeds the machines of links and sessions through their desks, and tells
 * what came of it. It decides nothing itself. Longer than other files, because the order of one step is best read in one place.
 */
export class Engine {
  readonly backend: Backend
  readonly watch: WorldWatch
  readonly catalogue: Catalogue
  readonly times: Times
  /** Who counts the holders of links. */
  readonly holders: Holders
  readonly #listener: EngineListener
  readonly #links: LinkDesk
  readonly #sessions: SessionDesk
  readonly #roaming: RoamingDesk
  readonly #choices: ChoiceDesk
  /** Those who are told of what happens. */
  readonly #records = new Set<SessionRecord>()
  readonly #queue = new Queue<(cause: Cause) => void>()
  readonly #giveUp = new AbortController()
  readonly #onEnd = new Set<() => void>()
  #pumping = false
  #isWorldDirty = false
  #lastHolder = 0
  #closing: Promise<void> | null = null
  #quiet: (() => void) | null = null
  #isClosed = false

  constructor(
    backend: Backend,
    times: Times,
    { holders, chooser }: { readonly holders: Holders | null; readonly chooser: Chooser | null },
    listener: EngineListener,
  ) {
    this.backend = backend
    this.times = times
    this.#listener = listener
    this.watch = new WorldWatch(backend, times, () => this.poke())
    // Without a scope nobody else can have the same links.
    const shared = this.watch.world.scope !== null
    this.holders = holders ?? (shared ? (backend.holders ?? inProcessHolders()) : inProcessHolders(new Map()))
    this.catalogue = new Catalogue(this.watch, {
      hasChooser: chooser !== null,
      reach: holderReachOf(this.holders),
    })
    const post = (input: (cause: Cause) => void) => this.post(input)
    const after = (ms: number, run: (cause: Cause) => void) => this.#after(ms, run)
    this.#links = new LinkDesk({
      backend,
      holders: this.holders,
      times,
      watch: this.watch,
      signal: this.#giveUp.signal,
      connectTimeout: (id) => this.catalogue.connectTimeout(id),
      post,
      after,
      notify: (cause, record, child, { notice }) => {
        if (record.isOnNetwork) this.#roaming.feed(cause, record, { type: 'notice', child, notice })
        else this.#sessions.feed(cause, record, { type: 'notice', notice })
      },
    })
    const host: DeskHost = {
      times,
      catalogue: this.catalogue,
      nameOf: (id) => this.#links.nameOf(id) || this.catalogue.get(id).name || id,
      post,
      after,
      feed: (cause, record, call) => this.#feed(cause, record, call),
    }
    this.#sessions = new SessionDesk(host)
    this.#roaming = new RoamingDesk(
      {
        ...host,
        networkView: (record) => this.#networkView(record),
        log: (event, detail) => listener.log(event, detail),
      },
      this.#sessions,
    )
    this.#choices = new ChoiceDesk({
      chooser,
      candidates: () => this.catalogue.list(),
      fallback: () => {
        const chosen = this.catalogue.overview.defaultConfiguration
        return chosen?.type === 'userChoice' ? null : chosen
      },
      post,
      refuse: (cause, record, error) => {
        record.error = error
        cause.tell(record, 'error', error)
      },
    })
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

  /** Defines a service network; it is there at once, and told of like any other change (rule M5). */
  define(definition: ServiceNetworkDefinition): void {
    const change = this.catalogue.define(definition)
    this.post((cause) => this.#noteChange(cause, change))
  }

  /** Takes a service network away; false where there is none. */
  undefine(identifier: string): boolean {
    const change = this.catalogue.undefine(identifier)
    if (change === null) return false
    this.post((cause) => this.#noteChange(cause, change))
    return true
  }

  /** A session's `open()`, `close()` or `stop()`. */
  request(record: SessionRecord, doing: 'open' | 'close' | 'stop', options: RequestOptions): Promise<void> {
    if (this.#closing === null) {
      this.#settleKind(record)
      if (doing === 'stop' && this.#isUndecided(record)) return this.#stopChoosing(record, options)
      if (doing === 'open' && this.#mustChoose(record)) return this.#openChosen(record, options)
      if (doing === 'close') this.#choices.cancel(record)
      const promise = this.#sessions.request(record, doing, options)
      this.review(record)
      return promise
    }
    if (doing !== 'open') return this.#closing
    const rejected = Promise.reject(
      closedSessionError(this.catalogue.get(record.target).name || record.target),
    )
    rejected.catch(() => undefined)
    return rejected
  }

  /** On the user's choice, and nothing is chosen, or opened yet. */
  #isUndecided(record: SessionRecord): boolean {
    return record.choosing !== null || (record.target === USER_CHOICE && this.catalogue.hasChooser)
  }

  /** There is no link to stop: a question that is being asked is taken back (rules S9, S9a). */
  #stopChoosing(record: SessionRecord, { signal }: RequestOptions): Promise<void> {
    this.#choices.cancel(record)
    const stopped = signal?.aborted
      ? Promise.reject(signal.reason)
      : this.run((cause) => cause.records.add(record))
    stopped.catch(() => undefined)
    return stopped
  }

  #mustChoose(record: SessionRecord): boolean {
    return record.identifier === USER_CHOICE && record.target === USER_CHOICE && this.catalogue.hasChooser
  }

  /** `open()` on the user's choice: asks first; `connectTimeout` does not run meanwhile (rule M6). */
  #openChosen(record: SessionRecord, options: RequestOptions): Promise<void> {
    const opened = this.#choices.choose(record, options.signal).then(() => {
      if (record.target === USER_CHOICE) throw cancelledError()
      record.choosing = null
      return this.request(record, 'open', options)
    })
    opened.catch(() => undefined)
    this.review(record)
    return opened
  }

  /** A session's answer to an offer or a trial, or only to the one with that id; false at any other time (rules R14, R22). */
  answer(record: SessionRecord, call: RoamingCall, id?: number): Promise<boolean> {
    const asked = call === 'migrate' || call === 'ignore' ? record.offerData : record.trialData
    if (id !== undefined && id !== asked?.id) return Promise.resolve(false)
    if (this.isClosing || !record.isOnNetwork) return Promise.resolve(false)
    return this.#roaming.answer(record, call)
  }

  /** AutoCloseSessionTimeout: effective only where the backend polls. */
  setAutoClose(record: SessionRecord, ms: number | null): void {
    if (this.isClosing) return
    this.#sessions.setAutoClose(record, this.watch.world.updates === 'polling' ? ms : null)
    this.review(record)
  }

  /** A session is kept informed while somebody listens or it has something under way, and forgotten otherwise. */
  review(record: SessionRecord): void {
    if (this.#isClosed) return
    // What the user chose holds as long as the session is opening, open or winding down.
    if (record.isAtRest && record.calls.size === 0 && record.phase === 'closed') this.#forgetChoice(record)
    if (record.isAtRest) this.#settleKind(record)
    const isWanted =
      record.emitter.count() > 0 ||
      record.subscribers.count > 0 ||
      record.calls.size > 0 ||
      record.waiters.size > 0 ||
      record.answers.size > 0 ||
      record.stopAutoClose !== null ||
      !record.isAtRest
    const isKnown = this.#records.has(record)
    if (isWanted) {
      this.#records.add(record)
      this.#follow(record, this.#linksOf(record))
      if (isKnown) return
      record.told = this.#currentState(record)
      record.toldPolicies = usagePoliciesOf(this.activeLink(record).facts)
    } else if (isKnown) {
      this.#records.delete(record)
      record.told = null
      this.#follow(record, new Set())
    }
  }

  #forgetChoice(record: SessionRecord): void {
    if (record.identifier !== USER_CHOICE || record.target === USER_CHOICE) return
    record.target = USER_CHOICE
    record.isOnNetwork = false
  }

  /** A listener came or went, which may change who is asked before roaming (rule R21). */
  noteInterest(record: SessionRecord): void {
    this.review(record)
    if (record.isOnNetwork && record.phase === 'open') this.post((cause) => cause.looks.add(record))
  }

  /** A link as its sessions see it now. */
  linkState(id: string): LinkState {
    return this.#links.state(id)
  }

  /** The links that sessions of this manager look at or use. */
  get links(): readonly LinkState[] {
    return this.#links.states
  }

  /** A session's state as it was told last, or as it is now, where nobody is told (rule S19). */
  sessionState(record: SessionRecord): SessionState {
    return record.told ?? this.#currentState(record)
  }

  #currentState(record: SessionRecord): SessionState {
    if (record.choosing !== null) return 'connecting'
    if (!this.#records.has(record)) this.#settleKind(record)
    if (record.target === USER_CHOICE && this.catalogue.hasChooser) return 'disconnected'
    if (!record.isOnNetwork) return linkSessionState(this.#links.state(record.target))
    return roamingSessionState(record.roaming, this.#networkView(record))
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
      for (const record of this.#records) {
        this.#choices.cancel(record)
        if (record.phase === 'closed' && record.machine.reopenings + record.roaming.reopenings === 0) continue
        this.#feed(cause, record, { type: 'close', call: this.#sessions.nextCall(), keepOpen: false })
      }
    })
    await Promise.race([quiet.promise, late.promise])
    this.#end()
    const dispose = Promise.allSettled([this.backend, this.holders].map(async (one) => one[asyncDispose]()))
    const disposed = await Promise.race([dispose, late.promise])
    for (const one of disposed ?? [])
      if (one.status === 'rejected') this.#listener.log('disposeFailed', { error: one.reason })
    undo()
  }

  /** Nothing happens after this: no event, no timer. */
  #end(): void {
    this.#isClosed = true
    this.#queue.clear()
    this.#giveUp.abort(closedError())
    this.watch.dispose()
    this.#links.dispose()
    for (const record of this.#records) SessionDesk.abandon(record)
    this.#records.clear()
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
        if (input !== undefined) this.#step(input)
      } finally {
        // Only now: what the step has settled is heard before the next one runs.
        this.#pumping = false
        if (this.#queue.length > 0) this.#pump()
      }
    })
  }

  /** The world first, as a cause of its own: a deadline that is over in the same moment must not end what has just come back. */
  #step(input: (cause: Cause) => void): void {
    const news = new Cause()
    // What one part throws must not keep the others from being applied, told and settled (rule S16).
    let isNew = false
    protect(() => {
      isNew = this.#readWorld(news)
    })
    if (isNew) this.#complete(news)
    const cause = new Cause()
    protect(() => input(cause))
    this.#complete(cause)
  }

  /** Applies everything that a cause sets off, then tells it, then settles promises (rule S19). */
  #complete(cause: Cause): void {
    this.#work(cause)
    this.#noteSessions(cause)
    for (const command of cause.commands) protect(command)
    cause.tellAll()
    if (cause.isNews) this.#listener.told()
    for (const record of cause.records) record.subscribers.tell()
    for (const settle of cause.settlements) settle()
    for (const record of cause.records) this.review(record)
    for (const id of cause.links) this.#links.tidy(id)
    if (this.#quiet !== null && this.#links.isIdle) this.#quiet()
  }

  #readWorld(cause: Cause): boolean {
    this.#isWorldDirty = false
    const wasReady = this.#isReady()
    const recounted = this.catalogue.setReach(holderReachOf(this.holders))
    if (recounted !== null) this.#noteChange(cause, recounted)
    const reading = this.watch.read()
    if (!reading.isNew) return recounted !== null
    this.#noteChange(cause, this.catalogue.update(reading))
    const ready = this.#isReady()
    const lapsed = this.watch.isLapsed
    for (const id of this.#links.known(wasReady && ready ? reading.changed : undefined))
      cause.todo.push({ id, input: { type: 'facts', facts: this.watch.link(id), ready, lapsed } })
    return true
  }

  #noteChange(cause: Cause, change: CatalogueChange): void {
    cause.isNews = true
    this.#listener.changed(change, cause.events)
    const networks = new Set<string>()
    for (const { type, identifier } of [...change.added, ...change.removed])
      if (type === 'serviceNetwork') networks.add(identifier)
    for (const record of this.#records) {
      // A session on one that is defined or removed comes alive, or does not any more (rules S1, S13).
      if (networks.has(record.target) && record.isIdle) {
        this.#settleKind(record)
        this.#follow(record, this.#linksOf(record))
        cause.records.add(record)
      }
      if (record.isOnNetwork) cause.looks.add(record)
    }
  }

  /** Whether a session is on an access point or a service network is settled anew whenever nothing is under way. */
  #settleKind(record: SessionRecord): void {
    if (record.isIdle) record.isOnNetwork = this.catalogue.network(record.target) !== null
  }

  /** Feeds the machines until nothing is left to tell them. */
  #work(cause: Cause): void {
    for (;;) {
      const next = cause.todo.shift()
      if (next !== undefined) {
        this.#links.feed(cause, next.id, next.input)
        continue
      }
      const [id] = cause.dirty
      if (id !== undefined) {
        cause.dirty.delete(id)
        this.#showLink(cause, id)
        continue
      }
      const [record] = cause.looks
      if (record === undefined) return
      cause.looks.delete(record)
      this.#roaming.feed(cause, record, { type: 'look' })
    }
  }

  #showLink(cause: Cause, id: string): void {
    const { view, to } = this.#links.show(id, cause.records)
    for (const record of to) {
      if (record.isOnNetwork) cause.looks.add(record)
      else this.#sessions.feed(cause, record, { type: 'view', view })
    }
  }

  #feed(cause: Cause, record: SessionRecord, call: SessionCall): void {
    if (record.isOnNetwork) this.#roaming.feed(cause, record, call)
    else this.#sessions.feed(cause, record, call)
  }

  #after(ms: number, run: (cause: Cause) => void): () => void {
    if (ms === Number.POSITIVE_INFINITY) return () => {}
    return this.times.clock.after(ms, () => this.post(run))
  }

  /** Everything is applied: what changed of the sessions, and who waited for them to open. */
  #noteSessions(cause: Cause): void {
    for (const record of cause.records) {
      this.#sessions.answerWaiters(cause, record)
      if (record.isOnNetwork) this.#roaming.noteActive(cause, record)
      // Before the state is told: from here on it is that of the question again (rule M6).
      if (record.isAtRest && record.calls.size === 0) this.#forgetChoice(record)
      if (record.told === null) continue
      const policies = usagePoliciesOf(this.activeLink(record).facts)
      if (record.toldPolicies !== policies) {
        record.toldPolicies = policies
        cause.tell(record, 'usagePoliciesChanged', policies)
      }
      const state = this.#currentState(record)
      if (record.told === state) continue
      record.told = state
      cause.tell(record, 'stateChanged', state)
    }
  }

  /** Has a session told of these links and no others. */
  #follow(record: SessionRecord, links: ReadonlySet<string>): void {
    const before = record.links
    record.links = links
    for (const id of links) if (!before.has(id)) this.#links.join(id, record)
    for (const id of before) if (!links.has(id)) this.#links.leave(id, record)
  }

  /** The links that concern a session: its own, or those of its children and whatever it still holds. */
  #linksOf(record: SessionRecord): ReadonlySet<string> {
    if (record.target === USER_CHOICE) return new Set()
    if (!record.isOnNetwork) return new Set([record.target])
    const { current, roam, leaving } = record.roaming
    const links = new Set(leaving)
    for (const { configuration } of this.catalogue.network(record.target)?.children ?? [])
      links.add(configuration.identifier)
    if (current !== null) links.add(current)
    if (roam?.kind === 'migrating' || roam?.kind === 'trial') links.add(roam.candidate)
    return links
  }

  /** The link that a session's traffic goes through: the active child's, or a closed service network's first active one. */
  activeLink(record: SessionRecord): LinkState {
    if (!record.isOnNetwork) return this.#links.state(record.target)
    const { children } = this.catalogue.get(record.target)
    const active = activeChild(record.roaming) ?? children.find((child) => child.is('active'))?.identifier
    return this.#links.state(active ?? record.target)
  }

  #networkView(record: SessionRecord) {
    return networkViewOf(
      {
        catalogue: this.catalogue,
        watch: this.watch,
        linkState: (id) => this.#links.state(id),
        isHeldElsewhere: (id) => this.#isHeldElsewhere(id),
      },
      record,
    )
  }

  #isHeldElsewhere(id: string): boolean {
    try {
      return this.holders.list(this.watch.world.scope ?? '', id).some(({ isSelf }) => !isSelf)
    } catch (error) {
      surface(error)
      return false
    }
  }

  #isReady(): boolean {
    return this.watch.world.service === 'ready'
  }
}

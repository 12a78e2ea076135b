import { Backoff, inProcessHolders } from '@roamkit/core/backend-kit'
import {
  type Activate,
  type Backend,
  BackendError,
  type BackendHost,
  type Call,
  type Holders,
  keepAlive,
  type PassedOver,
  type Traffic,
  type World,
} from '@roamkit/core/contract'
import type { Candidate } from './candidate.js'
import { Continuation } from './continuation.js'
import { type Counted, FollowingHolders } from './following-holders.js'
import { LeastPause } from './least-pause.js'
import { OpeningLimit } from './opening-limit.js'

/** After which pauses a daemon that runs and could not be read is tried again, in milliseconds. */
const RETRY_PAUSES = { first: 1000, longest: 60_000 }
/** How often a name on the bus can cause a review, in milliseconds: on some buses any program can come and go with such a name. */
const APPEARANCE_PAUSE = 1000
/** What a {@link FollowingBackend} needs. */
export interface FollowingOptions {
  /** What the drivers are for: `linux`. */
  readonly name: string
  /** The best first. */
  readonly candidates: readonly Candidate[]
  readonly host: BackendHost
  /** How long the backend in use may be away before another one takes over, in milliseconds. */
  readonly departureTimeout: number
  /** Reports when a daemon may have come, until the undo that it returns is called. */
  readonly watchServices: (appeared: () => void) => () => void
}

/**
 * A backend that is always the best of several. It changes when a better one comes, or begins to manage something, and when the one in use has
 * been away for long. Sessions on links that go on under the next backend do not notice ({@link Continuation}).
 */
export class FollowingBackend implements Backend {
  readonly #options: FollowingOptions
  readonly #open = new Map<Candidate, Backend>()
  /** What counts the holders of each that was in use. */
  readonly #counts = new Map<Candidate, Holders>()
  readonly #closing = new AbortController()
  #passedOver: readonly PassedOver[] = []
  /** Not set before the first one is picked. */
  #current!: Candidate
  #names = Continuation.none()
  #scope: string | null = null
  /** From the first backend on, because core asks for it only once. */
  #holders: FollowingHolders | null = null
  /** When the backend in use counts as gone; `null` while it is there. */
  #departure: (() => void) | null = null
  #isGone = false
  #review: Promise<void> | null = null
  #isReviewDue = false
  readonly #retry: Backoff
  readonly #appearances: LeastPause
  /** Of the opening that is under way, unless it is the first. */
  #limit: OpeningLimit | null = null
  #release: () => void = () => undefined
  /** Better ones than the one in use may come; `null` while there can be none. */
  #unwatchServices: (() => void) | null = null

  private constructor(options: FollowingOptions) {
    this.#options = options
    const { clock } = options.host
    this.#retry = new Backoff(clock, RETRY_PAUSES, () => this.review())
    this.#appearances = new LeastPause(clock, APPEARANCE_PAUSE, () => this.review())
  }

  /**
   * Opens the best one. Rejects with `ERR_SERVICE_LOST` and the reasons if there is none, with any other error of a driver, or with
   * `signal.reason`.
   */
  static async open(options: FollowingOptions, call: Call): Promise<FollowingBackend> {
    const self = new FollowingBackend(options)
    try {
      call.signal.throwIfAborted()
      const found = await self.#findBest(call)
      if (found === null) throw self.#noneIsThere()
      self.#begin(found)
      self.#release = keepAlive(options.host.clock)
      await self.#dropWorse()
      return self
    } catch (error) {
      await self[Symbol.asyncDispose]()
      throw error
    }
  }

  get holders(): Holders | null {
    return this.#holders
  }

  snapshot(): World {
    return this.#names.world(this.#backend.snapshot(), this.#scope)
  }

  async activate(id: string, request: Activate): Promise<string> {
    const names = this.#names
    const activation = await this.#run((backend) => backend.activate(names.idOf(id), named(request, id)))
    return names.ours(id, activation)
  }

  deactivate(id: string, activation: string, call: Call): Promise<void> {
    const names = this.#names
    return this.#run((backend) => backend.deactivate(names.idOf(id), names.theirs(id, activation), call))
  }

  scan(call: Call): Promise<void> {
    return this.#run((backend) => backend.scan(call))
  }

  recheck(id: string, call: Call): Promise<void> {
    return this.#run((backend) => backend.recheck(this.#names.idOf(id), call))
  }

  save(id: string, call: Call): Promise<void> {
    return this.#run((backend) => backend.save?.(this.#names.idOf(id), call) ?? this.#cannot('store'))
  }

  forget(id: string, call: Call): Promise<void> {
    return this.#run((backend) => backend.forget?.(this.#names.idOf(id), call) ?? this.#cannot('delete'))
  }

  traffic(id: string): Traffic | null {
    return this.#backend.traffic(this.#names.idOf(id))
  }

  /** Something has happened that may make another backend the best. */
  review(): void {
    this.#isReviewDue = true
    if (this.#closing.signal.aborted || this.#review !== null) return
    this.#review = this.#reviewAll().finally(() => {
      this.#review = null
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new BackendError('ERR_CLOSED', `the ${this.#options.name} backend is closed`))
    this.#stopDeparture()
    this.#retry.cancel()
    this.#appearances.cancel()
    this.#release()
    this.#unwatchServices?.()
    await this.#review
    await this.#holders?.[Symbol.asyncDispose]()
    await Promise.all([...this.#open].map(([candidate, backend]) => this.#dispose(candidate, backend)))
  }

  get #backend(): Backend {
    return this.#open.get(this.#current) as Backend
  }

  async #run<T>(command: (backend: Backend) => Promise<T>): Promise<T> {
    const candidate = this.#current
    try {
      return await command(this.#backend)
    } catch (error) {
      // It was disposed because a better one has taken over.
      const isReplaced =
        candidate !== this.#current && (error as { code?: unknown } | null)?.code === 'ERR_CLOSED'
      if (!isReplaced || this.#closing.signal.aborted) throw error
      const message = `${this.#current.driver.name} has taken over from ${candidate.driver.name}`
      throw new BackendError('ERR_SERVICE_LOST', message, { cause: error })
    }
  }

  async #cannot(what: string): Promise<never> {
    throw new BackendError('ERR_NOT_SUPPORTED', `${this.#current.driver.name} can ${what} nothing`)
  }

  /** The first one that is there and manages something. Opens those before it, too, which stay open if they manage nothing. */
  async #findBest(call: Call): Promise<Candidate | null> {
    const { candidates } = this.#options
    const passedOver: PassedOver[] = []
    this.#passedOver = passedOver
    for (const [place, candidate] of candidates.entries()) {
      const { driver, title } = candidate
      const { name } = driver
      try {
        const backend = await this.#opened(candidate, call)
        // One that was passed over may have come while others were opened.
        const best = candidates.slice(0, place + 1).findIndex((one) => this.#isThere(one))
        if (best >= 0) {
          passedOver.length = best
          return candidates[best] ?? null
        }
        const isReady = backend.snapshot().service === 'ready'
        passedOver.push({
          name,
          error: new Error(isReady ? `${title} manages no device` : `${title} is not running`),
        })
      } catch (error) {
        call.signal.throwIfAborted()
        if (!isAbsent(error)) this.#retryLater(error)
        passedOver.push({ name, error: error as Error })
      }
    }
    return null
  }

  /** One whose daemon runs, but cannot be opened. Nothing tells when it can. Before the first one is picked, that is the answer. */
  #retryLater(error: unknown): void {
    if (this.#current === undefined) throw error
    this.#options.host.log('a backend cannot be opened', { error })
    this.#retry.start()
  }

  async #opened(candidate: Candidate, call: Call): Promise<Backend> {
    const known = this.#open.get(candidate)
    if (known !== undefined) return known
    const { clock, log } = this.#options.host
    const host: BackendHost = {
      clock,
      log: (event, detail) => log(event, detail),
      changed: () => this.#changed(candidate),
    }
    this.#limit = this.#limitOf(candidate, call)
    try {
      const backend = await candidate.driver.open(host, this.#limit ?? call)
      this.#open.set(candidate, backend)
      call.signal.throwIfAborted()
      return backend
    } finally {
      this.#limit?.release()
      this.#limit = null
    }
  }

  /** One that does not answer must not keep the others from taking over. Nothing waits behind the last one, or for the first that is picked. */
  #limitOf(candidate: Candidate, call: Call): OpeningLimit | null {
    const { candidates, host } = this.#options
    if (this.#current === undefined || candidate === candidates.at(-1)) return null
    const limit = new OpeningLimit(candidate.driver.name, call, host.clock)
    if (this.#isGone) limit.hurry()
    return limit
  }

  /** Whether it can be used: one that is in use may be away for a while. */
  #isThere(candidate: Candidate): boolean {
    const backend = this.#open.get(candidate)
    if (backend === undefined) return false
    if (backend.snapshot().service === 'lost') return candidate === this.#current && !this.#isGone
    return candidate.manages(backend)
  }

  #changed(candidate: Candidate): void {
    const backend = this.#open.get(candidate)
    // Before the first one is picked, the search for it sees what has changed.
    if (this.#closing.signal.aborted || backend === undefined || this.#current === undefined) return
    if (candidate !== this.#current) {
      if (this.#isThere(candidate)) this.review()
      return
    }
    this.#options.host.changed()
    if (backend.snapshot().service === 'lost') this.#expectReturn()
    else {
      this.#stopDeparture()
      if (!candidate.manages(backend)) this.review()
    }
  }

  #expectReturn(): void {
    if (this.#departure !== null || this.#isGone) return
    this.#departure = this.#options.host.clock.after(this.#options.departureTimeout, () => {
      this.#isGone = true
      this.#limit?.hurry()
      this.review()
    })
  }

  #stopDeparture(): void {
    this.#departure?.()
    this.#departure = null
    this.#isGone = false
  }

  async #reviewAll(): Promise<void> {
    const call = { signal: this.#closing.signal }
    while (this.#isReviewDue && !call.signal.aborted) {
      this.#isReviewDue = false
      this.#retry.cancel()
      try {
        const best = await this.#findBest(call)
        if (best !== null && best !== this.#current) await this.#switchTo(best, call)
        await this.#dropWorse()
      } catch (error) {
        if (!call.signal.aborted) this.#options.host.log('a backend cannot be opened', { error })
      }
    }
  }

  #begin(first: Candidate): void {
    this.#current = first
    const counted = this.#counted()
    this.#scope = counted.scope
    this.#holders = new FollowingHolders(counted.scope, counted)
    this.#reportPicked()
    this.#watchServices()
  }

  async #switchTo(next: Candidate, call: Call): Promise<void> {
    const { host, name } = this.#options
    const before = this.snapshot()
    const last = this.#current
    this.#stopDeparture()
    this.#current = next
    this.#names = Continuation.between(before, this.#backend.snapshot())
    host.log(`${name}: another backend takes over`, { from: last.driver.name, to: next.driver.name })
    const isCounted = this.#holders?.follow(this.#counted(), call)
    this.#reportPicked()
    this.#watchServices()
    host.changed()
    await isCounted
  }

  /** Those that are better, and away, are used again when they return. */
  async #dropWorse(): Promise<void> {
    const { candidates } = this.#options
    for (const candidate of candidates.slice(candidates.indexOf(this.#current) + 1))
      await this.#drop(candidate)
  }

  async #drop(candidate: Candidate): Promise<void> {
    const backend = this.#open.get(candidate)
    if (backend === undefined) return
    this.#open.delete(candidate)
    await this.#dispose(candidate, backend)
  }

  async #dispose(candidate: Candidate, backend: Backend): Promise<void> {
    const holders = this.#counts.get(candidate)
    this.#counts.delete(candidate)
    if (holders !== undefined) this.#holders?.drop(holders)
    await backend[Symbol.asyncDispose]()
    if (backend.holders === null) await holders?.[Symbol.asyncDispose]()
  }

  /** Without a count of its own, the backend in use is counted as core would: in this process or, without a scope, in this manager. */
  #counted(): Counted {
    const { scope } = this.#backend.snapshot()
    const own = this.#counts.get(this.#current)
    const holders = this.#backend.holders ?? own ?? inProcessHolders(scope === null ? new Map() : undefined)
    this.#counts.set(this.#current, holders)
    return { holders, scope: scope ?? this.#current.driver.name, names: this.#names }
  }

  #watchServices(): void {
    if (this.#current === this.#options.candidates[0]) {
      this.#unwatchServices?.()
      this.#unwatchServices = null
      this.#retry.reset()
    } else this.#unwatchServices ??= this.#options.watchServices(() => this.#appearances.request())
  }

  #reportPicked(): void {
    this.#options.host.picked?.({ name: this.#current.driver.name, passedOver: [...this.#passedOver] })
  }

  #noneIsThere(): BackendError {
    const reasons = this.#passedOver.map(({ name, error }) => `${name}: ${error.message}`)
    return new BackendError(
      'ERR_SERVICE_LOST',
      `${this.#options.name}: no backend can be used (${reasons.join('; ')})`,
    )
  }
}

/** The question for a secret, by the id that the caller knows. */
function named(request: Activate, id: string): Activate {
  const { secret, signal } = request
  return { signal, secret: secret && ((ask, call) => secret({ ...ask, id }, call)) }
}

/** By name and code, never by `instanceof`: two copies of the contract may be loaded. */
function isAbsent(error: unknown): error is Error {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  return name === 'BackendError' && (code === 'ERR_SERVICE_LOST' || code === 'ERR_NOT_SUPPORTED')
}

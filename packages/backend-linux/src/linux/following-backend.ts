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
  readonly #closing = new AbortController()
  #passedOver: readonly PassedOver[] = []
  #current!: Candidate
  #names = Continuation.none()
  #scope: string | null = null
  #holders: FollowingHolders | null = null
  /** When the backend in use counts as gone; `null` while it is there. */
  #departure: (() => void) | null = null
  #isGone = false
  #review: Promise<void> | null = null
  #isReviewDue = false
  #release: () => void = () => undefined
  /** Better ones than the one in use may come; `null` while there can be none. */
  #unwatchServices: (() => void) | null = null

  private constructor(options: FollowingOptions) {
    this.#options = options
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
    this.#release()
    this.#unwatchServices?.()
    await this.#review
    await this.#holders?.[Symbol.asyncDispose]()
    await Promise.all([...this.#open.values()].map((backend) => backend[Symbol.asyncDispose]()))
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
    const passedOver: PassedOver[] = []
    this.#passedOver = passedOver
    for (const candidate of this.#options.candidates) {
      const { driver, title } = candidate
      const { name } = driver
      try {
        const backend = await this.#opened(candidate, call)
        if (this.#isThere(candidate, backend)) return candidate
        const isReady = backend.snapshot().service === 'ready'
        passedOver.push({
          name,
          error: new Error(isReady ? `${title} manages no device` : `${title} is not running`),
        })
      } catch (error) {
        call.signal.throwIfAborted()
        if (!isAbsent(error)) throw error
        passedOver.push({ name, error })
      }
    }
    return null
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
    const backend = await candidate.driver.open(host, call)
    this.#open.set(candidate, backend)
    call.signal.throwIfAborted()
    return backend
  }

  /** Whether it can be used: one that is in use may be away for a while. */
  #isThere(candidate: Candidate, backend: Backend): boolean {
    if (backend.snapshot().service === 'lost') return candidate === this.#current && !this.#isGone
    return candidate.manages(backend)
  }

  #changed(candidate: Candidate): void {
    const backend = this.#open.get(candidate)
    if (this.#closing.signal.aborted || backend === undefined) return
    if (candidate !== this.#current) {
      if (this.#isThere(candidate, backend)) this.review()
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
      try {
        const best = await this.#findBest(call)
        if (best !== null && best !== this.#current) await this.#switchTo(best, call)
      } catch (error) {
        if (!call.signal.aborted) this.#options.host.log('a backend cannot be opened', { error })
      }
    }
  }

  #begin(first: Candidate): void {
    this.#current = first
    const backend = this.#backend
    this.#scope = backend.snapshot().scope
    const counted = this.#counted()
    if (counted !== null) this.#holders = new FollowingHolders(this.#scope ?? '', counted)
    this.#tell()
    this.#watchServices()
  }

  async #switchTo(next: Candidate, call: Call): Promise<void> {
    const { candidates, host, name } = this.#options
    const before = this.snapshot()
    const last = this.#current
    this.#stopDeparture()
    this.#current = next
    this.#names = Continuation.between(before, this.#backend.snapshot())
    host.log(`${name}: another backend takes over`, { from: last.driver.name, to: next.driver.name })
    const counted = this.#counted()
    const isCounted = counted && this.#holders?.follow(counted, call)
    this.#tell()
    this.#watchServices()
    host.changed()
    await isCounted
    // Those that are better, and away, are used again when they return.
    for (const candidate of candidates.slice(candidates.indexOf(next) + 1)) await this.#drop(candidate)
  }

  async #drop(candidate: Candidate): Promise<void> {
    const backend = this.#open.get(candidate)
    if (backend === undefined) return
    this.#open.delete(candidate)
    if (backend.holders !== null) this.#holders?.drop(backend.holders)
    await backend[Symbol.asyncDispose]()
  }

  #counted(): Counted | null {
    const { holders } = this.#backend
    const { scope } = this.#backend.snapshot()
    return holders && { holders, scope: scope ?? '', names: this.#names }
  }

  #watchServices(): void {
    if (this.#current === this.#options.candidates[0]) {
      this.#unwatchServices?.()
      this.#unwatchServices = null
    } else this.#unwatchServices ??= this.#options.watchServices(() => this.review())
  }

  #tell(): void {
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

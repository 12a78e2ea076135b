import type { Catalogue } from '../../configurations/catalogue.js'
import { checkResult, type Health, type HealthPlan, healthPlan } from '../../configurations/health-options.js'
import type { ServiceNetwork } from '../../configurations/service-network.js'
import {
  type HealthEffect,
  type HealthInput,
  type LinkHealth,
  nextHealthTime,
  reduceHealth,
  UNKNOWN_HEALTH,
} from '../../health/health-machine.js'
import type { Times } from '../../primitives/time/times.js'
import { carries } from '../../world/link-facts.js'
import type { WorldWatch } from '../../world/world-watch.js'
import type { Agenda, Timed, TimeOwner } from '../agenda.js'
import { type Input, NOTHING, type Output } from '../batch.js'
import type { SessionRecord } from './session-record.js'

/** What checks have cost so far (rule L1). */
export interface HealthCost {
  /** How many checks have begun. */
  readonly checks: number
  /** How many bytes they sent and received, as far as they say so. */
  readonly bytes: number
}

/** Whose evidence counts together: that of all sessions on a service network, or of one session. */
type HealthOwner = ServiceNetwork | SessionRecord

/** The evidence of one owner. */
interface HealthBook {
  readonly owner: HealthOwner
  readonly plan: HealthPlan
  readonly entries: Map<string, HealthEntry>
  /** The sessions that are open and connected. */
  readonly users: Set<SessionRecord>
  /** The same object until a check adds to it. */
  cost: HealthCost
}

/** What a book has about one link. */
interface HealthEntry extends Timed {
  readonly book: HealthBook
  readonly id: string
  readonly users: Set<SessionRecord>
  health: LinkHealth
  /** The activation that carries it; `null`: none does. */
  carried: string | null
  /** For when it is in the agenda: evidence only ever postpones, which is found out then. */
  armedAt: number | null
  running: AbortController | null
}

/** What a report creates if the application has not said how health is found out: nothing is checked. */
const NO_CHECK = healthPlan('health', {})

const NO_COST: HealthCost = Object.freeze({ checks: 0, bytes: 0 })

/** Runs the checks of links, and keeps what they and the application's own traffic say (rule L1). */
export class HealthRunner {
  readonly #catalogue: Catalogue
  readonly #watch: WorldWatch
  readonly #times: Times
  readonly #agenda: Agenda<TimeOwner>
  readonly #post: (input: Input) => void
  readonly #books = new WeakMap<HealthOwner, HealthBook>()
  /** The entries about each link. */
  readonly #links = new Map<string, Set<HealthEntry>>()
  /** What each session that is open and connected uses. */
  readonly #uses = new Map<SessionRecord, HealthEntry>()
  #isPaused: boolean

  constructor(
    { catalogue, watch }: { readonly catalogue: Catalogue; readonly watch: WorldWatch },
    times: Times,
    agenda: Agenda<TimeOwner>,
    post: (input: Input) => void,
  ) {
    this.#catalogue = catalogue
    this.#watch = watch
    this.#times = times
    this.#agenda = agenda
    this.#post = post
    this.#isPaused = watch.isResting
  }

  /** What is known of the link that a session uses; `unknown` while it is not open. */
  healthOf(record: SessionRecord): Health {
    return record.active === null ? 'unknown' : this.verdictOf(record, record.active)
  }

  /** What a session knows of a link. */
  verdictOf(record: SessionRecord, id: string): Health {
    return this.#bookOf(record)?.entries.get(id)?.health.verdict ?? 'unknown'
  }

  costOf(record: SessionRecord): HealthCost {
    return this.#bookOf(record)?.cost ?? NO_COST
  }

  /** A session is open and connected through that link now; `null`: it is not. */
  use(record: SessionRecord, id: string | null): void {
    if (id === null) return this.#leave(record)
    const book = this.#bookOf(record)
    if (book === null) return this.#leave(record)
    const before = this.#uses.get(record)
    if (before?.book === book && before.id === id) return
    this.#leave(record)
    const entry = this.#entry(book, id)
    this.#uses.set(record, entry)
    entry.users.add(record)
    book.users.add(record)
    this.#attendAll(book)
  }

  /** Something about that link is different. */
  look(id: string): readonly Output[] {
    const outputs: Output[] = []
    for (const entry of this.#links.get(id) ?? []) {
      const carried = this.#carriedBy(id)
      // Without carrier for a moment, and it may be plugged into another network.
      if (carried !== null && carried !== entry.carried)
        outputs.push(...this.#step(entry, { type: 'renewed' }))
      entry.carried = carried
      this.#attend(entry)
      // A configuration that is removed is another one if it is there again.
      if (this.#watch.link(id) === null) this.#drop(entry)
    }
    return outputs
  }

  /** The traffic of a session has come through, or has not. What that changes comes like any other change. */
  report(record: SessionRecord, evidence: 'alive' | 'failed'): void {
    if (this.#bookOf(record) === null) {
      this.#open(ownerOf(record, this.#catalogue), NO_CHECK)
      if (record.isConnected) this.use(record, record.active)
    }
    const entry = this.#uses.get(record)
    if (entry === undefined) return
    const outputs = this.#step(entry, { type: 'reported', alive: evidence === 'alive' })
    if (outputs.length > 0) this.#post(() => outputs)
  }

  /** A session is closed, or a service network is gone: what it knew goes with it. */
  forget(owner: HealthOwner): void {
    const book = this.#books.get(owner)
    if (book === undefined) return
    this.#books.delete(owner)
    for (const entry of book.entries.values()) this.#drop(entry)
  }

  #drop(entry: HealthEntry): void {
    const entries = this.#links.get(entry.id)
    entries?.delete(entry)
    if (entries?.size === 0) this.#links.delete(entry.id)
    entry.book.entries.delete(entry.id)
    // At rest, so that the answer of a check that runs plans no other one.
    this.#step(entry, { type: 'unwatched' })
    this.#agenda.set(entry, null)
  }

  /** While the machine sleeps nothing is checked (rule L4). */
  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused
    for (const entries of this.#links.values()) for (const entry of entries) this.#attend(entry)
  }

  /** No check goes on. */
  dispose(): void {
    for (const entries of this.#links.values()) for (const { running } of entries) running?.abort()
    this.#links.clear()
    this.#uses.clear()
  }

  /** `null`: its health was not asked for. */
  #bookOf(record: SessionRecord): HealthBook | null {
    const owner = ownerOf(record, this.#catalogue)
    const plan = owner === record ? record.health : (owner as ServiceNetwork).health
    return this.#books.get(owner) ?? (plan === null ? null : this.#open(owner, plan))
  }

  #open(owner: HealthOwner, plan: HealthPlan): HealthBook {
    const book: HealthBook = { owner, plan, entries: new Map(), users: new Set(), cost: NO_COST }
    this.#books.set(owner, book)
    return book
  }

  #entry(book: HealthBook, id: string): HealthEntry {
    const known = book.entries.get(id)
    if (known !== undefined) return known
    const entry: HealthEntry = {
      book,
      id,
      users: new Set(),
      health: UNKNOWN_HEALTH,
      carried: this.#carriedBy(id),
      armedAt: null,
      running: null,
      due: () => this.#due(entry),
    }
    book.entries.set(id, entry)
    const entries = this.#links.get(id) ?? new Set()
    this.#links.set(id, entries.add(entry))
    return entry
  }

  #carriedBy(id: string): string | null {
    const link = this.#watch.link(id)
    return carries(link) ? (link?.activation ?? '') : null
  }

  #leave(record: SessionRecord): void {
    const entry = this.#uses.get(record)
    if (entry === undefined) return
    const { book } = entry
    this.#uses.delete(record)
    entry.users.delete(record)
    book.users.delete(record)
    this.#attendAll(book)
  }

  #attendAll(book: HealthBook): void {
    for (const entry of book.entries.values()) this.#attend(entry)
  }

  /** A link is checked while it is in use; a bad one as long as it is up, because only a check shows when it works again, if there is one. */
  #attend(entry: HealthEntry): void {
    const { book, users, health } = entry
    const canTell = book.plan.check !== null && book.users.size > 0
    const isNeeded = users.size > 0 || (health.verdict === 'bad' && canTell)
    const isWatched = isNeeded && !this.#isPaused && carries(this.#watch.link(entry.id))
    this.#step(entry, { type: isWatched ? 'watched' : 'unwatched' })
  }

  #due(entry: HealthEntry): readonly Output[] {
    entry.armedAt = null
    return this.#step(entry, { type: 'due' })
  }

  #step(entry: HealthEntry, input: HealthInput): readonly Output[] {
    const { retryAfter, retryAfterLimit } = this.#times
    const context = { now: this.#agenda.now(), plan: entry.book.plan, retryAfter, retryAfterLimit }
    const before = entry.health
    const [health, effects] = reduceHealth(before, input, context)
    entry.health = health
    for (const effect of effects) this.#perform(entry, effect)
    this.#arm(entry)
    return health.verdict === before.verdict ? NOTHING : this.#verdictChanged(entry)
  }

  #arm(entry: HealthEntry): void {
    const at = nextHealthTime(entry.health)
    if (at !== null && entry.armedAt !== null && entry.armedAt <= at) return
    entry.armedAt = at
    this.#agenda.set(entry, at)
  }

  #perform(entry: HealthEntry, effect: HealthEffect): void {
    if (effect.type === 'check') return this.#check(entry, effect.check)
    entry.running?.abort()
    entry.running = null
  }

  #check(entry: HealthEntry, check: number): void {
    const { book, id } = entry
    const { plan } = book
    const checked = (alive: boolean | null) =>
      this.#post(() => this.#step(entry, { type: 'checked', check, alive }))
    const link = this.#watch.link(id)
    // A link without an interface can be used by those who know how, but not be checked.
    if (link?.interface == null) return checked(null)
    const running = new AbortController()
    entry.running = running
    addCost(book, { checks: 1, bytes: 0 })
    const target = { configuration: this.#catalogue.get(id), interface: link.interface }
    // The application's own code never runs within a step of the engine.
    Promise.resolve()
      .then(() => plan.check?.(target, { signal: running.signal }))
      .then(checkResult)
      .then(
        ({ alive, bytes = 0 }) => {
          addCost(book, { checks: 0, bytes })
          checked(alive)
        },
        // Whatever it is about: a check that throws has not succeeded.
        () => checked(false),
      )
  }

  /** The verdict is another one: children are ranked with it, and sessions emit it. */
  #verdictChanged({ book, id, health: { verdict } }: HealthEntry): readonly Output[] {
    const { owner } = book
    if ('ranking' in owner)
      return [{ to: 'ranking', change: () => this.#catalogue.setHealth(owner, id, verdict) }]
    return [{ to: 'lookout', record: owner }]
  }
}

function addCost(book: HealthBook, { checks, bytes }: HealthCost): void {
  const { cost } = book
  if (checks + bytes > 0)
    book.cost = Object.freeze({ checks: cost.checks + checks, bytes: cost.bytes + bytes })
}

/** A session that says how its health is found out has evidence of its own. */
function ownerOf(record: SessionRecord, catalogue: Catalogue): HealthOwner {
  return record.health === null ? (catalogue.network(record.target) ?? record) : record
}

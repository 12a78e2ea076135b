import type { Clock } from '../contract/index.js'
import type { Output } from './batch.js'
import type { SessionRecord } from './sessions/session-record.js'

/** Whose time is over: a link's, by its id, a session's, or that of something that says itself what is to be done then. */
export type TimeOwner = string | SessionRecord | Timed

/** Something that has times of its own. */
export interface Timed {
  readonly due: () => readonly Output[]
}

/** Something that is due: to be skipped if its owner has another entry by now, or none. */
interface Entry<Owner> {
  readonly owner: Owner
  readonly at: number
  /** In the order of asking: the order of those that are due at the same time. */
  readonly order: number
}

const NOTHING_TO_UNDO = () => {}

/**
 * When the next time of each owner is over, with one call of the clock for the earliest of all. A heap: what one owner does costs
 * little, however many there are.
 */
export class Agenda<Owner> {
  readonly #clock: Clock
  readonly #due: () => void
  readonly #entries = new Map<Owner, Entry<Owner>>()
  #heap: Entry<Owner>[] = []
  #lastOrder = 0
  /** Takes back the call of the clock. */
  #disarm: () => void = NOTHING_TO_UNDO
  /** The clock may stand still or be early: what it was to wake us for is over when it does. */
  #latest = Number.NEGATIVE_INFINITY

  /** @param due called when something is due, for `take` */
  constructor(clock: Clock, due: () => void) {
    this.#clock = clock
    this.#due = due
  }

  /** Milliseconds, by the clock. */
  now(): number {
    return Math.max(this.#clock.now(), this.#latest)
  }

  /** When the next time of that owner is over; `null` or `Infinity`: never. */
  set(owner: Owner, at: number | null): void {
    const before = this.#entries.get(owner)
    if (before?.at === at || (before === undefined && at === null)) return
    const first = this.#heap[0]
    if (at !== null && at < Number.POSITIVE_INFINITY) {
      this.#lastOrder += 1
      const entry = { owner, at, order: this.#lastOrder }
      this.#entries.set(owner, entry)
      this.#push(entry)
    } else this.#entries.delete(owner)
    if (this.#heap.length > 64 && this.#heap.length > this.#entries.size * 2) this.#compact()
    // Otherwise the earliest time is the same as before.
    if (this.#heap[0] !== first || first?.owner === owner) this.#arm()
  }

  /** The owner whose time is over first, if it is over; it has no entry any more. */
  take(): Owner | null {
    const first = this.#first()
    if (first === undefined || first.at > this.now()) {
      this.#arm()
      return null
    }
    this.#pop()
    this.#entries.delete(first.owner)
    this.#arm()
    return first.owner
  }

  /** Removes all entries and the timer. */
  dispose(): void {
    this.#entries.clear()
    this.#heap = []
    this.#arm()
  }

  #arm(): void {
    this.#disarm()
    const at = this.#first()?.at
    if (at === undefined) return
    this.#disarm = this.#clock.after(Math.max(at - this.now(), 0), () => {
      this.#disarm = NOTHING_TO_UNDO
      this.#latest = Math.max(this.#latest, at)
      this.#due()
    })
  }

  /** The earliest that still holds. */
  #first(): Entry<Owner> | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#entries.get(first.owner) === first) return first
      this.#pop()
    }
    return undefined
  }

  #compact(): void {
    const entries = this.#heap.filter((entry) => this.#entries.get(entry.owner) === entry)
    this.#heap = []
    for (const entry of entries) this.#push(entry)
  }

  #push(entry: Entry<Owner>): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(entry)
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || !isBefore(entry, parent)) break
      heap[index] = parent
      heap[above] = entry
      index = above
    }
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    heap[0] = last
    for (;;) {
      let below = 2 * index + 1
      let child = heap[below]
      const right = heap[below + 1]
      if (child !== undefined && right !== undefined && isBefore(right, child)) {
        child = right
        below += 1
      }
      if (child === undefined || !isBefore(child, last)) return
      heap[index] = child
      heap[below] = last
      index = below
    }
  }
}

function isBefore<Owner>(one: Entry<Owner>, other: Entry<Owner>): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

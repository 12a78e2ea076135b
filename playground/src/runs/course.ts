import type { Clock } from '@roamkit/core'
import { Subject } from 'rxjs'

/** How much is kept of each kind. The oldest goes first. */
const MOST = 500

/** Something that happened at one moment. */
export interface Entry {
  /** In milliseconds of virtual time. */
  readonly at: number
  readonly kind: 'call' | 'state' | 'question' | 'roam' | 'error' | 'note'
  readonly says: string
}

/** Something that lasted. */
export interface Span {
  /** In milliseconds of virtual time. */
  readonly from: number
  /** `null`: it goes on. */
  readonly to: number | null
  readonly says: string
}

export type Lane = 'state' | 'accessPoint'

/** What happened in a run, in order: moments for the log, and spans for the time line. */
export class Course {
  /** Each entry, when it is added. */
  readonly added$ = new Subject<Entry>()
  readonly #clock: Clock
  readonly #entries: Entry[] = []
  readonly #spans: Record<Lane, Span[]> = { state: [], accessPoint: [] }

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** The spans of a lane, in order, without gaps. */
  spans(lane: Lane): readonly Span[] {
    return this.#spans[lane]
  }

  note(kind: Entry['kind'], says: string): void {
    const entry = { at: this.#clock.now(), kind, says }
    push(this.#entries, entry)
    this.added$.next(entry)
  }

  /** Ends the span of that lane, and begins another. An empty text is a gap. */
  turn(lane: Lane, says: string): void {
    const spans = this.#spans[lane]
    const now = this.#clock.now()
    const last = spans.pop()
    // What lasted no time is not seen.
    if (last !== undefined && last.from < now) spans.push({ ...last, to: now })
    push(spans, { from: now, to: null, says })
  }
}

function push<One>(list: One[], one: One): void {
  list.push(one)
  if (list.length > MOST) list.shift()
}

import { PersistentMap } from '../primitives/collections/persistent-map.js'
import type { SessionId } from './session-id.js'

/** `wanted`: waits for the link to come up. `held`: had it. */
export type Hold = 'wanted' | 'held'

/** Which sessions hold a link, and how. Never changes; what a single session does costs the same however many there are. */
export class Holds {
  readonly #all: PersistentMap<SessionId, Hold>
  readonly #wanted: PersistentMap<SessionId, Hold>

  constructor(all = new PersistentMap<SessionId, Hold>(), wanted = new PersistentMap<SessionId, Hold>()) {
    this.#all = all
    this.#wanted = wanted
  }

  get size(): number {
    return this.#all.size
  }

  get(by: SessionId): Hold | undefined {
    return this.#all.get(by)
  }

  has(by: SessionId): boolean {
    return this.#all.has(by)
  }

  /** All of them, in the order of coming. */
  keys(): readonly SessionId[] {
    return this.#all.keys()
  }

  /** Those that wait for the link to come up. */
  wanting(): readonly SessionId[] {
    return this.#wanted.keys()
  }

  get isWanted(): boolean {
    return this.#wanted.size > 0
  }

  with(by: SessionId, hold: Hold): Holds {
    const wanted = hold === 'wanted' ? this.#wanted.with(by, hold) : this.#wanted.without(by)
    return new Holds(this.#all.with(by, hold), wanted)
  }

  without(by: SessionId): Holds {
    return this.#all.has(by) ? new Holds(this.#all.without(by), this.#wanted.without(by)) : this
  }

  [Symbol.iterator](): Iterator<readonly [SessionId, Hold]> {
    return this.#all[Symbol.iterator]()
  }
}

/** The same without that session. */
export function withoutKey<M extends { without(gone: SessionId): M }>(map: M, gone: SessionId): M {
  return map.without(gone)
}

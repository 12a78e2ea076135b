import { PersistentMap } from '../primitives/persistent-map.js'
import type { HolderId } from './link-state.js'

/** `wanted`: waits for the link to come up. `held`: had it. */
export type Hold = 'wanted' | 'held'

/** Which sessions hold a link, and how. Never changes; what a single session does costs the same however many there are. */
export class Holds {
  readonly #all: PersistentMap<HolderId, Hold>
  readonly #wanted: PersistentMap<HolderId, Hold>

  constructor(
    all = new PersistentMap<HolderId, Hold>(),
    wanted = new PersistentMap<HolderId, Hold>([...all].filter(([, hold]) => hold === 'wanted')),
  ) {
    this.#all = all
    this.#wanted = wanted
  }

  get size(): number {
    return this.#all.size
  }

  get(by: HolderId): Hold | undefined {
    return this.#all.get(by)
  }

  has(by: HolderId): boolean {
    return this.#all.has(by)
  }

  /** All of them, in the order of coming. */
  keys(): readonly HolderId[] {
    return this.#all.keys()
  }

  /** Those that wait for the link to come up. */
  wanting(): readonly HolderId[] {
    return this.#wanted.keys()
  }

  get isWanted(): boolean {
    return this.#wanted.size > 0
  }

  with(by: HolderId, hold: Hold): Holds {
    const wanted = hold === 'wanted' ? this.#wanted.with(by, hold) : this.#wanted.without(by)
    return new Holds(this.#all.with(by, hold), wanted)
  }

  without(by: HolderId): Holds {
    return this.#all.has(by) ? new Holds(this.#all.without(by), this.#wanted.without(by)) : this
  }

  [Symbol.iterator](): Iterator<readonly [HolderId, Hold]> {
    return this.#all[Symbol.iterator]()
  }
}

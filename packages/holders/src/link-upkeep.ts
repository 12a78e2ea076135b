import type { Clock } from '@roamkit/core/contract'
import type { LinkMembership } from './link-membership.js'

/** The pauses between two attempts grow from the first to the longest, in milliseconds. */
const FIRST = 100
const LONGEST = 10_000

/** Tries again what is missing of links that are held, with growing pauses, and only while something is. */
export class LinkUpkeep {
  readonly #clock: Clock
  readonly #log: (event: string, detail: object) => void
  readonly #undo = new Map<string, () => void>()

  constructor(clock: Clock, log: (event: string, detail: object) => void) {
    this.#clock = clock
    this.#log = log
  }

  /** Sees to a link that is held. */
  start(key: string, link: LinkMembership): void {
    if (link.isComplete) return this.stop(key)
    if (this.#undo.has(key)) return
    this.#log('holders: others cannot count on this process', { key })
    this.#next(key, link, FIRST)
  }

  /** Leaves a link alone. */
  stop(key: string): void {
    this.#undo.get(key)?.()
    this.#undo.delete(key)
  }

  /** Leaves all alone. */
  end(): void {
    for (const key of [...this.#undo.keys()]) this.stop(key)
  }

  #next(key: string, link: LinkMembership, wait: number): void {
    const undo = this.#clock.after(wait, () => {
      void link.mend().then(() => {
        // Left alone, or begun again, while it was tried.
        if (this.#undo.get(key) !== undo) return
        if (!link.isComplete) return this.#next(key, link, Math.min(wait * 2, LONGEST))
        this.#undo.delete(key)
        this.#log('holders: others can count on this process', { key })
      })
    })
    this.#undo.set(key, undo)
  }
}

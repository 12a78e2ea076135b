import { Backoff } from '@roamkit/core/backend-kit'
import type { Clock } from '@roamkit/core/contract'
import type { LinkMembership } from './link-membership.js'

/** The pauses between two attempts, in milliseconds. */
const PAUSES = { first: 100, longest: 10_000 }

/** Retries what is missing of links that are held, with growing pauses, and only while something is missing. */
export class LinkUpkeep {
  readonly #clock: Clock
  readonly #log: (event: string, detail: object) => void
  readonly #retries = new Map<string, Backoff>()

  constructor(clock: Clock, log: (event: string, detail: object) => void) {
    this.#clock = clock
    this.#log = log
  }

  /** Looks after a link that is held. */
  start(key: string, link: LinkMembership): void {
    if (link.isComplete) return this.stop(key)
    if (this.#retries.has(key)) return
    this.#log('holders: others cannot count on this process', { key })
    const retry = new Backoff(this.#clock, PAUSES, () => void this.#mend(key, link, retry))
    this.#retries.set(key, retry)
    retry.start()
  }

  /** Stops looking after a link. */
  stop(key: string): void {
    this.#retries.get(key)?.cancel()
    this.#retries.delete(key)
  }

  /** Stops looking after all links. */
  end(): void {
    for (const key of [...this.#retries.keys()]) this.stop(key)
  }

  async #mend(key: string, link: LinkMembership, retry: Backoff): Promise<void> {
    await link.mend()
    // Stopped, or started again, during the attempt.
    if (this.#retries.get(key) !== retry) return
    if (!link.isComplete) return retry.start()
    this.#retries.delete(key)
    this.#log('holders: others can count on this process', { key })
  }
}

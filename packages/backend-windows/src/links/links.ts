import type { Ended } from '@roamkit/core/contract'
import type { Activations } from './activations.js'

/** What is remembered of one link. */
export interface LinkMemory {
  readonly activation: string | null
  readonly ended: Ended | null
}

const NOTHING: LinkMemory = Object.freeze({ activation: null, ended: null })

/** Which activation each link is under, and how its last one ended. */
export class Links {
  readonly #activations: Activations
  readonly #memories = new Map<string, LinkMemory>()

  /** @param activations for their names */
  constructor(activations: Activations) {
    this.#activations = activations
  }

  /** What is remembered of a link; nothing of one that was never seen. */
  of(id: string): LinkMemory {
    return this.#memories.get(id) ?? NOTHING
  }

  /** It is under way; no effect where it is already. */
  begin(id: string, why: 'asked' | 'seen'): void {
    const { activation, ended } = this.of(id)
    if (activation !== null) return
    this.#memories.set(id, Object.freeze({ activation: this.#activations.begin(id, why), ended }))
  }

  /** It is down; no effect where it is already. */
  end(id: string, why: Pick<Ended, 'reason' | 'native'>): void {
    const { activation } = this.of(id)
    if (activation === null) return
    this.#activations.end(id)
    const ended = Object.freeze({ activation, reason: why.reason, native: why.native })
    this.#memories.set(id, Object.freeze({ activation: null, ended }))
  }

  /** Why it went down is known better by now; no effect once it is under way again. */
  explain(id: string, why: Pick<Ended, 'reason' | 'native'>): void {
    const { activation, ended } = this.of(id)
    if (activation !== null || ended === null) return
    this.#memories.set(id, Object.freeze({ activation, ended: Object.freeze({ ...ended, ...why }) }))
  }

  /** The configuration is gone for good. */
  forget(id: string): void {
    if (this.of(id).activation !== null) this.#activations.end(id)
    this.#memories.delete(id)
  }

  /** Whether anything is remembered of a link. */
  has(id: string): boolean {
    return this.#memories.has(id)
  }

  /** Every link of which something is remembered. */
  ids(): readonly string[] {
    return [...this.#memories.keys()]
  }
}

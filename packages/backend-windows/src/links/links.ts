import type { Ended } from '@roamkit/core/contract'
import type { Activations } from './activations.js'

/** What is known of a link's past. */
export interface LinkMemory {
  /** The present activation; `null` while the link is down. */
  readonly activation: string | null
  /** How the last activation ended. */
  readonly ended: Ended | null
}

const NOTHING: LinkMemory = Object.freeze({ activation: null, ended: null })

/** The present activation of each link, and how its last one ended. */
export class Links {
  readonly #activations: Activations
  readonly #memories = new Map<string, LinkMemory>()

  /** @param activations names the activations */
  constructor(activations: Activations) {
    this.#activations = activations
  }

  /** What is known of a link. Both members are `null` if it was never active. */
  of(id: string): LinkMemory {
    return this.#memories.get(id) ?? NOTHING
  }

  /** Starts an activation. Has no effect during one. */
  begin(id: string, why: 'asked' | 'seen'): void {
    const { activation, ended } = this.of(id)
    if (activation !== null) return
    const begun = this.#activations.begin(id, why)
    // Another process has renewed the activation whose end was seen here.
    const last = ended?.activation === begun ? null : ended
    this.#memories.set(id, Object.freeze({ activation: begun, ended: last }))
  }

  /** The present activation goes on after Windows has refused it: it is requested again. */
  renew(id: string): void {
    if (this.of(id).activation !== null) this.#activations.renew(id)
  }

  /** The present activation has succeeded. */
  settle(id: string): void {
    if (this.of(id).activation !== null) this.#activations.settle(id)
  }

  /** Ends the present activation. Has no effect if there is none. */
  end(id: string, why: Pick<Ended, 'reason' | 'native'>): void {
    const { activation } = this.of(id)
    if (activation === null) return
    this.#activations.end(id)
    const ended = Object.freeze({ activation, reason: why.reason, native: why.native })
    this.#memories.set(id, Object.freeze({ activation: null, ended }))
  }

  /** Replaces the reason of the last end by a better one. Has no effect during an activation. */
  explain(id: string, why: Pick<Ended, 'reason' | 'native'>): void {
    const { activation, ended } = this.of(id)
    if (activation !== null || ended === null) return
    this.#memories.set(id, Object.freeze({ activation, ended: Object.freeze({ ...ended, ...why }) }))
  }

  /** Ends the present activation and forgets the link: its configuration is gone. */
  forget(id: string): void {
    if (this.of(id).activation !== null) this.#activations.end(id)
    this.#memories.delete(id)
  }

  /** Whether anything is known of a link. */
  has(id: string): boolean {
    return this.#memories.has(id)
  }

  /** The ids of all links of which something is known. */
  ids(): readonly string[] {
    return [...this.#memories.keys()]
  }
}

import type { Ended } from '@roamkit/core/contract'

/** One activation of a link, and its name. */
export interface Activation {
  readonly name: string
  /** What the kernel knows about it, which is the same in every process. */
  readonly base: string
  /** How many activations had the same base before. */
  readonly count: number
}

/** Of how many links the last activation is remembered. */
const MOST = 1024

/**
 * Names activations. The name is made of what the kernel counts, so that all processes use the same one (H1). Where the kernel counts nothing,
 * such as the loss of an address, a number is appended, which only those that saw the earlier activation know. The backends of one driver share
 * one ledger.
 */
export class ActivationLedger {
  readonly #last = new Map<string, { activation: Activation; isOver: boolean; ended: Ended | null }>()

  /** Names an activation that begins, or that another backend has seen beginning. */
  begin(id: string, base: string): Activation {
    const last = this.#last.get(id)
    const isSameBase = last?.activation.base === base
    if (isSameBase && !last.isOver) return last.activation
    const count = isSameBase ? last.activation.count + 1 : 0
    const activation = { base, count, name: count === 0 ? base : `${base}~${count}` }
    this.#set(id, { activation, isOver: false, ended: last?.ended ?? null })
    return activation
  }

  /** An activation is over. Of those that several backends see ending, the first counts. */
  end(id: string, activation: Activation, ended: Ended): void {
    const last = this.#last.get(id)
    const isOld = last?.activation.base === activation.base && last.activation.count > activation.count
    if (!isOld) this.#set(id, { activation, isOver: true, ended })
  }

  /** How the last activation ended; `null` if none has. */
  ended(id: string): Ended | null {
    return this.#last.get(id)?.ended ?? null
  }

  /** The links that have not changed for the longest time are forgotten. */
  #set(id: string, entry: { activation: Activation; isOver: boolean; ended: Ended | null }): void {
    this.#last.delete(id)
    this.#last.set(id, entry)
    const [oldest] = this.#last.keys()
    if (this.#last.size > MOST && oldest !== undefined) this.#last.delete(oldest)
  }
}

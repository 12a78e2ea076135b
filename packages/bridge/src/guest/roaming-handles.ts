import type { Clock, OfferData, RoamingOffer, RoamingTrial, TrialData } from '@roamkit/core'
import type { SessionCalls } from '../protocol/messages.js'

/** What the functions of offers and trials need. */
export interface HandleParts {
  readonly clock: Clock
  /** What waits for an answer now. */
  standing(kind: 'offer' | 'trial'): OfferData | TrialData | null
  answer(action: 'migrate' | 'ignore' | 'accept' | 'reject', id: number): Promise<boolean>
  tell(action: 'requireDecision', argument: SessionCalls['requireDecision']): void
}

/** Makes the offers and trials of one session: the same one for the same data. */
export class RoamingHandles {
  readonly #parts: HandleParts
  readonly #offers = new WeakMap<OfferData, RoamingOffer>()
  readonly #trials = new WeakMap<TrialData, RoamingTrial>()

  constructor(parts: HandleParts) {
    this.#parts = parts
  }

  offer(data: OfferData): RoamingOffer {
    const known = this.#offers.get(data)
    if (known !== undefined) return known
    const { id } = data
    const left = () => this.#left('offer', id)
    const handle: RoamingOffer = Object.freeze({
      ...data,
      get remaining() {
        return left()
      },
      migrate: () => this.#parts.answer('migrate', id),
      ignore: () => this.#parts.answer('ignore', id),
    })
    this.#offers.set(data, handle)
    return handle
  }

  trial(data: TrialData): RoamingTrial {
    const known = this.#trials.get(data)
    if (known !== undefined) return known
    const { id } = data
    const left = () => this.#left('trial', id)
    const handle: RoamingTrial = Object.freeze({
      ...data,
      get remaining() {
        return left()
      },
      accept: () => this.#parts.answer('accept', id),
      reject: () => this.#parts.answer('reject', id),
      requireDecision: () => this.#parts.tell('requireDecision', id),
    })
    this.#trials.set(data, handle)
    return handle
  }

  /** Milliseconds that are left to answer; 0 once it is over, `null` without a deadline. */
  #left(kind: 'offer' | 'trial', id: number): number | null {
    const standing = this.#parts.standing(kind)
    if (standing?.id !== id) return 0
    const { deadline, remaining } = standing
    return deadline === null ? remaining : Math.max(deadline - this.#parts.clock.now(), 0)
  }
}

import { eitherSignal } from '@roamkit/core/backend-kit'
import { BackendError, type Call, type Clock } from '@roamkit/core/contract'

/** How long the opening of a backend may take, in milliseconds: usually, and once sessions wait for one to take over. */
const LIMITS = { usual: 5000, urgent: 750 }

/** Ends the opening of a backend whose daemon does not answer. */
export class OpeningLimit implements Call {
  readonly signal: AbortSignal
  readonly #clock: Clock
  readonly #giveUp: () => void
  readonly #releases: (() => void)[]

  /**
   * @param name of the driver
   * @param call that it is opened for
   */
  constructor(name: string, call: Call, clock: Clock) {
    const late = new AbortController()
    const { signal, release } = eitherSignal(call.signal, late.signal)
    this.signal = signal
    this.#clock = clock
    this.#giveUp = () => late.abort(new BackendError('ERR_TIMED_OUT', `${name} does not answer`))
    this.#releases = [release, clock.after(LIMITS.usual, this.#giveUp)]
  }

  /** Sessions wait from now on. */
  hurry(): void {
    this.#releases.push(this.#clock.after(LIMITS.urgent, this.#giveUp))
  }

  /** The opening is over. */
  release(): void {
    for (const release of this.#releases) release()
  }
}

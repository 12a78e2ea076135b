import type { BackendError } from '@roamkit/core/contract'

/** The end of a backend, as all hear of it who wait for something else: however many, where a signal warns of more than ten. */
export class Ending {
  readonly #waiting = new Set<() => void>()
  #reason: BackendError | null = null

  /** What those are told who come too late; `null` before the end. */
  get reason(): BackendError | null {
    return this.#reason
  }

  /** It has come; no effect when it had already. */
  come(reason: BackendError): void {
    if (this.#reason !== null) return
    this.#reason = reason
    for (const run of [...this.#waiting]) run()
    this.#waiting.clear()
  }

  /** Runs when it comes; never where it has. Returns the undo. */
  on(run: () => void): () => void {
    this.#waiting.add(run)
    return () => this.#waiting.delete(run)
  }
}

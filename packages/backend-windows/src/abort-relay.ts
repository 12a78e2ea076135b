/**
 * Tells of the abort of signals with one listener on each, however many wait: core gives all commands of a manager the same
 * signal, and Node warns of more than ten listeners.
 */
export class AbortRelay {
  readonly #waiting = new Map<AbortSignal, { readonly runs: Set<() => void>; readonly abort: () => void }>()

  /** Runs when the signal is aborted; never where it is already. Returns the undo. */
  on(signal: AbortSignal, run: () => void): () => void {
    const entry = this.#waiting.get(signal) ?? this.#hear(signal)
    entry.runs.add(run)
    return () => {
      entry.runs.delete(run)
      if (entry.runs.size === 0 && this.#waiting.get(signal) === entry) this.#leave(signal, entry.abort)
    }
  }

  #hear(signal: AbortSignal) {
    const runs = new Set<() => void>()
    const abort = () => {
      for (const run of [...runs]) run()
    }
    const entry = { runs, abort }
    this.#waiting.set(signal, entry)
    signal.addEventListener('abort', abort)
    return entry
  }

  #leave(signal: AbortSignal, abort: () => void): void {
    signal.removeEventListener('abort', abort)
    this.#waiting.delete(signal)
  }
}

/** Signals come in steps of 5, from 0 to 100 (`signalOf`). */
const STEP = 5
const LEVELS = 100 / STEP + 1

/**
 * How many access points of a network are heard how strongly. It knows the strongest signal without a look at each access point, however many there
 * are and in whatever order they come and go.
 */
export class SignalLevels {
  readonly #counts = new Uint32Array(LEVELS)

  /** The strongest signal; `null` if none is counted. */
  get strongest(): number | null {
    for (let level = LEVELS - 1; level >= 0; level -= 1)
      if ((this.#counts[level] as number) > 0) return level * STEP
    return null
  }

  /** Counts an access point. */
  add(signal: number): void {
    const level = signal / STEP
    this.#counts[level] = (this.#counts[level] ?? 0) + 1
  }

  /** Takes back an {@link add}. */
  remove(signal: number): void {
    const level = signal / STEP
    this.#counts[level] = (this.#counts[level] ?? 0) - 1
  }
}

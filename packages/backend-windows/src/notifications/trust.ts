/** What a registration for notifications is about. */
export type HintSource = IpHintSource | 'wifi' | 'service'

/** What IP Helper tells. */
export type IpHintSource = 'interface' | 'address' | 'route' | 'hint'

/** `refused`: not registered. `unproven`: registered with success, which some systems answer and then never call back. */
export type Standing = 'refused' | 'unproven' | 'proven'

/**
 * Which notifications can be relied on. A registration is proven by its first notification that is not part of registering;
 * until then, and where one was refused, tables are read again and again. The driver keeps it, so that what this machine
 * has proven once need not be proven by each backend.
 */
export class Trust {
  readonly #standings = new Map<HintSource, Standing>()

  /** How a source stands; `unproven` before anything is known. */
  of(source: HintSource): Standing {
    return this.#standings.get(source) ?? 'unproven'
  }

  /** A registration was answered with success: as before, or unproven where it was refused. */
  registered(source: HintSource): void {
    if (this.of(source) === 'refused') this.#standings.set(source, 'unproven')
  }

  /** A registration was refused, or was given no handle. */
  refused(source: HintSource): void {
    this.#standings.set(source, 'refused')
  }

  /** A notification has come. Returns whether that proves something new. */
  heard(source: HintSource): boolean {
    if (this.of(source) === 'proven') return false
    this.#standings.set(source, 'proven')
    return true
  }

  /** A change was seen of which no notification had told: nothing proves the source any more. */
  missed(source: HintSource): void {
    if (this.of(source) === 'proven') this.#standings.set(source, 'unproven')
  }

  /** Whether changes of all these sources are notified for certain. */
  covers(sources: readonly HintSource[]): boolean {
    return sources.every((source) => this.of(source) === 'proven')
  }

  /** Every source that is not proven, for the log. */
  doubts(sources: readonly HintSource[]): Readonly<Record<string, Standing>> {
    return Object.fromEntries(
      sources.filter((source) => this.of(source) !== 'proven').map((source) => [source, this.of(source)]),
    )
  }
}

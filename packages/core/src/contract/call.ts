/** Time, injected so that every rule can be tested in virtual time. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number
  /** Runs once, `ms` from now, and returns its undo. Never keeps the process alive. */
  after(ms: number, run: () => void): () => void
  /**
   * `true`: this time passes only when a test lets it. No backend keeps the process alive on it.
   *
   * @defaultValue false
   */
  readonly isVirtual?: boolean
}

/** What every asynchronous call takes: aborting stops the waiting and undoes nothing. */
export interface Call {
  readonly signal: AbortSignal
}

/** Time, injected so that every rule can be tested in virtual time. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number
  /** Runs once, `ms` from now, and returns its undo. Never keeps the process alive. */
  after(ms: number, run: () => void): () => void
  /**
   * Milliseconds since 1970, as people's clocks show it. It goes on while the machine sleeps, when `now` may stand still: a jump between the
   * two is sleep (rule L4). Without it, only the backend can tell.
   */
  wall?(): number
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

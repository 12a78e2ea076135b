/** Time, injected so that every rule can be tested in virtual time. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number
  /** Calls the function once, `ms` from now, and returns a function that cancels that. Never keeps the process alive. */
  after(ms: number, run: () => void): () => void
  /**
   * Milliseconds since 1970: the wall clock. It goes on while the machine sleeps, when `now` may stand still, so a jump between the two shows
   * sleep (rule L4). Without it, only the backend can report sleep.
   */
  wall?(): number
  /**
   * `true`: time passes only when a test advances this clock. On such a clock no backend keeps the process alive.
   *
   * @defaultValue false
   */
  readonly isVirtual?: boolean
}

/** The options of every asynchronous call. An abort ends the waiting and undoes nothing. */
export interface Call {
  readonly signal: AbortSignal
}

/** Receives notifications of Windows, from within calls of Windows. */
export interface Listener<Hint> {
  /** Something has changed. */
  onHint(hint: Hint): void
  /** Handling a notification failed. Must not throw. */
  onError(error: unknown): void
}

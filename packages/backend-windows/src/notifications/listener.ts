/** Who is told what Windows says, from within calls of Windows. */
export interface Listener<Hint> {
  hinted(hint: Hint): void
  /** Is told what went wrong in that. */
  failed(error: unknown): void
}

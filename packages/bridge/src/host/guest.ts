import type { Chooser } from '@roamkit/core'

/** A guest of a manager: the other end of the port. */
export interface Guest extends AsyncDisposable {
  /** Whether the guest has gone, or the connection or the manager has been closed. */
  readonly isClosed: boolean
  /**
   * Asks the guest which network to use, for the option `chooser` of a manager (rule M6). Resolves to `null` if the guest has no chooser, is
   * not allowed to `choose`, or goes.
   */
  readonly chooser: Chooser
  /**
   * Ends the connection and closes the port. Closes the sessions that the guest has created, and resolves when they are closed. Idempotent.
   * Call it if the guest is gone and its port does not say so.
   */
  close(): Promise<void>
}

import type { ManagerLike, SessionLike } from '@roamkit/core'

/**
 * The mirror of a session that is in another process: the same members, values, events and errors. What it shows is what the host has told last.
 *
 * - The byte counts are those of the host's last message. Reading one asks the host for the next.
 * - If several changes come between two messages, the mirror shows and tells only their result.
 * - While a session of `createSession()` is neither open nor listened to, the mirror shows what follows from the configuration.
 */
export interface SessionMirror extends SessionLike {}

/** The mirror of a manager that is in another process: the same members, values, events and errors. */
export interface ManagerMirror extends ManagerLike<SessionMirror> {
  /** Whether the connection has ended. Then everything stays as it was told last, except sessions: they are `invalid`. */
  readonly isClosed: boolean
  /** The sessions that the host shares, by name. They always show what the host's session shows. */
  readonly sharedSessions: ReadonlyMap<string, SessionMirror>
  /** Ends the connection, not the manager. The host closes the sessions that this guest has created. Idempotent. */
  close(): Promise<void>
}

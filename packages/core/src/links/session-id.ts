/** A session, as its links know it: of its own among the sessions of a manager. */
export type SessionId = number

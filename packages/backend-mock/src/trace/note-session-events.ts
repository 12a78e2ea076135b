import type { SessionEvent } from './trace-lines.js'

/** What is needed of a session. A `NetworkSession` of `@roamkit/core` has it. */
export interface SessionToNote {
  /** The new state. @returns a function that removes the listener, as for each of these events */
  on(name: 'stateChanged', listener: (state: string) => void): () => void
  /** The session is open, or not any more. */
  on(name: 'opened' | 'closed', listener: () => void): () => void
  /** The identifier of the access point in use. */
  on(name: 'activeConfigurationChanged', listener: (identifier: string) => void): () => void
  /** Why an opening failed, or the session ended. */
  on(name: 'error', listener: (error: { readonly code: string; readonly reason: string }) => void): () => void
}

/**
 * Reports what a session tells from now on as a trace has it, in words that name nothing. While you record, pass each event to
 * `RecordingDriver.note()`. While you replay, compare them with `trace.events`. `roamkit record` and `roamkit replay` do the same.
 *
 * @returns a function that ends it
 */
export function noteSessionEvents(session: SessionToNote, note: (event: SessionEvent) => void): () => void {
  const ends = [
    session.on('stateChanged', (state) => note({ event: 'stateChanged', says: state })),
    session.on('opened', () => note({ event: 'opened', says: 'open' })),
    session.on('activeConfigurationChanged', (configuration) =>
      note({ event: 'activeConfigurationChanged', configuration }),
    ),
    session.on('error', ({ code, reason }) => note({ event: 'error', says: `${code} ${reason}` })),
    session.on('closed', () => note({ event: 'closed', says: 'closed' })),
  ]
  return () => {
    for (const end of ends) end()
  }
}

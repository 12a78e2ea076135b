import pRetry from 'p-retry'
import { type NetworkSession, NetworkSessionError } from 'roamkit'
import { onLink } from './on-link.js'

/** Tries up to six times. Waiting for the network does not count. */
export function withPRetry<Answer>(
  session: NetworkSession,
  send: (signal: AbortSignal) => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer> {
  return pRetry(() => onLink(session, send, signal), {
    retries: 5,
    randomize: true,
    signal,
    shouldRetry: ({ error }) => !(error instanceof NetworkSessionError), // not if the manager is closed
  })
}

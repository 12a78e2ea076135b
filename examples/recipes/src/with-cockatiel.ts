import { ExponentialBackoff, handleWhen, retry } from 'cockatiel'
import { type NetworkSession, NetworkSessionError } from 'roamkit'
import { onLink } from './on-link.js'

const server = retry(
  handleWhen((error) => !(error instanceof NetworkSessionError)), // not if the manager is closed
  { maxAttempts: 5, backoff: new ExponentialBackoff() },
)

/** Tries up to six times. Waiting for the network does not count. */
export function withCockatiel<Answer>(
  session: NetworkSession,
  send: (signal: AbortSignal) => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer> {
  return server.execute((call) => onLink(session, send, call.signal), signal)
}

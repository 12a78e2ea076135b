import { stateOf } from '../configurations/network-configuration.js'
import type { LinkState } from '../links/link-state.js'
import { carries } from '../world/link-facts.js'

/**
 * The state of a session: for an access point, that of its link, no matter who uses it.
 * `isOpen` and `connected` together mean ready for sockets.
 */
export type SessionState =
  | 'invalid'
  | 'notAvailable'
  | 'connecting'
  | 'connected'
  | 'closing'
  | 'disconnected'
  | 'roaming'

/** The state of every access point session on this link. */
export function linkSessionState({ facts, activationAttempt, teardown, command }: LinkState): SessionState {
  if (facts === null) return 'invalid'
  // A request not yet answered, or a snapshot that lags behind one: `down` is not the last word yet.
  const isGoingDown = teardown !== null && (facts.link !== 'down' || command !== null)
  if (isGoingDown && facts.deactivate !== 'no') return 'closing'
  if (facts.link === 'deactivating') return 'closing'
  if (carries(facts)) return 'connected'
  if ((activationAttempt !== null && facts.activate !== 'no') || facts.link === 'activating')
    return 'connecting'
  switch (stateOf(facts)) {
    case 'active':
    case 'discovered':
      return 'disconnected'
    case 'defined':
    case 'undefined':
      return 'notAvailable'
  }
}

import { callAsync } from './engine/guards.js'
import { type WhenConnectedOptions, waitForConnected } from './engine/sessions/session-waits.js'
import { NetworkSession } from './network-session.js'
import { checkArgument } from './primitives/arguments.js'
import { SESSION } from './session-links.js'

/**
 * Waits until a session is open and connected, so that your next attempt has a link. Resolves at once if it already is. For libraries that
 * retry. It does not open the session (rule L5).
 * @throws `signal.reason`; NetworkSessionError with the reason `timedOut` after `timeout`, or `closed` if the manager is closed; TypeError or
 * RangeError for invalid arguments
 */
export function whenConnected(session: NetworkSession, options: WhenConnectedOptions = {}): Promise<void> {
  return callAsync(() => {
    checkArgument('the session of whenConnected()', session, SESSION)
    const { engine, record } = NetworkSession.internals(session)
    return waitForConnected(engine, record, options)
  })
}

import { identifierOf } from './configurations/identifier-of.js'
import type { NetworkConfiguration } from './configurations/network-configuration.js'
import { NetworkSession } from './network-session.js'
import { checkArgument, type Expected } from './primitives/arguments.js'
import type { RoamingTrial } from './roaming/roaming-offer.js'

/** @internal */
export const SESSION: Expected = {
  wants: 'a NetworkSession',
  holds: (value) => value instanceof NetworkSession,
}

/**
 * A new session of the same manager on another configuration. Until you open it, it only watches that link: `state` and `interface` are the
 * link's, and `subscribe()` reports its changes. For code that is given a session and has to know about another link of it, such as the old
 * one of a trial.
 * @throws TypeError for an invalid argument
 */
export function sessionOn(
  session: NetworkSession,
  configuration: NetworkConfiguration | string,
): NetworkSession {
  checkArgument('the session of sessionOn()', session, SESSION)
  const identifier = identifierOf('sessionOn()', configuration)
  const { engine, setup } = NetworkSession.internals(session)
  return NetworkSession.create(engine, identifier, { ...setup, health: null })
}

/** The session that emitted a trial, also after the trial is over; `null` for anything that is not the trial of a session. */
export function sessionOfTrial(trial: RoamingTrial): NetworkSession | null {
  return NetworkSession.ofTrial(trial)
}

import { type ManagerLike, observable, type SessionLike } from '@roamkit/core'
import { checkArgument, checkOptions, type Expected, expected } from '@roamkit/core/backend-kit'
import { type BridgePort, checkPort } from '../port.js'
import type { Guest } from './guest.js'
import { HostedGuest } from './hosted-guest.js'
import { type Allow, permitOf } from './permissions.js'

/** Options of {@link hostManager}. */
export interface HostOptions {
  /**
   * What the guest may do besides reading. A guest can always close the sessions that it has created itself.
   *
   * @defaultValue nothing
   */
  readonly allow?: Allow
  /**
   * Sessions that the guest gets a mirror of, by name. They stay the host's: when the guest goes, they stay as they are.
   *
   * @defaultValue none
   */
  readonly sessions?: Readonly<Record<string, SessionLike>>
  /**
   * How many sessions of its own a guest may have at a time. Sessions that it neither listens to nor has open do not count.
   *
   * @defaultValue 64
   */
  readonly maxSessions?: number
  /**
   * How many calls of a guest may be pending. Further ones wait in the guest.
   *
   * @defaultValue 64
   */
  readonly maxCalls?: number
}

const MANAGER: Expected = expected.having(
  'a NetworkConfigurationManager',
  'getSnapshot',
  'createSession',
  observable,
)
const SESSION: Expected = expected.having('a NetworkSession', 'getSnapshot', 'open', observable)
const MAXIMUM: Expected = {
  wants: 'a whole number of at least 1',
  isRange: true,
  holds: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
}

const OPTIONS: Readonly<Record<keyof HostOptions, Expected>> = {
  allow: {
    wants: 'a list of actions or a function',
    holds: (value) => Array.isArray(value) || typeof value === 'function',
  },
  sessions: expected.object,
  maxSessions: MAXIMUM,
  maxCalls: MAXIMUM,
}

/**
 * Shows a manager to a guest: another process, a worker or a window, at the other end of a port. The guest calls `connectToHost()` with its
 * end, and gets a mirror. It can read everything that the manager shows, and do what you allow. Nothing that it sends makes the host throw.
 *
 * When the port says that the guest is gone, the sessions that the guest has created are closed. The port belongs to the connection from here
 * on.
 * @throws TypeError or RangeError for invalid arguments
 */
export function hostManager(manager: ManagerLike, port: BridgePort, options: HostOptions = {}): Guest {
  checkArgument('the manager of hostManager()', manager, MANAGER)
  checkPort('hostManager()', port)
  checkOptions('hostManager()', options, OPTIONS)
  const { allow = [], sessions = {}, maxSessions = 64, maxCalls = 64 } = options
  const shared = Object.entries(sessions)
  for (const [name, session] of shared) checkArgument(`sessions.${name} of hostManager()`, session, SESSION)
  return new HostedGuest(manager, port, { permit: permitOf(allow), shared, maxSessions, maxCalls })
}

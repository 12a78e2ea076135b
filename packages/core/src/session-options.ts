import type { HealthOptions } from './configurations/health-options.js'
import type { SecretsProvider } from './configurations/secrets.js'
import { LAST_CLOSE, type LastClose } from './links/last-close.js'
import { checkArgument, type Expected, expected } from './primitives/arguments.js'
import { duration } from './primitives/time/times.js'

/** Options of a call that returns a promise. */
export interface CallOptions {
  /**
   * If you abort it, the wait ends: the promise rejects with `signal.reason`.
   *
   * @defaultValue never aborted
   */
  readonly signal?: AbortSignal
}

/** Options of `open()`. */
export interface OpenOptions extends CallOptions {
  /**
   * Whether the session opens again automatically when it ends without `close()` or `stop()` (S12 to S14): immediately when the link is
   * back, otherwise after a pause that doubles with each failure (`reopenDelay`). The session emits `reopening` for each pause. This continues
   * until its own `close()` or `stop()`; while it is open, any session's `stop()` on the link ends it, too. If the first opening fails, the
   * session does not open again, unless the option is `'always'`: then a failed attempt is no error, and `open()` waits until the session is
   * open (rule L6). Use this on a machine that boots before its network.
   *
   * @defaultValue false
   */
  readonly keepOpen?: boolean | 'always'
  /**
   * What happens to the link when this session is the last to close (rule H1).
   *
   * @defaultValue the value of the last `open()` of this session that had one, otherwise the manager's `lastClose`
   */
  readonly lastClose?: LastClose
}

/** Options of `createSession()`. */
export interface SessionOptions {
  /**
   * How core checks the health of the link in use, for this session alone (rule L1). On a service network it replaces the network's own
   * `health`.
   */
  readonly health?: HealthOptions
  /**
   * Gives the passwords and keys that the system asks for while it brings a link up for this session (rule N3). Without it, an activation that
   * needs a secret which is not stored ends with `secretMissing`.
   *
   * @defaultValue none
   */
  readonly secrets?: SecretsProvider
}

/** The members of {@link SessionOptions}. */
export const SESSION_OPTIONS = { health: expected.object, secrets: expected.callback } as const

/** The members of {@link CallOptions}. */
export const CALL_OPTIONS = { signal: expected.signal } as const

const KEEP_OPEN: Expected = {
  wants: "true, false or 'always'",
  holds: (value) => typeof value === 'boolean' || value === 'always',
}

/** The members of {@link OpenOptions}. */
export const OPEN_OPTIONS = { ...CALL_OPTIONS, keepOpen: KEEP_OPEN, lastClose: LAST_CLOSE } as const

/** The properties that every session has, and those that an application sets (Qt's `sessionProperty`). */
export interface SessionProperties {
  /** The access point in use; empty while the session is not open. Read-only. */
  readonly ActiveConfiguration: string
  /** The identifier that `userChoice` was resolved to; empty otherwise. Read-only. */
  readonly UserChoiceConfiguration: string
  readonly ConnectInBackground: boolean
  /** Milliseconds; -1 for never. */
  readonly AutoCloseSessionTimeout: number
}

/** The session's own member for each of these properties. */
export const BUILT_IN_PROPERTIES: ReadonlyMap<string, Uncapitalize<keyof SessionProperties>> = new Map([
  ['ActiveConfiguration', 'activeConfiguration'],
  ['UserChoiceConfiguration', 'userChoiceConfiguration'],
  ['ConnectInBackground', 'connectInBackground'],
  ['AutoCloseSessionTimeout', 'autoCloseSessionTimeout'],
])

/** Checks a value of a property. A property of the application may have any value. */
export function checkProperty(name: string, value: unknown): unknown {
  if (name === 'ConnectInBackground') checkArgument(name, value, expected.flag)
  if (name === 'AutoCloseSessionTimeout' && value !== -1)
    return duration('AutoCloseSessionTimeout', value as number)
  return value
}

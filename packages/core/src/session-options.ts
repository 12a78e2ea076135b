import { LAST_CLOSE, type LastClose } from './links/last-close.js'
import { checkArgument, expected } from './primitives/arguments.js'
import { duration } from './primitives/times.js'

/** What a call takes that can be waited for. */
export interface CallOptions {
  /**
   * Ends the waiting, which rejects with `signal.reason`.
   *
   * @defaultValue never aborted
   */
  readonly signal?: AbortSignal
}

/** What `open()` takes. */
export interface OpenOptions extends CallOptions {
  /**
   * Opens again by itself when the open session ends against its will (S12 to S14): at once when the link is back, and
   * otherwise after a pause that doubles with each failure (`reopenDelay`), each told as `reopening`. Until `close()` or anybody's
   * `stop()`. A first opening that fails is over.
   *
   * @defaultValue false
   */
  readonly keepOpen?: boolean
  /**
   * What becomes of the link when this session is the last to close (rule H1).
   *
   * @defaultValue as in the last `open()` of this session that said it, otherwise the manager's `lastClose`
   */
  readonly lastClose?: LastClose
}

/** What {@link CallOptions} has. */
export const CALL_OPTIONS = { signal: expected.signal } as const

/** What {@link OpenOptions} has. */
export const OPEN_OPTIONS = { ...CALL_OPTIONS, keepOpen: expected.flag, lastClose: LAST_CLOSE } as const

/** The properties that every session has, and anything else that is set (Qt's `sessionProperty`). */
export interface SessionProperties {
  /** The access point in use; empty while the session is not open. Read-only. */
  readonly ActiveConfiguration: string
  /** What `userChoice` was resolved to; empty otherwise. Read-only. */
  readonly UserChoiceConfiguration: string
  readonly ConnectInBackground: boolean
  /** Milliseconds; -1 for never. */
  readonly AutoCloseSessionTimeout: number
}

/** A value that the property may have; anything is accepted for those of the application. */
export function checkProperty(name: string, value: unknown): unknown {
  if (name === 'ConnectInBackground') checkArgument(name, value, expected.flag)
  if (name === 'AutoCloseSessionTimeout' && value !== -1)
    return duration('AutoCloseSessionTimeout', value as number)
  return value
}

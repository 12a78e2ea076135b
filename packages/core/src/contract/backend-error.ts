/** The stable codes of {@link BackendError}. Core maps them to the codes of a session error (rule E1). */
export type BackendErrorCode =
  | 'ERR_NOT_SUPPORTED'
  | 'ERR_UNKNOWN_CONFIGURATION'
  | 'ERR_DENIED'
  | 'ERR_ACTIVATION_FAILED'
  | 'ERR_TIMED_OUT'
  | 'ERR_SERVICE_LOST'
  | 'ERR_CLOSED'

/** A {@link BackendError} as plain data. */
export interface BackendErrorData {
  readonly name: 'BackendError'
  readonly code: BackendErrorCode
  readonly message: string
  /** The message of the native error, or `null`. */
  readonly cause: string | null
}

/**
 * The one error a backend's command rejects with, besides the caller's own `signal.reason`.
 * Recognize it by `name` and `code`, never by `instanceof`: two copies of this package may be loaded.
 */
export class BackendError extends Error {
  override readonly name = 'BackendError'
  /** Stable, machine-readable. */
  readonly code: BackendErrorCode

  /**
   * @param code stable, machine-readable
   * @param message for people, with the configuration's name in it
   * @param options the native error as `cause`
   */
  constructor(code: BackendErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }

  /** For `JSON.stringify`, which would lose the message: name, code, message, and the cause in words. */
  toJSON(): BackendErrorData {
    const { name, code, message, cause } = this
    return { name, code, message, cause: causeInWords(cause) }
  }
}

/** The message of a native error; `null` if there is none. */
export function causeInWords(cause: unknown): string | null {
  if (cause === undefined || cause === null) return null
  if (typeof cause === 'string') return cause
  const { message } = cause as { readonly message?: unknown }
  return typeof message === 'string' ? message : 'of no known kind'
}

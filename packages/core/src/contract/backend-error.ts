/** The stable codes of {@link BackendError}. Core maps them to the codes of a session error (rule E1). */
export type BackendErrorCode =
  | 'ERR_NOT_SUPPORTED'
  | 'ERR_UNKNOWN_CONFIGURATION'
  | 'ERR_DENIED'
  | 'ERR_ACTIVATION_FAILED'
  | 'ERR_TIMED_OUT'
  | 'ERR_SERVICE_LOST'
  | 'ERR_CLOSED'

/**
 * The one error a backend's command rejects with, besides the caller's own `signal.reason`.
 * Told by `name` and `code`, never by `instanceof`: two copies of this package may be loaded.
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
}

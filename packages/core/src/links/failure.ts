import type { BackendErrorCode, Reason } from '../contract/index.js'

/** What went wrong, for programs: a backend's reason, or one of core's own. */
export type SessionErrorReason =
  | Reason
  | 'deviceBusy'
  | 'holdersUnknown'
  | 'notSupported'
  | 'unknownConfiguration'
  | 'chooserFailed'
  | 'secretsFailed'
  | 'removed'
  | 'stopped'
  | 'lost'
  | 'goneMeanwhile'
  | 'cancelled'
  | 'closed'

/** Why something could not be done, before it is known for whom. */
export interface Failure {
  readonly code: BackendErrorCode
  readonly reason: SessionErrorReason
  /** The system's own word, or `null`. */
  readonly native: string | null
  readonly cause: unknown
}

/** A failure without a native error behind it. */
export function failure(
  code: BackendErrorCode,
  reason: SessionErrorReason,
  native: string | null = null,
): Failure {
  return { code, reason, native, cause: undefined }
}

const REASONS: Readonly<Record<BackendErrorCode, SessionErrorReason>> = {
  ERR_NOT_SUPPORTED: 'notSupported',
  ERR_UNKNOWN_CONFIGURATION: 'unknownConfiguration',
  ERR_DENIED: 'denied',
  ERR_ACTIVATION_FAILED: 'other',
  ERR_TIMED_OUT: 'timedOut',
  ERR_SERVICE_LOST: 'serviceLost',
  ERR_CLOSED: 'closed',
}

/** What a backend's rejection means; anything but a `BackendError` is a failed activation with that cause. */
export function failureOf(error: unknown): Failure {
  const { name, code, message } = (error ?? {}) as { name?: unknown; code?: unknown; message?: unknown }
  const known = name === 'BackendError' && typeof code === 'string' && Object.hasOwn(REASONS, code)
  const backendCode = known ? (code as BackendErrorCode) : 'ERR_ACTIVATION_FAILED'
  return {
    code: backendCode,
    reason: REASONS[backendCode],
    native: typeof message === 'string' ? message : null,
    cause: error,
  }
}

/** What the end of an activation means for those who waited for it. */
export function failureOfEnd(reason: Reason, native: string | null): Failure {
  return failure(reason === 'denied' ? 'ERR_DENIED' : 'ERR_ACTIVATION_FAILED', reason, native)
}

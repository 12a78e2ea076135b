import { causeInWords } from '../contract/backend-error.js'
import { BackendError, type BackendErrorCode, type Reason } from '../contract/index.js'

/** The seeds' `QNetworkSession::SessionError`. */
export type SessionErrorCode =
  | 'unknown'
  | 'sessionAborted'
  | 'roaming'
  | 'operationNotSupported'
  | 'invalidConfiguration'

/** What went wrong, for programs: a backend's reason, or one of core's own. */
export type SessionErrorReason =
  | Reason
  | 'deviceBusy'
  | 'holdersUnknown'
  | 'notSupported'
  | 'unknownConfiguration'
  | 'chooserFailed'
  | 'removed'
  | 'stopped'
  | 'lost'
  | 'goneMeanwhile'
  | 'cancelled'
  | 'closed'

/** A {@link NetworkSessionError} as plain data. */
export interface NetworkSessionErrorData {
  readonly name: 'NetworkSessionError'
  readonly code: SessionErrorCode
  readonly reason: SessionErrorReason
  readonly message: string
  /** What the native error says, or `null`. */
  readonly cause: string | null
}

/** What a session's `error` event carries and what its promises reject with. */
export class NetworkSessionError extends Error {
  override readonly name = 'NetworkSessionError'
  readonly code: SessionErrorCode
  readonly reason: SessionErrorReason
  #data: NetworkSessionErrorData | null = null

  /**
   * @param code one of Qt's five codes
   * @param reason the machine-readable reason
   * @param message for people, with the configuration's name in it
   * @param options the native error as `cause`
   */
  constructor(
    code: SessionErrorCode,
    reason: SessionErrorReason,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options)
    this.code = code
    this.reason = reason
  }

  /** The same object each time. For `JSON.stringify`, and for snapshots. */
  toJSON(): NetworkSessionErrorData {
    const { name, code, reason, message, cause } = this
    this.#data ??= Object.freeze({ name, code, reason, message, cause: causeInWords(cause) })
    return this.#data
  }
}

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

/** The session's code for a failure (rule E1); `discovered` tells whether the configuration still is. */
export function codeOf({ code }: Failure, discovered: boolean): SessionErrorCode {
  switch (code) {
    case 'ERR_NOT_SUPPORTED':
    case 'ERR_DENIED':
      return 'operationNotSupported'
    case 'ERR_UNKNOWN_CONFIGURATION':
      return 'invalidConfiguration'
    case 'ERR_ACTIVATION_FAILED':
    case 'ERR_TIMED_OUT':
    case 'ERR_SERVICE_LOST':
      return discovered ? 'unknown' : 'invalidConfiguration'
    case 'ERR_CLOSED':
      return 'sessionAborted'
  }
}

const WORDS: Readonly<Record<SessionErrorReason, string>> = {
  requested: 'it was taken down on request',
  denied: 'permission was denied',
  secretMissing: 'a password or key is missing',
  secretWrong: 'the password or key is wrong',
  outOfReach: 'it is out of reach',
  carrierLost: 'the link lost its carrier',
  addressFailed: 'no address could be had',
  radioOff: 'the radio is switched off',
  deviceGone: 'the device is gone',
  deviceTaken: 'another connection took the device',
  baseLost: 'the connection below it was lost',
  serviceLost: 'the network service is away',
  timedOut: 'it took too long',
  other: 'the system gave no clear reason',
  deviceBusy: 'its device carries a connection that somebody holds',
  holdersUnknown: 'it cannot be told whether other programs use it',
  notSupported: 'this system does not support it',
  unknownConfiguration: 'there is no such configuration',
  chooserFailed: 'the chooser failed',
  removed: 'the configuration was removed',
  stopped: 'somebody stopped it',
  lost: 'the link was lost and did not come back in time',
  goneMeanwhile: 'the link was down when the network service was back',
  cancelled: 'it was cancelled',
  closed: 'the manager is closed',
}

/** A reason in plain words, to follow a sentence's colon. */
export function reasonInWords(reason: SessionErrorReason): string {
  return WORDS[reason]
}

/** What a session was at when it failed: opening, staying open, leaving the link, or stopping it. */
export type Doing = 'open' | 'keep' | 'close' | 'stop' | 'roam'

const SENTENCES: Readonly<Record<Doing, (name: string) => string>> = {
  // Without a name it is the default of a host that has none.
  open: (name) => (name === '' ? 'there is nothing to open' : `cannot open '${name}'`),
  keep: (name) => `the session on '${name}' has ended`,
  close: (name) => `'${name}' is closed but still up`,
  stop: (name) => `cannot stop '${name}'`,
  roam: (name) => `cannot roam to '${name}'`,
}

/** The error that a session raises for a failure, for its `error` event and its promises alike. */
export function sessionError(
  why: Failure,
  context: { readonly doing: Doing; readonly name: string; readonly code: SessionErrorCode },
): NetworkSessionError {
  const native = why.native === null ? '' : ` (${why.native})`
  return new NetworkSessionError(
    context.code,
    why.reason,
    `${SENTENCES[context.doing](context.name)}: ${WORDS[why.reason]}${native}`,
    why.cause === undefined ? undefined : { cause: why.cause },
  )
}

/** What a session's calls reject with once the manager is closed (rules M7, E1); the `cause` is the `ERR_CLOSED` of everything else. */
export function closedSessionError(name: string): NetworkSessionError {
  const why = { ...failure('ERR_CLOSED', 'closed'), cause: closedError() }
  return sessionError(why, { doing: 'open', name, code: 'sessionAborted' })
}

/** What pending updates and commands reject with once the manager is closed (rule M7). */
export function closedError(): BackendError {
  return new BackendError('ERR_CLOSED', 'the manager is closed')
}

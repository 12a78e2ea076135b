import { causeInWords } from '../contract/backend-error.js'
import { BackendError } from '../contract/index.js'
import { type Failure, failure, type SessionErrorReason } from '../links/failure.js'

/** What kind of error it is (`QNetworkSession::SessionError`). */
export type SessionErrorCode =
  | 'unknown'
  | 'sessionAborted'
  | 'roaming'
  | 'operationNotSupported'
  | 'invalidConfiguration'

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

/** The session's code for a failure (rule E1); `isDiscovered`: the configuration still is. */
export function codeOf(
  { code }: Failure,
  { isDiscovered }: { readonly isDiscovered: boolean },
): SessionErrorCode {
  switch (code) {
    case 'ERR_NOT_SUPPORTED':
    case 'ERR_DENIED':
      return 'operationNotSupported'
    case 'ERR_UNKNOWN_CONFIGURATION':
      return 'invalidConfiguration'
    case 'ERR_ACTIVATION_FAILED':
    case 'ERR_TIMED_OUT':
    case 'ERR_SERVICE_LOST':
      return isDiscovered ? 'unknown' : 'invalidConfiguration'
    case 'ERR_CLOSED':
      return 'sessionAborted'
  }
}

const WORDS: Readonly<Record<SessionErrorReason, string>> = {
  requested: 'it was disconnected on request',
  denied: 'permission was denied',
  secretMissing: 'a password or key is missing',
  secretWrong: 'the password or key is wrong',
  outOfRange: 'it is out of range',
  carrierLost: 'the link lost its carrier',
  addressFailed: 'no IP address was obtained',
  radioOff: 'the radio is switched off',
  deviceGone: 'the device was removed',
  deviceTaken: 'another connection took over the device',
  baseLost: 'the connection it runs over was lost',
  serviceLost: 'the network service is unavailable',
  timedOut: 'the operation timed out',
  other: 'the system gave no clear reason',
  deviceBusy: 'its device is in use by another session',
  holdersUnknown: 'it is unknown whether other programs use it',
  notSupported: 'this system does not support it',
  unknownConfiguration: 'the configuration does not exist',
  chooserFailed: 'the chooser failed',
  secretsFailed: 'the provider of secrets failed',
  removed: 'the configuration was removed',
  stopped: 'stopped by another session',
  lost: 'the link was lost and did not come back in time',
  goneMeanwhile: 'the link was down when the network service came back',
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

/** What a session's calls reject with when the manager is closed (rules M7, E1); the `cause` is the `ERR_CLOSED` of everything else. */
export function closedSessionError(name: string): NetworkSessionError {
  const why = { ...failure('ERR_CLOSED', 'closed'), cause: closedError() }
  return sessionError(why, { doing: 'open', name, code: 'sessionAborted' })
}

/** What pending updates and commands reject with when the manager is closed (rule M7). */
export function closedError(): BackendError {
  return new BackendError('ERR_CLOSED', 'the manager is closed')
}

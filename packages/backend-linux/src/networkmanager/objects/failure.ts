import { BackendError, type BackendErrorCode } from '@roamkit/core/contract'
import { BusError } from '../../bus/bus-port.js'
import { NM } from './names.js'

const CODES: ReadonlyMap<string, BackendErrorCode> = new Map([
  [`${NM}.PermissionDenied`, 'ERR_DENIED'],
  [`${NM}.Settings.PermissionDenied`, 'ERR_DENIED'],
  [`${NM}.Settings.Connection.PermissionDenied`, 'ERR_DENIED'],
  [`${NM}.Device.NotAllowed`, 'ERR_DENIED'],
  ['org.freedesktop.DBus.Error.AccessDenied', 'ERR_DENIED'],
  ['org.freedesktop.DBus.Error.AuthFailed', 'ERR_DENIED'],
  ['org.freedesktop.DBus.Error.InteractiveAuthorizationRequired', 'ERR_DENIED'],
  ['org.freedesktop.PolicyKit1.Error.NotAuthorized', 'ERR_DENIED'],
  ['org.freedesktop.DBus.Error.ServiceUnknown', 'ERR_SERVICE_LOST'],
  ['org.freedesktop.DBus.Error.NameHasNoOwner', 'ERR_SERVICE_LOST'],
  ['org.freedesktop.DBus.Error.NoReply', 'ERR_SERVICE_LOST'],
  ['org.freedesktop.DBus.Error.Disconnected', 'ERR_SERVICE_LOST'],
  [`${NM}.UnknownConnection`, 'ERR_UNKNOWN_CONFIGURATION'],
  [`${NM}.Settings.InvalidConnection`, 'ERR_UNKNOWN_CONFIGURATION'],
  ['org.freedesktop.network1.NoSuchLink', 'ERR_UNKNOWN_CONFIGURATION'],
  ['org.freedesktop.network1.UnmanagedInterface', 'ERR_NOT_SUPPORTED'],
])

/** Whether an answer says that the object of a call does not exist (any more). */
export function isMissingObject(error: unknown): boolean {
  const answer = error instanceof BusError ? error.answer : null
  return (
    answer !== null &&
    /\.(UnknownObject|UnknownMethod|UnknownInterface|UnknownConnection|ConnectionNotActive)$/.test(answer)
  )
}

/** The error of a NetworkManager that is too slow: `NetworkManager did not answer`. */
export function timeoutError(what: string, cause?: unknown): BusError {
  return new BusError('ERR_BUS_TIMED_OUT', `NetworkManager ${what}`, cause === undefined ? {} : { cause })
}

/**
 * Makes the one error that a command rejects with (rule E1). Its `cause` is the bus's error.
 *
 * @param error what the call rejected with
 * @param what what was tried, with the configuration's name: `cannot activate "home"`
 * @param otherwise the code for answers that say nothing more exact
 * @param service who was asked, for people
 */
export function commandFailure(
  error: unknown,
  what: string,
  otherwise: BackendErrorCode,
  service = 'NetworkManager',
): BackendError {
  const code = codeOf(error, otherwise)
  return new BackendError(code, `${what}: ${phrase(code, error, service)}`, { cause: error })
}

function codeOf(error: unknown, otherwise: BackendErrorCode): BackendErrorCode {
  if (!(error instanceof BusError)) return otherwise
  if (error.code === 'ERR_BUS_TIMED_OUT') return 'ERR_TIMED_OUT'
  if (error.code !== 'ERR_BUS_ANSWER') return 'ERR_SERVICE_LOST'
  return CODES.get(error.answer ?? '') ?? otherwise
}

function phrase(code: BackendErrorCode, error: unknown, service: string): string {
  if (code === 'ERR_DENIED') return `permission denied by ${service}`
  return error instanceof Error ? error.message : 'it failed in an unknown way'
}

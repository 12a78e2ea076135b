import { BackendError, type BackendErrorCode } from '@roamkit/core/contract'
import { BusError } from '../bus/bus-port.js'
import { isMissingObject } from '../networkmanager/objects/failure.js'
import { CONNMAN } from './names.js'

const CODES: ReadonlyMap<string, BackendErrorCode> = new Map([
  [`${CONNMAN}.Error.PermissionDenied`, 'ERR_DENIED'],
  ['org.freedesktop.DBus.Error.AccessDenied', 'ERR_DENIED'],
  [`${CONNMAN}.Error.NotSupported`, 'ERR_NOT_SUPPORTED'],
  [`${CONNMAN}.Error.NotImplemented`, 'ERR_NOT_SUPPORTED'],
  [`${CONNMAN}.Error.OperationTimeout`, 'ERR_TIMED_OUT'],
  ['org.freedesktop.DBus.Error.ServiceUnknown', 'ERR_SERVICE_LOST'],
  ['org.freedesktop.DBus.Error.NameHasNoOwner', 'ERR_SERVICE_LOST'],
  ['org.freedesktop.DBus.Error.NoReply', 'ERR_SERVICE_LOST'],
  ['org.freedesktop.DBus.Error.Disconnected', 'ERR_SERVICE_LOST'],
])

/** The last part of the name of one of ConnMan's errors, such as `AlreadyConnected`; `null` for any other error. */
export function connmanError(error: unknown): string | null {
  const answer = error instanceof BusError ? error.answer : null
  const prefix = `${CONNMAN}.Error.`
  return answer?.startsWith(prefix) ? answer.slice(prefix.length) : null
}

/**
 * Makes the one error that a command rejects with (rule E1). Its `cause` is the bus's error.
 *
 * @param error what the call rejected with
 * @param what what was tried, with the service's name: `cannot activate "home"`
 * @param otherwise the code for answers that say nothing more exact
 */
export function commandFailure(error: unknown, what: string, otherwise: BackendErrorCode): BackendError {
  const code = codeOf(error, otherwise)
  return new BackendError(code, `${what}: ${phrase(code, error)}`, { cause: error })
}

function codeOf(error: unknown, otherwise: BackendErrorCode): BackendErrorCode {
  if (!(error instanceof BusError)) return otherwise
  if (error.code === 'ERR_BUS_TIMED_OUT') return 'ERR_TIMED_OUT'
  if (error.code !== 'ERR_BUS_ANSWER') return 'ERR_SERVICE_LOST'
  return CODES.get(error.answer ?? '') ?? otherwise
}

function phrase(code: BackendErrorCode, error: unknown): string {
  if (code === 'ERR_DENIED') return 'permission denied by ConnMan'
  // ConnMan has no object for what is unplugged or out of sight.
  if (isMissingObject(error)) return 'it is out of range'
  return error instanceof Error ? error.message : 'it failed in an unknown way'
}

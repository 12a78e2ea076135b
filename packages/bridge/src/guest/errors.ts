import { BackendError, NetworkSessionError, type NetworkSessionErrorData } from '@roamkit/core'
import type { ErrorMessage, ResultMessage } from '../protocol/messages.js'

/** Each error is made once: messages that carry the same object are about the same error. */
const made = new WeakMap<NetworkSessionErrorData, NetworkSessionError>()

/** The error of a session, as the host has it. The same object for the same data. */
export function sessionErrorOf(data: NetworkSessionErrorData): NetworkSessionError {
  const known = made.get(data)
  if (known !== undefined) return known
  const { code, reason, message, cause } = data
  const error = new NetworkSessionError(code, reason, message, cause === null ? undefined : { cause })
  made.set(data, error)
  return error
}

/** The errors of calls that the host has not carried out. */
const denials = new WeakSet<Error>()

/** The error with which a call has ended. */
export function errorOfResult({
  error,
  denied,
}: Extract<ResultMessage, { readonly error: ErrorMessage }>): Error {
  const made = errorOf(error)
  if (denied) denials.add(made)
  return made
}

/** Whether a call has ended because the host does not allow it. */
export function isDenial(error: unknown): error is NetworkSessionError {
  return error instanceof NetworkSessionError && denials.has(error)
}

/** An error of a call, of the class that the host's has. */
function errorOf(data: ErrorMessage): Error {
  switch (data.name) {
    case 'NetworkSessionError':
      return sessionErrorOf(data)
    case 'BackendError': {
      const { code, message, cause } = data
      return new BackendError(code, message, cause === null ? undefined : { cause })
    }
    case 'Error':
      return new Error(data.message)
  }
}

/** What calls of a manager reject with when the connection has ended. */
export function closedError(): BackendError {
  return new BackendError('ERR_CLOSED', 'the connection to the host is closed')
}

/** What calls of a session reject with when the connection has ended (rule E1). */
export function closedSessionError(action: string, name: string): NetworkSessionError {
  return new NetworkSessionError(
    'sessionAborted',
    'closed',
    `cannot ${action} '${name}': the connection to the host is closed`,
    { cause: closedError() },
  )
}

/** What a session emits that the host has not created. */
export function tooManySessionsError(name: string): NetworkSessionError {
  return new NetworkSessionError(
    'operationNotSupported',
    'denied',
    `'${name}': the host allows this guest no more sessions`,
  )
}

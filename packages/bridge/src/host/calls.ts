import {
  BackendError,
  type ManagerLike,
  NetworkSessionError,
  type SessionLike,
  type Traffic,
} from '@roamkit/core'
import type {
  ErrorMessage,
  ManagerCallMessage,
  ResultMessage,
  SessionCallMessage,
} from '../protocol/messages.js'

/** What a call of a guest resolves to. */
export type CallResult = Promise<boolean | Traffic | null>

/** Carries out an allowed call of a session. */
export async function callSession(
  session: SessionLike,
  message: SessionCallMessage,
  signal: AbortSignal,
): CallResult {
  switch (message.action) {
    case 'open': {
      const { keepOpen, lastClose, connectInBackground } = message.argument
      const before = session.connectInBackground
      if (connectInBackground !== null) session.connectInBackground = connectInBackground
      const opened = session.open({ signal, keepOpen, ...(lastClose === null ? {} : { lastClose }) })
      // The guest says it with each call. A session that is shared stays as the host wants it.
      session.connectInBackground = before
      await opened
      return null
    }
    case 'close':
    case 'stop':
      await session[message.action]({ signal })
      return null
    case 'migrate':
    case 'ignore':
    case 'accept':
    case 'reject':
      return await session[message.action](message.argument ?? undefined)
    case 'requireDecision': {
      const { trial } = session
      if (trial?.id === message.argument) trial.requireDecision()
      return null
    }
    case 'report':
      session.report(message.argument)
      return null
    case 'holdOff':
      session.holdOff(message.argument)
      return null
    case 'traffic':
      return { received: session.bytesReceived, written: session.bytesWritten }
  }
}

/** Carries out an allowed call of the manager. */
export async function callManager(
  manager: ManagerLike,
  message: ManagerCallMessage,
  signal: AbortSignal,
): CallResult {
  if (message.action === 'updateConfigurations') await manager.updateConfigurations({ signal })
  else await manager[message.action](message.argument, { signal })
  return null
}

/** The result of a call of a session that is not allowed. Answers to offers and trials never reject (rule R22). */
export function denySession({ call, action }: SessionCallMessage, name: string): ResultMessage {
  if (action === 'traffic') return { call, value: { received: 0, written: 0 } }
  if (action !== 'open' && action !== 'close' && action !== 'stop') return { call, value: false }
  const error = new NetworkSessionError(
    'operationNotSupported',
    'denied',
    `cannot ${action} '${name}': the host does not allow it`,
    { cause: new BackendError('ERR_DENIED', 'the host does not allow it') },
  )
  return { call, error: error.toJSON(), denied: true }
}

/** The result of a call of the manager that is not allowed. */
export function denyManager({ call, action }: ManagerCallMessage): ResultMessage {
  const error = new BackendError('ERR_DENIED', `${action}(): the host does not allow it`)
  return { call, error: error.toJSON(), denied: true }
}

/** An error as plain data. */
export function errorMessage(error: unknown): ErrorMessage {
  // By name: two copies of core may be loaded.
  const { name, message } = (error ?? {}) as { readonly name?: unknown; readonly message?: unknown }
  if (name === 'NetworkSessionError') return (error as NetworkSessionError).toJSON()
  if (name === 'BackendError') return (error as BackendError).toJSON()
  // Not String(error): an object may have no text, and then it throws.
  const words = [message, error].find((one) => typeof one === 'string')
  return { name: 'Error', message: typeof words === 'string' ? words : 'of no known kind' }
}

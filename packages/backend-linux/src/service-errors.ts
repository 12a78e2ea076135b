import { BackendError, type BackendErrorCode, type Call } from '@roamkit/core/contract'
import { BusError } from './bus/bus-port.js'

/** What the errors of one service on the bus mean. */
export interface ServiceErrors {
  /** The service, for people: `NetworkManager`. */
  readonly title: string
  /** The codes of its own errors, by their D-Bus names. */
  readonly codes: Readonly<Record<string, BackendErrorCode>>
  /** What it means, for people, that the object of a call does not exist. By default the service's own words. */
  readonly missingObject?: string
}

/**
 * Runs a command, and makes the one error that it rejects with (rule E1). Its `cause` is the bus's error. An abort stays the caller's own reason, and
 * a `BackendError` what it is.
 *
 * @param what what is tried, with the configuration's name: `cannot activate "home"`
 * @param otherwise the code for answers that say nothing more exact
 */
export type TranslateErrors = <T>(
  call: Call,
  what: string,
  otherwise: BackendErrorCode,
  run: () => Promise<T>,
) => Promise<T>

/** The errors of the bus daemon, of the D-Bus libraries and of polkit. */
const COMMON_CODES: Readonly<Record<string, BackendErrorCode>> = {
  'org.freedesktop.DBus.Error.AccessDenied': 'ERR_DENIED',
  'org.freedesktop.DBus.Error.AuthFailed': 'ERR_DENIED',
  'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired': 'ERR_DENIED',
  'org.freedesktop.PolicyKit1.Error.NotAuthorized': 'ERR_DENIED',
  'org.freedesktop.DBus.Error.ServiceUnknown': 'ERR_SERVICE_LOST',
  'org.freedesktop.DBus.Error.NameHasNoOwner': 'ERR_SERVICE_LOST',
  'org.freedesktop.DBus.Error.NoReply': 'ERR_SERVICE_LOST',
  'org.freedesktop.DBus.Error.Disconnected': 'ERR_SERVICE_LOST',
}

/** How the commands of a service reject. */
export function errorTranslator(errors: ServiceErrors): TranslateErrors {
  const codes = new Map(Object.entries({ ...COMMON_CODES, ...errors.codes }))
  return async ({ signal }, what, otherwise, run) => {
    try {
      return await run()
    } catch (error) {
      if (error instanceof BackendError || (signal.aborted && error === signal.reason)) throw error
      const code = codeOf(error, codes) ?? otherwise
      throw new BackendError(code, `${what}: ${phrase(code, error, errors)}`, { cause: error })
    }
  }
}

/** Translates an absent service or bus for the caller of `open`. An abort stays the caller's own reason. */
export function openFailure(error: unknown, title: string): unknown {
  return error instanceof BusError
    ? new BackendError('ERR_SERVICE_LOST', `cannot reach ${title}: ${error.message}`, { cause: error })
    : error
}

/** Whether an answer says that the object of a call does not exist (any more). */
export function isMissingObject(error: unknown): boolean {
  const answer = error instanceof BusError ? error.answer : null
  return (
    answer !== null &&
    /\.(UnknownObject|UnknownMethod|UnknownInterface|UnknownConnection|ConnectionNotActive)$/.test(answer)
  )
}

/** `null` for an answer that is not listed, and for what is no error of the bus. */
function codeOf(error: unknown, codes: ReadonlyMap<string, BackendErrorCode>): BackendErrorCode | null {
  if (!(error instanceof BusError)) return null
  if (error.code === 'ERR_BUS_TIMED_OUT') return 'ERR_TIMED_OUT'
  if (error.code !== 'ERR_BUS_ANSWER') return 'ERR_SERVICE_LOST'
  return codes.get(error.answer ?? '') ?? null
}

function phrase(code: BackendErrorCode, error: unknown, { title, missingObject }: ServiceErrors): string {
  if (code === 'ERR_DENIED') return `permission denied by ${title}`
  if (missingObject !== undefined && isMissingObject(error)) return missingObject
  return error instanceof Error ? error.message : 'it failed in an unknown way'
}

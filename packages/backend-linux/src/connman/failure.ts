import { BusError } from '../bus/bus-port.js'
import { errorTranslator } from '../service-errors.js'
import { CONNMAN } from './names.js'

/** How the commands of ConnMan reject. */
export const translateErrors = errorTranslator({
  title: 'ConnMan',
  codes: {
    [`${CONNMAN}.Error.PermissionDenied`]: 'ERR_DENIED',
    [`${CONNMAN}.Error.NotSupported`]: 'ERR_NOT_SUPPORTED',
    [`${CONNMAN}.Error.NotImplemented`]: 'ERR_NOT_SUPPORTED',
    [`${CONNMAN}.Error.OperationTimeout`]: 'ERR_TIMED_OUT',
  },
  // ConnMan has no object for what is unplugged or out of range.
  missingObject: 'it is out of range',
})

/** The last part of the name of one of ConnMan's errors, such as `AlreadyConnected`; `null` for any other error. */
export function connmanError(error: unknown): string | null {
  const answer = error instanceof BusError ? error.answer : null
  const prefix = `${CONNMAN}.Error.`
  return answer?.startsWith(prefix) ? answer.slice(prefix.length) : null
}

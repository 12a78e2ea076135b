import { BusError } from '../../bus/bus-port.js'
import { errorTranslator } from '../../service-errors.js'
import { NM } from './names.js'

/** How the commands of NetworkManager reject. */
export const translateErrors = errorTranslator({
  title: 'NetworkManager',
  codes: {
    [`${NM}.PermissionDenied`]: 'ERR_DENIED',
    [`${NM}.Settings.PermissionDenied`]: 'ERR_DENIED',
    [`${NM}.Settings.Connection.PermissionDenied`]: 'ERR_DENIED',
    [`${NM}.Device.NotAllowed`]: 'ERR_DENIED',
    [`${NM}.UnknownConnection`]: 'ERR_UNKNOWN_CONFIGURATION',
    [`${NM}.Settings.InvalidConnection`]: 'ERR_UNKNOWN_CONFIGURATION',
  },
})

/** The error of a NetworkManager that is too slow: `NetworkManager did not answer`. */
export function timeoutError(what: string, cause?: unknown): BusError {
  return new BusError('ERR_BUS_TIMED_OUT', `NetworkManager ${what}`, cause === undefined ? {} : { cause })
}

import { BackendError, type BackendErrorCode, type LinkConfiguration } from '@roamkit/core/contract'
import { CONSENT, commandFailure, isServiceAway, WIFI_AWAY, WindowsError } from '../ffi/windows-error.js'
import type { CommandContext } from './command-context.js'

/**
 * The error for a code of Windows. If the code means that the WLAN service is away, its links end before the caller gets the error.
 *
 * @param call the function of Windows
 * @param what what the caller wanted, as the message says it
 * @param otherwise the error code for a code of Windows that means nothing in particular
 */
export function refusal(
  { loseWifi }: Pick<CommandContext, 'loseWifi'>,
  call: string,
  code: number,
  what: string,
  otherwise: BackendErrorCode = 'ERR_ACTIVATION_FAILED',
): BackendError {
  const error = commandFailure(call, code, what, otherwise)
  const { cause } = error
  if (cause instanceof WindowsError && isServiceAway(cause.code)) loseWifi(cause)
  return error
}

/** The error while the WLAN service is away. */
export function serviceLost(what: string): BackendError {
  return new BackendError('ERR_SERVICE_LOST', `windows: ${what}: ${WIFI_AWAY}`)
}

/** The error of a scan without access to the location. */
export function locationDenied(): BackendError {
  return new BackendError('ERR_DENIED', `windows: cannot scan: ${CONSENT}`)
}

/** The error for a configuration that cannot be activated or deactivated here. */
export function notPossible(what: string, { id, bearer, saved, wifi }: LinkConfiguration): BackendError {
  if (!saved && wifi?.security === 'enterprise')
    return new BackendError(
      'ERR_NOT_SUPPORTED',
      `windows: ${what}: it is an enterprise network, which needs a user name, a way to sign in and often a certificate, so set it up in the settings of Windows`,
    )
  if (!saved)
    return new BackendError(
      'ERR_NOT_SUPPORTED',
      `windows: ${what}: Windows cannot connect to it, or its security is not known here`,
    )
  if (id.startsWith('adapter:') && bearer === 'ethernet')
    return new BackendError(
      'ERR_NOT_SUPPORTED',
      `windows: ${what}: enabling and disabling adapters needs administrator rights, and an enabled adapter comes up with its cable`,
    )
  return new BackendError('ERR_NOT_SUPPORTED', `windows: ${what}: it can only be observed`)
}

/** The error for a profile or a network that has gone since the caller saw it. */
export function profileGone(what: string): BackendError {
  return new BackendError('ERR_UNKNOWN_CONFIGURATION', `windows: ${what}: it has gone`)
}

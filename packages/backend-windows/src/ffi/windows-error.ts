import { BackendError, type BackendErrorCode } from '@roamkit/core/contract'
import { NOT_THERE, WinError } from './numbers.js'

/** A code that a function of Windows has answered: the native error behind a `BackendError`. */
export class WindowsError extends Error {
  override readonly name = 'WindowsError'
  /** The function. */
  readonly call: string
  /** Windows's code, as winerror.h has them. */
  readonly code: number

  /**
   * @param call the function
   * @param code what it answered
   */
  constructor(call: string, code: number) {
    super(`${call}: error ${code >>> 0 > 0xffff ? `0x${(code >>> 0).toString(16)}` : code}${nameOf(code)}`)
    this.call = call
    this.code = code >>> 0
  }
}

/** Why Wi-Fi details are kept from a program on Windows 11 24H2 and later, and what to do. */
export const CONSENT =
  'Windows keeps Wi-Fi details from programs until location access is allowed: Settings, Privacy & security, Location, "Let desktop apps access your location"'

/** Why nothing can be had of Wi-Fi, and what to do. */
export const WIFI_AWAY =
  'the WLAN AutoConfig service is not running: start it in Services (services.msc), or as an administrator with "net start wlansvc"'

/** Makes the one error that a command rejects with (rule E1) of Windows's code. */
export function commandFailure(
  call: string,
  code: number,
  what: string,
  otherwise: BackendErrorCode,
): BackendError {
  const cause = new WindowsError(call, code)
  const found = CODES[cause.code]
  const [errorCode, says] = found ?? [otherwise, cause.message]
  return new BackendError(errorCode, `windows: ${what}: ${says}`, { cause })
}

/** Whether a code says that the service behind a function is away. */
export function isServiceAway(code: number): boolean {
  return CODES[code >>> 0]?.[0] === 'ERR_SERVICE_LOST'
}

const CODES: Readonly<Record<number, readonly [BackendErrorCode, string]>> = {
  [WinError.AccessDenied]: ['ERR_DENIED', 'Windows denies it'],
  [WinError.NotFound]: ['ERR_UNKNOWN_CONFIGURATION', 'Windows does not know it any more'],
  [WinError.NotSupported]: ['ERR_NOT_SUPPORTED', 'the adapter cannot do it'],
  [NOT_THERE]: ['ERR_NOT_SUPPORTED', 'this Windows has no such function'],
  [WinError.ServiceNotActive]: ['ERR_SERVICE_LOST', WIFI_AWAY],
  [WinError.RpcUnavailable]: ['ERR_SERVICE_LOST', WIFI_AWAY],
  [WinError.InvalidHandle]: ['ERR_SERVICE_LOST', 'the WLAN AutoConfig service was started anew: try again'],
  [WinError.RadioOff]: ['ERR_ACTIVATION_FAILED', 'the radio is switched off'],
}

function nameOf(code: number): string {
  const [name] = Object.entries(WinError).find(([, value]) => value === code >>> 0) ?? []
  return name === undefined ? '' : ` (${name})`
}

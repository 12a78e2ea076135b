import { BackendError, type BackendErrorCode } from '@roamkit/core/contract'
import { NOT_THERE, WinError } from './numbers.js'

/** An error code of a function of Windows: the native error behind a `BackendError`. */
export class WindowsError extends Error {
  override readonly name = 'WindowsError'
  /** The name of the function. */
  readonly call: string
  /** Windows's code, as in winerror.h. */
  readonly code: number

  /**
   * @param call the name of the function
   * @param code its result
   */
  constructor(call: string, code: number) {
    super(`${call}: error ${code >>> 0 > 0xffff ? `0x${(code >>> 0).toString(16)}` : code}${nameOf(code)}`)
    this.call = call
    this.code = code >>> 0
  }
}

/** Why Windows 11 24H2 and later withhold Wi-Fi details, and what to do. */
export const CONSENT =
  'Windows withholds Wi-Fi details until you allow location access: Settings, Privacy & security, Location, "Let desktop apps access your location"'

/** Why Wi-Fi is not available, and what to do. */
export const WIFI_AWAY =
  'the WLAN AutoConfig service is not running: start it in Services (services.msc), or run "net start wlansvc" as an administrator'

/** The error that a command rejects with (rule E1), made from Windows's code. */
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

/** Whether a code means that the service behind a function is not running. */
export function isServiceAway(code: number): boolean {
  return CODES[code >>> 0]?.[0] === 'ERR_SERVICE_LOST'
}

const CODES: Readonly<Record<number, readonly [BackendErrorCode, string]>> = {
  [WinError.AccessDenied]: ['ERR_DENIED', 'Windows denies access'],
  [WinError.NotFound]: ['ERR_UNKNOWN_CONFIGURATION', 'Windows no longer knows it'],
  [WinError.NotSupported]: ['ERR_NOT_SUPPORTED', 'the adapter does not support it'],
  [NOT_THERE]: ['ERR_NOT_SUPPORTED', 'this version of Windows does not support it'],
  [WinError.AlreadyExists]: ['ERR_NOT_SUPPORTED', 'there is another profile of that name'],
  [WinError.ServiceNotActive]: ['ERR_SERVICE_LOST', WIFI_AWAY],
  [WinError.RpcUnavailable]: ['ERR_SERVICE_LOST', WIFI_AWAY],
  [WinError.InvalidHandle]: ['ERR_SERVICE_LOST', 'the WLAN AutoConfig service was restarted: try again'],
  [WinError.RadioOff]: ['ERR_ACTIVATION_FAILED', 'the radio is switched off'],
}

function nameOf(code: number): string {
  const [name] = Object.entries(WinError).find(([, value]) => value === code >>> 0) ?? []
  return name === undefined ? '' : ` (${name})`
}

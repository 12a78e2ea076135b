import type { BackendErrorCode } from '@roamkit/core'

const ADVICE: Readonly<Record<BackendErrorCode, string | null>> = {
  ERR_SERVICE_LOST:
    'Start the service (on Linux: NetworkManager, and the system D-Bus), name its bus with --bus, or leave --backend and --bus out to see what Node sees.',
  ERR_DENIED: 'Run it as a user who may talk to the service, or have the administrator allow it.',
  ERR_TIMED_OUT: 'Try again; if it stays so, see the log of the service, or start it anew.',
  ERR_NOT_SUPPORTED: 'Try another backend: see --backend in roamkit --help.',
  ERR_UNKNOWN_CONFIGURATION: 'See roamkit list for what there is.',
  ERR_ACTIVATION_FAILED: 'See roamkit doctor for what is wrong.',
  ERR_CLOSED: null,
}

/** What to do about an error of a backend, in plain words; `null` for any other error, or where there is nothing to do. */
export function backendAdvice(error: unknown): string | null {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  const known = name === 'BackendError' && typeof code === 'string' && Object.hasOwn(ADVICE, code)
  return known ? ADVICE[code as BackendErrorCode] : null
}

import type { BackendErrorCode } from '@roamkit/core'

const ADVICE: Readonly<Record<BackendErrorCode, string | null>> = {
  ERR_SERVICE_LOST:
    'Start the service (on Linux also the system D-Bus), select its bus with --bus, or omit --backend and --bus: Roamkit then picks a backend that works on this machine.',
  ERR_DENIED:
    'Run roamkit as a user who may access the service, or ask an administrator to grant the permission.',
  ERR_TIMED_OUT: 'Try again. If the problem persists, check the log of the service, or restart it.',
  ERR_NOT_SUPPORTED: 'Try another backend: see --backend in roamkit --help.',
  ERR_UNKNOWN_CONFIGURATION: 'To see all configurations, run roamkit list.',
  ERR_ACTIVATION_FAILED: 'To find out why, run roamkit doctor.',
  ERR_CLOSED: null,
}

/** What to do about an error of a backend; `null` for any other error, or if there is nothing to do. */
export function backendAdvice(error: unknown): string | null {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  const known = name === 'BackendError' && typeof code === 'string' && Object.hasOwn(ADVICE, code)
  return known ? ADVICE[code as BackendErrorCode] : null
}

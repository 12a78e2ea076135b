import type { Reason } from '@roamkit/core/contract'

/** Why an activation ended: the contract's reason and ConnMan's own. */
export interface EndReason {
  readonly reason: Reason
  readonly native: string | null
}

/** The values of a service's `Error`. */
const REASONS: ReadonlyMap<string, Reason> = new Map([
  ['out-of-range', 'outOfRange'],
  ['pin-missing', 'secretMissing'],
  ['dhcp-failed', 'addressFailed'],
  ['invalid-key', 'secretWrong'],
  // VPNs and access points that refuse the user.
  ['login-failed', 'secretWrong'],
  ['auth-failed', 'secretWrong'],
  ['blocked', 'denied'],
  ['connect-failed', 'other'],
  ['online-check-failed', 'other'],
])

/** Longer errors are none of ConnMan's. */
const LONGEST_ERROR = 100

/** What a service in the state `failure` says of the cause. */
export function failureReason(error: string): EndReason {
  return { reason: REASONS.get(error) ?? 'other', native: error.slice(0, LONGEST_ERROR) || null }
}

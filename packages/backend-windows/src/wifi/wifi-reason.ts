import type { Reason } from '@roamkit/core/contract'

/** The meaning of a reason code: the contract's reason, and Windows's name for it. */
export interface WifiReason {
  readonly reason: Reason
  readonly native: string | null
}

/**
 * Translates a WLAN_REASON_CODE. Not with WlanReasonCodeToString: its sentences are in the user's language, and so unsuitable for a
 * log.
 */
export function wifiReason(code: number): WifiReason {
  const hex = `0x${(code >>> 0).toString(16).padStart(5, '0')}`
  const known = REASONS[code]
  if (known === undefined) return { reason: 'other', native: hex }
  return { reason: known[0], native: `${hex} ${known[1]}` }
}

const REASONS: Readonly<Record<number, readonly [Reason, string]>> = {
  131073: ['other', 'NETWORK_NOT_COMPATIBLE'],
  131074: ['other', 'PROFILE_NOT_COMPATIBLE'],
  163841: ['other', 'NO_AUTO_CONNECTION'],
  163842: ['outOfRange', 'NOT_VISIBLE'],
  163843: ['denied', 'GP_DENIED'],
  163844: ['denied', 'USER_DENIED'],
  163845: ['other', 'BSS_TYPE_NOT_ALLOWED'],
  163846: ['other', 'IN_FAILED_LIST'],
  163847: ['denied', 'IN_BLOCKED_LIST'],
  163849: ['other', 'CONNECT_CALL_FAIL'],
  163851: ['outOfRange', 'NETWORK_NOT_AVAILABLE'],
  163852: ['other', 'PROFILE_CHANGED_OR_DELETED'],
  163853: ['secretWrong', 'KEY_MISMATCH'],
  163854: ['secretMissing', 'USER_NOT_RESPOND'],
  229377: ['requested', 'USER_CANCELLED'],
  229378: ['other', 'ASSOCIATION_FAILURE'],
  229379: ['timedOut', 'ASSOCIATION_TIMEOUT'],
  229380: ['other', 'PRE_SECURITY_FAILURE'],
  229381: ['other', 'START_SECURITY_FAILURE'],
  229382: ['other', 'SECURITY_FAILURE'],
  229383: ['timedOut', 'SECURITY_TIMEOUT'],
  229384: ['carrierLost', 'ROAMING_FAILURE'],
  229385: ['carrierLost', 'ROAMING_SECURITY_FAILURE'],
  229387: ['carrierLost', 'DRIVER_DISCONNECTED'],
  229388: ['other', 'DRIVER_OPERATION_FAILURE'],
  229391: ['timedOut', 'DISCONNECT_TIMEOUT'],
  229392: ['other', 'INTERNAL_FAILURE'],
  229393: ['secretMissing', 'UI_REQUEST_TIMEOUT'],
  229394: ['other', 'TOO_MANY_SECURITY_ATTEMPTS'],
  294913: ['secretMissing', 'MSMSEC_UI_REQUEST_FAILURE'],
  294914: ['timedOut', 'MSMSEC_AUTH_START_TIMEOUT'],
  294915: ['timedOut', 'MSMSEC_AUTH_SUCCESS_TIMEOUT'],
  294916: ['timedOut', 'MSMSEC_KEY_START_TIMEOUT'],
  294917: ['timedOut', 'MSMSEC_KEY_SUCCESS_TIMEOUT'],
  294926: ['other', 'MSMSEC_PEER_INDICATED_INSECURE'],
  294929: ['requested', 'MSMSEC_CANCELLED'],
  294930: ['secretWrong', 'MSMSEC_KEY_FORMAT'],
  294932: ['secretWrong', 'MSMSEC_PSK_MISMATCH_SUSPECTED'],
}

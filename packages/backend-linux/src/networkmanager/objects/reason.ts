import type { Reason } from '@roamkit/core/contract'

type Names = ReadonlyMap<number, readonly [native: string, reason: Reason]>

/** `NMActiveConnectionStateReason`. */
const ACTIVE_REASONS: Names = new Map<number, readonly [string, Reason]>([
  [2, ['user-disconnected', 'requested']],
  [3, ['device-disconnected', 'other']],
  [4, ['service-stopped', 'other']],
  [5, ['ip-config-invalid', 'addressFailed']],
  [6, ['connect-timeout', 'timedOut']],
  [7, ['service-start-timeout', 'timedOut']],
  [8, ['service-start-failed', 'other']],
  [9, ['no-secrets', 'secretMissing']],
  [10, ['login-failed', 'secretWrong']],
  [11, ['connection-removed', 'requested']],
  [12, ['dependency-failed', 'baseLost']],
  [13, ['device-realize-failed', 'deviceGone']],
  [14, ['device-removed', 'deviceGone']],
])

/** A device said that it needs a key after the access point had refused the one it has: not a `NMDeviceStateReason`, but what states and reasons mean together. */
export const KEY_REFUSED = -1
/** A Wi-Fi device that was in use became unavailable, and gave no reason: likewise. */
export const RADIO_OFF = -2

/** `NMDeviceStateReason`. */
const DEVICE_REASONS: Names = new Map<number, readonly [string, Reason]>([
  [KEY_REFUSED, ['no-secrets', 'secretWrong']],
  [RADIO_OFF, ['unavailable', 'radioOff']],
  [3, ['now-unmanaged', 'deviceGone']],
  [4, ['config-failed', 'other']],
  [5, ['ip-config-unavailable', 'addressFailed']],
  [6, ['ip-config-expired', 'addressFailed']],
  [7, ['no-secrets', 'secretMissing']],
  [8, ['supplicant-disconnect', 'other']],
  [9, ['supplicant-config-failed', 'other']],
  [10, ['supplicant-failed', 'other']],
  [11, ['supplicant-timeout', 'timedOut']],
  [12, ['ppp-start-failed', 'other']],
  [13, ['ppp-disconnect', 'other']],
  [14, ['ppp-failed', 'other']],
  [15, ['dhcp-start-failed', 'addressFailed']],
  [16, ['dhcp-error', 'addressFailed']],
  [17, ['dhcp-failed', 'addressFailed']],
  [18, ['shared-start-failed', 'addressFailed']],
  [19, ['shared-failed', 'addressFailed']],
  [20, ['autoip-start-failed', 'addressFailed']],
  [21, ['autoip-error', 'addressFailed']],
  [22, ['autoip-failed', 'addressFailed']],
  [23, ['modem-busy', 'other']],
  [24, ['modem-no-dial-tone', 'outOfRange']],
  [25, ['modem-no-carrier', 'outOfRange']],
  [26, ['modem-dial-timeout', 'timedOut']],
  [27, ['modem-dial-failed', 'other']],
  [28, ['modem-init-failed', 'other']],
  [29, ['gsm-apn-failed', 'other']],
  [30, ['gsm-registration-not-searching', 'outOfRange']],
  [31, ['gsm-registration-denied', 'denied']],
  [32, ['gsm-registration-timeout', 'timedOut']],
  [33, ['gsm-registration-failed', 'outOfRange']],
  [34, ['gsm-pin-check-failed', 'secretWrong']],
  [35, ['firmware-missing', 'other']],
  [36, ['removed', 'deviceGone']],
  [37, ['sleeping', 'other']],
  [38, ['connection-removed', 'requested']],
  [39, ['user-requested', 'requested']],
  [40, ['carrier', 'carrierLost']],
  [43, ['modem-not-found', 'deviceGone']],
  [44, ['bt-failed', 'other']],
  [45, ['gsm-sim-not-inserted', 'deviceGone']],
  [46, ['gsm-sim-pin-required', 'secretMissing']],
  [47, ['gsm-sim-puk-required', 'secretMissing']],
  [48, ['gsm-sim-wrong', 'secretWrong']],
  [50, ['dependency-failed', 'baseLost']],
  [52, ['modem-manager-unavailable', 'deviceGone']],
  [53, ['ssid-not-found', 'outOfRange']],
  [54, ['secondary-connection-failed', 'other']],
  [57, ['modem-failed', 'other']],
  [59, ['sim-pin-incorrect', 'secretWrong']],
  [60, ['new-activation', 'deviceTaken']],
  [61, ['parent-changed', 'baseLost']],
  [62, ['parent-managed-changed', 'baseLost']],
  [64, ['ip-address-duplicate', 'addressFailed']],
  [65, ['ip-method-unsupported', 'addressFailed']],
  [66, ['sriov-configuration-failed', 'other']],
  [67, ['peer-not-found', 'outOfRange']],
  // Since 1.46
  [68, ['device-handler-failed', 'other']],
  // Since 1.48, instead of 3, by cause
  [69, ['unmanaged-by-default', 'deviceGone']],
  [70, ['unmanaged-external-down', 'deviceGone']],
  [71, ['unmanaged-link-not-init', 'deviceGone']],
  [72, ['unmanaged-quitting', 'serviceLost']],
  [73, ['unmanaged-sleeping', 'deviceGone']],
  [74, ['unmanaged-user-conf', 'deviceGone']],
  [75, ['unmanaged-user-explicit', 'deviceGone']],
  [76, ['unmanaged-user-settings', 'deviceGone']],
  [77, ['unmanaged-user-udev', 'deviceGone']],
  // Later versions
  [78, ['networking-off', 'deviceGone']],
  [79, ['modem-no-operator-code', 'outOfRange']],
])

/** Why an activation ended: the contract's reason and NetworkManager's own. */
export interface EndReason {
  readonly reason: Reason
  readonly native: string | null
}

/** Whether a device's reason says anything: 0 is "none", 1 "unknown". */
export function isInformative(deviceReason: number): boolean {
  return deviceReason < 0 || deviceReason > 1
}

/**
 * Combines what the active connection and its device reported. The device knows better: for a lost cable, a failed DHCP and a polite
 * request alike, the active connection only reports `device-disconnected`.
 *
 * @param active `NMActiveConnectionStateReason`
 * @param device `NMDeviceStateReason`, {@link KEY_REFUSED} or {@link RADIO_OFF}; 0 if the device reported nothing
 */
export function endReason(active: number, device: number): EndReason {
  const byDevice = isInformative(device)
    ? (DEVICE_REASONS.get(device) ?? ([`device-reason-${device}`, 'other'] as const))
    : null
  const byActive =
    active > 1 ? (ACTIVE_REASONS.get(active) ?? ([`active-reason-${active}`, 'other'] as const)) : null
  const isSaid = byActive !== null && byActive[1] !== 'other' && active !== 2
  const best = isSaid && device >= 0 ? byActive : (byDevice ?? byActive)
  return best ? { reason: best[1], native: best[0] } : { reason: 'other', native: null }
}

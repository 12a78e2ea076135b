// An access point as NetworkManager shows it.
import { ACCESS_POINT } from './names.mjs'

/** `NM80211Mode` */
export const INFRASTRUCTURE = 2
/** `NM80211ApFlags`: there is some encryption. */
const PRIVACY = 0x1
/** `NM80211ApSecurityFlags`: a pre-shared key, with CCMP. */
const WPA2 = 0x188

/**
 * @param {import('./world.mjs').AccessPoint} accessPoint
 * @param {string} ssid what it announces
 * @returns {import('./objects.mjs').Interfaces}
 */
export const accessPointObject = ({ address, frequency, key, signal }, ssid) => ({
  [ACCESS_POINT]: {
    Flags: key === null ? 0 : PRIVACY,
    Frequency: frequency,
    HwAddress: address,
    LastSeen: 1,
    MaxBitrate: 54_000,
    Mode: INFRASTRUCTURE,
    RsnFlags: key === null ? 0 : WPA2,
    Ssid: Buffer.from(ssid),
    Strength: strengthOf(signal),
    WpaFlags: 0,
  },
})

/** In percent, as NetworkManager computes it. @param {number} dBm */
export const strengthOf = (dBm) => 100 - Math.floor((Math.min(Math.max(-40 - dBm, 0), 60) * 100) / 60)

import { ssidText } from '@roamkit/core/contract'

/** Whether a text is an SSID in lower-case hex: 1 to 32 bytes. */
export function isSsid(hex: string): boolean {
  return /^([0-9a-f]{2}){1,32}$/.test(hex)
}

/** The text of an SSID in hex, the same on every backend (rule T6). */
export function ssidTextOf(hex: string): string {
  return ssidText(Buffer.from(hex, 'hex'))
}

/** An SSID has 1 to 32 bytes. */
export function isSsid(hex: string): boolean {
  return /^([0-9a-f]{2}){1,32}$/.test(hex)
}

/**
 * The text of an SSID, which is bytes (rule T6): the UTF-8 that it is, if it is that and has no backslash; otherwise its
 * printable ASCII, with every other byte and the backslash escaped as `\xNN`. Different bytes have different texts, and the
 * same bytes the same text on every backend.
 */
export function ssidText(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  const text = utf8(bytes)
  if (text !== null && !text.includes('\\')) return text
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('')
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // Not UTF-8.
    return null
  }
}

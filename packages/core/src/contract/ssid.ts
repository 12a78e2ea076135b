/**
 * The text of an SSID, which is bytes (rule T6). UTF-8 stays as it reads; of anything else the printable ASCII stays, and every other
 * byte becomes `\xNN`. A backslash is `\x5c` in both, so that SSIDs of different bytes never have one text.
 */
export function ssidText(ssid: Uint8Array): string {
  const text = utf8(ssid)
  if (text !== null) return text.replaceAll('\\', '\\x5c')
  return Array.from(ssid, (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('')
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { ignoreBOM: true, fatal: true }).decode(bytes)
  } catch {
    // The bytes are not UTF-8.
    return null
  }
}

/**
 * The text of an SSID, which is bytes (rule T6). If the bytes are UTF-8, the text is that. Otherwise printable ASCII stays, and every other
 * byte becomes `\xNN`. In both cases a backslash becomes `\x5c`, so that different SSIDs never have the same text.
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

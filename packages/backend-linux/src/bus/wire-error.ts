/**
 * Bytes that the D-Bus specification does not allow. The readers of this folder throw nothing else. The message says what is wrong, and
 * quotes none of the bytes.
 */
export class WireError extends Error {
  override readonly name = 'WireError'
}

/**
 * Bytes that are not what the D-Bus specification allows: the only thing that the readers of this folder throw. The message says
 * what is wrong and quotes nothing of the bytes.
 */
export class WireError extends Error {
  override readonly name = 'WireError'
}

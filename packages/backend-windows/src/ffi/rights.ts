import { koffi, structs } from './declarations.js'
import type { Libraries } from './libraries.js'

/** TOKEN_QUERY, TokenElevation. */
const QUERY = 0x8
const ELEVATION = 20

/** Whether this process has an administrator's rights. Enabling and disabling adapters needs them. */
export function isElevated(libraries: Libraries): boolean {
  const kernel = libraries.get('kernel32')
  const security = libraries.get('advapi32')
  if (kernel === null || security === null) return false
  const token: [unknown] = [null]
  if (!security.OpenProcessToken.sync(kernel.GetCurrentProcess.sync(), QUERY, token)) return false
  try {
    const answer = Buffer.alloc(koffi.sizeof(structs.TOKEN_ELEVATION))
    const isAnswered = security.GetTokenInformation.sync(token[0], ELEVATION, answer, answer.length, [0])
    return Boolean(isAnswered) && answer.readUInt32LE(0) !== 0
  } finally {
    kernel.CloseHandle.sync(token[0])
  }
}

import { koffi, structs } from './declarations.js'
import type { Libraries } from './libraries.js'

/** TOKEN_QUERY, TokenElevation. */
const QUERY = 0x8
const ELEVATION = 20

/** Whether this process has an administrator's rights, which adapters are enabled and disabled with. */
export function isElevated(libraries: Libraries): boolean {
  const kernel = libraries.get('kernel32')
  const security = libraries.get('advapi32')
  if (kernel === null || security === null) return false
  const token: [unknown] = [null]
  if (!security.OpenProcessToken.now(kernel.GetCurrentProcess.now(), QUERY, token)) return false
  try {
    const answer = Buffer.alloc(koffi.sizeof(structs.TOKEN_ELEVATION))
    const isAnswered = security.GetTokenInformation.now(token[0], ELEVATION, answer, answer.length, [0])
    return Boolean(isAnswered) && answer.readUInt32LE(0) !== 0
  } finally {
    kernel.CloseHandle.now(token[0])
  }
}

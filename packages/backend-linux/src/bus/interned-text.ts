/** Longer texts are rarely seen twice. */
const LONGEST = 96

/** A power of two. NetworkManager has some hundreds of names, paths and states. */
const SLOTS = 2048

/** The last text seen in each slot: bounded, whatever is received. */
const slots: string[] = new Array(SLOTS).fill('')

let lastBytes: Buffer = Buffer.alloc(0)
let lastView = new DataView(lastBytes.buffer, 0, 0)

/** A view of those bytes, which is kept for the next message in the same buffer. */
export function viewOf(bytes: Buffer): DataView {
  if (bytes !== lastBytes) {
    lastBytes = bytes
    lastView = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }
  return lastView
}

/**
 * Decodes UTF-8; invalid bytes become U+FFFD. Short ASCII texts are looked up by a hash of their bytes first: names and paths repeat,
 * and a known one costs neither a call into the runtime nor memory.
 */
export function internedText(bytes: Buffer, start: number, end: number): string {
  const length = end - start
  if (length === 0) return ''
  if (length > LONGEST) return bytes.toString('utf8', start, end)
  let hash = length
  let all = 0
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number
    hash = Math.imul(hash ^ byte, 0x01000193)
    all |= byte
  }
  if (all > 127) return bytes.toString('utf8', start, end)
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
  const known = slots[slot] as string
  if (known.length === length && isText(bytes, start, known)) return known
  const text = bytes.toString('latin1', start, end)
  slots[slot] = text
  return text
}

function isText(bytes: Buffer, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1)
    if (bytes[start + index] !== text.charCodeAt(index)) return false
  return true
}

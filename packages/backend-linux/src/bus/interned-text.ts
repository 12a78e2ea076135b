/** Longer texts are rarely seen twice. A multiple of 4. */
const LONGEST = 96
const LONGEST_WORDS = LONGEST / 4

/** A power of two. NetworkManager has some hundreds of names, paths and states. */
const SLOTS = 2048

/** The last text seen in each slot, and its bytes, four to a word: bounded, whatever is received. */
const slots: string[] = new Array(SLOTS).fill('')
const words = new Int32Array(SLOTS * LONGEST_WORDS)

/** The highest bit of each of four bytes: ASCII has none of them. */
const BEYOND_ASCII = 0x80808080

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
 *
 * @param view of `bytes`
 */
export function internedText(bytes: Buffer, view: DataView, start: number, end: number): string {
  const length = end - start
  if (length === 0) return ''
  if (length > LONGEST) return bytes.toString('utf8', start, end)
  let hash = length
  let all = 0
  let at = start
  for (; at < end - 3; at += 4) {
    const word = view.getInt32(at, true)
    hash = Math.imul(hash ^ word, 0x01000193) ^ (hash >>> 15)
    all |= word
  }
  const rest = restOf(bytes, at, end)
  hash = Math.imul(hash ^ rest, 0x01000193)
  if (((all | rest) & BEYOND_ASCII) !== 0) return bytes.toString('utf8', start, end)
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
  const known = slots[slot] as string
  if (known.length === length && isInSlot(slot, bytes, view, start, end)) return known
  return keep(slot, bytes, view, start, end)
}

/** Whether the words of a slot are those of a text of the same length. */
function isInSlot(slot: number, bytes: Buffer, view: DataView, start: number, end: number): boolean {
  let place = slot * LONGEST_WORDS
  let at = start
  for (; at < end - 3; at += 4, place += 1) if (words[place] !== view.getInt32(at, true)) return false
  return at === end || words[place] === restOf(bytes, at, end)
}

/** Puts a text into a slot. Apart from the rest, because it runs once for each text, and what runs often is compiled with all that is in it. */
function keep(slot: number, bytes: Buffer, view: DataView, start: number, end: number): string {
  const text = bytes.toString('latin1', start, end)
  slots[slot] = text
  let place = slot * LONGEST_WORDS
  let at = start
  for (; at < end - 3; at += 4, place += 1) words[place] = view.getInt32(at, true)
  if (at < end) words[place] = restOf(bytes, at, end)
  return text
}

/** The up to three bytes after the last whole word. */
function restOf(bytes: Buffer, start: number, end: number): number {
  let rest = 0
  for (let at = start; at < end; at += 1) rest = (rest << 8) | (bytes[at] as number)
  return rest
}

import { viewOf } from './interned-text.js'

/** A power of two. */
const SLOTS = 512

/** Longer fields are not kept. Those of NetworkManager's signals have some 200 bytes. */
const LONGEST = 512

/** What was read of some header fields. */
export interface KnownHeader {
  /** By the code of the field; `''` if it is missing. */
  readonly texts: readonly string[]
}

interface Slot extends KnownHeader {
  readonly isLittle: boolean
  /** The bytes of the fields. */
  readonly view: DataView
}

/**
 * The header fields of the last signals that were wanted. A service sends the same few over and over, in which nothing but the serial differs, and
 * that is not among the fields. The same bytes mean the same, so they are checked and decoded once. Bounded.
 */
export class KnownHeaders {
  readonly #slots: (Slot | undefined)[] = new Array(SLOTS).fill(undefined)

  /** What these bytes are known to say; `undefined` if they did not come lately. */
  find(bytes: Buffer, start: number, end: number, isLittle: boolean): KnownHeader | undefined {
    const view = viewOf(bytes)
    const slot = this.#slots[slotOf(view, start, end)]
    if (slot === undefined || slot.view.byteLength !== end - start || slot.isLittle !== isLittle)
      return undefined
    return isSame(view, start, slot.view) ? slot : undefined
  }

  /** Keeps what they say, in the place of another that has the same hash. */
  add(bytes: Buffer, start: number, end: number, isLittle: boolean, texts: readonly string[]): void {
    if (end - start > LONGEST) return
    const view = new DataView(new Uint8Array(bytes.subarray(start, end)).buffer)
    this.#slots[slotOf(viewOf(bytes), start, end)] = { isLittle, view, texts }
  }
}

/** The last bytes, if they are less than a word, do not count. */
function slotOf(view: DataView, start: number, end: number): number {
  let hash = end - start
  for (let at = start; at + 4 <= end; at += 4)
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x01000193) ^ (hash >>> 15)
  return (hash ^ (hash >>> 15)) & (SLOTS - 1)
}

function isSame(view: DataView, start: number, known: DataView): boolean {
  const length = known.byteLength
  let at = 0
  for (; at + 4 <= length; at += 4)
    if (view.getInt32(start + at, true) !== known.getInt32(at, true)) return false
  for (; at < length; at += 1) if (view.getUint8(start + at) !== known.getUint8(at)) return false
  return true
}

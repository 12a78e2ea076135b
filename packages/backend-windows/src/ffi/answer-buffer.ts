import { koffi, type structs } from './declarations.js'

type StructType = (typeof structs)['MIB_IF_ROW2']

/**
 * A buffer of structures that point at each other, as Windows writes them. Reads only what lies completely within the buffer, and no entry
 * of a list twice: a pointer that leads out of the buffer, or back, ends the list.
 */
export class AnswerBuffer {
  readonly #buffer: Buffer
  readonly #start: bigint
  readonly #seen = new Set<number>()

  /** @param buffer must not move in memory while this object is in use */
  constructor(buffer: Buffer) {
    this.#buffer = buffer
    this.#start = koffi.address(buffer)
  }

  /** The entries of a list, each of which points at the next. */
  list<Entry extends { readonly Next: bigint | number }>(first: bigint | number, type: StructType): Entry[] {
    const entries: Entry[] = []
    for (let at = this.#place(first, koffi.sizeof(type)); at !== null; ) {
      if (this.#seen.has(at)) break
      this.#seen.add(at)
      const entry = koffi.decode(this.#buffer, at, type) as Entry
      entries.push(entry)
      at = this.#place(entry.Next, koffi.sizeof(type))
    }
    return entries
  }

  /** The list that begins with the buffer. */
  listFromStart<Entry extends { readonly Next: bigint | number }>(type: StructType): Entry[] {
    return this.list(this.#start, type)
  }

  /** Copies bytes; `null` if they are not within the buffer. */
  bytes(at: bigint | number, length: number): Uint8Array | null {
    const place = length < 0 ? null : this.#place(at, length)
    return place === null ? null : Uint8Array.from(this.#buffer.subarray(place, place + length))
  }

  /** The text up to a 0; empty if it is not within the buffer. */
  text(at: bigint | number, encoding: 'latin1' | 'utf16le'): string {
    const step = encoding === 'latin1' ? 1 : 2
    const start = this.#place(at, step)
    if (start === null) return ''
    let end = start
    while (end + step <= this.#buffer.length && !isZero(this.#buffer, end, step)) end += step
    return this.#buffer.toString(encoding, start, end)
  }

  #place(at: bigint | number, size: number): number | null {
    const place = BigInt(at) - this.#start
    return place >= 0n && place + BigInt(size) <= BigInt(this.#buffer.length) ? Number(place) : null
  }
}

function isZero(buffer: Buffer, at: number, length: number): boolean {
  return buffer[at] === 0 && (length === 1 || buffer[at + 1] === 0)
}

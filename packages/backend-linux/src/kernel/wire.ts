import { endianness } from 'node:os'

/** Netlink numbers have the byte order of the machine. */
const LITTLE = endianness() === 'LE'

/** One netlink message. Its payload is only valid as long as the datagram is. */
export interface NetlinkMessage {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly payload: Uint8Array
}

/** `struct nlmsghdr`. */
const HEADER = 16

/**
 * The messages of a datagram. Ends at the first one whose length is invalid, because the place of the next one is then unknown.
 *
 * @param datagram untrusted
 */
export function* messagesOf(datagram: Uint8Array): Generator<NetlinkMessage> {
  const view = viewOf(datagram)
  for (let at = 0; at + HEADER <= datagram.length; ) {
    const length = view.getUint32(at, LITTLE)
    if (length < HEADER || at + length > datagram.length) return
    yield {
      type: view.getUint16(at + 4, LITTLE),
      flags: view.getUint16(at + 6, LITTLE),
      sequence: view.getUint32(at + 8, LITTLE),
      payload: datagram.subarray(at + HEADER, at + length),
    }
    at += align(length)
  }
}

/** The attributes of a message (`struct rtattr`), by type. */
export type Attributes = ReadonlyMap<number, Uint8Array>

/** Two bits of the type say how the value is encoded. */
const TYPE_MASK = 0x3fff

/**
 * The attributes in some bytes. Ends at the first one whose length is invalid. Of several of one type the first counts.
 *
 * @param bytes untrusted
 * @param wanted the types to keep: an interface has dozens of attributes, and most are of no interest. By default all
 */
export function attributesOf(bytes: Uint8Array, wanted?: ReadonlySet<number>): Attributes {
  const view = viewOf(bytes)
  const found = new Map<number, Uint8Array>()
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = view.getUint16(at, LITTLE)
    if (length < 4 || at + length > bytes.length) break
    const type = view.getUint16(at + 2, LITTLE) & TYPE_MASK
    const isWanted = wanted === undefined || wanted.has(type)
    if (isWanted && !found.has(type)) found.set(type, bytes.subarray(at + 4, at + length))
    at += align(length)
  }
  return found
}

/** An unsigned number of 32 bits; `null` if there are other than four bytes. */
export function u32(bytes: Uint8Array | undefined): number | null {
  return bytes?.length === 4 ? viewOf(bytes).getUint32(0, LITTLE) : null
}

/** The unsigned number of 32 bits at that place, or 0 beyond the end. */
export function u32At(bytes: Uint8Array, at: number): number {
  return at + 4 <= bytes.length ? viewOf(bytes).getUint32(at, LITTLE) : 0
}

/** The unsigned number of 16 bits at that place, or 0 beyond the end. */
export function u16At(bytes: Uint8Array, at: number): number {
  return at + 2 <= bytes.length ? viewOf(bytes).getUint16(at, LITTLE) : 0
}

/** The bytes before the first zero. */
export function untilZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}

/** Encodes numbers, each with its size in bytes (1, 2 or 4), one after the other. */
export function hostBytes(...numbers: readonly (readonly [value: number, size: 1 | 2 | 4])[]): Uint8Array {
  const bytes = new Uint8Array(numbers.reduce((total, [, size]) => total + size, 0))
  const view = viewOf(bytes)
  let at = 0
  for (const [value, size] of numbers) {
    if (size === 1) view.setUint8(at, value)
    else if (size === 2) view.setUint16(at, value, LITTLE)
    else view.setUint32(at, value, LITTLE)
    at += size
  }
  return bytes
}

/** Encodes a request. */
export function requestOf(
  type: number,
  flags: number,
  sequence: number,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  const length = parts.reduce((total, part) => total + part.length, HEADER)
  return Buffer.concat([hostBytes([length, 4], [type, 2], [flags, 2], [sequence, 4], [0, 4]), ...parts])
}

function align(length: number): number {
  return (length + 3) & ~3
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A GUID as Windows has it in memory. */
export interface Guid {
  readonly Data1: number
  readonly Data2: number
  readonly Data3: number
  readonly Data4: ArrayLike<number>
}

/** Formats a GUID as the registry does: `{01234567-89AB-CDEF-0123-456789ABCDEF}`. */
export function guidText({ Data1, Data2, Data3, Data4 }: Guid): string {
  const tail = Array.from(Data4, (byte) => hex(byte, 2))
  return `{${[hex(Data1, 8), hex(Data2, 4), hex(Data3, 4), tail.slice(0, 2).join(''), tail.slice(2).join('')].join('-')}}`
}

/** Parses the text of a GUID, with or without braces. Throws a `TypeError` for any other text. */
export function parseGuid(text: string): Guid {
  const digits = text.replace(/[{}-]/g, '')
  if (!/^[0-9a-f]{32}$/i.test(digits)) throw new TypeError(`not a GUID: ${JSON.stringify(text)}`)
  const part = (start: number, length: number) => Number.parseInt(digits.slice(start, start + length), 16)
  return {
    Data1: part(0, 8),
    Data2: part(8, 4),
    Data3: part(12, 4),
    Data4: Uint8Array.from({ length: 8 }, (_, index) => part(16 + index * 2, 2)),
  }
}

/** The 16 bytes of a GUID, for functions that take its address. */
export function guidBytes(text: string): Uint8Array {
  const { Data1, Data2, Data3, Data4 } = parseGuid(text)
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, Data1, true)
  view.setUint16(4, Data2, true)
  view.setUint16(6, Data3, true)
  bytes.set(Array.from(Data4), 8)
  return bytes
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0')
}

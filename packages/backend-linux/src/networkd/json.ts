/** The value of a member of a JSON object; `undefined` if it has none, or if the value is no object. Inherited members do not count. */
export function member(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** A text member; `''` if it is missing or not a text. */
export function textOf(value: unknown, name: string): string {
  const found = member(value, name)
  return typeof found === 'string' ? found : ''
}

/** A number member; `null` if it is missing or not a number. */
export function numberOf(value: unknown, name: string): number | null {
  const found = member(value, name)
  return typeof found === 'number' && Number.isFinite(found) ? found : null
}

/** The elements of an array member; none if it is missing or not an array. */
export function listOf(value: unknown, name: string): readonly unknown[] {
  const found = member(value, name)
  return Array.isArray(found) ? found : []
}

/** The bytes of an array member; `null` if it is missing or not an array of bytes. */
export function bytesOf(value: unknown, name: string): Uint8Array | null {
  const found = listOf(value, name)
  return found.length > 0 && found.every(isByte) ? Uint8Array.from(found) : null
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

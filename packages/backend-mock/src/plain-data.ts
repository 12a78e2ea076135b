/** A copy of plain data that nobody can change, all the way down. The original is left alone: it is the caller's. */
export function freezeCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Object.freeze(value.map(freezeCopy)) as T
  const entries = Object.entries(value).map(([key, member]) => [key, freezeCopy(member)])
  return Object.freeze(Object.fromEntries(entries)) as T
}

/** Whether two pieces of plain data say the same. */
export function sameData(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  const keys = Object.keys(left)
  return (
    Array.isArray(left) === Array.isArray(right) &&
    keys.length === Object.keys(right).length &&
    keys.every((key) => sameData(left[key as keyof typeof left], right[key as keyof typeof right]))
  )
}

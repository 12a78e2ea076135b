/** Copies plain data and freezes the copy deeply. The original belongs to the caller and stays unchanged. */
export function freezeCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Object.freeze(value.map(freezeCopy)) as T
  const entries = Object.entries(value).map(([key, member]) => [key, freezeCopy(member)])
  return Object.freeze(Object.fromEntries(entries)) as T
}

/** Whether two pieces of plain data are deeply equal. */
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

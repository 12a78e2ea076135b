/**
 * Wraps a function so that it returns the previous object as long as the new one is equal to it. Stores, which compare with `===`, may then
 * read it as often as they like.
 */
export function memoize<Snapshot, Value>(
  read: (snapshot: Snapshot) => Value,
  same: (before: Value, after: Value) => boolean,
): (snapshot: Snapshot) => Value {
  let last: { readonly value: Value } | null = null
  return (snapshot) => {
    const value = read(snapshot)
    if (last === null || !same(last.value, value)) last = { value }
    return last.value
  }
}

/** Whether two values are identical, or are plain objects or arrays with identical members. */
export function sameMembers(before: unknown, after: unknown): boolean {
  if (Object.is(before, after)) return true
  if (!isPlain(before) || !isPlain(after) || Array.isArray(before) !== Array.isArray(after)) return false
  const keys = Object.keys(after)
  return (
    keys.length === Object.keys(before).length &&
    keys.every((key) => Object.hasOwn(before, key) && Object.is(before[key], after[key]))
  )
}

/** Whether a value consists of its members only, unlike a `Set` or a `Date`. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || Array.isArray(value)
}

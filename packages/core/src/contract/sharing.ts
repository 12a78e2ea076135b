/**
 * The old value where the new one is equal to it, else the new one, frozen, with every equal part taken from the old one. What a
 * backend makes of its snapshots, so that "unchanged" is a comparison of pointers (rule C2).
 *
 * @param before of the last snapshot; anything, also `null`
 * @param after plain JSON data that nobody else changes: what is not in `before` is frozen in place; frozen already, it is taken
 * as it is
 */
export function shared<T>(before: unknown, after: T): T {
  if (before === after || typeof after !== 'object' || after === null) return after
  const isComparable =
    typeof before === 'object' && before !== null && Array.isArray(before) === Array.isArray(after)
  const old = (isComparable ? before : {}) as Record<string, unknown>
  const next = after as Record<string, unknown>
  if (Object.isFrozen(next)) return after
  const names = Object.keys(next)
  let same = isComparable && Object.keys(old).length === names.length
  for (const name of names) {
    next[name] = shared(old[name], next[name])
    if (next[name] !== old[name]) same = false
  }
  return same ? (before as T) : Object.freeze(after)
}

/**
 * A reading that gives the same object as long as it would say the same, also to whoever comes later: what stores compare
 * with `===` may be read as often as they like.
 */
export function remembered<Snapshot, Value>(
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

/** Whether two plain objects have the same members. */
export function sameMembers<Selected extends object>(before: Selected, after: Selected): boolean {
  const keys = Object.keys(after) as (keyof Selected)[]
  return keys.length === Object.keys(before).length && keys.every((key) => before[key] === after[key])
}

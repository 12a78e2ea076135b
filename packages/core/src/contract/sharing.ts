/**
 * Returns the old value if the new one is equal to it. Otherwise it returns the new one, frozen, with every equal part taken from the old
 * one. A backend passes its snapshots through it, so that comparing two references shows whether anything changed (rule C2).
 *
 * Elements of an array that have an `id` are compared with the old element of that id, at any index. All others are compared with the
 * old element at the same index. So a configuration stays the same object when another one is inserted or removed before it.
 *
 * @param before the value in the last snapshot; anything, also `null`
 * @param after plain JSON data that no other code changes. What is not in `before` is frozen in place. What is frozen already is taken as it is
 */
export function shareStructure<T>(before: unknown, after: T): T {
  if (before === after || typeof after !== 'object' || after === null) return after
  if (Object.isFrozen(after)) return after
  const isSame = Array.isArray(after)
    ? shareElements(Array.isArray(before) ? before : null, after)
    : shareMembers(isRecord(before) ? before : null, after as Record<string, unknown>)
  return isSame ? (before as T) : Object.freeze(after)
}

/** Shares the elements in place. Returns whether the arrays are equal. */
function shareElements(before: readonly unknown[] | null, after: unknown[]): boolean {
  const old = before ?? []
  const byId = elementsById(old)
  let isSame = before !== null && old.length === after.length
  for (const [index, element] of after.entries()) {
    const id = idOf(element)
    after[index] = shareStructure(id === null ? old[index] : byId.get(id), element)
    if (after[index] !== old[index]) isSame = false
  }
  return isSame
}

/** Shares the members in place. Returns whether the objects are equal. */
function shareMembers(before: Record<string, unknown> | null, after: Record<string, unknown>): boolean {
  const old = before ?? {}
  const names = Object.keys(after)
  let isSame = before !== null && Object.keys(old).length === names.length
  for (const name of names) {
    const was = Object.hasOwn(old, name) ? old[name] : undefined
    const value = shareStructure(was, after[name])
    // Assign only if the value differs: a member may be called `__proto__`, and assigning would not set it.
    if (value !== after[name]) Object.defineProperty(after, name, { value })
    if (value !== was) isSame = false
  }
  return isSame
}

/** Uses a `Map`, because ids are untrusted and one may be `__proto__`. The first element with an id counts. */
function elementsById(elements: readonly unknown[]): ReadonlyMap<string, unknown> {
  const byId = new Map<string, unknown>()
  for (const element of elements) {
    const id = idOf(element)
    if (id !== null && !byId.has(id)) byId.set(id, element)
  }
  return byId
}

function idOf(element: unknown): string | null {
  const id = isRecord(element) && Object.hasOwn(element, 'id') ? element.id : null
  return typeof id === 'string' ? id : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

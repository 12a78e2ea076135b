/** Plain objects as the bus gives them: every dictionary a `Map`, arrays and bytes as they are. */
export function asSent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asSent)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Map)
    return value
  return new Map(Object.entries(value).map(([key, one]) => [key, asSent(one)]))
}

/** The same for what is known to be a dictionary. */
export function sent(value: object): ReadonlyMap<string, unknown> {
  return asSent(value) as ReadonlyMap<string, unknown>
}

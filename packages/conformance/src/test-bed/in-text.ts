/** A value as text, with everything that is in it, errors and maps included. What occurs again is written once. */
export function inText(value: unknown): string {
  const seen = new WeakSet<object>()
  const written = JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'bigint') return String(member)
    if (typeof member !== 'object' || member === null) return member
    if (seen.has(member)) return undefined
    seen.add(member)
    if (member instanceof Error) {
      const { name, message, stack, cause, errors } = member as AggregateError
      return { ...member, name, message, stack, cause, errors }
    }
    return member instanceof Map || member instanceof Set ? [...member] : member
  })
  return written ?? String(value)
}

/** Whether such a text contains a value. A text in a text in a text is escaped each time. */
export function isInText(text: string, value: string): boolean {
  let escaped = value
  for (let depth = 0; depth < 4; depth += 1) {
    if (text.includes(escaped)) return true
    escaped = JSON.stringify(escaped).slice(1, -1)
  }
  return false
}

/** A value as text, with everything that is in it, errors and maps included. What occurs again is written once. */
export function inText(value: unknown): string {
  const seen = new WeakSet<object>()
  const written = JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'bigint') return String(member)
    if (typeof member !== 'object' || member === null) return member
    if (seen.has(member)) return undefined
    seen.add(member)
    if (member instanceof Error) {
      const { name, message, stack, cause } = member
      return { ...member, name, message, stack, cause }
    }
    return member instanceof Map || member instanceof Set ? [...member] : member
  })
  return written ?? String(value)
}

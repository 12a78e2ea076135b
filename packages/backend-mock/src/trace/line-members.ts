/** More than any object of a trace has. */
const MOST_MEMBERS = 100
/** The longest sentence about a fault. It may quote a value of any length. */
const LONGEST_FAULT = 1000

/** A line of a trace, or an object in one, as it came from outside. */
export type Members = Readonly<Record<string, unknown>>

/** Something in a line is invalid. */
export class Invalid extends Error {
  override readonly name = 'Invalid'
}

/** @throws Invalid for the first of some faults, if there are any */
export function refuse([fault]: readonly string[]): void {
  if (fault === undefined) return
  const half = LONGEST_FAULT / 2
  throw new Invalid(fault.length > LONGEST_FAULT ? `${fault.slice(0, half)}…${fault.slice(-half)}` : fault)
}

/** A fault of an object with more members than any may have: to look at each would take too long. */
export function manyMembers(value: unknown, place: string): readonly string[] | null {
  const count = Object.keys(value ?? {}).length
  return count > MOST_MEMBERS ? [`${place} has ${count} members`] : null
}

/** Refuses members that are not known. @throws Invalid */
export function only(members: Members, known: readonly string[]): void {
  const unknown = Object.keys(members).find((key) => !known.includes(key))
  if (unknown !== undefined) throw new Invalid(`it has ${shown(unknown)}; it may have ${known.join(', ')}`)
}

/** A member that must be a whole number, from the least on. @throws Invalid */
export function numberOf(members: Members, key: string, least: number): number {
  const value = members[key]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)
    throw new Invalid(`${key} is ${shown(value)}, not a whole number from ${least}`)
  return value
}

/** A member that must be a text. @throws Invalid */
export function textOf(members: Members, key: string): string {
  const value = members[key]
  if (typeof value !== 'string') throw new Invalid(`${key} is ${shown(value)}, not a text`)
  return value
}

/** A member that must be one of some words. @throws Invalid */
export function oneOf<Word extends string>(members: Members, key: string, words: readonly Word[]): Word {
  const word = words.find((one) => one === members[key])
  if (word === undefined)
    throw new Invalid(`${key} is ${shown(members[key])}, not one of ${words.join(', ')}`)
  return word
}

/** A member that must be an object. @throws Invalid */
export function objectOf(members: Members, key: string): Members {
  const value = members[key]
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Invalid(`${key} is ${shown(value)}, not an object`)
  return value as Members
}

/** A member that must be a list; empty if it is missing. @throws Invalid */
export function listOf(members: Members, key: string): readonly unknown[] {
  const value = members[key] ?? []
  if (!Array.isArray(value)) throw new Invalid(`${key} is ${shown(value)}, not a list`)
  return value
}

/** A value for people: cut off, because it may be of any length. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** Whose activation a link is, as the holders remember it together. The newest memory counts. */
export interface Memory {
  /** Counts the changes, under the link's lock; 0 before the first. */
  readonly version: number
  /** The activation that holders brought up, verbatim. `null`: the link, if up, belongs to the system. */
  readonly owned: string | null
}

/** What a member says about itself while it holds a link. */
export interface HolderRecord extends Memory {
  readonly pid: number
  /** For people. Untrusted. */
  readonly name: string
  /** When it joined, in milliseconds since 1970. */
  readonly since: number
}

/** The longest name that is passed on, in characters. */
const LONGEST_NAME = 40

/** The last moment that a `Date` can express. */
const LAST_DAY = 8.64e15

/** Before the first change. */
export const NO_MEMORY: Memory = Object.freeze({ version: 0, owned: null })

/** Formats a record as a text, as short as possible. */
export function formatRecord({ pid, name, since, version, owned }: HolderRecord): string {
  return JSON.stringify([pid, [...name].slice(0, LONGEST_NAME).join(''), since, version, owned])
}

/** Parses a record from untrusted text; `null` if it is not one. */
export function parseRecord(text: string | null): HolderRecord | null {
  if (text === null) return null
  let parts: unknown
  try {
    parts = JSON.parse(text)
  } catch {
    return null
  }
  if (!Array.isArray(parts) || parts.length !== 5) return null
  const [pid, name, since, version, owned] = parts as unknown[]
  if (!isCount(pid) || !isCount(since) || since > LAST_DAY || !isCount(version)) return null
  if (typeof name !== 'string' || !(owned === null || typeof owned === 'string')) return null
  return { pid, name, since, version, owned }
}

/** The newer of two memories. If two of the same version differ, neither is believed: the link belongs to the system. */
export function newer(one: Memory, other: Memory): Memory {
  if (one.version !== other.version) return one.version > other.version ? one : other
  return one.owned === other.owned ? one : { version: one.version, owned: null }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

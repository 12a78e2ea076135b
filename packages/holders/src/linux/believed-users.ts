import { readFileSync } from 'node:fs'

/** What the kernel says about the users of this process; `null` if it cannot be read. */
export interface UserFacts {
  /** The user of this process. */
  readonly own: number
  /** `/proc/self/uid_map`: how the users of this user namespace map to those outside. */
  readonly map: string | null
  /** The user that the kernel shows for all users that this user namespace does not map. */
  readonly overflow: number
}

/**
 * The users that are believed about who brought a link up: root, this user, and the trusted ones. In a user namespace all unmapped
 * users are shown as one user (65534), which therefore proves nothing, even if it is the user of this process.
 */
export function selectBelievedUsers(trusted: readonly number[], facts: UserFacts): ReadonlySet<number> {
  const users = new Set([0, facts.own, ...trusted])
  if (facts.own === facts.overflow || !isIdentity(facts.map)) users.delete(facts.overflow)
  return users
}

/** The facts about this process. */
export function userFacts(): UserFacts {
  return {
    own: process.getuid?.() ?? 0,
    map: read('/proc/self/uid_map'),
    overflow: Number(read('/proc/sys/kernel/overflowuid') ?? OVERFLOW),
  }
}

/** The default of Linux. */
const OVERFLOW = 65_534

/** Whether all users are mapped, each to itself. */
function isIdentity(map: string | null): boolean {
  return map !== null && /^\s*0\s+0\s+4294967295\s*$/.test(map)
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Missing or unreadable: the caller takes the careful answer.
    return null
  }
}

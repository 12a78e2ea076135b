import { readFileSync } from 'node:fs'

/** What the kernel says about the users of this process; `null` where it cannot be read. */
export interface UserFacts {
  /** This process's user. */
  readonly own: number
  /** `/proc/self/uid_map`: which users of this user namespace are which outside. */
  readonly map: string | null
  /** The user that is shown in place of those who are nobody in this user namespace. */
  readonly overflow: number
}

/**
 * Whose word is taken for who brought a link up: root's, this user's and that of the trusted ones. In a user namespace all who are
 * nobody there are shown as one user (65534), who proves nothing therefore; nor where that is this process's own.
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

/** What Linux has unless it is told otherwise. */
const OVERFLOW = 65_534

/** All users there are, each as itself. */
function isIdentity(map: string | null): boolean {
  return map !== null && /^\s*0\s+0\s+4294967295\s*$/.test(map)
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Not there, or not to be read: the caller takes the careful answer.
    return null
  }
}

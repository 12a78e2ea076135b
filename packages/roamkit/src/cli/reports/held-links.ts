import { statSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { NetworkConfiguration, NetworkConfigurationManager } from '@roamkit/core'

/** Who holds a link, as plain data. `null` means unknown. */
export interface HolderFacts {
  /** The id of its process, as the holder reports it. */
  readonly pid: number | null
  /**
   * The user of the process that has this number now: its name if it is the user of this program and has one, else its number. The kernel
   * says whose a process is; that the holder is that process is what the holder says.
   */
  readonly user: string | null
  /** The name that the holder reports: untrusted text. */
  readonly name: string | null
  /** Since when, as the holder reports it. ISO 8601. */
  readonly since: string | null
}

/** A link and one of its holders. */
export interface HeldLink {
  readonly identifier: string
  /** Untrusted text. */
  readonly name: string
  readonly holder: HolderFacts
}

/** Who holds which of these links, the longest holder of each first. */
export function heldLinks(
  manager: NetworkConfigurationManager,
  configurations: readonly Pick<NetworkConfiguration, 'identifier' | 'name'>[],
): readonly HeldLink[] {
  return configurations.flatMap(({ identifier, name }) =>
    manager.holders(identifier).map(({ pid, name: own, since }) => ({
      identifier,
      name,
      holder: {
        pid,
        user: pid === null ? null : userOf(pid),
        name: own,
        since: since === null ? null : new Date(since).toISOString(),
      },
    })),
  )
}

/** The user of a process on Linux, where the kernel shows it. */
function userOf(pid: number): string | null {
  if (process.platform !== 'linux') return null
  try {
    const { uid } = statSync(`/proc/${pid}`)
    return uid === process.getuid?.() ? ownName(uid) : String(uid)
  } catch {
    // It has gone, or is not shown to this user.
    return null
  }
}

function ownName(uid: number): string {
  try {
    return userInfo().username
  } catch {
    // In many containers it has none.
    return String(uid)
  }
}

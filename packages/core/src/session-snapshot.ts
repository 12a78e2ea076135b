import type { LinkInterface } from './contract/index.js'
import type { NetworkConfiguration } from './network-configuration.js'
import type { NetworkSessionError } from './session-error.js'
import type { SessionState } from './session-state.js'
import type { UsagePolicy } from './usage-policy.js'

/** Everything that a store needs of a session, at one instant; the same object until something in it changes. */
export interface SessionSnapshot {
  readonly state: SessionState
  readonly isOpen: boolean
  /** What the session is based on. */
  readonly configuration: NetworkConfiguration
  /** The identifier of the access point in use; empty while the session is not open. */
  readonly activeConfiguration: string
  /** While connected. */
  readonly interface: LinkInterface | null
  readonly usagePolicies: readonly UsagePolicy[]
  readonly error: NetworkSessionError | null
}

/** `after`, or `before` itself where it says the same. */
export function keepIdentity(before: SessionSnapshot | null, after: SessionSnapshot): SessionSnapshot {
  if (before === null) return after
  const keys = Object.keys(after) as (keyof SessionSnapshot)[]
  return keys.every((key) => before[key] === after[key]) ? before : after
}

import type { Health } from './configurations/health-options.js'
import type { NetworkConfiguration } from './configurations/network-configuration.js'
import type { UsagePolicy } from './configurations/usage-policy.js'
import type { LinkInterface } from './contract/index.js'
import type { OfferData, TrialData } from './roaming/roaming-offer.js'
import type { NetworkSessionErrorData } from './sessions/session-error.js'
import type { SessionState } from './sessions/session-state.js'

/**
 * Everything that a store needs to know about a session at one instant. It is plain data, so `structuredClone` and `JSON.stringify` accept it,
 * and it stays the same object until something in it changes. The session has the methods.
 */
export interface SessionSnapshot {
  readonly state: SessionState
  readonly isOpen: boolean
  /** Ready for sockets: open, and the state is `connected`. */
  readonly isConnected: boolean
  /** The session ended without `close()` or `stop()`, and will open again (`keepOpen`). */
  readonly isReopening: boolean
  /** The configuration that the session is on. */
  readonly configuration: NetworkConfiguration
  /** The identifier of the access point in use; empty while the session is not open. */
  readonly activeConfiguration: string
  /** Not `null` while connected or in a trial. The same object until something in it changes. */
  readonly interface: LinkInterface | null
  /** What is known about the link in use (rule L1). */
  readonly health: Health
  readonly usagePolicies: readonly UsagePolicy[]
  /** The offer that waits for an answer (rules R3, R11). */
  readonly offer: OfferData | null
  /** The trial that waits for a decision (rule R6). */
  readonly trial: TrialData | null
  readonly error: NetworkSessionErrorData | null
}

/** `after`, or `before` itself if they are equal. */
export function keepIdentity(before: SessionSnapshot | null, after: SessionSnapshot): SessionSnapshot {
  if (before === null) return after
  const kept = sameInterface(before.interface, after.interface)
    ? { ...after, interface: before.interface }
    : after
  const keys = Object.keys(kept) as (keyof SessionSnapshot)[]
  return keys.every((key) => before[key] === kept[key]) ? before : kept
}

/** Backends make a new object for an interface when anything about its configuration changes. */
function sameInterface(before: LinkInterface | null, after: LinkInterface | null): boolean {
  if (before === after) return true
  if (before === null || after === null) return false
  const keys = Object.keys(after) as (keyof LinkInterface)[]
  return keys.every((key) => sameFact(before[key], after[key]))
}

function sameFact(before: LinkInterface[keyof LinkInterface], after: LinkInterface[keyof LinkInterface]) {
  if (!Array.isArray(before) || !Array.isArray(after)) return before === after
  return before.length === after.length && before.every((one, index) => one === after[index])
}

import type { LinkConfiguration } from '@roamkit/core/contract'

/** What a configuration shows while NetworkManager has no answer for a moment, although its link goes on. */
export function bridgeGaps(before: LinkConfiguration, next: LinkConfiguration): LinkConfiguration {
  if (isLosingItsProfile(before, next)) return before
  if (next.link !== 'up' || next.activation !== before.activation) return next
  if (isLosingItsDevice(before, next)) return before
  return isBetweenAccessPoints(before, next) ? { ...next, point: before.point, signal: before.signal } : next
}

/**
 * Whether an active connection is still up while its device's object is gone. Either it ends in a moment, or the service itself is
 * leaving: on SIGTERM it drops its devices first and leaves the links as they are, which must not show (rule S14).
 */
function isLosingItsDevice(before: LinkConfiguration, next: LinkConfiguration): boolean {
  return next.interface === null && before.interface !== null
}

/** Whether a Wi-Fi link changes its access point: for some moments NetworkManager knows neither the old one nor the new one (rule R15). */
function isBetweenAccessPoints(before: LinkConfiguration, next: LinkConfiguration): boolean {
  return next.point === null && before.point !== null
}

/**
 * What a network shows whose profile was deleted: until the end of the link is known, with its reason, the network is as it was (rule N7).
 */
export function outliveProfile(before: LinkConfiguration, next: LinkConfiguration): LinkConfiguration {
  return isLosingItsProfile(before, next) ? before : next
}

/**
 * Whether a link has no activation any more, and no end yet. NetworkManager deletes a profile in three steps: its active connection no longer
 * names it, its object is gone, and then the link goes down.
 */
function isLosingItsProfile(before: LinkConfiguration, next: LinkConfiguration): boolean {
  return (
    before.activation !== null && next.activation === null && next.ended?.activation !== before.activation
  )
}

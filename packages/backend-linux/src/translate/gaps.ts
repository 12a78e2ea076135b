import type { LinkConfiguration } from '@roamkit/core/contract'

/** What a configuration shows while NetworkManager has no answer for a moment, although its link goes on. */
export function bridgeGaps(before: LinkConfiguration, next: LinkConfiguration): LinkConfiguration {
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
 * What a network shows whose profile was deleted. NetworkManager deletes a profile before it takes the link down: until the end of the link is
 * known, with its reason, the network is as it was (rule N7).
 */
export function outliveProfile(before: LinkConfiguration, next: LinkConfiguration): LinkConfiguration {
  const isEnding = before.activation !== null && next.ended?.activation !== before.activation
  return isEnding ? before : next
}

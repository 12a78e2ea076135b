import type { Host } from '@roamkit/core/contract'

/**
 * A host whose log does no harm. It is called in the middle of everything, also from within calls of Windows; what a user's log
 * throws must neither stop half way what was begun, nor end the process, as every throw in a callback does.
 */
export function calmHost(host: Host): Host {
  return {
    clock: host.clock,
    changed: () => host.changed(),
    log(event, detail) {
      try {
        host.log(event, detail)
      } catch {
        // Whose log fails has nobody to be told by.
      }
    },
  }
}

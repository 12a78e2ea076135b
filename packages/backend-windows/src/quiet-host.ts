import type { BackendHost } from '@roamkit/core/contract'

/**
 * A host whose log never throws. The log is called everywhere, also from within calls of Windows, where an exception would leave work half
 * done or end the process.
 */
export function quietHost(host: BackendHost): BackendHost {
  return {
    clock: host.clock,
    changed: () => host.changed(),
    log(event, detail) {
      try {
        host.log(event, detail)
      } catch {
        // There is no other place to report it.
      }
    },
  }
}

import type { HealthCheck } from '@roamkit/core'

/** A check whose code is loaded when it runs for the first time: it takes most of Node's network modules with it. */
export function loaded(load: () => Promise<HealthCheck>): HealthCheck {
  let check: Promise<HealthCheck> | null = null
  return async (link, call) => {
    check ??= load()
    return (await check)(link, call)
  }
}

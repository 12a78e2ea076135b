import type { HealthCheck } from '@roamkit/core'
import { tryOnce } from '../probe/probe-attempt.js'
import type { Aim } from '../probe/probe-target.js'
import { hostAddresses, reach } from './reach.js'

/** Whether a host answers as wanted. @param accepts the status of HTTP; `null`: there is none */
export function reachesHost(aim: Aim, accepts: (status: number | null) => boolean): HealthCheck {
  const far = { addresses: hostAddresses(aim.host), port: aim.port }
  return ({ interface: link }, { signal }) =>
    reach(link, far, async (path, attempt) => accepts(await tryOnce(path, aim, attempt)), signal)
}

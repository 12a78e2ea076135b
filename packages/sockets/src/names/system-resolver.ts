import { lookup } from 'node:dns'
import { orAborted } from '@roamkit/core/backend-kit'
import type { ResolvedAddress } from './outcome.js'

/**
 * Looks a name up by the system's resolver, which may ask through any link.
 * @throws (rejects) as `dns.lookup()` does, or `signal.reason`
 */
export function askSystem(
  host: string,
  family: 0 | 4 | 6,
  signal: AbortSignal,
): Promise<readonly ResolvedAddress[]> {
  const asked = new Promise<readonly ResolvedAddress[]>((resolve, reject) => {
    lookup(host, { all: true, family }, (error, found) => {
      if (error) reject(error)
      else resolve(found.map((one) => ({ address: one.address, family: one.family === 6 ? 6 : 4 })))
    })
  })
  return orAborted(asked, signal)
}

import type { LookupFunction } from 'node:net'
import { orAborted } from '@roamkit/core/backend-kit'
import type { ResolvedAddress } from './outcome.js'
import type { NameQuery } from './resolve.js'

/**
 * Looks a name up by a function of the application, the option `lookup`, as `net` would.
 * @throws (rejects) as that function does, or `signal.reason`
 */
export function askOwn(
  lookup: LookupFunction,
  { host, family, signal }: NameQuery,
): Promise<readonly ResolvedAddress[]> {
  const asked = new Promise<readonly ResolvedAddress[]>((resolve, reject) => {
    lookup(host, { family, all: true }, (error, found) => {
      if (error) return reject(error)
      const all = Array.isArray(found) ? found : [{ address: found }]
      resolve(all.map(({ address }) => ({ address, family: address.includes(':') ? 6 : 4 })))
    })
  })
  return orAborted(asked, signal)
}

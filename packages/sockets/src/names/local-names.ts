import { hostsIn } from './hosts-file.js'
import type { ResolvedAddress } from './outcome.js'

const LOOPBACK: readonly ResolvedAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

/**
 * The addresses of a name that the machine itself knows: by its hosts file, or because the name is `localhost`, for which no name server is asked
 * (RFC 6761).
 * @param name in lower case
 * @returns none for any other name
 */
export async function localAddresses(
  name: string,
  family: 0 | 4 | 6,
  hostsFile: string,
): Promise<readonly ResolvedAddress[]> {
  const isWanted = (one: ResolvedAddress) => family === 0 || one.family === family
  const found = (await hostsIn(hostsFile)).get(name)?.filter(isWanted) ?? []
  if (found.length > 0) return found
  return name === 'localhost' || name.endsWith('.localhost') ? LOOPBACK.filter(isWanted) : []
}

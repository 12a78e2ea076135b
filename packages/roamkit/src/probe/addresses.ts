import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { orAborted } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'
import { localAddress } from '@roamkit/sockets'
import { resolveName } from '@roamkit/sockets/names'
import { isBindError } from './best-binding.js'

/**
 * The addresses of a host, in the order in which to try them. A name is resolved through the link if its name servers are known and sockets can be
 * bound to it, otherwise by the system's resolver.
 * @throws (rejects) an error of the look-up, with its `code`; `signal.reason`
 */
export async function addressesOf(
  link: LinkInterface,
  host: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  const asked = { host, family: 0, signal } as const
  try {
    return (await resolveName(link, asked)).map(({ address }) => address)
  } catch (error) {
    if (!isBindError(error)) throw error
  }
  const found = await orAborted(lookup(host, { all: true }), signal)
  return found.map(({ address }) => address)
}

/** The first address that the link has an address for; `null` if there is none. */
export function firstUsable(link: LinkInterface, addresses: readonly string[]): string | null {
  return addresses.find((one) => localAddress(link, one) !== null) ?? null
}

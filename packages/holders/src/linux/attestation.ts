import type { Socket } from 'node:dgram'
import { bind, deriveEndpoints, type Endpoint, formatForKernel } from './loopback-socket.js'

/** How often other sockets are tried where some are taken. */
const ATTEMPTS = 3

/**
 * Vouches for something: has the kernel write down, for all to see, which user it is that says so. `/proc/net/unix` does not
 * tell the user of a socket, but `/proc/net/udp` does; so two UDP sockets are bound whose loopback addresses are a digest of
 * what is vouched for. Nothing is sent or read. Resolves to what takes them down, `null` where none can be bound.
 */
export async function attest(statement: string): Promise<(() => void) | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const sockets = await bindAll(endpointsFor(statement, attempt))
    if (sockets !== null)
      return () => {
        for (const socket of sockets) socket.close()
      }
  }
  return null
}

/**
 * The users that vouch for each of some statements, by number, as the text of `/proc/net/udp` tells them. The table is gone
 * through once, however many statements there are; `null` (not to be read): nobody vouches for anything.
 */
export function findAttestors(
  statements: readonly string[],
  table: string | null,
): ReadonlyMap<string, ReadonlySet<number>> {
  const pairs = statements.map((statement) => ({
    statement,
    attempts: Array.from({ length: ATTEMPTS }, (_, attempt) =>
      endpointsFor(statement, attempt).map(formatForKernel),
    ),
  }))
  const wanted = new Map<string, Set<number>>()
  for (const { attempts } of pairs) for (const form of attempts.flat()) wanted.set(form, new Set())
  if (table !== null) noteUsers(table, wanted)
  return new Map(
    pairs.map(({ statement, attempts }) => {
      const users = new Set<number>()
      for (const [one = '', two = ''] of attempts)
        for (const user of wanted.get(one) ?? []) if (wanted.get(two)?.has(user)) users.add(user)
      return [statement, users]
    }),
  )
}

/** Two times 39 bits: too many to find another statement that has the same ones. */
function endpointsFor(statement: string, attempt: number): readonly Endpoint[] {
  return deriveEndpoints(`${attempt} ${statement}`, 2)
}

async function bindAll(endpoints: readonly Endpoint[]): Promise<readonly Socket[] | null> {
  const bound = await Promise.all(endpoints.map((endpoint) => bind(endpoint, 'exclusive').catch(() => null)))
  const sockets = bound.filter((socket) => socket !== null)
  if (sockets.length === bound.length) return sockets
  for (const socket of sockets) socket.close()
  return null
}

/** Adds the user of each socket whose local address is wanted. */
function noteUsers(table: string, wanted: ReadonlyMap<string, Set<number>>): void {
  for (let at = 0; at < table.length; ) {
    const end = table.indexOf('\n', at)
    const stop = end < 0 ? table.length : end
    const start = table.indexOf(': ', at) + 2
    const users = start >= 2 && start < stop ? wanted.get(table.slice(start, start + LOCAL)) : undefined
    if (users !== undefined) {
      // Local and remote address, state, queues, timer, retransmissions, user.
      const user = table.slice(start, stop).split(/ +/)[6]
      if (user !== undefined && /^\d+$/.test(user)) users.add(Number(user))
    }
    at = stop + 1
  }
}

/** The length of an address and port in the table. */
const LOCAL = 13

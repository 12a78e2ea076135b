import type { Socket } from 'node:dgram'
import { bind, deriveEndpoints, type Endpoint, formatForKernel } from './loopback-socket.js'

/** How many sets of sockets are tried if some are taken. */
const ATTEMPTS = 3

/**
 * Attests a statement: makes the kernel show to every process which user makes it. `/proc/net/unix` does not show the user of a socket, but
 * `/proc/net/udp` does. So this binds two UDP sockets whose loopback addresses are a digest of the statement; nothing is sent or read.
 * Resolves to the undo, or to `null` if no set of sockets can be bound.
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
 * The users, by number, that attest each of the statements, according to the text of `/proc/net/udp`. Reads the table once, however
 * many statements there are. If the table is `null` (unreadable), nothing is attested.
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

/** Two times 39 bits: too many to find another statement with the same endpoints. */
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

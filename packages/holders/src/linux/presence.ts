import type { Socket } from 'node:dgram'
import { bind, deriveEndpoints, type Sharing } from './loopback-socket.js'

/** Two majorities of three always meet, and a foreign socket on one of them disturbs neither. */
const ENDPOINTS = 3
const MAJORITY = 2

/**
 * Takes part in a lock of the kernel, shared or exclusive, that any user can take and that dies with its process: the majority of three
 * UDP endpoints on loopback addresses, derived from a key. Resolves to the undo, which takes effect at once and only once. Resolves to
 * `null` if others prevent it: an exclusive one prevents shared ones, and any other prevents an exclusive one.
 * @throws (rejects) as the system refuses it: no descriptors, no loopback, forbidden
 */
export async function takePart(key: string, sharing: Sharing): Promise<(() => void) | null> {
  const outcomes = await Promise.allSettled(
    deriveEndpoints(`presence ${key}`, ENDPOINTS).map((endpoint) => bind(endpoint, sharing)),
  )
  const sockets: Socket[] = []
  let refusal: { readonly reason: unknown } | null = null
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') refusal = { reason: outcome.reason }
    else if (outcome.value !== null) sockets.push(outcome.value)
  }
  const giveBack = () => {
    for (const socket of sockets.splice(0)) socket.close()
  }
  if (sockets.length >= MAJORITY) return giveBack
  giveBack()
  if (refusal !== null) throw refusal.reason
  return null
}

import type { Socket } from 'node:dgram'
import { bind, deriveEndpoints, type Sharing } from './loopback-socket.js'

/** Two majorities of three always meet, and a foreign socket on one of them disturbs neither. */
const ENDPOINTS = 3
const MAJORITY = 2

/**
 * Takes part in a lock of the kernel that any user can take, shared or exclusive, and that dies with its process: the majority
 * of three UDP endpoints on loopback addresses that a key stands for. Resolves to what gives it back, at once and once; `null`
 * where others keep it from us: somebody exclusive from the shared, anybody from the exclusive.
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

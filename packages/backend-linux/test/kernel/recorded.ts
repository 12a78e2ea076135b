import { readFileSync } from 'node:fs'
import { messagesOf, type NetlinkMessage } from '../../src/kernel/wire.js'

/**
 * Datagrams of a real kernel (6.18) on a socket that is subscribed to links, addresses and routes, in order: what each step of a small
 * scenario sent, and in the middle the lists that were asked for, with the sequence numbers 1 to 4.
 */
const steps = JSON.parse(readFileSync(new URL('recorded.json', import.meta.url), 'utf8')) as Record<
  string,
  readonly string[]
>

/** The names of the steps, in order. */
export const stepNames: readonly string[] = Object.keys(steps)

/** The datagrams of a step. */
export function recorded(step: string): readonly Buffer[] {
  const found = steps[step]
  if (!found) throw new Error(`there is no step ${step}`)
  return found.map((text) => Buffer.from(text, 'base64'))
}

/** The messages of a step. */
export function messagesIn(step: string): readonly NetlinkMessage[] {
  return recorded(step).flatMap((datagram) => [...messagesOf(datagram)])
}

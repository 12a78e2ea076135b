import { elapsed } from '../cli/elapsed.js'
import { isOfTheSystem, reasonOf } from './reasons.js'

/** The pause after an attempt that found no way, in milliseconds. */
const PAUSE = 250

/** How long a link may take to get its routes, in milliseconds. Linux looks for a host without a route on the link itself, for 3 s. */
const SETTLING = 4000

/** How long it is tried. */
export interface Patience {
  readonly signal: AbortSignal
  /** Gets what was unreachable. */
  readonly blocked: Error[]
  /** Whether the last attempt was bound to the link's device: then no route of another link was in its way. */
  readonly isBound: () => boolean
}

/**
 * What an attempt comes to, repeated while there is no way to the target: until the signal is aborted, or as long as a link may take to get its routes.
 * @throws as the attempt does; `signal.reason`
 */
export async function reachable<Value>(
  attemptOnce: () => Promise<Value>,
  { signal, blocked, isBound }: Patience,
): Promise<Value> {
  const began = performance.now()
  for (;;) {
    try {
      return await attemptOnce()
    } catch (error) {
      if (!isOfTheSystem(error) || reasonOf(error) !== 'unreachable') throw error
      if (isBound() && performance.now() - began >= SETTLING) throw error
      blocked.push(error)
    }
    await elapsed(PAUSE, signal)
    signal.throwIfAborted()
  }
}

import type { Clock } from './call.js'

/**
 * Keeps the process alive until you call the returned function. Every open backend does this, because a program must not end while it waits for
 * its network. It uses no timer, so nothing wakes up, and it works wherever JavaScript runs. It does nothing on a virtual clock, because the time
 * of such a clock does not pass by itself.
 *
 * @param clock the host's
 */
export function keepAlive(clock: Clock): () => void {
  if (clock.isVirtual) return () => {}
  const { port1, port2 } = new MessageChannel()
  // A port with a listener counts as work to come.
  port1.onmessage = () => {}
  return () => {
    port1.close()
    port2.close()
  }
}

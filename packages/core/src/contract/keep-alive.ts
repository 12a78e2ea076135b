import type { Clock } from './call.js'

/**
 * Keeps the process alive until the returned undo is called, as every open backend does: a program that waits for its network must
 * not end while it waits. Without a timer, so nothing wakes up; wherever JavaScript runs. Does nothing on a virtual clock, whose
 * time does not pass by itself.
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

import { MessageChannel } from 'node:worker_threads'

/**
 * Keeps the process alive until the returned undo is called. Without a timer: nothing wakes up. Fills the gap in which a
 * backend that waits for its bus has neither a socket nor a clock that would (the host's clock never does).
 */
export function keepAlive(): () => void {
  const { port1, port2 } = new MessageChannel()
  // A port with a listener counts as work to come.
  port1.on('message', () => undefined)
  return () => {
    port1.close()
    port2.close()
  }
}

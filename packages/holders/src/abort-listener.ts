/** Who is to be told of a signal's end, under one listener: a signal with many of them draws a warning from Node. */
const LISTENERS = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls back when a signal is aborted, which it must not be yet. Returns the undo. */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const listeners = LISTENERS.get(signal) ?? listenTo(signal)
  const listener = () => run()
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>()
  LISTENERS.set(signal, listeners)
  const tell = () => {
    for (const listener of [...listeners]) listener()
  }
  signal.addEventListener('abort', tell, { once: true })
  return listeners
}

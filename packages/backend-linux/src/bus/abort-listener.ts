/** What waits for each signal, under one listener: with many of them Node warns of a leak, and looks through all at each more. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls back once, when a signal aborts; never for one that has aborted already. Any number may wait for one signal.
 *
 * @param run must not throw
 * @returns the undo, which is idempotent and leaves nothing behind on the signal
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  if (signal.aborted) return () => undefined
  // An entry of its own, so that the same function can wait twice.
  const entry = () => run()
  const entries = waiting.get(signal)
  if (entries === undefined) {
    waiting.set(signal, new Set([entry]))
    signal.addEventListener('abort', aborted, { once: true })
  } else entries.add(entry)
  return () => {
    const rest = waiting.get(signal)
    if (!rest?.delete(entry) || rest.size > 0) return
    waiting.delete(signal)
    signal.removeEventListener('abort', aborted)
  }
}

function aborted({ target }: Event): void {
  const signal = target as AbortSignal
  const entries = waiting.get(signal) ?? new Set()
  waiting.delete(signal)
  // One that is undone by another in the meantime is not called any more.
  for (const entry of entries) entry()
}

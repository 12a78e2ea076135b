import { protect } from './report-error.js'

/** The callbacks for each signal. The signal itself gets one listener, because Node warns of a leak at the eleventh. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls back once, when a signal aborts; never for one that has aborted already.
 * @returns the undo, which is idempotent and leaves nothing behind on the signal
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  if (signal.aborted) return () => {}
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

function aborted(event: Event): void {
  const signal = event.target as AbortSignal
  const entries = waiting.get(signal) ?? new Set()
  waiting.delete(signal)
  // A callback that another one has undone in the meantime is not called.
  for (const entry of entries) protect(entry)
}

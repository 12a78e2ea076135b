/** Resolves after that many milliseconds (`null`: never) or when the signal aborts, whichever comes first. */
export function elapsed(ms: number | null, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = ms === null ? undefined : setTimeout(end, ms)
    signal.addEventListener('abort', end)
    function end() {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
  })
}

/** Resolves when that many milliseconds are over (`null`: never by itself) or the signal is aborted, whichever is first. */
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

/** Throws where nobody can swallow it: as an uncaught exception of its own (rule S16). */
export function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

/** Calls somebody else's function; what it throws surfaces, and goes no further (rule S16). */
export function protect(tell: () => void): void {
  try {
    tell()
  } catch (error) {
    reportUncaught(error)
  }
}

/** Throws an error as an uncaught exception of its own, so that no caller can swallow it (rule S16). */
export function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

/** Calls a function of the application. If it throws, the error becomes an uncaught exception and does not reach the caller (rule S16). */
export function protect(call: () => void): void {
  try {
    call()
  } catch (error) {
    reportUncaught(error)
  }
}

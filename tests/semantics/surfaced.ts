/** Runs something, and returns what surfaced meanwhile as uncaught exceptions (rule S16). */
export async function surfacedDuring(run: () => Promise<void>): Promise<unknown[]> {
  const surfaced: unknown[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => surfaced.push(error))
  try {
    await run()
    // What is thrown in a microtask is uncaught before the next timer.
    await new Promise((resolve) => setTimeout(resolve, 0))
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
  return surfaced
}

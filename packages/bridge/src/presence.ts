// The ports of browsers do not tell when the other end is gone. A lock of the Web Locks API does, between windows and workers of one origin:
// a guest holds one for as long as it lives.

const PREFIX = 'roamkit-bridge:'

/** The locks of this origin; none where there is no such API. */
const locks = (): LockManager | undefined => globalThis.navigator?.locks

/**
 * Holds a lock until `ended` resolves, or this process, worker or window ends. Resolves to its token, and to `null` where there are no locks.
 */
export function showPresence(ended: Promise<void>): Promise<string | null> {
  return new Promise((resolve) => {
    const token = globalThis.crypto?.randomUUID?.()
    if (token === undefined || locks() === undefined) return resolve(null)
    const hold = () => {
      resolve(token)
      return ended
    }
    // A window without an origin of its own, such as one in a sandbox, may have none.
    locks()
      ?.request(`${PREFIX}${token}`, hold)
      .catch(() => resolve(null))
  })
}

/**
 * Calls back when the holder of a lock is gone. Never if that lock cannot be seen from here: the guest is of another origin, or has named one
 * that it does not hold.
 * @param signal ends the wait
 */
export async function watchPresence(token: string, signal: AbortSignal, gone: () => void): Promise<void> {
  const name = `${PREFIX}${token}`
  try {
    const { held = [] } = (await locks()?.query()) ?? {}
    if (!held.some((lock) => lock.name === name)) return
    await locks()?.request(name, { mode: 'shared', signal }, gone)
  } catch {
    // The wait was ended, or this origin has no locks.
  }
}

import type { Call, Clock } from '../../contract/index.js'
import { onAbort } from '../abort-listeners.js'

/**
 * Runs a task until it ends or the time is over, whichever comes first. The task's own failure counts as its end.
 * @param clock of the host
 * @param ms the longest wait, in milliseconds
 * @param run gets a signal that aborts when the wait is over
 * @returns whether the task ended in time
 * @throws (rejects) with the signal's reason, and with nothing else
 */
export async function waitAtMost(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  run: (call: Call) => Promise<void>,
): Promise<boolean> {
  const over = new AbortController()
  let isInTime = true
  const undo = clock.after(ms, () => {
    isInTime = false
    over.abort()
  })
  const running = run({ signal: over.signal }).catch(() => undefined)
  try {
    await orAborted(running, signal)
    return isInTime
  } finally {
    undo()
    over.abort()
  }
}

/**
 * Waits that many milliseconds.
 * @throws (rejects) with the signal's reason
 */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await waitAtMost(clock, ms, signal, ({ signal: over }) => aborted(over))
}

/**
 * Waits for a promise until a signal aborts. The work behind the promise goes on, and its failure is then ignored.
 * @throws (rejects) with the signal's reason, or as the promise does
 */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    const undo = onAbort(signal, () => reject(signal.reason))
    promise.then(
      (value) => {
        undo()
        resolve(value)
      },
      (error: unknown) => {
        undo()
        reject(error)
      },
    )
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else onAbort(signal, resolve)
  })
}

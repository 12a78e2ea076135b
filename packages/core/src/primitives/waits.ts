import type { Call, Clock } from '../contract/index.js'
import { onAbort } from './abort-listeners.js'

/**
 * Runs a task until it ends or the time is over, whichever comes first. The task's own failure counts as its end.
 * @param clock of the host
 * @param ms the longest wait, in milliseconds
 * @param run gets a signal that aborts when the wait is over
 * @throws (rejects) with the signal's reason, and with nothing else
 */
export async function waitAtMost(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  run: (call: Call) => Promise<void>,
): Promise<void> {
  const over = new AbortController()
  const undo = clock.after(ms, () => over.abort())
  const running = run({ signal: over.signal }).catch(() => undefined)
  try {
    await orAborted(running, signal)
  } finally {
    undo()
    over.abort()
  }
}

/**
 * Waits that many milliseconds.
 * @throws (rejects) with the signal's reason
 */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return waitAtMost(clock, ms, signal, ({ signal: over }) => aborted(over))
}

/**
 * Waits for a promise that never rejects.
 * @throws (rejects) with the signal's reason
 */
export function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const undo = onAbort(signal, () => reject(signal.reason))
    void promise.then(() => {
      undo()
      resolve()
    })
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else onAbort(signal, resolve)
  })
}

import type { Call, Clock } from '@roamkit/core/contract'
import { onAbort } from './abort-listener.js'

/** Runs until it is done or the time is over; rejects with the signal's reason only. */
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

/** Waits that long, or rejects with the signal's reason. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return waitAtMost(clock, ms, signal, ({ signal: over }) => aborted(over))
}

/** Waits for a promise that never rejects, or rejects with the signal's reason. */
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

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else onAbort(signal, resolve)
  })
}

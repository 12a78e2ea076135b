import type { CheckResult } from '@roamkit/core'
import { onAbort } from '@roamkit/core/backend-kit'

/** Tests something once. Stops when the signal is aborted. */
export type Task = (signal: AbortSignal) => Promise<CheckResult | boolean>

/** A result in full. */
export interface FullResult {
  readonly alive: boolean | null
  readonly bytes: number
}

/**
 * Runs tasks at the same time until it is decided whether `needed` of them are alive, then aborts the rest. Resolves to `null`
 * if that cannot be told, or if the signal is aborted.
 * @throws (rejects) as the first task that rejects
 */
export async function decide(
  needed: number,
  tasks: readonly Task[],
  signal: AbortSignal,
): Promise<FullResult> {
  if (signal.aborted) return { alive: null, bytes: 0 }
  const over = new AbortController()
  const undo = onAbort(signal, () => over.abort(signal.reason))
  const counts = { alive: 0, failed: 0, settled: 0, bytes: 0 }
  const run = async (task: Task) => {
    const result = await task(over.signal)
    const { alive, bytes = 0 } = typeof result === 'boolean' ? { alive: result } : result
    if (alive === true) counts.alive += 1
    if (alive === false) counts.failed += 1
    counts.settled += 1
    counts.bytes += bytes
  }
  const running = tasks.map(run)
  try {
    const alive = await new Promise<boolean | null>((resolve, reject) => {
      onAbort(over.signal, () => resolve(null))
      const judge = () => {
        if (counts.alive >= needed) resolve(true)
        else if (tasks.length - counts.failed < needed) resolve(false)
        else if (counts.settled === tasks.length) resolve(null)
      }
      for (const each of running) each.then(judge, reject)
    })
    over.abort()
    // What stops at once adds its bytes; nothing waits for what does not stop.
    await Promise.race([Promise.allSettled(running), turn()])
    return { alive, bytes: counts.bytes }
  } finally {
    over.abort()
    undo()
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

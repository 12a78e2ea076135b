import type { NetworkSession } from '@roamkit/core'
import { elapsed } from './elapsed.js'
import { exitCodeOf } from './exit-codes.js'
import type { Interruption } from './interruption.js'
import type { SessionReport } from './reports/session-report.js'

/** Opens the session. An interruption cancels that; then it waits until the link is in its former state. */
export async function openSession(
  session: NetworkSession,
  { signal }: Interruption,
): Promise<'opened' | 'failed'> {
  let closing = Promise.resolve()
  const cancel = () => {
    closing = session.close()
  }
  signal.addEventListener('abort', cancel)
  try {
    await session.open()
    return 'opened'
  } catch {
    return 'failed'
  } finally {
    signal.removeEventListener('abort', cancel)
    await closing
  }
}

/** Waits that many milliseconds (`null`: for ever), for an interruption, or for the session's end. Resolves to the exit code. */
export async function hold(
  report: SessionReport,
  interruption: Interruption,
  ms: number | null,
): Promise<number> {
  await elapsed(ms, AbortSignal.any([interruption.signal, report.ended]))
  if (report.ended.aborted) return 1
  return interruption.by === null ? 0 : exitCodeOf(interruption.by)
}

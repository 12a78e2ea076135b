import { failure } from '../../links/failure.js'
import { onAbort } from '../../primitives/abort-listeners.js'
import { checkOptions, expected } from '../../primitives/arguments.js'
import { closedSessionError, sessionError } from '../../sessions/session-error.js'
import type { Engine } from '../engine.js'
import type { SessionRecord } from './session-record.js'

/** How long `waitForOpened` waits by default, in milliseconds. */
export const DEFAULT_WAIT = 30_000

/** Options of `whenConnected()`. */
export interface WhenConnectedOptions {
  /** Ends the wait, which rejects with `signal.reason`. */
  readonly signal?: AbortSignal
  /**
   * The longest wait, in milliseconds by the manager's clock.
   *
   * @defaultValue Infinity
   */
  readonly timeout?: number
}

const OPTIONS = { signal: expected.signal, timeout: expected.milliseconds } as const

/** Has a listener hear of each new snapshot of a session. Returns the undo. */
export function subscribeTo(
  engine: Engine,
  record: SessionRecord,
  session: { getSnapshot(): unknown },
  listener: () => void,
): () => void {
  const undo = record.subscribers.add(session, listener)
  engine.review(record)
  return () => {
    undo()
    engine.review(record)
  }
}

/** Waits until a session is open, for `ms` milliseconds at most; -1: without a limit. Resolves to whether it is open (rule S15). */
export function waitForOpened(engine: Engine, record: SessionRecord, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    // The manager may be closed before its turn comes (rule M7).
    const undoEnd = engine.onEnd(() => resolve(false))
    engine.post(() => {
      undoEnd()
      if (record.phase !== 'opening') {
        resolve(record.phase === 'open')
        return []
      }
      const settle = (isOpen: boolean) => {
        undo()
        record.waiters.delete(settle)
        engine.review(record)
        resolve(isOpen)
      }
      const forEver = ms === -1 || ms === Number.POSITIVE_INFINITY
      const undo = forEver ? () => {} : engine.times.clock.after(ms, () => settle(false))
      record.waiters.add(settle)
      return []
    })
  })
}

/** Waits until a session is open and connected (rule L5). */
export async function waitForConnected(
  engine: Engine,
  record: SessionRecord,
  options: WhenConnectedOptions,
): Promise<void> {
  checkOptions('whenConnected()', options, OPTIONS)
  const { signal, timeout = Number.POSITIVE_INFINITY } = options
  signal?.throwIfAborted()
  if (record.isConnected && !engine.isClosed) return
  const undos: (() => void)[] = []
  const name = engine.catalogue.get(record.target).name || record.target
  try {
    await new Promise<void>((resolve, reject) => {
      const connection = { getSnapshot: () => record.isConnected }
      undos.push(record.subscribers.add(connection, () => record.isConnected && resolve()))
      engine.review(record)
      undos.push(engine.onEnd(() => reject(closedSessionError(name))))
      if (signal !== undefined) undos.push(onAbort(signal, () => reject(signal.reason)))
      if (timeout === Number.POSITIVE_INFINITY) return
      const late = failure('ERR_TIMED_OUT', 'timedOut')
      const context = { doing: 'open', name, code: 'unknown' } as const
      undos.push(engine.times.clock.after(timeout, () => reject(sessionError(late, context))))
    })
  } finally {
    for (const undo of undos) undo()
    engine.review(record)
  }
}

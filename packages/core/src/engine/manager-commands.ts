import type { Backend, Call } from '../contract/index.js'
import { eitherSignal } from '../primitives/either-signal.js'
import { closedError } from '../sessions/session-error.js'
import type { Engine } from './engine.js'
import { find } from './links/rival-locks.js'

/** What a caller of the manager passes. */
interface Options {
  readonly signal?: AbortSignal
}

/**
 * Runs a command of the backend for a caller of the manager. Its wait ends with the caller's signal, or when the manager is closed.
 * @throws `signal.reason`, `ERR_CLOSED`, or as the command does
 */
export async function command(
  engine: Engine,
  { signal }: Options,
  run: (backend: Required<Backend>, call: Call) => Promise<void>,
): Promise<void> {
  signal?.throwIfAborted()
  if (engine.isClosing) throw closedError()
  const either = eitherSignal(engine.signal, signal)
  try {
    await run(engine.backend, { signal: either.signal })
  } finally {
    either.release()
  }
}

/** Scans if the backend can (rule M3). If the system refuses, the log has the reason. */
export async function scan(
  engine: Engine,
  options: Options,
  log: (event: string, detail?: object) => void,
): Promise<void> {
  const { signal } = options
  signal?.throwIfAborted()
  if (engine.isClosing) throw closedError()
  if (engine.watch.world.scan === 'no') return
  try {
    await command(engine, options, (backend, call) => backend.scan(call))
  } catch (error) {
    if (engine.isClosed) throw closedError()
    signal?.throwIfAborted()
    log('scanFailed', { error })
  }
}

/**
 * Deletes what is stored about a network, under the lock of its link. If the link is in use, all its holders are notified that it goes down on purpose,
 * as by a `stop()` (rules N7, S10).
 */
export async function forgetNetwork(engine: Engine, id: string, call: Call): Promise<void> {
  const { backend, holders, watch, times } = engine
  const task = { signal: call.signal, since: times.clock.now() }
  await holders.locked(
    watch.world.scope ?? '',
    id,
    async (held) => {
      const link = find(backend, id)
      const activation = link?.activation ?? null
      // Otherwise it has no effect, and no session may expect one.
      if (link?.saved && activation !== null) {
        // Beforehand, because the link may be down when the answer comes. If the system refuses, nothing goes down, and the word expires.
        held.stopping(activation)
        await engine.run(() => [{ to: 'link', id, input: { type: 'stoppingElsewhere', activation } }])
      }
      await backend.forget(id, call)
    },
    task,
  )
}

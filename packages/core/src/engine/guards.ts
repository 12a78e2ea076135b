import { asyncDispose, type Backend, BackendError, type World } from '../contract/index.js'
import { protect, reportUncaught } from '../primitives/report-error.js'

/** A log that never throws: what the application's own throws surfaces (rule S16). */
export function guardedLog(
  log: ((event: string, detail?: object) => void) | undefined,
): (event: string, detail?: object) => void {
  if (log === undefined) return () => {}
  return (event, detail) => protect(() => log(event, detail))
}

/**
 * A backend whose calls never throw: a command that throws instead of rejecting rejects, and a snapshot that cannot be had is the
 * last one with its service lost (rule S14), until there is one again. The first throw of each such time surfaces. A command that the
 * backend leaves out is not supported.
 * @throws what the first snapshot throws: without one there is nothing to fall back to
 */
export function guardedBackend(backend: Backend): Required<Backend> {
  let last = checkedWorld(backend.snapshot())
  let lost: World | null = null
  return {
    snapshot() {
      try {
        last = checkedWorld(backend.snapshot())
        lost = null
        return last
      } catch (error) {
        if (lost === null) reportUncaught(error)
        lost ??= Object.freeze({ ...last, service: 'lost' })
        return lost
      }
    },
    activate: (id, request) => callAsync(() => backend.activate(id, request)).then(checkedActivation),
    deactivate: (id, activation, call) => callAsync(() => backend.deactivate(id, activation, call)),
    scan: (call) => callAsync(() => backend.scan(call)),
    recheck: (id, call) => callAsync(() => backend.recheck(id, call)),
    save: (id, call) => callAsync(() => backend.save?.(id, call) ?? cannot('save', id)),
    forget: (id, call) => callAsync(() => backend.forget?.(id, call) ?? cannot('forget', id)),
    traffic(id) {
      try {
        return backend.traffic(id)
      } catch (error) {
        reportUncaught(error)
        return null
      }
    },
    get holders() {
      return backend.holders
    },
    [asyncDispose]: () => callAsync(async () => backend[asyncDispose]()),
  }
}

/** What a call gives, or a rejection with what it throws: an asynchronous function always rejects. */
export function callAsync<T>(call: () => Promise<T>): Promise<T> {
  try {
    return Promise.resolve(call())
  } catch (error) {
    return Promise.reject(error)
  }
}

function cannot(command: string, id: string): never {
  throw new BackendError('ERR_NOT_SUPPORTED', `this backend cannot ${command} '${id}'`)
}

function checkedWorld(world: World): World {
  if (Array.isArray(world?.configurations)) return world
  throw new TypeError("the backend's snapshot is no world")
}

function checkedActivation(activation: string): string {
  if (typeof activation === 'string') return activation
  throw new TypeError('the backend named no activation')
}

import { asyncDispose, type Backend, type BackendHost } from '@roamkit/core/contract'
import { neverAborted } from '../test-bed/test-bed.js'
import { every, type Mutant, mutateBackend, openWith } from './mutant.js'

/** Backends that report changes wrongly, or act without being asked. */
export const changeMutants: readonly Mutant[] = [
  mutatePokes('pokes-every-other-time', 'poke-on-change', (host) => {
    let heard = 0
    return () => {
      heard += 1
      if (heard % 2 === 0) host.changed()
    }
  }),
  {
    id: 'pokes-before-it-knows',
    breaks: 'poke-early',
    wrap(driver) {
      return openWith(driver, async (host, call) => {
        let isPoking = false
        const changed = () => {
          isPoking = true
          host.changed()
          isPoking = false
        }
        const backend = await driver.open(hostWith(host, changed), call)
        const snapshot = () => {
          if (isPoking) throw new Error('not now')
          return backend.snapshot()
        }
        return override(backend, { snapshot })
      })
    },
  },
  {
    id: 'polls-in-secret',
    breaks: 'events-without-timers',
    wrap(driver) {
      return openWith(driver, async (host, call) => {
        const backend = await driver.open(
          hostWith(host, () => {}),
          call,
        )
        let seen = backend.snapshot()
        const stop = every(host, 100, () => {
          if (backend.snapshot() === seen) return
          seen = backend.snapshot()
          host.changed()
        })
        const dispose = async () => {
          stop()
          await backend[asyncDispose]()
        }
        return override(backend, { [asyncDispose]: dispose })
      })
    },
  },
  mutateBackend('scans-on-a-timer', 'scan-when-asked', (backend, host) => {
    every(host, 1000, () => void backend.scan(neverAborted).catch(() => {}))
    return {}
  }),
  {
    id: 'pokes-when-it-is-over',
    breaks: 'dispose-silences',
    // A backend that is not disposed keeps reporting changes.
    wrap: (driver) =>
      openWith(driver, async (host, call) =>
        override(await driver.open(host, call), { [asyncDispose]: async () => {} }),
      ),
  },
]

/** A mutant that intercepts every `changed()` of its backend. */
function mutatePokes(id: string, breaks: string, hear: (host: BackendHost) => () => void): Mutant {
  return {
    id,
    breaks,
    wrap: (driver) => openWith(driver, (host, call) => driver.open(hostWith(host, hear(host)), call)),
  }
}

function hostWith(host: BackendHost, changed: () => void): BackendHost {
  return { changed, log: (event, detail) => host.log(event, detail), clock: host.clock }
}

function override(backend: Backend, members: Partial<Backend>): Backend {
  return Object.assign(Object.create(backend) as Backend, members)
}

import { asyncDispose, type BackendHost, type Driver } from '@roamkit/core/contract'
import { neverAborted } from '../test-bed/test-bed.js'
import { every, type Mutant, mutateBackend, mutateConfigurations, mutateWorld, openWith } from './mutant.js'

/** Drivers that open wrongly. */
export const driverMutants: readonly Mutant[] = [
  {
    id: 'is-of-another-contract',
    breaks: 'driver-shape',
    wrap: (driver) => ({
      ...openWith(driver, (host, call) => driver.open(host, call)),
      contract: 2 as never,
    }),
  },
  {
    id: 'opens-regardless',
    breaks: 'open-aborted',
    wrap: (driver) => openWith(driver, (host) => driver.open(host, neverAborted)),
  },
  { id: 'opens-by-half', breaks: 'open-abandoned', wrap: openHalfway },
  {
    id: 'fails-in-its-own-words',
    breaks: 'open-without-service',
    wrap: (driver) =>
      openWith(driver, async (host, call) => {
        const backend = await driver.open(host, call)
        if (backend.snapshot().service === 'ready') return backend
        await backend[asyncDispose]()
        throw new Error('ECONNREFUSED')
      }),
  },
  mutateBackend('opens-too-early', 'open-live', (backend, host) => {
    let isEarly = true
    host.clock.after(50, () => {
      isEarly = false
      host.changed()
    })
    const nothing = Object.freeze({ ...backend.snapshot(), service: 'lost' as const })
    return { snapshot: () => (isEarly ? nothing : backend.snapshot()) }
  }),
  mutateWorld('is-alone-in-its-scope', 'open-again', (_, opening) => ({ scope: `backend ${opening}` })),
  mutateWorld('numbers-its-ids', 'id-survives', ({ configurations }, opening) => ({
    configurations: Object.freeze(
      configurations.map((one) => Object.freeze({ ...one, id: `${one.id}@${opening}` })),
    ),
    defaultId: null,
  })),
  mutateWorld('counts-for-itself', 'activation-shared', ({ configurations }, opening) => ({
    configurations: Object.freeze(
      configurations.map((one) =>
        Object.freeze({ ...one, activation: one.activation && `${one.activation}@${opening}` }),
      ),
    ),
  })),
  mutateConfigurations('keeps-no-name', 'configuration-renamed', ({ id }) => ({ name: id })),
]

/** Opens slowly, and leaves a timer running if it is aborted in the meantime. */
function openHalfway(driver: Driver): Driver {
  return openWith(driver, async (host: BackendHost, call) => {
    call.signal.throwIfAborted()
    const stop = every(host, 1000, () => host.changed())
    await new Promise<void>((resolve) => {
      host.clock.after(10, resolve)
    })
    call.signal.throwIfAborted()
    stop()
    return driver.open(host, call)
  })
}

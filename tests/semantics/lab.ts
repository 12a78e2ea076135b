import {
  type MockConfiguration,
  type MockDriver,
  type MockOptions,
  mock,
  VirtualClock,
} from '@roamkit/backend-mock'
import {
  type Driver,
  type ManagerOptions,
  NetworkConfigurationManager,
  type NetworkSession,
  type NetworkSessionError,
} from '@roamkit/core'
import { onTestFinished } from 'vitest'

/** A scripted host with one manager on it, in virtual time. */
export interface Lab {
  readonly clock: VirtualClock
  readonly driver: MockDriver
  readonly world: MockDriver['world']
  readonly manager: NetworkConfigurationManager
  /** Another manager of the same process on the same host. */
  another(options?: ManagerOptions): Promise<NetworkConfigurationManager>
  /** Closes every manager. */
  close(): Promise<void>
}

/** Three access points, as in the lab on real NetworkManager: `a` is up, `b` and `c` are down. */
const THREE: readonly MockConfiguration[] = [
  { id: 'a', name: 'lab-a', link: 'up' },
  { id: 'b', name: 'lab-b' },
  { id: 'c', name: 'lab-c' },
]

let machines = 0

/** Opens a lab, which is closed when the test is over, unless the test opens thousands and closes each itself. */
export async function openLab(
  configurations: readonly MockConfiguration[] = THREE,
  options: ManagerOptions & {
    readonly mock?: Omit<MockOptions, 'configurations'>
    readonly spy?: CommandSpy
    readonly closes?: 'whenFinished' | 'byItself'
  } = {},
): Promise<Lab> {
  const clock = new VirtualClock()
  // A scope of its own: machines of other tests are other machines.
  machines += 1
  const { mock: machine, spy, closes, ...managerOptions } = options
  const driver = mock({ scope: `lab-${machines}`, ...machine, configurations })
  const managers = new Set<NetworkConfigurationManager>()
  const another = async (more: ManagerOptions = {}) => {
    const manager = await NetworkConfigurationManager.open(spied(driver, spy), {
      clock,
      // Exact delays, unless a test is about them.
      reopenJitter: 0,
      ...managerOptions,
      ...more,
    })
    managers.add(manager)
    return manager
  }
  const close = async () => {
    const closed = [...managers].map((manager) => manager.close())
    managers.clear()
    await clock.advance(60_000)
    await Promise.all(closed)
  }
  // What is to be called when the test is finished stays in memory until then.
  if (closes !== 'byItself') onTestFinished(close)
  return { clock, driver, world: driver.world, manager: await another(), another, close }
}

/** Everything that a session tells, in order, as short words: `connecting`, `opened`, `error:sessionAborted/lost` ... */
export function listen(session: NetworkSession): string[] {
  const told: string[] = []
  session.on('stateChanged', (state) => {
    told.push(session.state === state ? state : `${state} (but state reads ${session.state})`)
  })
  session.on('opened', () => told.push('opened'))
  session.on('closed', () => told.push('closed'))
  session.on('error', ({ code, reason }) => told.push(`error:${code}/${reason}`))
  return told
}

/** What a promise came to, without waiting: `pending`, `resolved`, or the rejection's code and reason. */
export function outcome(promise: Promise<unknown>): { readonly value: string } {
  const result = { value: 'pending' }
  promise.then(
    () => {
      result.value = 'resolved'
    },
    (error: NetworkSessionError) => {
      result.value =
        error.reason === undefined ? String(error.code ?? error.message) : `${error.code}/${error.reason}`
    },
  )
  return result
}

/** Told of the commands that core gives, at that very moment. */
export interface CommandSpy {
  activating(id: string): void
  /** The system accepted, however late. */
  activated(id: string, activation: string): void
  /** A promise delays the command. */
  deactivating(id: string, activation: string): unknown
  /** The system would not take it down. */
  refused?(id: string, activation: string): void
}

function spied(driver: MockDriver, spy?: CommandSpy): Driver {
  if (spy === undefined) return driver
  return {
    contract: 1,
    name: driver.name,
    async open(host, call) {
      const backend = await driver.open(host, call)
      return {
        snapshot: () => backend.snapshot(),
        activate: async (id, request) => {
          spy.activating(id)
          const activation = await backend.activate(id, request)
          spy.activated(id, activation)
          return activation
        },
        deactivate: (id, activation, request) => {
          const delay = spy.deactivating(id, activation)
          const deactivate = async () => {
            try {
              await backend.deactivate(id, activation, request)
            } catch (error) {
              spy.refused?.(id, activation)
              throw error
            }
          }
          return delay instanceof Promise ? delay.then(deactivate) : deactivate()
        },
        scan: (request) => backend.scan(request),
        recheck: (id, request) => backend.recheck(id, request),
        traffic: (id) => backend.traffic(id),
        holders: backend.holders,
        [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
      }
    },
  }
}

import { networkManager } from '@roamkit/backend-linux'
import {
  type Clock,
  type Driver,
  type ManagerOptions,
  NetworkConfigurationManager,
  type NetworkSession,
  systemClock,
} from '@roamkit/core'
import type { Backend } from '@roamkit/core/contract'
import { listen } from './host.js'

/** A session in a storm, with everything that it told. */
export interface Witness {
  readonly name: string
  readonly session: NetworkSession
  readonly words: readonly string[]
}

/**
 * A manager on the lab's NetworkManager, its backend within range, with what is asked of it and what it still waits for on
 * record.
 */
export class StormWorld {
  readonly manager: NetworkConfigurationManager
  readonly witnesses: Witness[] = []
  /** Commands that were asked for, in order. */
  readonly asked: readonly ('activate' | 'deactivate')[]
  /** The activations that sessions of this manager brought up. */
  readonly brought: ReadonlySet<string>
  /** The links whose end sessions of this manager asked for. */
  readonly takenDown: ReadonlySet<string>
  readonly #backend: () => Backend
  readonly #clock: CountingClock

  private constructor(
    manager: NetworkConfigurationManager,
    spy: ReturnType<typeof spiedDriver>,
    clock: CountingClock,
  ) {
    this.manager = manager
    this.asked = spy.asked
    this.brought = spy.brought
    this.takenDown = spy.takenDown
    this.#backend = spy.backend
    this.#clock = clock
  }

  /** @param options of the manager @param callTimeout of the backend, in milliseconds */
  static async open(options: ManagerOptions = {}, callTimeout = 25_000): Promise<StormWorld> {
    const spy = spiedDriver(networkManager({ callTimeout }))
    const clock = new CountingClock()
    const manager = await NetworkConfigurationManager.open(spy.driver, { ...options, clock })
    return new StormWorld(manager, spy, clock)
  }

  get backend(): Backend {
    return this.#backend()
  }

  /** Timers that are set and neither fired nor undone. */
  get timers(): number {
    return this.#clock.pending
  }

  /** A session whose events are kept. */
  watch(name: string, profile: string): Witness {
    const session = this.manager.createSession(profile)
    const witness = { name, session, words: listen(session).words }
    this.witnesses.push(witness)
    return witness
  }

  /** The phase of a link, as the backend knows it now. */
  link(profile: string): string {
    return this.backend.snapshot().configurations.find(({ id }) => id === profile)?.link ?? 'gone'
  }
}

/** Real time, and how many timers are set. */
class CountingClock implements Clock {
  pending = 0

  now(): number {
    return systemClock.now()
  }

  after(ms: number, run: () => void): () => void {
    this.pending += 1
    let isSet = true
    const unset = () => {
      if (isSet) this.pending -= 1
      isSet = false
    }
    const undo = systemClock.after(ms, () => {
      unset()
      run()
    })
    return () => {
      unset()
      undo()
    }
  }
}

function spiedDriver(real: Driver) {
  const asked: ('activate' | 'deactivate')[] = []
  const brought = new Set<string>()
  const takenDown = new Set<string>()
  let opened: Backend | null = null
  const backend = () => {
    if (opened === null) throw new Error('the backend is not open yet')
    return opened
  }
  const driver: Driver = {
    ...real,
    async open(host, call) {
      const inner = await real.open(host, call)
      opened = inner
      return {
        snapshot: () => inner.snapshot(),
        activate: async (id, request) => {
          asked.push('activate')
          const before = inner.snapshot().configurations.find((one) => one.id === id)?.activation
          const activation = await inner.activate(id, request)
          if (activation !== before) brought.add(activation)
          return activation
        },
        deactivate: (id, activation, wait) => {
          asked.push('deactivate')
          takenDown.add(id)
          return inner.deactivate(id, activation, wait)
        },
        scan: (wait) => inner.scan(wait),
        recheck: (id, wait) => inner.recheck(id, wait),
        traffic: (id) => inner.traffic(id),
        holders: inner.holders,
        [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
      }
    },
  }
  return { driver, asked, brought, takenDown, backend }
}

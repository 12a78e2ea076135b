import type { Driver, Holders, World } from '@roamkit/core/contract'
import { mockBackend } from './mock-backend.js'
import type { MockConfiguration } from './mock-configuration.js'
import { checkAmount, checkFixedFacts, checkNames } from './mock-input.js'
import { type FixedFacts, MockMachine } from './mock-machine.js'
import { type Durations, MockService } from './mock-service.js'
import { MockWorld } from './mock-world.js'

/** What the scripted machine is like; everything has a default. */
export interface MockOptions extends Partial<FixedFacts>, Partial<Durations> {
  /** What there is at first; nothing. */
  readonly configurations?: readonly MockConfiguration[]
  /** The key under which holders are counted; one of its own for each driver, so that two worlds never mix. */
  readonly scope?: string | null
  /**
   * Counts holders for one backend, asked for each one that is opened and disposed with it: to play several processes on one
   * machine. Without it core counts those of its process.
   */
  readonly holders?: () => Holders
  /** What the world says of itself, `events`: changes are told at once either way. */
  readonly updates?: World['updates']
  /** Milliseconds from accepted to up, 20. */
  readonly activationTime?: number
  /** Milliseconds from accepted to down, 10. */
  readonly deactivationTime?: number
}

/** A driver for a scripted machine. Opened again it gives another backend on the same machine. */
export interface MockDriver extends Driver {
  /** The controls. */
  readonly world: MockWorld
}

/**
 * A scripted machine, and the driver for it. Its times run on the clock of the host that asks. Throws where an option has another
 * name, or a value that makes no sense.
 */
export function mock(options: MockOptions = {}): MockDriver {
  checkOptions(options)
  const { configurations = [], activationTime = 20, deactivationTime = 10 } = options
  const machine = new MockMachine({
    updates: options.updates ?? 'events',
    scope: options.scope === undefined ? `mock:${Math.random().toString(36).slice(2)}` : options.scope,
    scan: options.scan ?? 'yes',
    recheck: options.recheck ?? 'yes',
    statistics: options.statistics ?? true,
  })
  const service = new MockService(machine, { activationTime, deactivationTime })
  for (const configuration of configurations) machine.add(configuration)
  machine.commit()
  return {
    contract: 1,
    name: 'mock',
    world: new MockWorld(machine, service),
    async open(host, call) {
      call.signal.throwIfAborted()
      return mockBackend(machine, service, host, options.holders?.() ?? null)
    },
  }
}

function checkOptions(options: MockOptions): void {
  const { configurations, holders, activationTime, deactivationTime, ...fixedFacts } = options
  const known = ['configurations', 'holders', 'activationTime', 'deactivationTime']
  checkNames(options, [...known, 'scope', 'updates', 'scan', 'recheck', 'statistics'], 'mock()')
  checkFixedFacts(fixedFacts)
  checkAmount(activationTime ?? 0, 'activationTime')
  checkAmount(deactivationTime ?? 0, 'deactivationTime')
  if (configurations !== undefined && !Array.isArray(configurations))
    throw new Error(`mock: configurations is ${String(configurations)}, not a list`)
  if (holders !== undefined && typeof holders !== 'function')
    throw new Error(`mock: holders is ${String(holders)}, not a function`)
}

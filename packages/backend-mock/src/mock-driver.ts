import type { Driver, Holders, World } from '@roamkit/core/contract'
import { mockBackend } from './mock-backend.js'
import type { MockConfiguration } from './mock-configuration.js'
import { checkAmount, checkNames, checkWorldFacts } from './mock-input.js'
import { type FixedFacts, MockMachine } from './mock-machine.js'
import { MockService } from './mock-service.js'
import { MockWorld } from './mock-world.js'

/** Options of {@link mock}. */
export interface MockOptions {
  /**
   * The configurations at the start.
   * @defaultValue []
   */
  readonly configurations?: readonly MockConfiguration[]
  /**
   * The scope of the links: holders are counted per scope.
   * @defaultValue a value unique to each driver, so that two worlds never mix
   */
  readonly scope?: string | null
  /**
   * Creates the holder count of a backend. Called once for each backend that is opened; the count is disposed with the backend. Use it to
   * simulate several processes on one machine.
   * @defaultValue none: core counts the holders within its process
   */
  readonly holders?: () => Holders
  /**
   * How the snapshot says that changes are found. The mock reports every change at once either way.
   * @defaultValue 'events'
   */
  readonly updates?: World['updates']
  /**
   * Whether the machine can scan.
   * @defaultValue 'yes'
   */
  readonly scan?: World['scan']
  /**
   * Whether the machine can check connectivity again.
   * @defaultValue 'yes'
   */
  readonly recheck?: World['recheck']
  /**
   * Whether the machine counts bytes.
   * @defaultValue true
   */
  readonly statistics?: World['statistics']
  /**
   * Whether the snapshot says that a program can bind a socket to one link (`capabilities.directConnectionRouting`). The mock moves no bytes
   * either way.
   * @defaultValue false
   */
  readonly directRouting?: boolean
  /**
   * Whether the machine is awake at first. `unknown`: the system does not tell, until `world.setPower`.
   * @defaultValue 'awake'
   */
  readonly power?: World['power']
  /**
   * Milliseconds from accepting an activation until the link is up.
   * @defaultValue 20
   */
  readonly activationTime?: number
  /**
   * Milliseconds from accepting a deactivation until the link is down.
   * @defaultValue 10
   */
  readonly deactivationTime?: number
}

/** The driver of a scripted machine. Each `open` returns another backend on the same machine. */
export interface MockDriver extends Driver {
  /** The controls of the machine. */
  readonly world: MockWorld
}

/**
 * Creates a scripted machine and its driver. Delays run on the clock of the host that calls.
 * @throws Error for an unknown option or an invalid value
 */
export function mock(options: MockOptions = {}): MockDriver {
  checkOptions(options)
  const { configurations = [], activationTime = 20, deactivationTime = 10 } = options
  const fixedFacts: FixedFacts = {
    updates: options.updates ?? 'events',
    scope: options.scope === undefined ? `mock:${Math.random().toString(36).slice(2)}` : options.scope,
    scan: options.scan ?? 'yes',
    recheck: options.recheck ?? 'yes',
    statistics: options.statistics ?? true,
    directRouting: options.directRouting ?? false,
  }
  const machine = new MockMachine(fixedFacts, options.power ?? 'awake')
  const service = new MockService(machine, { activationTime, deactivationTime })
  for (const configuration of configurations) machine.add(configuration)
  machine.commit()
  return {
    contract: 1,
    name: 'mock',
    world: MockWorld.create(machine, service),
    async open(host, call) {
      call.signal.throwIfAborted()
      return mockBackend(machine, service, host, options.holders?.() ?? null)
    },
  }
}

function checkOptions(options: MockOptions): void {
  const { configurations, holders, activationTime, deactivationTime, ...worldFacts } = options
  const known = ['configurations', 'holders', 'activationTime', 'deactivationTime']
  const facts = ['scope', 'updates', 'scan', 'recheck', 'statistics', 'directRouting', 'power']
  checkNames(options, [...known, ...facts], 'mock()')
  checkWorldFacts(worldFacts)
  checkAmount(activationTime ?? 0, 'activationTime')
  checkAmount(deactivationTime ?? 0, 'deactivationTime')
  if (configurations !== undefined && !Array.isArray(configurations))
    throw new Error(`mock: configurations is ${String(configurations)}, not a list`)
  if (holders !== undefined && typeof holders !== 'function')
    throw new Error(`mock: holders is ${String(holders)}, not a function`)
}

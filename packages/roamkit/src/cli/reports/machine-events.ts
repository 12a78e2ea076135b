import type {
  ManagerEvents,
  NetworkConfiguration,
  NetworkConfigurationManager,
  NetworkSession,
  SessionState,
} from '@roamkit/core'
import { type PlainConfiguration, plainConfiguration } from './plain-configuration.js'

/** One line of `roamkit monitor`: what happened, to whom, and how that is now. */
export interface MachineEvent extends Partial<Omit<PlainConfiguration, 'identifier' | 'name' | 'state'>> {
  /** When it was reported, ISO 8601 in UTC. */
  readonly time: string
  /** Core's name of the event; `configuration` for what was there at first. */
  readonly event: 'configuration' | 'stateChanged' | keyof ManagerEvents
  /** The configuration; `null` for the machine as a whole, and for a default configuration that there is not. */
  readonly identifier: string | null
  /** The configuration's name, `null` as above. Untrusted text. */
  readonly name: string | null
  /**
   * `stateChanged`: the session's state. Events of the machine: what it is like now, as a word or as yes, no, unknown. Everything
   * else: the configuration's state. `null`: there is none.
   */
  readonly state: string | null
  /** `configurationChanged`: which facts are not what they were. */
  readonly changed?: readonly string[]
}

/** What is watched. Disposing it ends the reports. */
export interface MachineWatch extends Disposable {
  /** The state of the unopened session on that configuration; `null` if there is none. */
  stateOf(identifier: string): SessionState | null
}

/**
 * Reports each configuration, and then everything that happens: the manager's events, and the state changes of an unopened session on
 * each configuration.
 */
export function watchMachine(
  manager: NetworkConfigurationManager,
  report: (event: MachineEvent) => void,
): MachineWatch {
  const sessions = new Map<string, { readonly session: NetworkSession; readonly undo: () => void }>()
  const known = new Map<string, NetworkConfiguration>()

  const say = (event: Omit<MachineEvent, 'time'>) => report({ time: new Date().toISOString(), ...event })
  const sayMachine = (event: keyof ManagerEvents, state: string) =>
    say({ event, identifier: null, name: null, state })
  const sayConfiguration = (event: MachineEvent['event'], configuration: NetworkConfiguration) =>
    say({ event, ...plainConfiguration(configuration) })

  function watch(configuration: NetworkConfiguration): void {
    const { identifier } = configuration
    known.set(identifier, configuration)
    if (sessions.has(identifier)) return
    const session = manager.createSession(configuration)
    const undo = session.on('stateChanged', (state) => {
      const { name } = known.get(identifier) ?? session.configuration
      say({ event: 'stateChanged', identifier, name, state })
      // It is gone, and may never come back; if it does, it gets another session.
      if (state === 'invalid') forget(identifier)
    })
    sessions.set(identifier, { session, undo })
  }

  function forget(identifier: string): void {
    sessions.get(identifier)?.undo()
    sessions.delete(identifier)
    known.delete(identifier)
  }

  for (const configuration of manager.allConfigurations()) {
    sayConfiguration('configuration', configuration)
    watch(configuration)
  }
  const undoManager: (() => void)[] = []
  const on = <Name extends keyof ManagerEvents>(
    name: Name,
    listener: (...values: ManagerEvents[Name]) => void,
  ) => void undoManager.push(manager.on(name, listener))

  on('configurationAdded', (configuration) => {
    sayConfiguration('configurationAdded', configuration)
    watch(configuration)
  })
  on('configurationChanged', (configuration) => {
    const changed = differences(known.get(configuration.identifier), configuration)
    known.set(configuration.identifier, configuration)
    say({ event: 'configurationChanged', ...plainConfiguration(configuration), changed })
  })
  on('configurationRemoved', (configuration) => sayConfiguration('configurationRemoved', configuration))
  on('defaultConfigurationChanged', (configuration) => {
    if (configuration.isValid) return sayConfiguration('defaultConfigurationChanged', configuration)
    say({ event: 'defaultConfigurationChanged', identifier: null, name: null, state: null })
  })
  on('onlineStateChanged', (isOnline) => sayMachine('onlineStateChanged', isOnline ? 'online' : 'offline'))
  on('reachabilityChanged', (reachability) => sayMachine('reachabilityChanged', reachability))
  on('captivePortalChanged', (isBehind) => sayMachine('captivePortalChanged', yesNo(isBehind)))
  on('meteredChanged', (isMetered) => sayMachine('meteredChanged', yesNo(isMetered)))
  on('transportMediumChanged', (medium) => sayMachine('transportMediumChanged', medium))
  on('capabilitiesChanged', (capabilities) =>
    sayMachine('capabilitiesChanged', setFlags(capabilities).join(' ') || 'none'),
  )
  on('serviceChanged', (service) => sayMachine('serviceChanged', service))
  on('backendChanged', ({ name }) => sayMachine('backendChanged', name))
  return {
    stateOf: (identifier) => sessions.get(identifier)?.session.state ?? null,
    [Symbol.dispose]() {
      for (const undo of undoManager) undo()
      for (const { undo } of sessions.values()) undo()
    },
  }
}

function differences(
  before: NetworkConfiguration | undefined,
  after: NetworkConfiguration,
): readonly string[] {
  const keys = Object.keys(after) as (keyof NetworkConfiguration)[]
  return keys.filter((key) => JSON.stringify(before?.[key]) !== JSON.stringify(after[key]))
}

function setFlags(flags: object): readonly string[] {
  return Object.entries(flags).flatMap(([name, isSet]) => (isSet ? [name] : []))
}

function yesNo(value: boolean | null): 'yes' | 'no' | 'unknown' {
  if (value === null) return 'unknown'
  return value ? 'yes' : 'no'
}

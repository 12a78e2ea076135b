import {
  type Backend,
  BackendError,
  type BackendHost,
  type Call,
  keepAlive,
  type LinkConfiguration,
} from '@roamkit/core/contract'
import { initialObservation, type Observation, observe, observeFailure } from './interface-world.js'
import type { SystemReader } from './system-reader.js'

/**
 * Reads the interfaces now, and then every `interval` milliseconds on the host's clock. If a poll fails, the snapshot keeps the last known
 * links and shows the service as lost until a poll succeeds. Keeps the process alive until it is disposed.
 * @throws BackendError with `ERR_SERVICE_LOST` if the first read fails
 */
export function openInterfaceBackend(reader: SystemReader, interval: number, host: BackendHost): Backend {
  let closed = false
  let observation = readWorld(initialObservation(reader))
  const release = keepAlive(host.clock)
  let stop = host.clock.after(interval, poll)

  function readWorld(before: Observation): Observation {
    try {
      return observe(before, {
        interfaces: reader.interfaces(),
        existing: reader.existing(),
        defaultInterface: reader.defaultInterface(),
        defaultRoutes: reader.defaultRoutes(),
      })
    } catch (cause) {
      throw new BackendError('ERR_SERVICE_LOST', 'generic: the interfaces cannot be read', { cause })
    }
  }

  function refresh(): void {
    try {
      take(readWorld(observation))
    } catch (error) {
      take(observeFailure(observation))
      throw error
    }
  }

  function take(next: Observation): void {
    const isNew = next.world !== observation.world
    observation = next
    if (isNew) host.changed()
  }

  function poll(): void {
    stop = host.clock.after(interval, poll)
    try {
      refresh()
    } catch (error) {
      host.log('generic: poll failed', { error })
    }
  }

  function guard(call: Call): void {
    if (closed) throw new BackendError('ERR_CLOSED', 'generic: the backend is closed')
    call.signal.throwIfAborted()
  }

  function guardCommand(call: Call): void {
    guard(call)
    if (observation.world.service === 'lost')
      throw new BackendError('ERR_SERVICE_LOST', 'generic: the interfaces cannot be read')
  }

  function find(id: string): LinkConfiguration {
    const found = observation.world.configurations.find((configuration) => configuration.id === id)
    if (found !== undefined) return found
    throw new BackendError('ERR_UNKNOWN_CONFIGURATION', `generic: no interface ${JSON.stringify(id)}`)
  }

  function notSupported(id: string, what: string): BackendError {
    return new BackendError(
      'ERR_NOT_SUPPORTED',
      `generic: ${JSON.stringify(find(id).name)} cannot be ${what}`,
    )
  }

  return {
    snapshot: () => observation.world,
    async activate(id, request) {
      guardCommand(request)
      throw notSupported(id, 'brought up')
    },
    async deactivate(id, activation, call) {
      guardCommand(call)
      if (find(id).activation === activation) throw notSupported(id, 'taken down')
    },
    async scan(call) {
      // A read is how a lost service recovers, so a lost service is not refused here.
      guard(call)
      refresh()
    },
    async recheck(id, call) {
      guardCommand(call)
      throw notSupported(id, 'rechecked')
    },
    traffic(id) {
      const link = observation.world.configurations.find((configuration) => configuration.id === id)
      return closed || !link?.interface ? null : reader.traffic(link.interface.name)
    },
    holders: null,
    async [Symbol.asyncDispose]() {
      closed = true
      release()
      stop()
    },
  }
}

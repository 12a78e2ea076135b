import { eitherSignal, orAborted } from '@roamkit/core/backend-kit'
import {
  asyncDispose,
  type Backend,
  BackendError,
  type Call,
  type Holders,
  type Host,
  keepAlive,
} from '@roamkit/core/contract'
import type { MockMachine } from './mock-machine.js'
import type { MockService } from './mock-service.js'

/**
 * One live backend on a scripted machine that others may share. It only guards the waiting: a call ends with its answer, its
 * signal, the loss of the service or the end of the backend, whichever is first. In real time it keeps the process alive until then.
 */
export function mockBackend(
  machine: MockMachine,
  service: MockService,
  host: Host,
  holders: Holders | null,
): Backend {
  /** Aborted with what all commands fail with that are waited for now. */
  let failing = new AbortController()
  const release = keepAlive(host.clock)
  let closed = false

  function failAll(error: BackendError): void {
    const failed = failing
    failing = new AbortController()
    failed.abort(error)
  }

  const member = {
    changed: () => host.changed(),
    lost: () => failAll(serviceLost()),
  }
  machine.members.add(member)

  async function wait<T>(call: Call, command: () => Promise<T>): Promise<T> {
    if (closed) throw backendClosed()
    call.signal.throwIfAborted()
    if (machine.service === 'lost') throw serviceLost()
    const either = eitherSignal(call.signal, failing.signal)
    try {
      return await orAborted(command(), either.signal)
    } finally {
      either.release()
    }
  }

  return {
    snapshot: () => machine.snapshot(),
    activate: (id, request) => wait(request, () => service.activate(id, host.clock)),
    deactivate: (id, activation, call) => wait(call, () => service.deactivate(id, activation, host.clock)),
    scan: (call) => wait(call, () => service.scan()),
    recheck: (id, call) => wait(call, () => service.recheck(id)),
    traffic(id) {
      const link = machine.find(id)
      if (closed || !machine.character.statistics || !link?.configuration.interface) return null
      return link.traffic
    },
    holders,
    async [asyncDispose]() {
      closed = true
      release()
      machine.members.delete(member)
      failAll(backendClosed())
      await holders?.[asyncDispose]()
    },
  }
}

function serviceLost(): BackendError {
  return new BackendError('ERR_SERVICE_LOST', 'mock: the service is lost')
}

function backendClosed(): BackendError {
  return new BackendError('ERR_CLOSED', 'mock: the backend is closed')
}

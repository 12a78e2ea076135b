import { deferred, onAbort } from '@roamkit/core/backend-kit'
import {
  asyncDispose,
  type Backend,
  BackendError,
  type BackendHost,
  type Call,
  type Holders,
  keepAlive,
} from '@roamkit/core/contract'
import type { MockMachine } from './mock-machine.js'
import type { MockService } from './mock-service.js'

/**
 * An open backend on a scripted machine that several backends may share. It only guards the calls: a call settles with its answer, the
 * abort of its signal, the loss of the service or the disposal of the backend, whichever comes first. In real time an open backend keeps
 * the process alive.
 */
export function mockBackend(
  machine: MockMachine,
  service: MockService,
  host: BackendHost,
  holders: Holders | null,
): Backend {
  const waiting = new Set<(reason: unknown) => void>()
  const release = keepAlive(host.clock)
  let closed = false

  function failAll(error: BackendError): void {
    for (const reject of [...waiting]) reject(error)
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
    const { promise, resolve, reject } = deferred<T>()
    const undo = onAbort(call.signal, () => reject(call.signal.reason))
    waiting.add(reject)
    command().then(resolve, reject)
    try {
      return await promise
    } finally {
      undo()
      waiting.delete(reject)
    }
  }

  return {
    snapshot: () => machine.snapshot(),
    activate: (id, request) => wait(request, () => service.activate(id, request.secret, host.clock)),
    deactivate: (id, activation, call) => wait(call, () => service.deactivate(id, activation, host.clock)),
    scan: (call) => wait(call, () => service.scan()),
    recheck: (id, call) => wait(call, () => service.recheck(id)),
    save: (id, call) => wait(call, () => service.save(id)),
    forget: (id, call) => wait(call, () => service.forget(id)),
    traffic(id) {
      const link = machine.find(id)
      if (closed || !machine.fixedFacts.statistics || !link?.configuration.interface) return null
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

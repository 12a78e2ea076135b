import { eitherSignal, orAborted } from '@roamkit/core/backend-kit'
import {
  type Activate,
  type Backend,
  BackendError,
  type BackendHost,
  type Call,
  type Driver,
  type Traffic,
  type World,
} from '@roamkit/core/contract'
import { systemBusAddress } from '../bus/bus-address.js'
import type { Connect } from '../bus/bus-port.js'
import { hasCounters, trafficOf } from '../kernel-files.js'
import { openFailure } from '../service-errors.js'
import { activate, type CommandContext, deactivate, forget, recheck, save, scan } from './commands.js'
import type { ConnmanOptions } from './options.js'
import { type Membership, SharedService } from './shared-service.js'

/** What `connman()` loads, over some implementation of the bus port. */
export function connmanOver(connect: Connect, options: ConnmanOptions = {}): Driver {
  const { callTimeout = 25_000, sys = '/sys', visibleNetworks = false } = options
  let shared: SharedService | null = null
  return {
    contract: 1,
    name: 'connman',
    async open(host: BackendHost, call: Call): Promise<Backend> {
      shared ??= new SharedService({
        connect,
        address: options.busAddress ?? systemBusAddress(process.env),
        callTimeout,
        sys,
        statistics: hasCounters(sys),
        visibleNetworks,
      })
      try {
        return new ConnmanBackend(await shared.join(host, call.signal), { callTimeout, sys })
      } catch (error) {
        throw openFailure(error, 'ConnMan')
      }
    },
  }
}

class ConnmanBackend implements Backend {
  readonly holders = null
  readonly #membership: Membership
  readonly #options: { readonly callTimeout: number; readonly sys: string }
  readonly #closing = new AbortController()
  /** What the last snapshot was when this backend was closed. */
  #last: World | null = null

  constructor(membership: Membership, options: { readonly callTimeout: number; readonly sys: string }) {
    this.#membership = membership
    this.#options = options
  }

  snapshot(): World {
    return this.#last ?? this.#membership.service.world()
  }

  activate(id: string, request: Activate): Promise<string> {
    return this.#run(request, (context) => activate(context, id, request))
  }

  deactivate(id: string, activation: string, call: Call): Promise<void> {
    return this.#run(call, (context) => deactivate(context, id, activation, call))
  }

  scan(call: Call): Promise<void> {
    return this.#run(call, (context) => scan(context, call))
  }

  recheck(id: string, call: Call): Promise<void> {
    return this.#run(call, (context) => recheck(context, id))
  }

  save(id: string, call: Call): Promise<void> {
    return this.#run(call, (context) => save(context, id))
  }

  forget(id: string, call: Call): Promise<void> {
    return this.#run(call, (context) => forget(context, id, call))
  }

  traffic(id: string): Traffic | null {
    return this.#closing.signal.aborted ? null : trafficOf(this.snapshot(), id, this.#options.sys)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#last = this.#membership.service.world()
    this.#closing.abort(closedError())
    this.#membership.leave()
  }

  async #run<T>(call: Call, command: (context: CommandContext) => Promise<T>): Promise<T> {
    this.#closing.signal.throwIfAborted()
    const { callTimeout } = this.#options
    const running = this.#membership.service.run(call, (epoch) => command({ epoch, callTimeout }))
    // Other backends of the driver may stay open, and with them what the command waits for.
    const either = eitherSignal(this.#closing.signal, call.signal)
    return orAborted(running, either.signal).finally(() => either.release())
  }
}

function closedError(): BackendError {
  return new BackendError('ERR_CLOSED', 'the ConnMan backend is closed')
}

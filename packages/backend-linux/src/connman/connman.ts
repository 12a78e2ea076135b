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
import { BusError, type Connect } from '../bus/bus-port.js'
import { hasCounters, readCounters } from '../kernel-files.js'
import { activate, type CommandContext, deactivate, forget, recheck, save, scan } from './commands.js'
import { type Membership, SharedService } from './shared-service.js'

/** Options of {@link connman}. */
export interface ConnmanOptions {
  /**
   * D-Bus address of the system bus. Node cannot open abstract sockets.
   *
   * @defaultValue `DBUS_SYSTEM_BUS_ADDRESS`, otherwise `/run/dbus/system_bus_socket`, otherwise `/var/run/dbus/system_bus_socket`
   */
  readonly busAddress?: string
  /**
   * How long ConnMan may take to answer, in milliseconds. Activations wait as long as their caller does.
   *
   * @defaultValue 25000
   */
  readonly callTimeout?: number
  /**
   * Where the kernel shows its interfaces.
   *
   * @defaultValue '/sys'
   */
  readonly sys?: string
  /**
   * Whether the Wi-Fi networks in sight that ConnMan has not stored are configurations, too (rule N1). To open one, a session needs `secrets` unless
   * the network is open. ConnMan stores a network while it is connected to it, and this backend lets it forget the network afterwards.
   *
   * @defaultValue false
   */
  readonly visibleNetworks?: boolean
}

/** Loaded when a backend is opened, so that importing the package stays cheap. */
const connectLazily: Connect = async (address, options) =>
  (await import('../bus/bus.js')).connect(address, options)

/**
 * A driver for ConnMan (1.41 or newer) over D-Bus. Nothing happens before `open`, which rejects with `ERR_SERVICE_LOST` if the bus or
 * ConnMan is not running, or with `signal.reason`. An open backend keeps the process alive until it is disposed. It reconnects by itself
 * after ConnMan or the bus was restarted. ConnMan does not name activations, so holders are counted within this process and this driver.
 */
export function connman(options: ConnmanOptions = {}): Driver {
  return connmanOver(connectLazily, options)
}

/** Like {@link connman}, over another implementation of the bus port: for tests, and for other D-Bus clients. */
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
        throw openFailure(error)
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
    const name = this.snapshot().configurations.find((known) => known.id === id)?.interface?.name
    return name === undefined || this.#closing.signal.aborted ? null : readCounters(this.#options.sys, name)
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

/** Translates an absent ConnMan or bus for the caller of `open`. An abort stays the caller's own reason. */
function openFailure(error: unknown): unknown {
  return error instanceof BusError
    ? new BackendError('ERR_SERVICE_LOST', `cannot reach ConnMan: ${error.message}`, { cause: error })
    : error
}

import { orAborted } from '@roamkit/core/backend-kit'
import {
  type Activate,
  type Backend,
  BackendError,
  type Call,
  type Holders,
  type LinkConfiguration,
  type Traffic,
  type World,
} from '@roamkit/core/contract'
import { readCounters, readIndex } from '../kernel-files.js'
import type { Observer } from './observer.js'
import { upRequest } from './rtnetlink.js'
import { errorName } from './system-calls.js'
import type { Found, Translator } from './translator.js'

/** The parts of a backend. */
export interface KernelParts {
  readonly observer: Observer
  readonly translator: Translator
  readonly holders: Holders | null
  readonly sys: string
  /** Whether it was asked to switch interfaces on and off. */
  readonly control: boolean
  /** Lets the process end. */
  release(): void
}

/** The contract on top of the observer and the translator. */
export class KernelBackend implements Backend {
  readonly holders: Holders | null
  readonly #parts: KernelParts
  #isClosed = false

  constructor(parts: KernelParts) {
    this.#parts = parts
    this.holders = parts.holders
  }

  snapshot(): World {
    return this.#parts.translator.world()
  }

  async activate(id: string, request: Activate): Promise<string> {
    this.#guard(request)
    const { link, configuration } = this.#find(id)
    if (configuration.activation !== null) return configuration.activation
    this.#checkControl(configuration)
    if (link.isUp)
      throw new BackendError(
        'ERR_ACTIVATION_FAILED',
        `kernel: ${shown(id)} is switched on, and has no carrier`,
      )
    const { translator } = this.#parts
    translator.awaitCarrier(link.index)
    try {
      await this.#switch(id, link.index, 'up', request)
    } catch (error) {
      // An abort undoes nothing.
      if (!request.signal.aborted) translator.stopAwaiting(link.index)
      throw error
    }
    const { activation } = this.#find(id).configuration
    if (activation !== null) return activation
    throw new BackendError('ERR_ACTIVATION_FAILED', `kernel: ${shown(id)} was switched off again`)
  }

  async deactivate(id: string, activation: string, call: Call): Promise<void> {
    this.#guard(call)
    const { link, configuration } = this.#find(id)
    if (configuration.activation !== activation) return
    this.#checkControl(configuration)
    await this.#switch(id, link.index, 'down', call)
  }

  async scan(call: Call): Promise<void> {
    this.#guard(call)
    throw new BackendError('ERR_NOT_SUPPORTED', 'kernel: it does not scan for networks')
  }

  async recheck(id: string, call: Call): Promise<void> {
    this.#guard(call)
    this.#find(id)
    throw new BackendError('ERR_NOT_SUPPORTED', `kernel: the connectivity of ${shown(id)} cannot be checked`)
  }

  traffic(id: string): Traffic | null {
    const { translator, sys } = this.#parts
    const found = this.#isClosed ? null : translator.find(id)
    if (!found?.configuration.interface) return null
    const { name, index } = found.link
    // After `unshare --net`, /sys may still show the interfaces of another namespace.
    return readIndex(sys, name) === index ? readCounters(sys, name) : null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#parts.release()
    this.#parts.observer.close()
    await this.holders?.[Symbol.asyncDispose]()
  }

  /** Sets or clears `IFF_UP`. Resolves when the kernel has done so. */
  async #switch(id: string, index: number, to: 'up' | 'down', { signal }: Call): Promise<void> {
    const answer = this.#parts.observer.request((sequence) => upRequest(index, to, sequence))
    const failure = await orAborted(answer, signal)
    if (failure === 0) return
    if (failure !== null) throw refusal(id, to, errorName(failure))
    // The answer was lost, but the snapshot shows whether the kernel has done it.
    if (this.#find(id).link.isUp !== (to === 'up')) throw refusal(id, to, 'its answer was lost')
  }

  /** Refuses in the contract's order. */
  #guard(call: Call): void {
    if (this.#isClosed) throw new BackendError('ERR_CLOSED', 'kernel: the backend is closed')
    call.signal.throwIfAborted()
    if (this.snapshot().service === 'lost')
      throw new BackendError('ERR_SERVICE_LOST', 'kernel: the connection to the kernel is lost')
  }

  #find(id: string): Found {
    const found = this.#parts.translator.find(id)
    if (found) return found
    throw new BackendError('ERR_UNKNOWN_CONFIGURATION', `kernel: no interface ${shown(id)}`)
  }

  #checkControl({ id, deactivate }: LinkConfiguration): void {
    if (!this.#parts.control)
      throw new BackendError(
        'ERR_NOT_SUPPORTED',
        `kernel: ${shown(id)} is only observed. With the option "control" of kernel(), a session can switch interfaces on and off`,
      )
    if (deactivate !== 'yes')
      throw new BackendError('ERR_DENIED', `kernel: to switch ${shown(id)}, CAP_NET_ADMIN is needed`)
  }
}

function refusal(id: string, to: 'up' | 'down', code: string): BackendError {
  const message = `kernel: ${shown(id)} cannot be switched ${to === 'up' ? 'on' : 'off'}: ${code}`
  switch (code) {
    case 'EPERM':
    case 'EACCES':
      return new BackendError('ERR_DENIED', message)
    case 'ENODEV':
      return new BackendError('ERR_UNKNOWN_CONFIGURATION', message)
    // The same number as EOPNOTSUPP.
    case 'ENOTSUP':
      return new BackendError('ERR_NOT_SUPPORTED', message)
    default:
      return new BackendError('ERR_ACTIVATION_FAILED', message)
  }
}

function shown(text: string): string {
  return JSON.stringify(text)
}

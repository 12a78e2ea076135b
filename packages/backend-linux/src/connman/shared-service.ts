import { orAborted } from '@roamkit/core/backend-kit'
import type { BackendHost } from '@roamkit/core/contract'
import type { Connect } from '../bus/bus-port.js'
import { Service } from '../service.js'
import { Epoch, type Lasting } from './epoch.js'
import { newMemory } from './memory.js'
import { CONNMAN, MANAGER_PATH } from './names.js'

/** What a {@link SharedService} begins with. */
export interface SharedServiceStart extends Omit<Lasting, 'host' | 'memory'> {
  readonly connect: Connect
  readonly address: string
}

/** One backend's part in a {@link SharedService}. */
export interface Membership {
  readonly service: Service<Epoch>
  /** The last one to leave closes the service. Idempotent. */
  leave(): void
}

/**
 * The connection to ConnMan that all backends of a driver share. ConnMan does not name activations: two backends that followed it by themselves would
 * give the same activation two names, and could not have one scope.
 */
export class SharedService {
  readonly #start: SharedServiceStart
  readonly #members = new Map<symbol, BackendHost>()
  #lasting: Lasting | null = null
  #service: Service<Epoch> | null = null
  #ready: Promise<void> = Promise.resolve()

  constructor(start: SharedServiceStart) {
    this.#start = start
  }

  /** Opens the service, unless it is open. Rejects as {@link Service.open} does. An abort ends only this caller's wait. */
  async join(host: BackendHost, signal: AbortSignal): Promise<Membership> {
    signal.throwIfAborted()
    const member = Symbol('member')
    this.#members.set(member, host)
    this.#service ??= this.#open(host)
    const service = this.#service
    const leave = () => this.#leave(member, service)
    try {
      await orAborted(this.#ready, signal)
    } catch (error) {
      leave()
      throw error
    }
    return { service, leave }
  }

  /** Time is that of the first host. */
  #open({ clock }: BackendHost): Service<Epoch> {
    const { connect, address, ...options } = this.#start
    const host: BackendHost = {
      clock,
      changed: () => {
        for (const member of [...this.#members.values()]) member.changed()
      },
      log: (event, detail) => {
        for (const member of [...this.#members.values()]) member.log(event, detail)
      },
    }
    const memory = this.#lasting?.memory ?? newMemory(clock)
    const lasting = { ...options, host, memory }
    this.#lasting = lasting
    const service = new Service({
      connect,
      address,
      host,
      callTimeout: options.callTimeout,
      title: 'ConnMan',
      name: CONNMAN,
      namespace: MANAGER_PATH,
      begin: (start) => new Epoch({ ...start, ...lasting }),
    })
    this.#ready = service.open(new AbortController().signal)
    // Callers that wait for it get the answer.
    this.#ready.catch(() => this.#close(service))
    return service
  }

  #leave(member: symbol, service: Service<Epoch>): void {
    if (this.#members.delete(member) && this.#members.size === 0) this.#close(service)
  }

  #close(service: Service<Epoch>): void {
    service.close()
    if (this.#service === service) this.#service = null
  }
}

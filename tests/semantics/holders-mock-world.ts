import type { ChildProcess } from 'node:child_process'
import { type MockDriver, mock } from '@roamkit/backend-mock'
import { type BackendError, systemClock } from '@roamkit/core'
import type { Backend } from '@roamkit/core/contract'
import type { FamilyWorld } from './holders-family.js'

/** The links of the shared world. */
export const LINKS = ['b', 'c'] as const

/** One scripted world, shared by the children of this process: each has a backend of its own on it, by messages. */
export class SharedMockWorld implements FamilyWorld {
  readonly kind = 'mock'
  /** Names this run, so that no other run has the same holders. */
  readonly scope = `mock ${process.pid} ${Date.now()}`
  readonly driver: MockDriver
  /** Told of each request to take a link down that has an effect, in the moment before it has. */
  deactivating: (id: string) => void = () => {}
  readonly #backends = new Map<ChildProcess, Promise<Backend>>()

  constructor({ activationTime = 3, deactivationTime = 2 } = {}) {
    const configurations = LINKS.map((id) => ({ id, name: `lab-${id}` }))
    this.driver = mock({ scope: this.scope, configurations, activationTime, deactivationTime })
  }

  link(id: string): string {
    return this.driver.world.snapshot().configurations.find((one) => one.id === id)?.link ?? 'gone'
  }

  async down(id: string): Promise<void> {
    this.driver.world.down(id)
  }

  serve(child: ChildProcess, message: { readonly type: string }): void {
    if (message.type === 'hello') this.#backends.set(child, this.#open(child))
    else if (message.type === 'call') void this.#call(child, message as never)
  }

  forget(child: ChildProcess): void {
    void this.#backends.get(child)?.then((backend) => backend[Symbol.asyncDispose]())
    this.#backends.delete(child)
  }

  async #open(child: ChildProcess): Promise<Backend> {
    const tell = (backend: Backend) => send(child, { type: 'world', world: backend.snapshot() })
    const host = {
      clock: systemClock,
      log() {},
      changed: () => {
        void this.#backends.get(child)?.then(tell)
      },
    }
    const backend = await this.driver.open(host, { signal: new AbortController().signal })
    tell(backend)
    return backend
  }

  async #call(child: ChildProcess, { call, command, parameters: [id, activation] }: Call): Promise<void> {
    const backend = await this.#backends.get(child)
    if (backend === undefined) return
    const request = { signal: new AbortController().signal, secret: null }
    const found = backend.snapshot().configurations.find((one) => one.id === id)
    if (command === 'deactivate' && found?.activation === activation) this.deactivating(id)
    const asked =
      command === 'activate' ? backend.activate(id, request) : backend.deactivate(id, activation, request)
    await asked.then(
      (value) => send(child, { type: 'answer', call, value }),
      ({ code, message }: BackendError) => send(child, { type: 'answer', call, error: { code, message } }),
    )
  }
}

interface Call {
  readonly call: number
  readonly command: 'activate' | 'deactivate'
  readonly parameters: readonly [id: string, activation: string]
}

function send(child: ChildProcess, message: object): void {
  // It may be dying; then nobody is to be told.
  if (child.connected) child.send(message, () => undefined)
}

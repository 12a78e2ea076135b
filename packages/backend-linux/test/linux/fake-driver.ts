import {
  type Activate,
  type Backend,
  BackendError,
  type BackendHost,
  type Call,
  type Driver,
  type Held,
  type Holders,
  type LinkConfiguration,
  type World,
} from '@roamkit/core/contract'

/** A configuration that is up on an interface. */
export function up(id: string, name: string, parts: Partial<LinkConfiguration> = {}): LinkConfiguration {
  return {
    id,
    name,
    bearer: 'ethernet',
    purpose: 'unknown',
    saved: true,
    uplink: true,
    activate: 'no',
    deactivate: 'no',
    inRange: true,
    carrier: true,
    link: 'up',
    activation: `${id}#1`,
    ended: null,
    device: name,
    over: null,
    network: null,
    point: null,
    interface: {
      name,
      index: 2,
      hardwareAddress: null,
      mtu: 1500,
      addresses: ['10.0.0.2/24'],
      gateways: [],
      dns: [],
      searchDomains: [],
    },
    proxy: null,
    wifi: null,
    signal: null,
    metered: null,
    connectivity: 'unknown',
    portal: null,
    ...parts,
  }
}

/** The same, down. */
export function down(id: string, name: string, parts: Partial<LinkConfiguration> = {}): LinkConfiguration {
  return up(id, name, { link: 'down', activation: null, interface: null, carrier: null, ...parts })
}

/** A FAKE daemon and its driver, as a test says: what there is, whether it runs, and what it was asked. */
export class FakeDriver implements Driver {
  readonly contract = 1
  readonly name: string
  readonly asked: string[] = []
  /** Who holds which link, as a machine-wide count has it. */
  readonly held = new Map<string, Set<string>>()
  isRunning = true
  isOpen = false
  /** Whether it counts holders. */
  counts = true
  beforeLock: () => Promise<void> = async () => undefined
  #world: World
  #host: BackendHost | null = null

  constructor(name: string, ...configurations: readonly LinkConfiguration[]) {
    this.name = name
    this.#world = {
      service: 'ready',
      updates: 'events',
      scope: `${name} here`,
      scan: 'no',
      recheck: 'no',
      statistics: true,
      configurations,
      defaultId: null,
      power: 'unknown',
    }
  }

  get world(): World {
    return this.#world
  }

  /** Changes what the open backend shows. */
  show(parts: Partial<World>): void {
    this.#world = { ...this.#world, ...parts }
    this.#host?.changed()
  }

  async open(host: BackendHost, call: Call): Promise<Backend> {
    call.signal.throwIfAborted()
    if (!this.isRunning) throw new BackendError('ERR_SERVICE_LOST', `${this.name} is not running`)
    this.isOpen = true
    this.#host = host
    return this.#backend()
  }

  #backend(): Backend {
    const { asked } = this
    const pending = new Set<(error: Error) => void>()
    return {
      holders: this.counts ? this.#holders() : null,
      snapshot: () => this.#world,
      activate: (id: string, { secret, signal }: Activate) => {
        asked.push(`activate ${id}`)
        if (id === 'never')
          return new Promise<string>((_, reject) => {
            pending.add(reject)
          })
        if (id === 'secret') void secret?.({ id, fields: ['psk'], attempt: 1 }, { signal })
        return Promise.resolve(`${id}#1`)
      },
      deactivate: async (id, activation) => void asked.push(`deactivate ${id} ${activation}`),
      scan: async () => void asked.push('scan'),
      recheck: async (id) => void asked.push(`recheck ${id}`),
      ...(this.name === 'best' && {
        save: async (id: string) => void asked.push(`save ${id}`),
        forget: async (id: string) => void asked.push(`forget ${id}`),
      }),
      traffic: (id) => (id === 'gone' ? null : { received: id.length, written: 0 }),
      [Symbol.asyncDispose]: async () => {
        this.isOpen = false
        for (const reject of pending) reject(new BackendError('ERR_CLOSED', `${this.name} is closed`))
      },
    }
  }

  #holders(): Holders {
    const members = (key: string) => this.held.get(key) ?? new Set<string>()
    return {
      span: 'machine',
      certainty: 'certain',
      locked: async (scope, id, run) => {
        const key = `${scope}/${id}`
        this.asked.push(`lock ${key}`)
        await this.beforeLock()
        const held: Held = {
          certainty: 'certain',
          others: [...members(key)].filter((one) => one !== 'here').length,
          owned: members(`${key} owned`).values().next().value ?? null,
          exclude: async () => [...members(key)].every((one) => one === 'here'),
          join: async (owned) => {
            this.held.set(key, new Set([...members(key), 'here']))
            if (owned !== null) this.held.set(`${key} owned`, new Set([owned]))
          },
          leave: async () => {
            this.held.set(key, new Set([...members(key)].filter((one) => one !== 'here')))
          },
          stopping: (activation) => this.asked.push(`stopping ${id} ${activation}`),
        }
        return run(held)
      },
      watch: (scope, id, stopped) => {
        this.#watches.set(`${scope}/${id}`, stopped)
        return () => this.#watches.delete(`${scope}/${id}`)
      },
      list: (scope, id) =>
        [...members(`${scope}/${id}`)].map((name) => ({ pid: 1, name, since: 0, isSelf: name === 'here' })),
      [Symbol.asyncDispose]: async () => undefined,
    }
  }

  readonly #watches = new Map<string, (activation: string) => void>()

  /** Another process stops a link. */
  stopElsewhere(id: string, activation: string): void {
    this.#watches.get(`${this.#world.scope}/${id}`)?.(activation)
  }
}

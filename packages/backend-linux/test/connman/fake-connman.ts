import {
  type Bus,
  type BusConnect,
  BusError,
  type BusObject,
  type BusRequest,
  type BusWait,
  type Connect,
  Variant,
} from '../../src/bus/bus-port.js'
import {
  CONNMAN,
  MANAGER,
  OBJECT_MANAGER,
  SERVICE,
  SERVICE_ROOT,
  TECHNOLOGY,
} from '../../src/connman/names.js'
import { asSent } from '../as-sent.js'
import { FakeService } from './fake-service.js'

/**
 * A FAKE bus with a FAKE ConnMan, which does what the sources of ConnMan 1.41 say: for Wi-Fi, which the lab lacks, and for faults that the real one
 * does not commit on demand. Everything happens in the turn in which it is asked for.
 */
export class FakeConnman {
  owner: string | null = ':1.5'
  /** Calls in the order of asking. */
  readonly calls: BusRequest[] = []
  readonly services = new Map<string, FakeService>()
  /** Networks that only a scan finds. */
  readonly hidden: FakeService[] = []
  /** The agents, by the path at which they are registered. */
  readonly agents = new Set<string>()
  /** The objects that are offered to it. */
  readonly served = new Set<BusObject>()
  /** What it answers to a method, in place of what the fake does. */
  readonly answers: Record<string, (request: BusRequest) => readonly unknown[]> = {}
  /** How many connections are open. */
  open = 0
  /** It answers nothing until {@link resume}. */
  isPaused = false
  #withheld: (() => void)[] = []
  #connection: FakeConnection | null = null

  /** A machine with two cables and two saved Wi-Fi networks in sight; the first cable is connected. */
  static typical(): FakeConnman {
    const connman = new FakeConnman()
    for (const [index, link] of ['a', 'b'].entries())
      connman.list(FakeService.cable(connman, link, index), { isAnnounced: false })
    for (const name of ['home', 'work'])
      connman.list(FakeService.network(connman, name, { favorite: true }), { isAnnounced: false })
    connman.service('ethernet_020000000001_cable').become('online')
    return connman
  }

  service(id: string): FakeService {
    const found = this.services.get(id)
    if (!found) throw new Error(`the fake has no service ${id}`)
    return found
  }

  readonly connect: Connect = async (_address, options) => {
    options.signal?.throwIfAborted()
    this.#connection = new FakeConnection(this, options)
    return this.#connection
  }

  signal(path: string, name: string, member: string, ...body: unknown[]): void {
    if (this.owner === null) return
    const sent = asSent(body) as readonly unknown[]
    this.#connection?.options.watch.signal({ path, interface: name, member, body: sent, sender: this.owner })
  }

  /** A service appears. */
  list(service: FakeService, { isAnnounced } = { isAnnounced: true }): void {
    this.services.set(service.id, service)
    if (isAnnounced) this.#announce([service.id], [])
  }

  /** A service is out of sight. */
  unlist(service: FakeService): void {
    if (!this.services.delete(service.id)) return
    this.signal('/', OBJECT_MANAGER, 'InterfacesRemoved', service.path, [SERVICE])
    this.#announce([], [service.path])
  }

  /** The services in ConnMan's order: those that are connected first. */
  get order(): readonly FakeService[] {
    const all = [...this.services.values()]
    return [...all.filter((one) => one.isConnected), ...all.filter((one) => !one.isConnected)]
  }

  /** The order has changed. */
  sort(): void {
    this.#announce([], [])
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    for (const answer of this.#withheld.splice(0)) answer()
  }

  changeOwner(owner: string | null): void {
    const previous = this.owner
    this.owner = owner
    this.agents.clear()
    this.#withheld = []
    this.#connection?.changeOwner(previous, owner)
  }

  /** Calls the agent. */
  async ask(member: string, ...body: unknown[]): Promise<readonly unknown[]> {
    const [agent] = [...this.served].filter(({ path }) => this.agents.has(path))
    if (!agent) throw fail('NotRegistered')
    return (await agent.call({ member, body: asSent(body) as readonly unknown[] })).body
  }

  /** Carries out a call, now or when the pause is over. */
  async answer(request: BusRequest): Promise<readonly unknown[]> {
    this.calls.push(request)
    if (this.isPaused) await new Promise<void>((resolve) => this.#withheld.push(resolve))
    const own = this.answers[request.member]
    return own ? own(request) : this.#carryOut(request)
  }

  #carryOut({ interface: name, member, path, body = [] }: BusRequest): unknown[] | Promise<unknown[]> {
    switch (`${name}.${member}`) {
      case `${MANAGER}.GetServices`:
        return [this.order.map((service) => [service.path, service.properties])]
      case `${MANAGER}.GetTechnologies`:
        return [[['/net/connman/technology/wifi', { Type: 'wifi', Powered: true }]]]
      case `${MANAGER}.GetProperties`:
        return [{}]
      case `${MANAGER}.RegisterAgent`:
        if (this.agents.size > 0) throw fail('AlreadyExists')
        this.agents.add(String(body[0]))
        return []
      case `${MANAGER}.UnregisterAgent`:
        if (!this.agents.delete(String(body[0]))) throw fail('NotFound')
        return []
      case `${TECHNOLOGY}.Scan`:
        for (const service of this.hidden.splice(0)) this.list(service)
        return []
      default:
        return this.#serviceFor(path).carryOut(name === SERVICE ? member : '')
    }
  }

  #serviceFor(path: string): FakeService {
    const service = this.services.get(path.slice(SERVICE_ROOT.length))
    if (!service) throw answerError('org.freedesktop.DBus.Error.UnknownObject')
    return service
  }

  #announce(appeared: readonly string[], removed: readonly string[]): void {
    const all = this.order.map(({ id, path, properties }) => [path, appeared.includes(id) ? properties : {}])
    this.signal('/', MANAGER, 'ServicesChanged', all, removed)
  }
}

/** One of ConnMan's errors. */
export function fail(name: string): BusError {
  return answerError(`${CONNMAN}.Error.${name}`)
}

function answerError(answer: string): BusError {
  return new BusError('ERR_BUS_ANSWER', answer, { answer })
}

/** The text of a variant. */
export function textOf(value: unknown): string {
  return value instanceof Variant && typeof value.value === 'string' ? value.value : ''
}

class FakeConnection implements Bus {
  readonly id = 'bus00001'
  owner: string | null
  readonly closed: Promise<BusError>
  readonly #pending = new Set<(error: unknown) => void>()
  #resolveClosed!: (error: BusError) => void
  #end: BusError | null = null

  constructor(
    private readonly fake: FakeConnman,
    readonly options: BusConnect,
  ) {
    this.owner = fake.owner
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    fake.open += 1
  }

  async listen(): Promise<string | null> {
    return null
  }

  serve(object: BusObject): () => void {
    this.fake.served.add(object)
    return () => this.fake.served.delete(object)
  }

  call(request: BusRequest, wait: BusWait): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      if (wait.signal?.aborted) return reject(wait.signal.reason)
      if (this.#end) return reject(this.#end)
      const settle = () => {
        this.#pending.delete(failed)
        wait.signal?.removeEventListener('abort', abort)
        undo()
      }
      const failed = (error: unknown) => {
        settle()
        reject(error)
      }
      const abort = () => failed(wait.signal?.reason)
      const late = new BusError('ERR_BUS_TIMED_OUT', `${request.member} was not answered`)
      const undo =
        wait.deadline === null ? () => undefined : this.options.clock.after(wait.deadline, () => failed(late))
      wait.signal?.addEventListener('abort', abort)
      this.#pending.add(failed)
      this.fake.answer(request).then((body) => {
        settle()
        resolve(asSent(body) as readonly unknown[])
      }, failed)
    })
  }

  close(): void {
    if (this.#end) return
    this.#end = new BusError('ERR_BUS_CLOSED', 'closed')
    this.fake.open -= 1
    for (const failed of [...this.#pending]) failed(this.#end)
    this.#resolveClosed(this.#end)
  }

  changeOwner(previous: string | null, owner: string | null): void {
    this.owner = owner
    const left = new BusError('ERR_BUS_CLOSED', `${previous} left the bus`)
    for (const failed of [...this.#pending]) failed(left)
    this.options.watch.owner(owner)
  }
}

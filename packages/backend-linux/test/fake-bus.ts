import { Objects as ObjectTree, type Signal } from '@roamkit/lab-fake-networkmanager'
import {
  type Bus,
  type BusConnect,
  BusError,
  type BusObject,
  type BusRequest,
  type BusSignal,
  type BusWait,
  type BusWatch,
  type Connect,
  PROPERTIES,
} from '../src/bus/bus-port.js'
import { ACTIVE, MANAGER_PATH, MODEM_MANAGER, NM } from '../src/networkmanager/objects/names.js'
import { asSent } from './as-sent.js'
import {
  AT,
  active,
  LAB_A,
  LAB_B,
  manager,
  type Objects,
  profile,
  settings,
  wiredDevice,
} from './captured.js'

const LOGIND = 'org.freedesktop.login1'

type Answer = (request: BusRequest) => readonly unknown[] | Promise<readonly unknown[]>

/** A FAKE bus with a FAKE NetworkManager that does what it is told: for faults that the real ones do not commit on demand. */
export class FakeBus {
  owner: string | null = ':1.5'
  isReachable = true
  /** FAKE logind's unique name; `null`: a machine without one. */
  logind: string | null = null
  /** Listening to logind is refused. */
  refusesLogind = false
  /** FAKE ModemManager's unique name; `null`: it is not on the bus. */
  modemManager: string | null = null
  /** Listening to ModemManager is refused. */
  refusesModemManager = false
  /** What FAKE ModemManager answers about `Modem.Modem3gpp`, by the path of the modem. */
  registrations: Record<string, unknown> = {}
  /** What FAKE logind answers about `PreparingForSleep`. */
  preparingForSleep: () => unknown = () => false
  busId = 'bus00001'
  settings: Record<string, unknown> = {
    [`${AT}/Settings/1`]: settings('lab-a', LAB_A),
    [`${AT}/Settings/2`]: settings('lab-b', LAB_B),
  }
  permissions: Record<string, string> = { [`${NM}.network-control`]: 'yes', [`${NM}.wifi.scan`]: 'yes' }
  /** Calls in the order of asking. */
  readonly calls: BusRequest[] = []
  /** The objects that are offered now. */
  readonly served = new Set<BusObject>()
  /** How many connections are open. */
  open = 0
  /** How many connections were tried. */
  tries = 0
  readonly answers: Record<string, Answer> = {
    GetManagedObjects: () => [structuredClone(this.objects)],
    GetSettings: ({ path }) => [this.settings[path] ?? fail('org.freedesktop.DBus.Error.UnknownMethod')],
    GetPermissions: () => [this.permissions],
    ActivateConnection: () => [`${AT}/ActiveConnection/7`],
    DeactivateConnection: () => [],
    CheckConnectivity: () => [4],
    GetAll: ({ path }) => [this.registrations[path] ?? fail('org.freedesktop.DBus.Error.UnknownMethod')],
    Get: async ({ destination, body }) => {
      if (destination === this.logind) return [await this.preparingForSleep()]
      return [body?.[1] === 'NetworkingEnabled' ? this.objects[MANAGER_PATH]?.[NM]?.NetworkingEnabled : 2]
    },
  }
  #connection: FakeConnection | null = null
  /** The same objects as those of the fake in labs/fake-networkmanager, which does by itself what is told here. */
  readonly #tree = new ObjectTree((signal) => this.#tell(signal))

  constructor() {
    this.objects = {
      ...manager(),
      ...profile(1),
      ...profile(2),
      ...wiredDevice(1, 'eth-a', { State: 100, ActiveConnection: `${AT}/ActiveConnection/1` }),
      ...wiredDevice(2, 'eth-b'),
      ...active(1, 1, LAB_A),
    }
  }

  get objects(): Objects {
    return this.#tree.all
  }

  set objects(objects: Objects) {
    this.#tree.all = objects
  }

  readonly connect: Connect = async (_address, options) => {
    this.tries += 1
    options.signal?.throwIfAborted()
    if (!this.isReachable) throw new BusError('ERR_BUS_CONNECT', 'nobody listens')
    this.#connection = new FakeConnection(this, options)
    return this.#connection
  }

  signal(path: string, name: string, member: string, ...body: unknown[]): void {
    this.#tree.signal(path, name, member, ...body)
  }

  add(objects: Objects): void {
    this.#tree.add(objects)
  }

  remove(path: string): void {
    this.#tree.remove(path)
  }

  /** Also of an object that there is not, which NetworkManager never does. */
  change(path: string, name: string, properties: Record<string, unknown>): void {
    if (this.objects[path]?.[name] !== undefined) this.#tree.change(path, name, properties)
    else this.signal(path, PROPERTIES, 'PropertiesChanged', name, properties, [])
  }

  /** An active connection's state, as NetworkManager tells it: a signal first, then the property. */
  activeState(number: number, state: number, reason = 0): void {
    const path = `${AT}/ActiveConnection/${number}`
    this.signal(path, ACTIVE, 'StateChanged', state, reason)
    this.change(path, ACTIVE, { State: state })
  }

  #tell({ path, interface: name, member, body }: Signal): void {
    if (!this.owner) return
    const sent = asSent(body) as readonly unknown[]
    this.#connection?.options.watch.signal({ path, interface: name, member, body: sent, sender: this.owner })
  }

  changeOwner(owner: string | null): void {
    const previous = this.owner
    this.owner = owner
    this.#connection?.changeOwner(previous, owner)
  }

  /** FAKE logind announces that the machine goes to sleep, or that it is awake. */
  prepareForSleep(...body: unknown[]): void {
    this.logindSignal('/org/freedesktop/login1', 'org.freedesktop.login1.Manager', ...body)
  }

  logindSignal(path: string, name: string, ...body: unknown[]): void {
    if (!this.logind) return
    const signal = { path, interface: name, member: 'PrepareForSleep', body, sender: this.logind }
    this.#connection?.receive(LOGIND, signal)
  }

  changeLogind(owner: string | null): void {
    const previous = this.logind
    this.logind = owner
    this.#connection?.change(LOGIND, previous)
  }

  /** A signal of FAKE ModemManager. */
  modemSignal(path: string, name: string, member: string, ...body: unknown[]): void {
    if (!this.modemManager) return
    const sent = asSent(body) as readonly unknown[]
    this.#connection?.receive(MODEM_MANAGER, {
      path,
      interface: name,
      member,
      body: sent,
      sender: this.modemManager,
    })
  }

  changeModemManager(owner: string | null): void {
    const previous = this.modemManager
    this.modemManager = owner
    this.#connection?.change(MODEM_MANAGER, previous)
  }

  /** The services that are listened to besides NetworkManager. */
  get listenedTo(): readonly string[] {
    return [...(this.#connection?.watches.keys() ?? [])]
  }

  /** The bus dies. */
  break(): void {
    this.#connection?.finish('the bus died')
  }
}

/** Answers with a D-Bus error. */
export function fail(name: string): never {
  throw new BusError('ERR_BUS_ANSWER', name, { answer: name })
}

class FakeConnection implements Bus {
  readonly id: string
  owner: string | null
  readonly closed: Promise<BusError>
  /** The other services that are listened to. */
  readonly watches = new Map<string, BusWatch>()
  readonly #pending = new Map<(error: unknown) => void, string>()
  #resolveClosed!: (error: BusError) => void
  #end: BusError | null = null

  constructor(
    private readonly fake: FakeBus,
    readonly options: BusConnect,
  ) {
    this.id = fake.busId
    this.owner = fake.owner
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    fake.open += 1
  }

  async listen(watch: BusWatch): Promise<string | null> {
    const { refusesLogind, refusesModemManager } = this.fake
    const isLogind = watch.service === LOGIND
    if (isLogind ? refusesLogind : refusesModemManager) return fail('org.freedesktop.DBus.Error.AccessDenied')
    this.watches.set(watch.service, watch)
    return this.#ownerOf(watch.service)
  }

  /** Passes a signal on if it is wanted, as the bus daemon does. */
  receive(service: string, signal: BusSignal): void {
    const { interface: name, member, body } = signal
    const watch = this.watches.get(service)
    const isWanted = watch?.only?.some(
      (filter) =>
        filter.interface === name &&
        [undefined, member].includes(filter.member) &&
        [undefined, body[0]].includes(filter.about),
    )
    if (isWanted !== false) watch?.signal(signal)
  }

  #ownerOf(service: string): string | null {
    return service === LOGIND ? this.fake.logind : this.fake.modemManager
  }

  serve(object: BusObject): () => void {
    this.fake.served.add(object)
    return () => this.fake.served.delete(object)
  }

  call(request: BusRequest, wait: BusWait): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      if (wait.signal?.aborted) return reject(wait.signal.reason)
      if (this.#end) return reject(this.#end)
      this.fake.calls.push(request)
      const settle = () => {
        this.#pending.delete(failed)
        undoDeadline()
        wait.signal?.removeEventListener('abort', abort)
      }
      const failed = (error: unknown) => {
        settle()
        reject(error)
      }
      const abort = () => failed(wait.signal?.reason)
      const late = () =>
        failed(new BusError('ERR_BUS_TIMED_OUT', `${request.member} was not answered in time`))
      const undoDeadline =
        wait.deadline === null ? () => undefined : this.options.clock.after(wait.deadline, late)
      wait.signal?.addEventListener('abort', abort)
      this.#pending.set(failed, request.destination)
      const answer =
        this.fake.answers[request.member] ?? (() => fail('org.freedesktop.DBus.Error.UnknownMethod'))
      new Promise<readonly unknown[]>((answered) => answered(answer(request))).then((body) => {
        settle()
        resolve(asSent(body) as readonly unknown[])
      }, failed)
    })
  }

  close(): void {
    this.finish('closed')
  }

  changeOwner(previous: string | null, owner: string | null): void {
    this.owner = owner
    this.#failPending(previous)
    this.options.watch.owner(owner)
  }

  change(service: string, previous: string | null): void {
    this.#failPending(previous)
    this.watches.get(service)?.owner(this.#ownerOf(service))
  }

  #failPending(gone: string | null): void {
    for (const [failed, destination] of [...this.#pending])
      if (destination === gone) failed(new BusError('ERR_BUS_CLOSED', 'the service left the bus'))
  }

  finish(why: string): void {
    if (this.#end) return
    this.#end = new BusError('ERR_BUS_CLOSED', why)
    this.fake.open -= 1
    for (const failed of [...this.#pending.keys()]) failed(this.#end)
    this.#resolveClosed(this.#end)
  }
}

import { Message, type MessageBus, sessionBus, Variant } from 'dbus-next'

const SERVICE = 'org.freedesktop.login1'
const PATH = '/org/freedesktop/login1'
const MANAGER = `${SERVICE}.Manager`

/** A FAKE logind on the lab's bus: it announces what it is told to, also to the real NetworkManager, and nothing really sleeps. */
export class FakeLogind {
  readonly #bus: MessageBus
  #isPreparing: boolean
  #isStopped = false

  private constructor(bus: MessageBus, isPreparing: boolean) {
    this.#bus = bus
    this.#isPreparing = isPreparing
  }

  /** Starts it on the system bus of the environment. */
  static async start({ isPreparing = false } = {}): Promise<FakeLogind> {
    const busAddress = (process.env.DBUS_SYSTEM_BUS_ADDRESS ?? '').replace('path=', 'socket=')
    // The types lack the way to authenticate.
    const bus = sessionBus({ busAddress, authMethods: ['EXTERNAL'] } as never)
    bus.on('error', () => undefined)
    await new Promise((resolve) => bus.once('connect', resolve))
    const logind = new FakeLogind(bus, isPreparing)
    bus.addMethodHandler((call: Message) => logind.#answer(call))
    await bus.requestName(SERVICE, 0)
    return logind
  }

  /** Announces that the machine is about to sleep, or that it is awake. Resolves when the bus has passed it on. */
  async prepareForSleep(isPreparing: boolean): Promise<void> {
    this.#isPreparing = isPreparing
    this.#bus.send(Message.newSignal(PATH, MANAGER, 'PrepareForSleep', 'b', [isPreparing]))
    const daemon = 'org.freedesktop.DBus'
    await this.#bus.call(
      new Message({ destination: daemon, path: '/org/freedesktop/DBus', interface: daemon, member: 'GetId' }),
    )
  }

  /** Leaves the bus. Resolves when the name has no owner. */
  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    await this.#bus.releaseName(SERVICE)
    this.#bus.disconnect()
  }

  /** It has one property. NetworkManager's other questions are refused, as by a logind that does not know them. */
  #answer(call: Message): boolean {
    if (call.member !== 'Get' || call.body[1] !== 'PreparingForSleep') return false
    this.#bus.send(Message.newMethodReturn(call, 'v', [new Variant('b', this.#isPreparing)]))
    return true
  }
}

import { Message, type MessageBus, sessionBus, Variant } from 'dbus-next'

const SERVICE = 'fi.w1.wpa_supplicant1'
const ROOT = '/fi/w1/wpa_supplicant1'
const INTERFACE = `${SERVICE}.Interface`

/**
 * A FAKE wpa_supplicant on the lab's bus: it lets in everybody who has the right password (802.1X on a cable), and never answers the others, as
 * a switch does. NetworkManager is the real one.
 */
export class FakeSupplicant {
  readonly #bus: MessageBus
  readonly #password: string
  #interfaces = 0
  /** The password of each network, by path. */
  readonly #networks = new Map<string, unknown>()

  private constructor(bus: MessageBus, password: string) {
    this.#bus = bus
    this.#password = password
  }

  /** Starts it on the system bus of the environment. */
  static async start(password: string): Promise<FakeSupplicant> {
    const busAddress = (process.env.DBUS_SYSTEM_BUS_ADDRESS ?? '').replace('path=', 'socket=')
    // The types lack the way to authenticate.
    const bus = sessionBus({ busAddress, authMethods: ['EXTERNAL'] } as never)
    bus.on('error', () => undefined)
    await new Promise((resolve) => bus.once('connect', resolve))
    const supplicant = new FakeSupplicant(bus, password)
    bus.addMethodHandler((call: Message) => supplicant.#answer(call))
    await bus.requestName(SERVICE, 0)
    return supplicant
  }

  /** Gives its name back, so that NetworkManager calls it no more. Its connection ends with the process: dbus-next throws for calls that come late. */
  async stop(): Promise<void> {
    await this.#bus.releaseName(SERVICE)
  }

  #answer(call: Message): boolean {
    if (!call.path?.startsWith(ROOT)) return false
    const [signature, ...body] = this.#answerTo(call)
    this.#bus.send(Message.newMethodReturn(call, signature, body))
    if (call.member === 'SelectNetwork') this.#select(call.path, String(call.body[0]))
    return true
  }

  #answerTo({ member, path, body }: Message): readonly [string, ...unknown[]] {
    switch (member) {
      case 'GetAll':
        return ['a{sv}', body[0] === INTERFACE ? { State: new Variant('s', 'disconnected') } : {}]
      case 'CreateInterface':
      case 'GetInterface':
        this.#interfaces += 1
        return ['o', `${ROOT}/Interfaces/${this.#interfaces}`]
      case 'AddNetwork': {
        const network = `${path}/Networks/${this.#networks.size}`
        const given = (body[0] as Record<string, Variant>).password?.value
        this.#networks.set(network, given instanceof Uint8Array ? Buffer.from(given).toString() : given)
        return ['o', network]
      }
      default:
        return ['']
    }
  }

  #select(path: string, network: string): void {
    const isRight = this.#networks.get(network) === this.#password
    for (const state of isRight ? ['associating', 'associated', 'completed'] : ['associating'])
      this.#change(path, state)
  }

  #change(path: string, state: string): void {
    const changed = [INTERFACE, { State: new Variant('s', state) }, []]
    const name = 'org.freedesktop.DBus.Properties'
    this.#bus.send(Message.newSignal(path, name, 'PropertiesChanged', 'sa{sv}as', changed))
  }
}

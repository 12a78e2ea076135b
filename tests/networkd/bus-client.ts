import { Message, type MessageBus, sessionBus } from 'dbus-next'

/** Another program on the lab's bus. */
export class BusClient {
  readonly #bus: MessageBus

  private constructor(bus: MessageBus) {
    this.#bus = bus
  }

  /** Joins the system bus of the environment. */
  static async join(): Promise<BusClient> {
    const busAddress = (process.env.DBUS_SYSTEM_BUS_ADDRESS ?? '').replace('path=', 'socket=')
    // The types lack the way to authenticate.
    const bus = sessionBus({ busAddress, authMethods: ['EXTERNAL'] } as never)
    bus.on('error', () => undefined)
    await new Promise((resolve) => bus.once('connect', resolve))
    return new BusClient(bus)
  }

  /** Calls a method of a link of networkd. */
  async callLink(index: number, member: string, signature: string, body: unknown[]): Promise<void> {
    const service = 'org.freedesktop.network1'
    const to = { destination: service, path: linkPath(index), interface: `${service}.Link` }
    await this.#bus.call(new Message({ ...to, member, signature, body }))
  }

  /** Says that properties of a link have changed, as only networkd may. Resolves when the bus has passed it on. */
  async claimChange(index: number, properties: Record<string, unknown>): Promise<void> {
    const body = ['org.freedesktop.network1.Link', properties, []]
    const name = 'org.freedesktop.DBus.Properties'
    this.#bus.send(Message.newSignal(linkPath(index), name, 'PropertiesChanged', 'sa{sv}as', body))
    const daemon = 'org.freedesktop.DBus'
    await this.#bus.call(
      new Message({ destination: daemon, path: '/org/freedesktop/DBus', interface: daemon, member: 'GetId' }),
    )
  }

  leave(): void {
    this.#bus.disconnect()
  }
}

function linkPath(index: number): string {
  return `/org/freedesktop/network1/link/_3${index}`
}

import { SERVICE, SERVICE_ROOT } from '../../src/connman/names.js'
import { type FakeConnman, fail, textOf } from './fake-connman.js'

/** A service of the FAKE ConnMan. */
export class FakeService {
  readonly id: string
  readonly properties: Record<string, unknown>
  /** The passphrase that the network takes; `null`: none is needed. */
  key: string | null = null
  /** The passphrase that ConnMan has. */
  #passphrase: string | null = null
  /** The next connections: each comes up, hangs, or fails with that error. */
  readonly next: ('hang' | `fail ${string}`)[] = []
  /** The next requests that are refused with that error. */
  readonly refusals = new Map<string, string>()
  readonly #connman: FakeConnman
  readonly #address: string
  /** Answers the request to connect that has no answer yet. */
  #pending: ((error: Error | null) => void) | null = null

  constructor(connman: FakeConnman, id: string, address: string, properties: Record<string, unknown>) {
    this.#connman = connman
    this.#address = address
    this.id = id
    this.properties = { State: 'idle', ...properties }
  }

  static cable(connman: FakeConnman, link: string, index: number): FakeService {
    return new FakeService(
      connman,
      `ethernet_02000000${index.toString().padStart(2, '0')}01_cable`,
      `10.91.${index}.50`,
      {
        Type: 'ethernet',
        Name: 'Wired',
        Favorite: true,
        Ethernet: { Interface: `eth-${link}`, Address: `02:00:00:00:0${index}:01`, MTU: 1500 },
        'IPv4.Configuration': { Method: 'dhcp' },
      },
    )
  }

  static network(
    connman: FakeConnman,
    name: string,
    { favorite = false, key = null }: { readonly favorite?: boolean; readonly key?: string | null } = {},
  ): FakeService {
    const ssid = Buffer.from(name).toString('hex')
    const security = key === null ? 'none' : 'psk'
    const id = `wifi_0200000000aa_${ssid}_managed_${security}`
    const service = new FakeService(connman, id, `10.92.0.${50 + (connman.services.size % 100)}`, {
      Type: 'wifi',
      Name: name,
      Favorite: favorite,
      Security: [security],
      Strength: 61,
      Ethernet: { Interface: 'wlan0', Address: '02:00:00:00:00:AA', MTU: 1500 },
      'IPv4.Configuration': { Method: 'dhcp' },
    })
    service.key = key
    return service
  }

  get path(): string {
    return SERVICE_ROOT + this.id
  }

  get isConnected(): boolean {
    return ['ready', 'online'].includes(String(this.properties.State))
  }

  get isBusy(): boolean {
    return this.isConnected || ['association', 'configuration'].includes(String(this.properties.State))
  }

  set(name: string, value: unknown): void {
    this.properties[name] = value
    if (this.#connman.services.has(this.id))
      this.#connman.signal(this.path, SERVICE, 'PropertyChanged', name, value)
  }

  carryOut(member: string): unknown[] | Promise<unknown[]> {
    const refusal = this.refusals.get(member)
    this.refusals.delete(member)
    if (refusal !== undefined) throw fail(refusal)
    switch (member) {
      case 'Connect':
        return this.connect().then(() => [])
      case 'Disconnect':
        if (!this.isBusy && this.#pending === null) throw fail('NotConnected')
        return this.disconnect()
      case 'Remove':
        return this.#remove()
      default:
        throw fail('NotImplemented')
    }
  }

  /** ConnMan answers a request to connect a Wi-Fi network when it is connected or has failed. */
  connect(): Promise<void> {
    if (this.#pending !== null) return Promise.reject(fail('InProgress'))
    if (this.isConnected) return Promise.reject(fail('AlreadyConnected'))
    if (this.isBusy) return Promise.reject(fail('InProgress'))
    for (const other of this.#connman.services.values())
      if (other !== this && other.isBusy && other.device === this.device) other.disconnect()
    const answered = new Promise<void>((resolve, reject) => {
      this.#pending = (error) => {
        this.#pending = null
        if (error) reject(error)
        else resolve()
      }
    })
    void this.#associate()
    // A cable's request is answered as soon as it is configured.
    if (this.properties.Type === 'ethernet') this.#reply(null)
    return answered
  }

  #reply(error: Error | null): void {
    this.#pending?.(error)
  }

  get device(): unknown {
    return (this.properties.Ethernet as { Interface: string }).Interface
  }

  /** Takes the link down, on request of any program. */
  disconnect(): unknown[] {
    if (this.isBusy) {
      this.set('State', 'configuration')
      this.set('State', 'disconnect')
      this.set('State', 'idle')
      this.set('IPv4', {})
      this.#connman.sort()
    }
    if (this.#pending !== null) {
      this.#reply(fail('OperationAborted'))
      void this.#connman.ask('Cancel').catch(() => undefined)
    }
    return []
  }

  /** ConnMan calls the service ready before it has an address. */
  become(state: 'ready' | 'online'): void {
    this.set('State', state)
    this.set('IPv4', {
      Method: 'dhcp',
      Address: this.#address,
      Netmask: '255.255.255.0',
      Gateway: '10.91.0.1',
    })
    this.set('Nameservers', ['10.91.0.1'])
    this.set('Favorite', true)
    this.#connman.sort()
  }

  async #associate(): Promise<void> {
    if (this.key !== null && this.#passphrase === null) {
      try {
        await this.#askForPassphrase()
      } catch (error) {
        const isCanceled = (error as { answer?: string }).answer?.endsWith('.Canceled')
        this.#reply(isCanceled ? fail('OperationAborted') : (error as Error))
        return
      }
    }
    if (this.#pending === null && this.properties.Type !== 'ethernet') return
    this.set('State', 'association')
    const outcome = this.next.shift()
    if (outcome === 'hang') return
    if (outcome !== undefined) return this.#fail(outcome.slice('fail '.length))
    if (this.key !== null && this.#passphrase !== this.key) {
      this.#passphrase = null
      return this.#fail('invalid-key')
    }
    this.set('State', 'configuration')
    this.become('ready')
    this.#reply(null)
  }

  async #askForPassphrase(): Promise<void> {
    const fields = {
      Passphrase: { Type: 'psk', Requirement: 'mandatory', Alternates: ['WPS'] },
      WPS: { Type: 'wpspin', Requirement: 'alternate' },
    }
    const [answer] = await this.#connman.ask('RequestInput', this.path, fields)
    this.#passphrase = textOf((answer as Record<string, unknown>).Passphrase)
  }

  #fail(error: string): void {
    this.set('Error', error)
    this.set('State', 'failure')
    const reported = this.#connman.ask('ReportError', this.path, error)
    this.#reply(fail('Failed'))
    reported.then(
      () => this.set('State', 'idle'),
      () => undefined,
    )
  }

  #remove(): unknown[] {
    if (this.properties.Type === 'ethernet' || this.properties.Favorite !== true) throw fail('NotSupported')
    this.disconnect()
    this.#passphrase = null
    this.set('Favorite', false)
    return []
  }
}

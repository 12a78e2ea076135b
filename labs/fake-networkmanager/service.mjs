// The fake on a bus, under NetworkManager's name.
import { Message, MessageType } from 'dbus-next'
import { answer, Refusal } from './calls.mjs'
import { Faults } from './faults.mjs'
import { NM, SECRET_AGENT, SECRET_AGENT_PATH } from './names.mjs'
import { join } from './private-bus.mjs'
import { fromWire, signatureOf, toWire } from './wire.mjs'

/** @typedef {import('./network-manager.mjs').FakeNetworkManager} FakeNetworkManager */
/** @typedef {Pick<import('./network-manager.mjs').FakeOptions, 'say' | 'callAgent'>} Outside */

/** What the daemon answers for a client that has left. */
const GONE = new Set(['org.freedesktop.DBus.Error.ServiceUnknown', 'org.freedesktop.DBus.Error.NoReply'])

export class FakeService {
  faults = new Faults()
  #bus
  /** @type {FakeNetworkManager | null} */
  #nm = null
  /** Signals of this turn. @type {import('./objects.mjs').Signal[]} */
  #signals = []
  #isOver = false
  #traffic = 0
  /** The unique names of those who have called. @type {Set<string>} */
  #clients = new Set()

  /** @param {import('dbus-next').MessageBus} bus */
  constructor(bus) {
    this.#bus = bus
  }

  /**
   * Starts a fake on the bus of that address. Resolves when it has its name.
   *
   * @template {{ nm: FakeNetworkManager }} M
   * @param {string} address
   * @param {(outside: Outside) => M} make the machine that it manages
   * @returns {Promise<{ service: FakeService, machine: M }>}
   */
  static async start(address, make) {
    const bus = await join(address)
    const service = new FakeService(bus)
    const machine = make({
      say: (signal) => service.#say(signal),
      callAgent: (agent, member, signature, body) => service.#callAgent(agent, { member, signature, body }),
    })
    service.#nm = machine.nm
    bus.addMethodHandler((/** @type {Message} */ call) => service.#take(call))
    await bus.requestName(NM, 0)
    return { service, machine }
  }

  /** How many messages it has sent and received. */
  get traffic() {
    return this.#traffic
  }

  /** Resolves when every client has read all that was said: it answers a call that comes after it, if only to decline it. */
  async delivered() {
    await Promise.all([...this.#clients].map((client) => this.#reach(client)))
  }

  /** @param {string} client */
  async #reach(client) {
    const call = { destination: client, path: '/', interface: 'org.freedesktop.DBus.Peer', member: 'Ping' }
    try {
      await this.#bus.call(new Message(call))
    } catch (error) {
      const { type } = /** @type {import('dbus-next').DBusError} */ (error)
      if (GONE.has(type)) this.#clients.delete(client)
    }
  }

  /** Dies, as from one moment to the next: nothing is said or answered any more. */
  die() {
    if (this.#isOver) return
    this.#isOver = true
    this.#nm?.halt()
    this.#clients.clear()
    this.#bus.disconnect()
  }

  /** @param {Message} call */
  #take(call) {
    if (!call.path?.startsWith('/org/freedesktop')) return false
    this.#traffic += 1
    this.#clients.add(call.sender ?? '')
    const fault = this.faults.of(call.member ?? '')
    if (fault === null) this.#answer(call)
    else if (fault.answer === 'late')
      this.#nm?.later(fault.milliseconds ?? 0, () => {
        if (!this.#isOver) this.#answer(call)
      })
    else {
      if (fault.isCarriedOut) this.#carryOut(call)
      if (fault.answer === 'refused')
        this.#send(refusal(call, new Refusal(fault.error ?? `${NM}.PermissionDenied`, 'the fake refuses')))
    }
    return true
  }

  /** @param {Message} call */
  #answer(call) {
    const reply = this.#carryOut(call)
    this.#flush() // what was said at once comes first
    this.#send(reply)
  }

  /** @param {Message} call @returns {Message} the reply */
  #carryOut(call) {
    const { path = '', interface: name = '', member = '', sender = '' } = call
    try {
      const nm = /** @type {FakeNetworkManager} */ (this.#nm)
      const { signature, body } = answer(nm, {
        path,
        interface: name,
        member,
        sender,
        body: fromWire(call.body),
      })
      return Message.newMethodReturn(call, signature, toWire(signature, body))
    } catch (error) {
      if (error instanceof Refusal) return refusal(call, error)
      throw error
    }
  }

  /** @param {import('./objects.mjs').Signal} signal */
  #say(signal) {
    if (this.#nm === null || this.#isOver) return
    this.#signals.push(signal)
    if (this.#signals.length === 1) queueMicrotask(() => this.#flush())
  }

  #flush() {
    if (this.#isOver) return
    const signals = this.faults.order(this.#signals)
    this.#signals = []
    for (const signal of signals) {
      const { path, interface: name, member, body } = signal
      const signature = signatureOf(signal)
      this.#send(Message.newSignal(path, name, member, signature, toWire(signature, body)))
    }
  }

  /** @param {Message} message */
  #send(message) {
    if (this.#isOver) return
    this.#traffic += 1
    this.#bus.send(message)
  }

  /** @param {string} agent @param {{ member: string, signature: string, body: any[] }} call */
  async #callAgent(agent, { member, signature, body }) {
    const to = { destination: agent, path: SECRET_AGENT_PATH, interface: SECRET_AGENT }
    const reply = await this.#bus.call(
      new Message({ ...to, member, signature, body: toWire(signature, body) }),
    )
    return fromWire(reply?.body ?? [])
  }
}

/** @param {Message} call @param {Refusal} error */
function refusal({ serial, sender = '' }, { name, message }) {
  const reply = {
    type: MessageType.ERROR,
    destination: sender,
    errorName: name,
    signature: 's',
    body: [message],
  }
  // The types say that a serial is a string.
  return new Message({ ...reply, replySerial: /** @type {any} */ (serial) })
}

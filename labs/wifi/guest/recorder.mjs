// Writes down what is said on the guest's bus while scenarios are played, as a monitor sees it.
import { createWriteStream } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Message, sessionBus } from 'dbus-next'
import { OUT } from './programs.mjs'

const DAEMON = 'org.freedesktop.DBus'
const NM = 'org.freedesktop.NetworkManager'

/**
 * A line of the raw recording. `labs/fake-networkmanager` makes recordings of it that can be compared.
 *
 * @typedef {{ scene: string | null } | { act: string, args: unknown[], at: number } | { message: RawMessage }} RawLine
 * @typedef {object} RawMessage
 * @property {number} at the guest's seconds
 * @property {'call' | 'answer' | 'error' | 'signal'} kind
 * @property {string} from unique name
 * @property {string} to unique or well-known name; empty for most signals
 * @property {number} serial
 * @property {number} replyTo 0 for what is no answer
 * @property {string} path
 * @property {string} interface
 * @property {string} member of an error: its name
 * @property {unknown[]} body as dbus-next gives it, with bytes as `{ bytes }` and variants as `{ signature, value }`
 */

/** Milliseconds of the guest's time. */
const SETTLING = 1000
/** NetworkManager notices a pulled cable some seconds later. */
const AFTERMATH = 10_000

/** Seconds. */
const now = () => Number((performance.now() / 1000).toFixed(3))

/** @type {Recorder | null} */
let running = null

/** Writes down what a scenario does to the air or the cable, before it does. @param {string} control @param {unknown[]} args */
export function recordAct(control, ...args) {
  running?.act(control, args)
}

const KINDS = /** @type {const} */ ([null, 'call', 'answer', 'error', 'signal'])

/** A connection of its own to the system bus. */
async function join() {
  const busAddress = (process.env.DBUS_SYSTEM_BUS_ADDRESS ?? '').replace('path=', 'socket=')
  // The types lack the way to authenticate.
  const bus = sessionBus(/** @type {any} */ ({ busAddress, authMethods: ['EXTERNAL'] }))
  await new Promise((resolve) => bus.once('connect', resolve))
  return bus
}

/** @param {import('dbus-next').MessageBus} bus @param {string} member @param {string} text */
async function askDaemon(bus, member, text) {
  const call = { destination: DAEMON, path: '/org/freedesktop/DBus', interface: DAEMON, member }
  return (await bus.call(new Message({ ...call, signature: 's', body: [text] })))?.body[0]
}

export class Recorder {
  #file = createWriteStream(`${OUT}/bus.jsonl`)

  /** Begins to write down. Afterwards `owner` and the client of this process are known. */
  static async start() {
    const recorder = new Recorder()
    const asker = await join()
    const owner = await askDaemon(asker, 'GetNameOwner', NM)
    recorder.#write({ owner })
    const monitor = await join()
    // A monitor that answers is thrown off the bus.
    monitor.addMethodHandler(() => true)
    /** @type {Set<string>} */
    const known = new Set()
    monitor.on('message', (/** @type {Message} */ message) => {
      recorder.#note(message, owner)
      const from = message.sender ?? ''
      if (
        message.type !== 1 ||
        known.has(from) ||
        (message.destination !== owner && message.destination !== NM)
      )
        return
      known.add(from)
      // A client that has left by now was another program.
      askDaemon(asker, 'GetConnectionUnixProcessID', from).then(
        (pid) => recorder.#write({ client: from, isOurs: pid === process.pid }),
        () => recorder.#write({ client: from, isOurs: false }),
      )
    })
    const call = { destination: DAEMON, path: '/org/freedesktop/DBus', interface: `${DAEMON}.Monitoring` }
    await monitor.call(new Message({ ...call, member: 'BecomeMonitor', signature: 'asu', body: [[], 0] }))
    running = recorder
    return recorder
  }

  /** What is said from now on belongs to that scene. Nothing is left of what came before. @param {string} scene */
  async begin(scene) {
    await delay(AFTERMATH)
    this.#write({ scene })
  }

  /** Ends the scene, once its last link has gone down. */
  async finish() {
    await this.settle()
    this.#write({ scene: null })
  }

  /** Waits until everything has been said that belongs to what was just seen, so that the next act stands after it. */
  async settle() {
    await delay(SETTLING)
  }

  /** @param {string} act @param {unknown[]} args */
  act(act, args) {
    this.#write({ act, args, at: now() })
  }

  /** Resolves when everything is written. @returns {Promise<void>} */
  end() {
    return new Promise((resolve) => this.#file.end(resolve))
  }

  /** @param {Message} message @param {string} owner */
  #note(message, owner) {
    const { sender = '', destination = '' } = message
    if (sender !== owner && destination !== owner && destination !== NM) return
    this.#write({
      message: {
        at: now(),
        kind: KINDS[message.type] ?? 'signal',
        from: sender,
        to: destination,
        serial: message.serial,
        replyTo: message.replySerial ?? 0,
        path: message.path ?? '',
        interface: message.interface ?? '',
        member: message.errorName ?? message.member ?? '',
        body: message.body,
      },
    })
  }

  /** @param {object} line */
  #write(line) {
    this.#file.write(`${JSON.stringify(line, plain)}\n`)
  }
}

/** @this {any} @param {string} key @param {unknown} value */
function plain(key, value) {
  const own = this[key] // before Buffer.toJSON()
  if (own instanceof Uint8Array) return { bytes: Buffer.from(own).toString('latin1') }
  return typeof value === 'bigint' ? Number(value) : value
}

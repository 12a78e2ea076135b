// The only file that knows dbus-next, and of it only what turns bytes into messages and back. Its MessageBus is not used: it
// loads an XML parser that takes as long as all the rest, answers a refused Hello with an unhandled rejection, and never lets go
// of a call that is not answered; its proxies leak match rules and go deaf after a restart of the service. Files inside the
// package are why its version is pinned exactly.
/// <reference path="./dbus-next-parts.d.ts" />
import type { Duplex } from 'node:stream'
import connectionPart from 'dbus-next/lib/connection.js'
import messagePart from 'dbus-next/lib/message-type.js'
import variantPart from 'dbus-next/lib/variant.js'
import { busAddresses } from './bus-address.js'
import { type Bus, type BusConnect, BusError, type BusRequest, type BusWait } from './bus-port.js'

/** A message; `body` holds what `signature` says. */
interface WireMessage {
  readonly type: number
  serial: number
  readonly replySerial?: number
  readonly sender?: string
  readonly path?: string
  readonly interface?: string
  readonly member?: string
  readonly errorName?: string
  readonly body: readonly unknown[]
}

/** A socket that authenticates itself, then speaks in messages; what is sent before is kept until then. */
interface Wire {
  readonly stream: Duplex
  message(message: WireMessage): void
  on(event: 'message', listener: (message: WireMessage) => void): unknown
  on(event: 'error', listener: (error: unknown) => void): unknown
}

const createConnection = connectionPart as (options: {
  readonly busAddress: string
  readonly authMethods: readonly string[]
}) => Wire
const { Message } = messagePart as {
  readonly Message: {
    new (fields: object): WireMessage
    newError(call: WireMessage, name: string, text: string): WireMessage
  }
}
const { Variant } = variantPart as {
  readonly Variant: new (signature: string, value: unknown) => { readonly value: unknown }
}
const DAEMON = 'org.freedesktop.DBus'
const DAEMON_PATH = '/org/freedesktop/DBus'
/** The wire's message types. */
const CALL = 1
const ERROR = 3
const SIGNAL = 4

/**
 * Opens a connection with dbus-next, authenticated as this process's user, and subscribes to the watched service.
 * Every part of a `;`-separated address is tried in turn; rejects with the last one's {@link BusError}.
 * `options.deadline` bounds each part, also where a server accepts and then stays silent.
 */
export async function connect(address: string, options: BusConnect): Promise<Bus> {
  options.signal?.throwIfAborted()
  let failure: unknown = null
  for (const part of busAddresses(address)) {
    let connection: Connection | null = null
    try {
      connection = new Connection(part, options)
      await connection.opening
      return connection
    } catch (error) {
      connection?.close()
      if (options.signal?.aborted) throw options.signal.reason
      failure = error
    }
  }
  throw failure
}

interface Pending {
  readonly destination: string
  answer(reply: WireMessage): void
  fail(error: unknown): void
}

class Connection implements Bus {
  id = ''
  owner: string | null = null
  readonly closed: Promise<BusError>
  /** Settles when authenticated, subscribed and told who owns the service. */
  readonly opening: Promise<void>
  readonly #options: BusConnect
  readonly #wire: Wire
  /** Calls that are not answered yet, by serial. */
  readonly #pending = new Map<number, Pending>()
  #lastSerial = 0
  #end: BusError | null = null
  #introduced = false
  #ownerSeen = false
  #lastError: unknown = null
  #resolveClosed!: (error: BusError) => void
  #giveUpOpening: (error: unknown) => void = () => undefined
  #undoOpening: () => void = () => undefined

  constructor(address: string, options: BusConnect) {
    this.#options = options
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    this.#wire = createConnection({ busAddress: address, authMethods: ['EXTERNAL'] })
    const { stream } = this.#wire
    const ended = () => this.#finish(`the D-Bus connection ended (${address})`)
    stream.once('close', ended)
    stream.once('end', ended)
    this.#wire.on('error', (error) => {
      this.#lastError = error
      // Authentication refused is told here and nowhere else; later errors are followed by `close` or harmless.
      this.#giveUpOpening(
        new BusError('ERR_BUS_CONNECT', `cannot connect to D-Bus at ${address}: ${text(error)}`, {
          cause: error,
        }),
      )
    })
    this.#wire.on('message', (message) => this.#receive(message))
    this.opening = this.#open(address)
  }

  call(request: BusRequest, wait: BusWait): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      if (wait.signal?.aborted) return reject(wait.signal.reason)
      if (this.#end) return reject(this.#end)
      this.#lastSerial += 1
      const serial = this.#lastSerial
      const settle = () => {
        this.#pending.delete(serial)
        wait.signal?.removeEventListener('abort', abort)
        undoDeadline()
      }
      const pending: Pending = {
        destination: request.destination,
        answer: (reply) => {
          if (reply.type === ERROR) return pending.fail(answerError(request, reply))
          settle()
          resolve(plain(reply.body) as readonly unknown[])
        },
        fail: (error) => {
          settle()
          reject(error)
        },
      }
      const abort = () => pending.fail(wait.signal?.reason)
      const undoDeadline =
        wait.deadline === null
          ? () => undefined
          : this.#options.clock.after(wait.deadline, () =>
              pending.fail(
                new BusError(
                  'ERR_BUS_TIMED_OUT',
                  `${request.member} was not answered within ${wait.deadline} ms`,
                ),
              ),
            )
      wait.signal?.addEventListener('abort', abort)
      this.#pending.set(serial, pending)
      try {
        this.#wire.message(new Message({ ...request, serial, body: [...(request.body ?? [])] }))
      } catch (error) {
        pending.fail(
          new BusError('ERR_BUS_CLOSED', `${request.member} could not be sent: ${text(error)}`, {
            cause: error,
          }),
        )
      }
    })
  }

  close(): void {
    this.#finish('the D-Bus connection was closed')
    this.#wire.stream.destroy()
  }

  async #open(address: string): Promise<void> {
    const { signal, deadline, clock, watch } = this.#options
    await new Promise<void>((resolve, reject) => {
      this.#giveUpOpening = reject
      const abort = () => reject(signal?.reason)
      signal?.addEventListener('abort', abort)
      const undoDeadline =
        deadline === null
          ? () => undefined
          : clock.after(deadline, () =>
              reject(
                new BusError('ERR_BUS_TIMED_OUT', `D-Bus at ${address} did not answer within ${deadline} ms`),
              ),
            )
      this.#undoOpening = () => {
        signal?.removeEventListener('abort', abort)
        undoDeadline()
      }
      this.#introduce(watch.service, watch.namespace).then(resolve, reject)
    }).finally(() => {
      this.#undoOpening()
      this.#giveUpOpening = () => undefined
    })
  }

  async #introduce(service: string, namespace: string): Promise<void> {
    const ask = (member: string, ...body: string[]) =>
      this.call(
        {
          destination: DAEMON,
          path: DAEMON_PATH,
          interface: DAEMON,
          member,
          ...(body.length ? { signature: 's', body } : {}),
        },
        { deadline: null },
      )
    // Sent in this order, and answered in it: nothing waits for what does not depend on it.
    const hello = ask('Hello').catch((error: unknown) => {
      const answer = error instanceof BusError ? error.answer : null
      if (answer === null) throw error
      throw new BusError('ERR_BUS_CONNECT', `D-Bus refused Hello: ${answer}`, { cause: error, answer })
    })
    const [, id, owner] = await Promise.all([
      hello,
      ask('GetId'),
      // Asked after the rule is in place on the wire, so that no change of owner falls in between.
      ask('AddMatch', `type='signal',sender='${DAEMON}',member='NameOwnerChanged',arg0='${service}'`)
        .then(() => ask('GetNameOwner', service))
        .catch(nobody),
      ask('AddMatch', `type='signal',sender='${service}',path_namespace='${namespace}'`),
    ])
    this.id = String(id[0])
    // A change of owner that was told meanwhile is newer than this answer.
    if (!this.#ownerSeen) this.owner = (owner[0] as string | undefined) ?? null
    this.#introduced = true
  }

  #receive(message: WireMessage): void {
    if (this.#end) return
    try {
      if (message.type === CALL) this.#decline(message)
      else if (message.type !== SIGNAL) this.#pending.get(message.replySerial ?? 0)?.answer(message)
      else if (message.sender === DAEMON) this.#ownerChanged(message)
      else if (this.owner !== null && message.sender === this.owner)
        this.#options.watch.signal({
          path: message.path ?? '',
          interface: message.interface ?? '',
          member: message.member ?? '',
          sender: message.sender,
          body: plain(message.body) as readonly unknown[],
        })
    } catch (error) {
      // Left to dbus-next, a throw would end its reading in the middle of a message.
      queueMicrotask(() => {
        throw error
      })
    }
  }

  /** Nobody has anything to ask of us, and should not have to wait to find out. */
  #decline(call: WireMessage): void {
    this.#lastSerial += 1
    const answer = Message.newError(call, `${DAEMON}.Error.UnknownMethod`, 'this client offers nothing')
    answer.serial = this.#lastSerial
    this.#wire.message(answer)
  }

  #ownerChanged(message: WireMessage): void {
    if (message.member !== 'NameOwnerChanged' || message.body[0] !== this.#options.watch.service) return
    const previous = this.owner
    this.owner = (message.body[2] as string) || null
    this.#ownerSeen = true
    if (previous !== null) {
      const gone = new BusError('ERR_BUS_CLOSED', `${this.#options.watch.service} left the bus`)
      for (const pending of [...this.#pending.values()])
        if (pending.destination === previous) pending.fail(gone)
    }
    if (this.#introduced) this.#options.watch.owner(this.owner)
  }

  #finish(why: string): void {
    if (this.#end) return
    this.#end = new BusError(
      'ERR_BUS_CLOSED',
      why,
      this.#lastError === null ? {} : { cause: this.#lastError },
    )
    this.owner = null
    this.#giveUpOpening(this.#end)
    for (const pending of [...this.#pending.values()]) pending.fail(this.#end)
    this.#wire.stream.destroy()
    this.#resolveClosed(this.#end)
  }
}

function nobody(error: unknown): readonly unknown[] {
  if (error instanceof BusError && error.answer === 'org.freedesktop.DBus.Error.NameHasNoOwner') return []
  throw error
}

function answerError(request: BusRequest, { errorName = '', body }: WireMessage): BusError {
  const words = typeof body[0] === 'string' && body[0] !== '' ? body[0] : errorName
  const cause = Object.assign(new Error(words), { name: 'DBusError', type: errorName })
  return new BusError('ERR_BUS_ANSWER', `${request.member}: ${words}`, { cause, answer: errorName })
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Variants unwrapped, 64-bit numbers as numbers, byte arrays as `Uint8Array`, dictionaries as `Map`. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Variant) return plain(value.value)
  // Copied: dbus-next's Buffer is a window on the whole message, which would stay in memory.
  if (Buffer.isBuffer(value)) return Uint8Array.from(value)
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) value[index] = plain(value[index])
    return value
  }
  return new Map(Object.entries(value).map(([key, one]) => [key, plain(one)]))
}

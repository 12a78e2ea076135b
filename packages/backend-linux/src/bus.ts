// The only file that knows dbus-next. Its proxy layer is never used: proxies leak match rules and go deaf after a restart
// of the service. Private members (`_connection`, `_methodReturnHandlers`) are why its version is pinned exactly.
import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { DBusError, Message, type MessageBus, MessageType, sessionBus, Variant } from 'dbus-next'
import { busAddresses } from './bus-address.js'
import { type Bus, type BusConnect, BusError, type BusRequest, type BusWait } from './bus-port.js'

const DAEMON = 'org.freedesktop.DBus'

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

/** What this file reaches for inside dbus-next's MessageBus. */
interface Inside extends EventEmitter {
  name: string | null
  readonly _connection: { readonly stream: Duplex }
  readonly _methodReturnHandlers: Record<number, (reply: Message) => void>
}

interface Pending {
  readonly destination: string
  fail(error: unknown): void
}

class Connection implements Bus {
  id = ''
  owner: string | null = null
  readonly closed: Promise<BusError>
  /** Settles when authenticated, subscribed and told who owns the service. */
  readonly opening: Promise<void>
  readonly #options: BusConnect
  readonly #bus: MessageBus & Inside
  readonly #pending = new Set<Pending>()
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
    this.#bus = sessionBus({ busAddress: address, authMethods: ['EXTERNAL'] }) as MessageBus & Inside
    const stream = this.#bus._connection.stream
    const ended = () => this.#finish(`the D-Bus connection ended (${address})`)
    stream.once('close', ended)
    stream.once('end', ended)
    this.#bus.on('error', (error) => {
      this.#lastError = error
      // Authentication refused is told here and nowhere else; later errors are followed by `close` or harmless.
      this.#giveUpOpening(
        new BusError('ERR_BUS_CONNECT', `cannot connect to D-Bus at ${address}: ${text(error)}`, {
          cause: error,
        }),
      )
    })
    this.#bus.on('message', (message: Message) => this.#receive(message))
    this.opening = this.#open(address)
  }

  call(request: BusRequest, wait: BusWait): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      if (wait.signal?.aborted) return reject(wait.signal.reason)
      if (this.#end) return reject(this.#end)
      const message = new Message({ ...request, body: [...(request.body ?? [])] } as ConstructorParameters<
        typeof Message
      >[0])
      const settle = () => {
        this.#pending.delete(pending)
        wait.signal?.removeEventListener('abort', abort)
        undoDeadline()
      }
      const pending: Pending = {
        destination: request.destination,
        fail: (error) => {
          settle()
          // An answer that comes after all is dropped by dbus-next; the handler would otherwise stay for ever.
          if (message.serial !== null) delete this.#bus._methodReturnHandlers[message.serial]
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
      this.#pending.add(pending)
      this.#bus.call(message).then(
        (reply) => {
          settle()
          resolve(plain(reply?.body ?? []) as readonly unknown[])
        },
        (error: unknown) => pending.fail(answerError(request, error)),
      )
    })
  }

  close(): void {
    this.#finish('the D-Bus connection was closed')
    this.#bus._connection.stream.destroy()
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
      this.#sayHello(reject, () => this.#introduce(watch.service, watch.namespace).then(resolve, reject))
    }).finally(() => {
      this.#undoOpening()
      this.#giveUpOpening = () => undefined
    })
  }

  /** dbus-next turns a refused Hello into an unhandled rejection, so its handler is replaced before any answer can come. */
  #sayHello(refused: (error: BusError) => void, welcome: () => void): void {
    for (const serial of Object.keys(this.#bus._methodReturnHandlers))
      this.#bus._methodReturnHandlers[Number(serial)] = (reply) => {
        if (reply.type === MessageType.ERROR)
          return refused(
            new BusError('ERR_BUS_CONNECT', `D-Bus refused Hello: ${reply.errorName}`, {
              answer: reply.errorName,
            }),
          )
        this.#bus.name = reply.body[0]
        return welcome()
      }
  }

  async #introduce(service: string, namespace: string): Promise<void> {
    const ask = (member: string, ...body: string[]) =>
      this.call(
        {
          destination: DAEMON,
          path: '/org/freedesktop/DBus',
          interface: DAEMON,
          member,
          ...(body.length ? { signature: 's', body } : {}),
        },
        { deadline: null },
      )
    const [id, owner] = await Promise.all([
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

  #receive(message: Message): void {
    if (message.type !== MessageType.SIGNAL || this.#end) return
    try {
      if (message.sender === DAEMON) this.#ownerChanged(message)
      else if (this.owner !== null && message.sender === this.owner)
        this.#options.watch.signal({
          path: message.path,
          interface: message.interface,
          member: message.member,
          sender: message.sender,
          body: plain(message.body) as readonly unknown[],
        })
    } catch (error) {
      // Left to dbus-next, a throw would be answered to the sender as an error message and be seen by nobody.
      queueMicrotask(() => {
        throw error
      })
    }
  }

  #ownerChanged(message: Message): void {
    if (message.member !== 'NameOwnerChanged' || message.body[0] !== this.#options.watch.service) return
    const previous = this.owner
    this.owner = (message.body[2] as string) || null
    this.#ownerSeen = true
    if (previous !== null) {
      const gone = new BusError('ERR_BUS_CLOSED', `${this.#options.watch.service} left the bus`)
      for (const pending of [...this.#pending]) if (pending.destination === previous) pending.fail(gone)
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
    for (const pending of [...this.#pending]) pending.fail(this.#end)
    this.#bus._connection.stream.destroy()
    this.#resolveClosed(this.#end)
  }
}

function nobody(error: unknown): readonly unknown[] {
  if (error instanceof BusError && error.answer === 'org.freedesktop.DBus.Error.NameHasNoOwner') return []
  throw error
}

function answerError(request: BusRequest, error: unknown): BusError {
  if (error instanceof DBusError)
    return new BusError('ERR_BUS_ANSWER', `${request.member}: ${error.text || error.type}`, {
      cause: error,
      answer: error.type,
    })
  return new BusError('ERR_BUS_CLOSED', `${request.member} could not be sent: ${text(error)}`, {
    cause: error,
  })
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Variants unwrapped, 64-bit numbers as numbers, byte arrays as `Uint8Array`; what holds none of them is kept as it is. */
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
  const dictionary = value as Record<string, unknown>
  for (const key of Object.keys(dictionary)) dictionary[key] = plain(dictionary[key])
  return dictionary
}

import { connect as connectSocket, type Socket } from 'node:net'
import { deferred, onAbort } from '@roamkit/core/backend-kit'
import { errorAnswer, unreadableAnswer, valuesOf } from './answer.js'
import { Authentication } from './authentication.js'
import { type BusAddress, busAddresses } from './bus-address.js'
import {
  type Bus,
  type BusConnect,
  BusError,
  type BusObject,
  type BusRequest,
  type BusWait,
  type BusWatch,
  DAEMON,
} from './bus-port.js'
import { introduce, subscribe } from './introduction.js'
import { MessageFramer, type MessageSink } from './message-framer.js'
import { MESSAGE, type MessageHeader } from './message-header.js'
import { marshalCall, marshalError } from './message-writer.js'
import { ServedObjects } from './served-objects.js'
import { WatchedService } from './watched-service.js'
import { WireError } from './wire-error.js'
import type { WireSlice } from './wire-reader.js'

/**
 * How much is read at once, into one buffer for the whole life of the connection: about what the kernel holds for a socket. In a storm, the
 * world is read once for each chunk.
 */
const CHUNK = 256 * 1024

/** Calls from others are answered only while fewer bytes than this wait to be sent: some ten answers for each chunk. */
const MOST_UNSENT = 1024

/**
 * Opens a connection, authenticated as this process's user, and subscribes to the watched service. Tries every part of a `;`-separated
 * address in turn. Rejects with the {@link BusError} of the first part that had a server, otherwise with the last one.
 * `options.deadline` limits each part, even if a server accepts and then stays silent.
 */
export async function connect(address: string, options: BusConnect): Promise<Bus> {
  options.signal?.throwIfAborted()
  let failure: unknown = null
  for (const part of busAddresses(address)) {
    const connection = new Connection(part, options)
    try {
      await connection.opening
      return connection
    } catch (error) {
      connection.close()
      if (options.signal?.aborted) throw options.signal.reason
      if (failure === null || isServerMissing(failure)) failure = error
    }
  }
  throw failure
}

/** A call without an answer yet. */
interface Pending {
  readonly request: BusRequest
  answer(body: readonly unknown[]): void
  fail(error: unknown): void
}

class Connection implements Bus, MessageSink {
  id = ''
  readonly #closed = deferred<BusError>()
  readonly closed = this.#closed.promise
  /** Resolves when authenticated and subscribed, and when the service's owner is known. */
  readonly opening: Promise<void>
  readonly #address: string
  readonly #options: BusConnect
  /** The service that the connection is for. */
  readonly #service: WatchedService
  readonly #watched: WatchedService[]
  /** Those that want the current signal of a service. */
  #listeners: readonly WatchedService[] = []
  readonly #served = new ServedObjects({
    nextSerial: () => this.#nextSerial(),
    send: (bytes) => {
      if (this.#end === null) this.#send(bytes)
    },
  })
  readonly #socket: Socket
  readonly #framer = new MessageFramer(this)
  /** `null` once it is over; all that follows are messages. */
  #authentication: Authentication | null = new Authentication(process.getuid?.() ?? null)
  /** What to send after that. */
  #unsent: Buffer[] = []
  readonly #pending = new Map<number, Pending>()
  #lastSerial = 0
  #end: BusError | null = null
  #lastError: unknown = null
  #giveUpOpening: (error: unknown) => void = () => undefined
  #undoOpening: () => void = () => undefined

  constructor({ text, socket }: BusAddress, options: BusConnect) {
    this.#address = text
    this.#options = options
    this.#service = new WatchedService(options.watch)
    this.#watched = [this.#service]
    const greeting = this.#authentication?.greeting ?? ''
    this.#socket = connectSocket({
      ...socket,
      onread: {
        buffer: Buffer.allocUnsafeSlow(CHUNK),
        callback: (length, bytes) => {
          this.#receive((bytes as Buffer).subarray(0, length))
          return true
        },
      },
    })
    this.#socket.once('connect', () => this.#socket.write(greeting, 'latin1'))
    this.#socket.on('error', (error) => {
      this.#lastError = error
      this.#giveUpOpening(this.#cannotConnect(error.message, error))
    })
    const ended = () => this.#finish(`the D-Bus connection ended (${text})`)
    this.#socket.once('end', ended)
    this.#socket.once('close', ended)
    this.opening = this.#open()
  }

  get owner(): string | null {
    return this.#service.owner
  }

  async listen(watch: BusWatch, wait: BusWait): Promise<string | null> {
    const watched = new WatchedService(watch)
    this.#watched.push(watched)
    watched.introduce(await subscribe(watch, (request, calls) => this.call(request, calls), wait))
    return watched.owner
  }

  serve(object: BusObject): () => void {
    return this.#served.add(object)
  }

  call(request: BusRequest, wait: BusWait): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      if (wait.signal?.aborted) return reject(wait.signal.reason)
      if (this.#end) return reject(this.#end)
      const serial = this.#nextSerial()
      const settle = () => {
        this.#pending.delete(serial)
        undoAbort()
        undoDeadline()
      }
      const pending: Pending = {
        request,
        answer: (body) => {
          settle()
          resolve(body)
        },
        fail: (error) => {
          settle()
          reject(error)
        },
      }
      const undoAbort = wait.signal
        ? onAbort(wait.signal, () => pending.fail(wait.signal?.reason))
        : () => undefined
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
      this.#pending.set(serial, pending)
      try {
        this.#send(marshalCall(request, serial))
      } catch (error) {
        pending.fail(
          new BusError('ERR_BUS_CLOSED', `${request.member} could not be sent: ${messageOf(error)}`, {
            cause: error,
          }),
        )
      }
    })
  }

  close(): void {
    this.#finish('the D-Bus connection was closed')
  }

  /** Wanted are answers from those that were asked, signals of the daemon and of the watched service, and calls of a caller that is served. */
  wants(header: MessageHeader): boolean {
    if (header.type === MESSAGE.signal) return this.#wantsSignal(header)
    if (header.type === MESSAGE.reply || header.type === MESSAGE.error) {
      const asked = this.#pending.get(header.replySerial)?.request.destination
      return asked !== undefined && (header.isFrom(asked) || isFromDaemon(header))
    }
    if (header.type !== MESSAGE.call) return false
    if (this.#served.wants(header)) return true
    this.#decline(header)
    return false
  }

  take(header: MessageHeader, body: WireSlice): void {
    if (header.type === MESSAGE.call) this.#served.take(header, body)
    else if (header.type !== MESSAGE.signal) this.#settleCall(header, body)
    else if (header.isFrom(DAEMON)) this.#changeOwner(header, body)
    else this.#emitSignal(header, body)
  }

  refuse(header: MessageHeader, reason: WireError): void {
    if (header.type === MESSAGE.call) this.#decline(header)
    else if (header.type !== MESSAGE.signal) this.#failCall(header, reason)
    else if (header.isFrom(DAEMON)) this.#breakOff(reason)
  }

  #send(bytes: Buffer): void {
    if (this.#authentication !== null) this.#unsent.push(bytes)
    else this.#socket.write(bytes)
  }

  #nextSerial(): number {
    // 32 bits, and never zero.
    this.#lastSerial = (this.#lastSerial % 0xffffffff) + 1
    return this.#lastSerial
  }

  async #open(): Promise<void> {
    const { signal, deadline, clock, watch } = this.#options
    await new Promise<void>((resolve, reject) => {
      this.#giveUpOpening = reject
      const undoAbort = signal ? onAbort(signal, () => reject(signal.reason)) : () => undefined
      const undoDeadline =
        deadline === null
          ? () => undefined
          : clock.after(deadline, () =>
              reject(
                new BusError(
                  'ERR_BUS_TIMED_OUT',
                  `D-Bus at ${this.#address} did not answer within ${deadline} ms`,
                ),
              ),
            )
      this.#undoOpening = () => {
        undoAbort()
        undoDeadline()
      }
      this.#introduce(watch).then(resolve, reject)
    }).finally(() => {
      this.#undoOpening()
      this.#giveUpOpening = () => undefined
    })
  }

  async #introduce(watch: BusWatch): Promise<void> {
    const call = (request: BusRequest, wait: BusWait) => this.call(request, wait)
    const { id, owner } = await introduce({ ...watch, address: this.#address, call })
    this.id = id
    this.#service.introduce(owner)
  }

  #receive(bytes: Buffer): void {
    if (this.#end) return
    try {
      if (this.#authentication === null) this.#framer.push(bytes)
      else this.#authenticate(this.#authentication, bytes)
    } catch (error) {
      if (error instanceof WireError) this.#breakOff(error)
      else throw error
    }
  }

  #authenticate(authentication: Authentication, bytes: Buffer): void {
    const step = authentication.receive(bytes)
    if (step.next === 'fail') {
      this.#giveUpOpening(this.#cannotConnect(step.words))
      this.#finish(`the D-Bus connection could not be authenticated: ${step.words}`)
      return
    }
    if (step.text !== '') this.#socket.write(step.text, 'latin1')
    if (step.next === 'send') return
    this.#authentication = null
    if (this.#unsent.length > 0) this.#socket.write(Buffer.concat(this.#unsent))
    this.#unsent = []
    this.#framer.push(step.rest)
  }

  #wantsSignal(header: MessageHeader): boolean {
    if (header.isFrom(DAEMON)) return header.member === 'NameOwnerChanged' && header.interface === DAEMON
    this.#listeners = this.#watched.filter((watched) => watched.wants(header))
    return this.#listeners.length > 0
  }

  #settleCall(header: MessageHeader, body: WireSlice): void {
    const pending = this.#pending.get(header.replySerial)
    if (header.type === MESSAGE.error) {
      pending?.fail(errorAnswer(pending.request, header, body))
      return
    }
    const values = valuesOf(header, body)
    if (values instanceof WireError) this.#failCall(header, values)
    else pending?.answer(values)
  }

  #failCall(header: MessageHeader, cause: WireError): void {
    const pending = this.#pending.get(header.replySerial)
    pending?.fail(unreadableAnswer(pending.request, cause))
  }

  /** A signal that cannot be read is dropped. The connection goes on. */
  #emitSignal(header: MessageHeader, body: WireSlice): void {
    const values = valuesOf(header, body)
    if (values instanceof WireError) return
    const { path, member, sender } = header
    const signal = { path, interface: header.interface, member, sender, body: values }
    for (const watched of this.#listeners) watched.emit(signal)
  }

  /**
   * This client offers nothing to that caller, and says so at once, so that callers need not wait. The limit keeps them from making it write without
   * bound.
   */
  #decline(call: MessageHeader): void {
    const { sender, serial, expectsReply } = call
    if (!expectsReply || sender === '' || this.#socket.writableLength > MOST_UNSENT) return
    const answer = {
      serial: this.#nextSerial(),
      replySerial: serial,
      destination: sender,
      errorName: `${DAEMON}.Error.UnknownMethod`,
      text: 'this client offers nothing',
    }
    try {
      this.#send(marshalError(answer))
    } catch {
      // The sender's name cannot be written, so no answer can reach it.
    }
  }

  #changeOwner(header: MessageHeader, body: WireSlice): void {
    const values = valuesOf(header, body)
    // Without this signal, it is unknown whom to believe.
    if (values instanceof WireError) return this.#breakOff(values)
    const [name, , next] = values
    const watched = this.#watched.find((one) => one.isNamed(name))
    if (watched === undefined) return
    const previous = watched.owner
    watched.changeOwner(next)
    if (previous !== null) {
      const left = new BusError('ERR_BUS_CLOSED', `${name} left the bus`)
      for (const pending of [...this.#pending.values()])
        if (pending.request.destination === previous) pending.fail(left)
    }
    watched.reportOwner()
  }

  #cannotConnect(why: string, cause?: unknown): BusError {
    const options = cause === undefined ? {} : { cause }
    return new BusError('ERR_BUS_CONNECT', `cannot connect to D-Bus at ${this.#address}: ${why}`, options)
  }

  /** Ends the connection: the bytes are not D-Bus, or cannot be relied on. */
  #breakOff(error: WireError): void {
    this.#lastError = error
    this.#finish(`the D-Bus connection is broken (${this.#address}): ${error.message}`)
  }

  #finish(why: string): void {
    if (this.#end) return
    this.#end = new BusError(
      'ERR_BUS_CLOSED',
      why,
      this.#lastError === null ? {} : { cause: this.#lastError },
    )
    for (const watched of this.#watched) watched.owner = null
    this.#framer.stop()
    this.#unsent = []
    this.#giveUpOpening(this.#end)
    for (const pending of [...this.#pending.values()]) pending.fail(this.#end)
    this.#socket.destroy()
    this.#closed.resolve(this.#end)
  }
}

/** The daemon stamps each message that it forwards with the sender: one without a stamp is its own. */
function isFromDaemon(header: MessageHeader): boolean {
  return header.isFrom(DAEMON) || header.isFrom('')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Whether no server was there to refuse anything. */
function isServerMissing(error: unknown): boolean {
  const cause = error instanceof BusError ? error.cause : null
  return cause instanceof Error && 'syscall' in cause && cause.syscall === 'connect'
}

import type { Traffic } from '@roamkit/core'
import { type Deferred, deferred, onAbort } from '@roamkit/core/backend-kit'
import { type BridgePort, type Channel, openChannel } from '../port.js'
import type {
  GuestMessage,
  HostMessage,
  ManagerCallMessage,
  ResultMessage,
  SessionCallMessage,
} from '../protocol/messages.js'
import { deepFreeze } from './deep-freeze.js'
import { errorOfResult } from './errors.js'

/** A call without its number. */
type CallOf<Message> = Message extends unknown ? Omit<Message, 'roamkit' | 'call'> : never
export type Call = CallOf<SessionCallMessage | ManagerCallMessage>

/** What a call resolves to. */
export type CallValue = boolean | Traffic | null

interface PendingCall {
  readonly call: Call
  readonly settled: Deferred<CallValue>
  isSent: boolean
}

/** What a connection reports. */
export interface ConnectionListener {
  message(message: HostMessage): void
  /** It has ended, for whichever reason. Once. */
  ended(): void
}

/** The guest's end of a connection: messages, calls and their results. */
export class Connection {
  readonly #channel: Channel
  readonly #listener: ConnectionListener
  /** In the order in which they were made. */
  readonly #calls = new Map<number, PendingCall>()
  #lastCall = 0
  #maxCalls = 1
  #isClosed = false

  constructor(port: BridgePort, listener: ConnectionListener) {
    this.#listener = listener
    this.#channel = openChannel(port, {
      message: (message) => {
        if (isHostMessage(message) && !this.#isClosed) listener.message(deepFreeze(message))
      },
      closed: () => this.end(),
    })
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** How many calls the host permits to be pending. */
  set maxCalls(count: number) {
    this.#maxCalls = count
    this.#sendCalls()
  }

  /** Sends a message, unless the connection has ended. */
  post(message: GuestMessage): void {
    if (!this.#isClosed) this.#channel.post(message)
  }

  /**
   * Makes a call. Rejects with the host's error, with `signal.reason`, or with what `closed` gives if the connection ends.
   */
  async call(call: Call, closed: () => Error, signal?: AbortSignal): Promise<CallValue> {
    signal?.throwIfAborted()
    if (this.#isClosed) throw closed()
    this.#lastCall += 1
    const number = this.#lastCall
    const pending: PendingCall = { call, settled: deferred<CallValue>(), isSent: false }
    this.#calls.set(number, pending)
    const undo = signal === undefined ? () => {} : onAbort(signal, () => this.#abort(number, signal.reason))
    this.#sendCalls()
    try {
      return await pending.settled.promise
    } catch (error) {
      throw error === ENDED ? closed() : error
    } finally {
      undo()
    }
  }

  /** Settles the calls that have ended. */
  settle(results: readonly ResultMessage[]): void {
    for (const result of results) {
      const settled = this.#calls.get(result.call)?.settled
      this.#calls.delete(result.call)
      if ('error' in result) settled?.reject(errorOfResult(result))
      else settled?.resolve(result.value)
    }
    this.#sendCalls()
  }

  /** Ends the connection. Idempotent. */
  end(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#channel.post({ roamkit: 'bye' })
    this.#channel.close()
    this.#listener.ended()
    for (const { settled } of this.#calls.values()) settled.reject(ENDED)
    this.#calls.clear()
  }

  #sendCalls(): void {
    let sent = 0
    for (const [number, pending] of this.#calls) {
      if (sent >= this.#maxCalls) return
      sent += 1
      if (pending.isSent) continue
      pending.isSent = true
      this.post({ ...pending.call, roamkit: 'call', call: number } as SessionCallMessage | ManagerCallMessage)
    }
  }

  /** The caller waits no longer. A call that was sent counts as pending until the host has answered. */
  #abort(number: number, reason: unknown): void {
    const pending = this.#calls.get(number)
    pending?.settled.reject(reason)
    if (pending?.isSent) this.post({ roamkit: 'abort', call: number })
    else this.#calls.delete(number)
  }
}

/** Stands for the end of the connection. */
const ENDED = new Error('the connection has ended')

function isHostMessage(message: unknown): message is HostMessage {
  return typeof message === 'object' && message !== null && 'roamkit' in message
}

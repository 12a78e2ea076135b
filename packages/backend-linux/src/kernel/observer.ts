import { Backoff, type Deferred, deferred } from '@roamkit/core/backend-kit'
import { BackendError, type BackendHost } from '@roamkit/core/contract'
import type { Mirror } from './mirror.js'
import type { NetlinkListener, NetlinkPort, OpenNetlink } from './netlink-port.js'
import {
  decodeError,
  type Listing,
  listRequest,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLMSG_DONE,
  NLMSG_ERROR,
} from './rtnetlink.js'
import { errorName } from './system-calls.js'
import { messagesOf, type NetlinkMessage } from './wire.js'

/** What the observer works for. */
export interface ObserverOptions {
  readonly open: OpenNetlink
  readonly mirror: Mirror
  readonly host: BackendHost
  /** The mirror may have changed. Called after each message, so that no flap is missed, but not before the mirror is complete. */
  updated(): void
  /** The kernel can be heard, or not any more. */
  serviceChanged(service: 'ready' | 'lost'): void
}

/** In this order: an address belongs to a link, and a route to both. */
const EVERYTHING: readonly Listing[] = ['links', 'addresses', 'routes4', 'routes6']

/** The pauses after which a lost connection is tried again, in milliseconds. */
const PAUSES = { first: 100, longest: 5000 }

/** The error numbers of a kernel that has no such table, or no such protocol. */
const NOTHING_TO_LIST: ReadonlySet<number> = new Set([2, 95, 97])

/**
 * Keeps a mirror equal to the kernel: subscribes first, then asks for everything, and applies what arrives in that order. If messages were
 * lost (`ENOBUFS`), it does so again on a new connection. It sets a timer only while the kernel cannot be reached.
 */
export class Observer {
  readonly #options: ObserverOptions
  readonly #backoff: Backoff
  readonly #ready = deferred()
  readonly #answers = new Map<number, Deferred<number | null>>()
  readonly #wanted = new Set<Listing>()
  #port: NetlinkPort | null = null
  #listing: { readonly what: Listing; readonly sequence: number; isTorn: boolean } | null = null
  #sequence = 0
  /** The last request on the connection before this one. */
  #lastBefore = 0
  #state: 'opening' | 'ready' | 'lost' | 'closed' = 'opening'

  constructor(options: ObserverOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.host.clock, PAUSES, () => this.#reconnect())
  }

  /**
   * Resolves when the mirror is complete.
   *
   * @throws (rejects) if the kernel cannot be reached
   */
  async open(): Promise<void> {
    this.#connect()
    await this.#ready.promise
  }

  /** Idempotent. Pending requests reject with `ERR_CLOSED`. */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#backoff.cancel()
    this.#disconnect()
    this.#rejectAnswers(new BackendError('ERR_CLOSED', 'kernel: the backend is closed'))
  }

  /**
   * Sends a request that the kernel acknowledges. Resolves to the error number, 0 for success. `null`: the answer was lost among other messages
   * (`ENOBUFS`). The mirror then shows what has become of the request.
   */
  request(encode: (sequence: number) => Uint8Array): Promise<number | null> {
    if (!this.#port) return Promise.reject(lostError())
    const sequence = this.#nextSequence()
    const answer = deferred<number | null>()
    this.#answers.set(sequence, answer)
    this.#port.send(encode(sequence))
    return answer.promise
  }

  #connect(): void {
    const listener: NetlinkListener = {
      received: (datagram) => this.#receive(datagram),
      failed: (error) => this.#fail(error),
    }
    this.#port = this.#options.open(listener)
    this.#lastBefore = this.#sequence
    for (const what of EVERYTHING) this.#wanted.add(what)
    this.#askNext()
  }

  #reconnect(): void {
    try {
      this.#connect()
    } catch (error) {
      this.#lose(error)
    }
  }

  #disconnect(): void {
    this.#port?.close()
    this.#port = null
    this.#listing = null
    this.#options.mirror.abandonListing()
  }

  #rejectAnswers(reason: BackendError): void {
    for (const answer of this.#answers.values()) answer.reject(reason)
    this.#answers.clear()
  }

  #fail(error: Error): void {
    this.#options.host.log('kernel: connection lost', { error })
    this.#disconnect()
    const isOverrun = (error as NodeJS.ErrnoException).code === 'ENOBUFS'
    if (isOverrun) this.#reconnect()
    else this.#lose(error)
  }

  #lose(error: unknown): void {
    this.#rejectAnswers(lostError(error))
    this.#ready.reject(error)
    if (this.#state === 'opening' || this.#state === 'closed') return
    this.#setState('lost')
    this.#backoff.start()
  }

  #receive(datagram: Uint8Array): void {
    const { mirror, updated } = this.#options
    for (const message of messagesOf(datagram)) {
      this.#take(message)
      if (this.#state !== 'opening') updated()
      // The host may dispose the backend when it is told.
      if (this.#state === 'closed') return
    }
    for (const what of mirror.takeStale()) this.#wanted.add(what)
    this.#askNext()
    const isComplete = this.#port !== null && this.#listing === null
    if (isComplete && this.#state !== 'ready') this.#complete()
    if (isComplete) this.#settleLost()
  }

  /** The mirror has caught up with the requests whose answers were lost. */
  #settleLost(): void {
    for (const [sequence, answer] of this.#answers) {
      if (sequence > this.#lastBefore) continue
      this.#answers.delete(sequence)
      answer.resolve(null)
    }
  }

  #take(message: NetlinkMessage): void {
    const { type, flags, sequence, payload } = message
    const isAnswer = type === NLMSG_ERROR || type === NLMSG_DONE
    const isListed = this.#listing?.sequence === sequence && (isAnswer || (flags & NLM_F_MULTI) !== 0)
    if (isListed && this.#listing && (flags & NLM_F_DUMP_INTR) !== 0) this.#listing.isTorn = true
    if (!isAnswer) this.#options.mirror.apply(message, isListed ? 'listed' : 'event')
    else if (isListed) this.#endListing(decodeError(payload))
    else {
      this.#answers.get(sequence)?.resolve(decodeError(payload))
      this.#answers.delete(sequence)
    }
  }

  #endListing(failure: number): void {
    const listing = this.#listing
    this.#listing = null
    if (listing === null) return
    const { mirror } = this.#options
    if (failure !== 0 && !NOTHING_TO_LIST.has(failure))
      return this.#fail(new Error(`the kernel does not list the ${listing.what}: ${errorName(failure)}`))
    if (!listing.isTorn) return mirror.endListing()
    // Something changed while the kernel listed it.
    mirror.abandonListing()
    this.#wanted.add(listing.what)
  }

  #askNext(): void {
    const [what] = EVERYTHING.filter((one) => this.#wanted.has(one))
    if (this.#listing !== null || what === undefined || this.#port === null) return
    this.#wanted.delete(what)
    const sequence = this.#nextSequence()
    this.#listing = { what, sequence, isTorn: false }
    this.#options.mirror.beginListing(what)
    this.#port.send(listRequest(what, sequence))
  }

  #complete(): void {
    this.#backoff.reset()
    const isFirst = this.#state === 'opening'
    this.#setState('ready')
    this.#ready.resolve()
    if (isFirst) this.#options.updated()
  }

  #setState(state: 'ready' | 'lost'): void {
    if (this.#state === state || this.#state === 'closed') return
    this.#state = state
    this.#options.serviceChanged(state)
  }

  #nextSequence(): number {
    this.#sequence = (this.#sequence % 0xffffffff) + 1
    return this.#sequence
  }
}

function lostError(cause?: unknown): BackendError {
  return new BackendError('ERR_SERVICE_LOST', 'kernel: the connection to the kernel is lost', { cause })
}

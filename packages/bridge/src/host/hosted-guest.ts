import {
  asyncDispose,
  type Chooser,
  type ManagerLike,
  observable,
  type SecretsProvider,
  type SessionLike,
} from '@roamkit/core'
import { type BridgePort, type Channel, openChannel } from '../port.js'
import { watchPresence } from '../presence.js'
import {
  type GuestMessage,
  type HostMessage,
  type ManagerCallMessage,
  type ResultMessage,
  type SessionCallMessage,
  VERSION,
} from '../protocol/messages.js'
import { readGuestMessage } from '../protocol/read-guest-message.js'
import { type CallResult, callManager, callSession, denyManager, denySession, errorMessage } from './calls.js'
import type { Guest } from './guest.js'
import { HostedSession } from './hosted-session.js'
import { ManagerFeed } from './manager-feed.js'
import type { GuestAction, Permit } from './permissions.js'
import { Questions } from './questions.js'

/** What the host has decided about a guest. */
export interface Terms {
  readonly permit: Permit
  readonly shared: readonly (readonly [name: string, session: SessionLike])[]
  readonly maxSessions: number
  readonly maxCalls: number
}

/** A call of the guest. It counts until the guest has received its result. */
interface PendingCall {
  readonly controller: AbortController
  /** Its result is in the update that is under way. */
  isAnswered: boolean
}

/** How many refused sessions one update lists. Enough for every guest of ours. */
const MOST_REFUSALS = 65_536

/**
 * The host's end of a connection. At most one update is under way: while the guest has not acknowledged it, changes add up, so that a guest
 * that does not read costs no memory.
 */
export class HostedGuest implements Guest {
  readonly #manager: ManagerLike
  readonly #terms: Terms
  readonly #channel: Channel
  readonly #sessions = new Map<number, HostedSession>()
  readonly #calls = new Map<number, PendingCall>()
  readonly #questions = new Questions((message) => this.#post(message))
  /** `null` until the guest has said hello. */
  #feed: ManagerFeed | null = null
  #hasChooser = false
  #hasOtherVersion = false
  #results: ResultMessage[] = []
  readonly #refused = new Set<number>()
  /** The update that the guest has not acknowledged; `null`: there is none. */
  #underWay: number | null = null
  #isFlushing = false
  /** Waits for the end of the manager, of which no feed tells before the guest has said hello. */
  readonly #waiting: { unsubscribe(): void } | undefined
  /** Aborted by the end of the connection. */
  readonly #over = new AbortController()
  #ended: Promise<void> = Promise.resolve()

  constructor(manager: ManagerLike, port: BridgePort, terms: Terms) {
    this.#manager = manager
    this.#terms = terms
    this.#channel = openChannel(port, {
      message: (message) => this.#receive(message),
      closed: () => void this.close(),
    })
    this.#waiting = manager[observable]().subscribe({
      complete: () => {
        if (this.#feed === null) void this.close()
      },
    })
  }

  get isClosed(): boolean {
    return this.#over.signal.aborted
  }

  readonly chooser: Chooser = async (candidates, { signal }) => {
    const feed = this.#feed
    if (feed === null || this.isClosed || !this.#hasChooser || !this.#mayManage('choose')) return null
    const references = candidates.map((one) => feed.reference(one))
    const answer = await this.#questions.ask({ kind: 'choose', candidates: references }, signal)
    return typeof answer === 'string' ? answer : null
  }

  close(): Promise<void> {
    if (!this.isClosed) {
      this.#over.abort()
      this.#ended = this.#end()
    }
    return this.#ended
  }

  [asyncDispose](): Promise<void> {
    return this.close()
  }

  async #end(): Promise<void> {
    this.#post({ roamkit: 'bye' })
    this.#channel.close()
    this.#waiting?.unsubscribe()
    this.#feed?.dispose()
    this.#questions.end()
    const sessions = [...this.#sessions.values()]
    this.#sessions.clear()
    for (const { controller } of this.#calls.values()) controller.abort()
    await Promise.all(sessions.map((session) => session.release()))
  }

  #receive(value: unknown): void {
    const message = readGuestMessage(value)
    if (message === null || this.isClosed) return
    if (message.roamkit === 'hello') return this.#welcome(message)
    if (this.#feed !== null) this.#handle(message, this.#feed)
  }

  #handle(message: Exclude<GuestMessage, { roamkit: 'hello' }>, feed: ManagerFeed): void {
    switch (message.roamkit) {
      case 'received':
        return this.#acknowledge(message.sequence)
      case 'create':
        return this.#create(message, feed)
      case 'release':
        return this.#release(message.session)
      case 'consult':
        return this.#consult(message)
      case 'call':
        return this.#call(message)
      case 'abort':
        return this.#calls.get(message.call)?.controller.abort()
      case 'answer':
        return this.#questions.settle(message)
      case 'bye':
        return void this.close()
    }
  }

  #welcome({ version, hasChooser, presence }: GuestMessage & { roamkit: 'hello' }): void {
    if (version !== VERSION) return this.#refuseVersion()
    if (this.#feed !== null) return
    const feed = new ManagerFeed(
      this.#manager,
      () => this.#changed(),
      () => this.#managerEnded(),
    )
    if (this.isClosed) return feed.dispose()
    this.#feed = feed
    this.#hasChooser = hasChooser
    if (presence !== null) void watchPresence(presence, this.#over.signal, () => void this.close())
    const { shared, maxCalls } = this.#terms
    this.#post({
      roamkit: 'welcome',
      version: VERSION,
      now: this.#manager.clock.now(),
      maxCalls,
      shared: shared.map(([name]) => name),
      userChoice: feed.userChoice(),
    })
    for (const [index, [name, session]] of shared.entries()) this.#host(session, -1 - index, name)
    this.#flush()
  }

  /** Says so once, however often the guest asks. */
  #refuseVersion(): void {
    if (!this.#hasOtherVersion) this.#post({ roamkit: 'refused', version: VERSION })
    this.#hasOtherVersion = true
  }

  #host(session: SessionLike, number: number, shared: string | null): void {
    this.#sessions.set(number, new HostedSession(session, number, shared, () => this.#changed()))
    this.#changed()
  }

  /** The guest hears of the end as of any other change, then the connection ends. */
  #managerEnded(): void {
    this.#underWay = null
    this.#flush()
    void this.close()
  }

  #create(
    { session, configuration, hasSecrets }: GuestMessage & { roamkit: 'create' },
    feed: ManagerFeed,
  ): void {
    if (this.#sessions.has(session)) return
    const { maxSessions, permit } = this.#terms
    const own = [...this.#sessions.values()].filter(({ shared }) => shared === null)
    if (own.length >= maxSessions) {
      if (this.#refused.size < MOST_REFUSALS) this.#refused.add(session)
      return this.#changed()
    }
    const named = this.#manager.configurationFromIdentifier(configuration)
    const maySend = hasSecrets && permit({ action: 'secrets', configuration: named, shared: null })
    const options = maySend ? { secrets: this.#secretsOf(session, feed) } : {}
    this.#host(this.#manager.createSession(configuration, options), session, null)
  }

  #secretsOf(session: number, feed: ManagerFeed): SecretsProvider {
    return async ({ configuration, fields, attempt }, { signal }) => {
      const reference = feed.reference(configuration)
      const question = { kind: 'secrets', session, configuration: reference, fields, attempt } as const
      const answer = await this.#questions.ask(question, signal)
      return typeof answer === 'string' ? null : answer
    }
  }

  #release(number: number): void {
    const hosted = this.#sessions.get(number)
    if (hosted === undefined || hosted.shared !== null) return
    this.#sessions.delete(number)
    void hosted.release()
  }

  #consult({ session, isOn }: GuestMessage & { roamkit: 'consult' }): void {
    const hosted = this.#sessions.get(session)
    if (hosted === undefined || (isOn && !this.#terms.permit(hosted.request('consult')))) return
    hosted.consult({ isOn })
  }

  /** A guest of ours has no more calls pending than it may. What another one sends beyond that has no effect. */
  #call(message: SessionCallMessage | ManagerCallMessage): void {
    const { call } = message
    if (this.#calls.has(call) || this.#calls.size >= this.#terms.maxCalls) return
    const pending: PendingCall = { controller: new AbortController(), isAnswered: false }
    this.#calls.set(call, pending)
    const { signal } = pending.controller
    const result =
      message.session === null ? this.#callManager(message, signal) : this.#callSession(message, signal)
    if ('call' in result) return this.#result(result)
    result.then(
      (value) => this.#result({ call, value }),
      (error: unknown) => this.#result({ call, error: errorMessage(error), denied: false }),
    )
  }

  #callManager(message: ManagerCallMessage, signal: AbortSignal): CallResult | ResultMessage {
    const { action, argument } = message
    return this.#mayManage(action, argument)
      ? callManager(this.#manager, message, signal)
      : denyManager(message)
  }

  #callSession(message: SessionCallMessage, signal: AbortSignal): CallResult | ResultMessage {
    const hosted = this.#sessions.get(message.session)
    if (hosted === undefined) return denySession(message, 'an unknown session')
    const { session } = hosted
    if (this.#maySession(message, hosted)) {
      if (message.action === 'holdOff') hosted.noteHoldOff()
      return callSession(session, message, signal)
    }
    return denySession(message, session.configuration.name || session.configuration.identifier)
  }

  #mayManage(action: GuestAction, identifier: string | null = null): boolean {
    const configuration = identifier === null ? null : this.#manager.configurationFromIdentifier(identifier)
    return this.#terms.permit({ action, configuration, shared: null })
  }

  #maySession(message: SessionCallMessage, hosted: HostedSession): boolean {
    const may = (action: GuestAction) => this.#terms.permit(hosted.request(action))
    switch (message.action) {
      case 'traffic':
        return true
      case 'close':
        return hosted.shared === null || may('close')
      case 'open':
        return may('open') && (message.argument.lastClose === null || may('lastClose'))
      case 'requireDecision':
        return may('reject')
      default:
        return may(message.action)
    }
  }

  #result(result: ResultMessage): void {
    if (this.isClosed) return
    this.#results.push(result)
    this.#changed()
  }

  /** Everything that changes in one tick goes into one update. */
  #changed(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    queueMicrotask(() => {
      this.#isFlushing = false
      this.#flush()
    })
  }

  /** Sends what is new, unless the last update is still under way. */
  #flush(): void {
    const feed = this.#feed
    if (feed === null || this.isClosed || this.#underWay !== null) return
    const manager = feed.next()
    const reference = feed.reference.bind(feed)
    const sessions = [...this.#sessions.values()].flatMap((one) => one.feed.next(reference) ?? [])
    const [results, refused] = [this.#results, [...this.#refused]]
    if (manager === null && sessions.length + results.length + refused.length === 0) return
    this.#underWay = unguessable()
    for (const { call } of results) {
      const pending = this.#calls.get(call)
      if (pending !== undefined) pending.isAnswered = true
    }
    this.#results = []
    this.#refused.clear()
    this.#post({ roamkit: 'update', sequence: this.#underWay, manager, sessions, refused, results })
  }

  #acknowledge(sequence: number): void {
    if (sequence !== this.#underWay) return
    this.#underWay = null
    for (const [call, { isAnswered }] of this.#calls) if (isAnswered) this.#calls.delete(call)
    this.#flush()
  }

  #post(message: HostMessage): void {
    this.#channel.post(message)
  }
}

/** A guest that knows it has read the message: without that, it could acknowledge what piles up in its port. */
function unguessable(): number {
  const [high = 0, low = 0] = globalThis.crypto.getRandomValues(new Uint32Array(2))
  return (high & 0x1fffff) * 0x1_0000_0000 + low
}

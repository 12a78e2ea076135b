import type { EventEmitter } from 'node:events'
import { isIP, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { checkArgument, eitherSignal, expected, reportUncaught } from '@roamkit/core/backend-kit'
import { Agent, type buildConnector, Dispatcher, errors, RetryAgent, type RetryHandler } from 'undici'
import { type ConnectOptions, connect, type TlsConnectOptions, tlsConnect } from '../connect.js'
import {
  checkedLinkOptions,
  type LinkOptions,
  type UsableLink,
  usableLinkOr,
  type Via,
  WAIT,
} from '../following/via.js'
import { linkFor } from '../way.js'
import { FINISH_TIMEOUT } from './agents.js'
import { SessionCache } from './session-cache.js'

/** Options of {@link dispatcher}: those of undici's `Agent`, those of this package, and `retry`. */
export interface DispatcherOptions extends Omit<Agent.Options, 'connect'>, LinkOptions {
  /** Options of the connections, as undici has them: those of `tls.connect()` and `timeout`. */
  readonly connect?: Omit<Partial<TlsConnectOptions>, 'host' | 'port'> & {
    /** How long a connection may take, in milliseconds. @defaultValue 10000 */
    readonly timeout?: number
  }
  /**
   * Whether requests that may be made twice (GET, HEAD, OPTIONS, PUT, DELETE, TRACE) are repeated on the new link when their connection was lost.
   * An object has undici's options of `RetryHandler`, for example `methods`.
   *
   * @defaultValue false
   */
  readonly retry?: boolean | RetryHandler.RetryOptions
}

/** Errors after which a request that may be made twice is repeated. */
const LOST = [
  'ERR_LINK_LOST',
  'ERR_NOT_CONNECTED',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ENETDOWN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]

/** The link is lost, not the server: there is nothing to wait for long. */
const RETRIES = { statusCodes: [], errorCodes: LOST, minTimeout: 50, maxTimeout: 2000, maxRetries: 10 }

/**
 * A dispatcher for undici's functions and for the built-in `fetch` (`fetch(url, { dispatcher })`), whose connections use the link of a session, a
 * trial or an interface, as `connect()` does.
 *
 * Each link has a pool of its own. When the session leaves a link, its idle connections are closed at once, and requests under way may finish
 * (`finishTimeout`). When the link is lost, they fail at once with a `LinkError`, or are repeated on the new link (`retry`). If there is no link, a
 * request waits for one (`wait`). `close()` and `destroy()` work as those of undici's `Agent`.
 *
 * @param via whose link
 * @throws TypeError or RangeError that names an invalid argument
 */
export function dispatcher(via: Via, options: DispatcherOptions = {}): Dispatcher {
  const { own, others } = checkedLinkOptions('dispatcher()', via, options)
  const { retry = false, connect: connectOptions = {}, ...agentOptions } = others
  if (typeof retry !== 'object' || retry === null)
    checkArgument('retry of dispatcher()', retry, expected.flag)
  checkArgument('connect of dispatcher()', connectOptions, expected.object)
  const { path, socketPath = agentOptions.socketPath, socket } = connectOptions as Record<string, unknown>
  if (path ?? socketPath ?? socket)
    throw new TypeError('dispatcher() takes no path, socketPath or socket: those have no link')
  const pools = new LinkPools({ via, own: { wait: true, ...own }, agentOptions, connectOptions })
  if (retry === false) return pools
  return new RetryAgent(pools, { ...RETRIES, ...(retry === true ? {} : retry) })
}

interface PoolOptions {
  readonly via: Via
  readonly own: LinkOptions
  readonly agentOptions: Agent.Options
  readonly connectOptions: NonNullable<DispatcherOptions['connect']>
}

/** Calls back once, when a socket is connected, has failed, or has taken too long. */
function settle(
  socket: Socket,
  connected: 'connect' | 'secureConnect',
  timeout: number,
  done: buildConnector.Callback,
): void {
  const over = () => {
    clearTimeout(timer)
    socket.off(connected, succeeded).off('error', failed)
  }
  const succeeded = () => {
    over()
    socket.setNoDelay(true)
    done(null, socket)
  }
  const failed = (error: Error) => {
    over()
    done(error, null)
  }
  const timer = setTimeout(() => socket.destroy(new errors.ConnectTimeoutError()), timeout)
  socket.once(connected, succeeded).once('error', failed)
}

/** A dispatcher whose requests fail with that error, as undici lets requests fail. */
function failing(error: Error): Dispatcher {
  return new Agent({ connect: (_target, done) => void done(error, null) })
}

/** The signal in the options of a request: undici's functions pass these on. */
function signalOf(options: Dispatcher.DispatchOptions): AbortSignal | undefined {
  const { signal } = options as { readonly signal?: unknown }
  return expected.signal.holds(signal) ? (signal as AbortSignal) : undefined
}

/** By promise or by callback, as undici offers both. */
function answered(promise: Promise<void>, done: (() => void) | undefined): Promise<void> | void {
  if (done === undefined) return promise
  promise.then(done, done)
}

/** An agent of undici for each link in use. */
class LinkPools extends Dispatcher {
  readonly #options: PoolOptions
  readonly #connect: buildConnector.connector
  readonly #agents = new Map<string, { readonly agent: Agent; readonly leave: () => void }>()
  /** Of all agents, also of those that are being closed: undici forgets the connections of these. */
  readonly #sockets = new Set<Socket>()
  readonly #retired = new Set<Agent>()
  /** The requests that wait for a link. */
  readonly #waiting = new Set<Promise<void>>()
  #isClosed = false
  readonly #ended = new AbortController()

  constructor(options: PoolOptions) {
    super()
    this.#options = options
    this.#connect = this.#connector()
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const { via, own } = this.#options
    if (this.#isClosed) return failing(new errors.ClientDestroyedError()).dispatch(options, handler)
    let link: UsableLink
    try {
      link = usableLinkOr(via, own.by, WAIT)
    } catch (error) {
      if (own.wait !== true) return failing(error as Error).dispatch(options, handler)
      this.#dispatchLater(options, handler)
      return true
    }
    return this.#agentOf(link).dispatch(options, handler)
  }

  /** Dispatches a request when there is a link. @throws InvalidArgumentError as `dispatch()` of undici */
  #dispatchLater(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    if (typeof handler !== 'object' || handler === null)
      throw new errors.InvalidArgumentError('handler must be an object')
    const { via, own } = this.#options
    const { signal, release } = eitherSignal(this.#ended.signal, signalOf(options))
    const found = (link: UsableLink) => {
      signal.throwIfAborted()
      return this.#agentOf(link)
    }
    const waiting: Promise<void> = linkFor(via, own, signal)
      .then(found)
      .catch((error: unknown) => failing(error instanceof Error ? error : new errors.RequestAbortedError()))
      .then((target) => void target.dispatch(options, handler))
      .catch(reportUncaught)
      .finally(() => {
        release()
        this.#waiting.delete(waiting)
      })
    this.#waiting.add(waiting)
  }

  #agentOf({ membership, interface: { name } }: UsableLink): Agent {
    const key = membership?.link ?? name
    const known = this.#agents.get(key)
    if (known !== undefined) return known.agent
    const { agentOptions } = this.#options
    const agent = new Agent({ ...agentOptions, connect: this.#connect })
    this.#forward(agent)
    const leave =
      membership?.follower.add({
        link: membership.link,
        isPinned: membership.isPinned,
        // Its connections end by themselves, and it is used no more.
        finishTimeout: Number.POSITIVE_INFINITY,
        outlivesSleep: true,
        isIdle: () => false,
        hasCarried: () => true,
        address: () => null,
        left: () => {
          // Once: the session may return to the link, and leave it again.
          if (!this.#retired.has(agent)) this.#retire(key, agent, (old) => old.close().finally(leave))
        },
        end: (error) => this.#retire(key, agent, (old) => old.destroy(error)),
      }) ?? (() => {})
    this.#agents.set(key, { agent, leave })
    return agent
  }

  /** Emits what an agent emits. */
  #forward(agent: Agent): void {
    const forward =
      (name: string) =>
      (origin: URL, targets: readonly Dispatcher[] = [], ...more: readonly unknown[]) =>
        (this as EventEmitter).emit(name, origin, [this, ...targets], ...more)
    for (const name of ['connect', 'disconnect', 'connectionError', 'drain'])
      (agent as EventEmitter).on(name, forward(name))
  }

  /** New requests get another agent. */
  #retire(key: string, agent: Agent, end: (agent: Agent) => Promise<void>): void {
    if (this.#agents.get(key)?.agent === agent) this.#agents.delete(key)
    this.#retired.add(agent)
    end(agent)
      .catch(() => {})
      .finally(() => this.#retired.delete(agent))
  }

  override close(): Promise<void>
  override close(done: () => void): void
  override close(done?: () => void): Promise<void> | void {
    return answered(this.#close(), done)
  }

  async #close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#waiting)
    await this.#end((agent) => agent.close())
  }

  override destroy(error?: Error | null): Promise<void>
  override destroy(done: () => void): void
  override destroy(error: Error | null, done: () => void): void
  override destroy(...values: readonly (Error | (() => void) | null | undefined)[]): Promise<void> | void {
    const done = values.find((value) => typeof value === 'function')
    const error = values.find((value) => value instanceof Error) ?? new errors.ClientDestroyedError()
    const ended = this.#end((agent) => agent.destroy(error))
    for (const socket of this.#sockets) socket.destroy(error)
    return answered(ended, done)
  }

  async #end(end: (agent: Agent) => Promise<void>): Promise<void> {
    this.#isClosed = true
    this.#ended.abort(new errors.ClientDestroyedError())
    for (const { leave } of this.#agents.values()) leave()
    const agents = [...[...this.#agents.values()].map(({ agent }) => agent), ...this.#retired]
    this.#agents.clear()
    await Promise.all(agents.map(end))
  }

  /** How undici's agents connect: with the options of `tls.connect()`, and by their callback. */
  #connector(): buildConnector.connector {
    const { via, own, agentOptions, connectOptions } = this.#options
    const { connectTimeout = 10_000, autoSelectFamily, autoSelectFamilyAttemptTimeout } = agentOptions
    const { timeout = connectTimeout, ...socketOptions } = connectOptions
    const { keepAlive = true, keepAliveInitialDelay = 60_000 } = socketOptions
    const race = typeof autoSelectFamily === 'boolean' && { autoSelectFamily, autoSelectFamilyAttemptTimeout }
    const sessions = new SessionCache(agentOptions.maxCachedSessions)
    return (target, done) => {
      const { hostname, protocol, servername, localAddress } = target
      const host = hostname.replace(/^\[(.*)\]$/, '$1')
      const isSecure = protocol === 'https:'
      const port = Number(target.port) || (isSecure ? 443 : 80)
      const options = {
        highWaterMark: isSecure ? 16_384 : 65_536,
        ...race,
        ...socketOptions,
        ...(localAddress && { localAddress }),
        finishTimeout: FINISH_TIMEOUT,
        ...own,
        host,
        port,
      }
      const key = servername || host
      const session = socketOptions.session ?? sessions.get(key)
      const socket = isSecure
        ? tlsConnect(via, {
            ALPNProtocols: agentOptions.allowH2 === true ? ['h2', 'http/1.1'] : ['http/1.1'],
            ...options,
            ...(servername && !isIP(servername) && { servername }),
            ...(session && { session }),
          } as TlsConnectOptions)
        : connect(via, options as ConnectOptions)
      if (keepAlive) socket.setKeepAlive(true, keepAliveInitialDelay)
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      if (isSecure) (socket as TLSSocket).on('session', (session) => sessions.set(key, session))
      settle(socket, isSecure ? 'secureConnect' : 'connect', timeout, done)
      return socket
    }
  }
}

import { type AgentOptions, type ClientRequestArgs, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions as HttpsAgentOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import { withBinding } from '../binding/binding.js'
import {
  checkedLinkOptions,
  type LinkOptions,
  type UsableLink,
  usableLink,
  type Via,
} from '../following/via.js'
import { identityOf, wayOf } from '../way.js'

/** How long requests may take that are under way when the session leaves their link, in milliseconds. */
export const FINISH_TIMEOUT = 10_000

/** Options of {@link httpAgent}: those of `http.Agent`, and those of this package. */
export type LinkAgentOptions = AgentOptions & LinkOptions

/** Options of {@link httpsAgent}: those of `https.Agent`, and those of this package. */
export type LinkHttpsAgentOptions = HttpsAgentOptions & LinkOptions

/**
 * An agent for `http.request()`, ws, axios, socket.io and others, whose connections use the link of a session, a trial or an interface, as
 * {@link connect} does. It keeps connections alive by default. A request never uses a pooled connection of another link: when the session leaves a
 * link, the agent closes the idle connections there at once, and lets requests under way finish (`finishTimeout`).
 *
 * A request whose connection is lost fails with a {@link LinkError}. `destroy()` closes all connections.
 *
 * @throws TypeError or RangeError that names an invalid argument
 */
export function httpAgent(via: Via, options: LinkAgentOptions = {}): HttpAgent {
  const { own, others } = checkedLinkOptions('httpAgent()', via, options)
  return onLinks(new HttpAgent({ keepAlive: true, ...others }), via, own)
}

/**
 * The same for `https.request()` and `wss:`.
 * @throws TypeError or RangeError that names an invalid argument
 */
export function httpsAgent(via: Via, options: LinkHttpsAgentOptions = {}): HttpsAgent {
  const { own, others } = checkedLinkOptions('httpsAgent()', via, options)
  return onLinks(new HttpsAgent({ keepAlive: true, ...others }), via, own)
}

/** The types of Node leave out what this returns. */
type KeepSocketAlive = (socket: Duplex) => boolean

/** The link that a request is for, in the options that Node keeps with its connection. */
const LINK = Symbol('link')

interface RequestOptions extends ClientRequestArgs {
  [LINK]?: string
}

/** Where a connection is; each is a link's identifier, or empty for none. */
interface Whereabouts {
  /** The session's link at the time of the request, which is a part of the connection's name. */
  readonly asked: string
  /** The link that it uses: another one if the request has waited. */
  readonly used: string
}

/** Binds the connections of an agent, and keeps those of different links apart. */
function onLinks<Agent extends HttpAgent>(agent: Agent, via: Via, own: LinkOptions): Agent {
  const whereabouts = new WeakMap<object, Whereabouts>()
  /** The link that a request would use now; empty if there is none. */
  const current = () => {
    try {
      return usableLink(via, own.by).membership?.link ?? ''
    } catch {
      // The request itself says so, or waits.
      return ''
    }
  }
  const isIdle = (socket: Socket) =>
    Object.values(agent.freeSockets).some((sockets) => sockets?.includes(socket))
  const original = {
    getName: agent.getName.bind(agent),
    createConnection: agent.createConnection.bind(agent),
    keepSocketAlive: agent.keepSocketAlive.bind(agent) as KeepSocketAlive,
  }
  // Node keeps a connection's options, so that its name stays the same, whatever the session does meanwhile.
  agent.getName = (options: RequestOptions = {}) => {
    const link = options[LINK] ?? current()
    if (Object.isExtensible(options)) options[LINK] = link
    return `${original.getName(options)}:${link}`
  }
  agent.createConnection = (options: RequestOptions) => {
    const { path: _path, socketPath, ...others } = options
    if (socketPath)
      throw new TypeError(
        'a request through a link takes a host and a port, not a socketPath: that has no link',
      )
    const linked = (socket: Socket, { membership }: UsableLink) =>
      whereabouts.set(socket, { asked: options[LINK] ?? '', used: membership?.link ?? '' })
    const way = wayOf({ via, own, finishTimeout: FINISH_TIMEOUT, isIdle, linked }, others)
    const identity = agent instanceof HttpsAgent ? identityOf(others as ConnectionOptions) : {}
    const socket = original.createConnection({ ...others, ...identity, ...way.options }) as Socket
    way.take(withBinding(socket))
    return socket
  }
  // Before Node gives it to a request that waits in the queue.
  agent.prependListener('free', (socket: Socket) => {
    const known = whereabouts.get(socket)
    // One that was made for a request in the queue has no link yet.
    if (known !== undefined && known.used !== current()) socket.destroy()
  })
  const keepSocketAlive: KeepSocketAlive = (socket) => {
    const { asked, used } = whereabouts.get(socket) ?? { asked: null, used: null }
    // No request would find it under the name of another link.
    return asked === used && used === current() && original.keepSocketAlive(socket)
  }
  return Object.assign(agent, { keepSocketAlive })
}

import {
  allUplinks,
  type NetworkConfigurationManager,
  type NetworkSession,
  NetworkSessionError,
  type RoamingOffer,
  type RoamingTrial,
} from 'roamkit'
import { type Command, commandOf, USAGE } from './command.js'
import { deployments, type Work } from './deployments.js'
import { whenListed } from './find-configuration.js'
import type { NodeRed, RedNode } from './node-red.js'
import { sessionBadge } from './session-badge.js'
import { errorText, shortName } from './text.js'

interface SessionConfig {
  readonly manager: string
  /** Name or identifier of a configuration; empty for all uplinks of the machine. */
  readonly configuration?: string
  /** Whether the session opens when the node is deployed, without a message. */
  readonly autoOpen: boolean
  /** Whether the session asks at the second output before it roams. */
  readonly ask: boolean
}

/** Registers the node that has a session: it keeps a link up from when it is opened until it is closed or the node ends. */
export function registerSession(RED: NodeRed): void {
  const whileDeployed = deployments(RED)
  RED.nodes.registerType<RedNode, SessionConfig>('roamkit-session', function (config) {
    RED.nodes.createNode(this, config)
    const work = whileDeployed(this, config.manager, (manager) => new DeployedSession(this, manager, config))
    this.on('input', (message, _send, done) => {
      const command = commandOf(message)
      if (command === null) done(USAGE)
      else
        work
          .then((session) => session.perform(command))
          .then(
            () => done(),
            (error) => done(errorText(error)),
          )
    })
  })
}

/** The session of one node, from when its manager is open until the node ends. */
class DeployedSession implements Work {
  readonly #node: RedNode
  readonly #manager: NetworkConfigurationManager
  readonly #ending = new AbortController()
  /** There is one as soon as its configuration is known. Rejects if the node ends before. */
  readonly #session: Promise<NetworkSession>

  constructor(node: RedNode, manager: NetworkConfigurationManager, config: SessionConfig) {
    this.#node = node
    this.#manager = manager
    this.#session = this.#create(config)
    this.#session.catch(() => {}) // the node has ended
    if (config.autoOpen) this.perform({ name: 'open' }).catch((error) => node.error(errorText(error)))
  }

  /** Rejects if a session cannot be opened or closed. A command that the end of the node, or a later one, cuts short does not reject. */
  async perform({ name, id }: Command): Promise<void> {
    const session = await this.#session.catch(() => null)
    if (session === null || this.#ending.signal.aborted) return
    if (name === 'open') await session.open({ keepOpen: 'always' }).catch(unlessCancelled)
    else if (name === 'close') await session.close()
    else if (!(await session[name](id))) this.#node.warn(`${name} had no effect`)
  }

  async end(): Promise<void> {
    this.#ending.abort()
    const session = await this.#session.catch(() => null)
    await session?.close()
  }

  async #create({ configuration = '', ask }: SessionConfig): Promise<NetworkSession> {
    const [node, manager, { signal }] = [this.#node, this.#manager, this.#ending]
    const wanted = configuration === '' ? uplinks(manager) : configuration
    node.status({ fill: 'grey', shape: 'ring', text: `not there: ${shortName(wanted)}` })
    const found = await whenListed(manager, wanted, signal)
    signal.throwIfAborted()
    const session = manager.createSession(found)
    const show = () => {
      const snapshot = session.getSnapshot()
      node.status(sessionBadge(snapshot, manager))
      // A copy: snapshots are frozen, and other nodes may write into a message.
      node.send([{ topic: 'session', payload: structuredClone(snapshot) }, null])
    }
    const undo = session.subscribe(show)
    signal.addEventListener('abort', undo, { once: true })
    session.on('error', (error) => node.warn(errorText(error)), { signal })
    if (ask) this.#askBeforeRoaming(session)
    show()
    return session
  }

  /** A session asks before it roams if it has a listener. */
  #askBeforeRoaming(session: NetworkSession): void {
    const [node, { signal }] = [this.#node, this.#ending]
    const ask = (topic: 'offer' | 'trial', payload: object) =>
      node.send([null, { topic, payload: structuredClone(payload) }])
    const onOffer = ({ id, configuration, isSeamless, remaining }: RoamingOffer) =>
      ask('offer', { id, configuration, isSeamless, remaining })
    const onTrial = ({ id, configuration, from, remaining }: RoamingTrial) =>
      ask('trial', { id, configuration, from, remaining })
    session.on('preferredConfigurationChanged', (_better, _isSeamless, offer) => onOffer(offer), { signal })
    session.on('newConfigurationActivated', onTrial, { signal })
  }
}

/** The identifier of the network of all uplinks, which is defined once. */
function uplinks(manager: NetworkConfigurationManager): string {
  const { identifier } = allUplinks
  if (!manager.configurationFromIdentifier(identifier).isValid) manager.defineServiceNetwork(allUplinks)
  return identifier
}

/** `close` cuts a waiting `open` short, and so does the end of the manager. That is no error. */
function unlessCancelled(error: unknown): void {
  if (error instanceof NetworkSessionError && ['cancelled', 'closed'].includes(error.reason)) return
  throw error
}

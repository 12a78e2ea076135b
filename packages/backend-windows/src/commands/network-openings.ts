import type { Activate, LinkConfiguration } from '@roamkit/core/contract'
import { profileXml } from '../wifi/network-profile.js'
import type { WifiReason } from '../wifi/wifi-reason.js'
import { keyField } from '../wifi/wifi-security.js'
import { type CommandContext, findNetwork } from './command-context.js'
import { notPossible, profileGone, serviceLost } from './command-errors.js'
import { KeyOpening } from './key-opening.js'
import type { WifiCommands, WifiTarget } from './wifi-commands.js'

const REQUESTED: WifiReason = { reason: 'requested', native: null }

/** Who is asked for a key, and what the caller wanted, as a message says it. */
interface Request {
  readonly secret: Activate['secret']
  readonly what: string
}

/** Opens networks that have no profile (rule N2), with a profile that Windows forgets when the link goes down. */
export class NetworkOpenings {
  readonly #context: CommandContext
  readonly #commands: WifiCommands
  readonly #openings = new Set<KeyOpening>()

  /**
   * @param context what it needs of the backend
   * @param commands connects
   */
  constructor(context: CommandContext, commands: WifiCommands) {
    this.#context = context
    this.#commands = commands
  }

  /** Ends the activations that have no link yet, and takes their questions back. */
  close(): void {
    for (const opening of this.#openings) opening.stop(REQUESTED)
  }

  /** Starts an activation. Resolves to it: if the network needs a key, before the key is asked for. */
  async open(
    configuration: LinkConfiguration,
    target: WifiTarget,
    { secret, what }: Request,
  ): Promise<string> {
    const { id } = configuration
    const { unsaved, wifi, service, publish, find } = this.#context
    const { guid, profile } = target
    const network = findNetwork(this.#context, target)
    if (network === null) throw profileGone(what)
    const field = keyField(network.security)
    if (field === undefined) throw notPossible(what, configuration)
    unsaved.keep(guid, network)
    if (field === null)
      return this.#commands.connect(id, target, what, (reader) =>
        reader.connectTemporary(guid, profileXml(network, null)),
      )
    if (service.current === null) throw serviceLost(what)
    const opening = new KeyOpening(this.#context, { id, guid, network, field, secret, what })
    wifi.beginOpening(guid, profile, opening)
    publish()
    const activation = find(id)?.activation
    if (!activation) throw profileGone(what)
    this.#openings.add(opening)
    opening.run().finally(() => this.#openings.delete(opening))
    return activation
  }
}

import { deferred, eitherSignal, onAbort } from '@roamkit/core/backend-kit'
import {
  type Activate,
  BackendError,
  type Call,
  type LinkConfiguration,
  type Permission,
} from '@roamkit/core/contract'
import { AdminStatus, WifiState, WinError } from '../ffi/numbers.js'
import { parseId } from '../links/configuration-id.js'
import type { WifiNote } from '../notifications/wifi-note.js'
import { adaptersOf } from '../translate/adapter.js'
import type { CommandContext } from './command-context.js'
import { locationDenied, notPossible, refusal } from './command-errors.js'
import { NetworkOpenings } from './network-openings.js'
import { forget, save } from './profile-commands.js'
import { Scans } from './scans.js'
import { presentActivation, WifiCommands, type WifiTarget } from './wifi-commands.js'

/** Carries out the commands of the contract. The backend has checked that it is open, and that the configuration exists. */
export class Commands {
  readonly #context: CommandContext
  readonly #closed = new AbortController()
  readonly #wifi: WifiCommands
  readonly #openings: NetworkOpenings
  readonly #scans: Scans

  /** @param context what it needs of the backend */
  constructor(context: CommandContext) {
    this.#context = context
    this.#wifi = new WifiCommands(context)
    this.#openings = new NetworkOpenings(context, this.#wifi)
    this.#scans = new Scans(context)
  }

  /** Rejects every call in progress with `ERR_CLOSED`. */
  close(): void {
    this.#closed.abort(new BackendError('ERR_CLOSED', 'windows: the backend is closed'))
    this.#scans.settleAll('scanned')
    this.#wifi.release()
    this.#openings.close()
  }

  /** Passes a notification to the commands that wait for it. */
  note(note: WifiNote): void {
    this.#wifi.note(note)
    this.#scans.note(note)
  }

  /** The WLAN service does not answer any more: ends everything that waits for it. */
  loseWifi(): void {
    this.#wifi.release()
    this.#scans.settleAll('serviceLost')
  }

  /** Brings a link up; see the contract. */
  async activate(configuration: LinkConfiguration, call: Activate): Promise<string> {
    const { id, activate } = configuration
    const what = `cannot activate ${JSON.stringify(configuration.name)}`
    const target = parseId(id)
    const present =
      target?.kind === 'wifi'
        ? await this.#orAborted(this.#wifi.presentActivation(id, target.guid), call)
        : presentActivation(configuration)
    if (present !== null) return present
    if (activate === 'no' || target === null) throw notPossible(what, configuration)
    if (target.kind === 'wifi') return this.#orAborted(this.#connect(configuration, target, call, what), call)
    await this.#orAborted(this.#setAdminStatus(target.guid, AdminStatus.Up, what), call)
    return this.#orAborted(this.#enabledActivation(id, what), call)
  }

  /** Takes the present activation of a link down; see the contract. */
  async deactivate(configuration: LinkConfiguration, call: Call): Promise<void> {
    const what = `cannot deactivate ${JSON.stringify(configuration.name)}`
    const target = parseId(configuration.id)
    if (configuration.deactivate === 'no' || target === null) throw notPossible(what, configuration)
    if (target.kind === 'adapter')
      return this.#orAborted(this.#setAdminStatus(target.guid, AdminStatus.Down, what), call)
    await this.#orAborted(this.#wifi.disconnect(target, what), call)
  }

  /** Stores a network without a profile; see the contract. */
  async save(configuration: LinkConfiguration, call: Call): Promise<void> {
    await this.#orAborted(save(this.#context, configuration), call)
  }

  /** Deletes a profile; see the contract. */
  async forget(configuration: LinkConfiguration, call: Call): Promise<void> {
    await this.#orAborted(forget(this.#context, this.#wifi, configuration), call)
  }

  /** Scans with every Wi-Fi interface that can scan. */
  async scan(permission: Permission, call: Call): Promise<void> {
    const all = this.#context.tables().wifi
    if (all.length === 0)
      throw new BackendError('ERR_NOT_SUPPORTED', 'windows: there is no Wi-Fi adapter to scan with')
    const able = all.filter(({ state }) => state !== WifiState.NotReady)
    // If none can, Windows says why.
    const interfaces = able.length > 0 ? able : all
    if (permission === 'no') throw locationDenied()
    await this.#orAborted(Promise.all(interfaces.map(({ guid }) => this.#scans.scan(guid))), call)
    await this.#orAborted(this.#context.whenRead(), call)
  }

  #connect(
    configuration: LinkConfiguration,
    target: WifiTarget,
    { secret }: Activate,
    what: string,
  ): Promise<string> {
    const { guid, profile } = target
    const { id, saved } = configuration
    if (saved) return this.#wifi.connect(id, target, what, (reader) => reader.connect(guid, profile))
    return this.#openings.open(configuration, target, { secret, what })
  }

  async #setAdminStatus(guid: string, status: number, what: string): Promise<void> {
    const { ip, tables, markDirty } = this.#context
    const adapter = adaptersOf(tables().ip).get(guid)
    if (adapter === undefined)
      throw new BackendError('ERR_UNKNOWN_CONFIGURATION', `windows: ${what}: the adapter was removed`)
    const code = await ip.setAdminStatus(adapter.row.index, status)
    if (code !== WinError.Success) throw refusal(this.#context, 'SetIfEntry', code, what)
    markDirty((dirty) => dirty.add('ip'))
  }

  /** An enabled adapter has an activation as soon as Windows shows its link. Without a cable it never does. */
  async #enabledActivation(id: string, what: string): Promise<string> {
    await this.#context.whenRead()
    const activation = this.#context.find(id)?.activation
    if (activation) return activation
    throw new BackendError(
      'ERR_ACTIVATION_FAILED',
      `windows: ${what}: the adapter is enabled, but no cable is connected`,
    )
  }

  /** Waits for a command. An abort and the end of the backend stop the waiting, and nothing else. */
  async #orAborted<Value>(work: Promise<Value>, call: Call): Promise<Value> {
    const { signal, release } = eitherSignal(this.#closed.signal, call.signal)
    const { promise, resolve, reject } = deferred<Value>()
    onAbort(signal, () => reject(signal.reason))
    if (signal.aborted) reject(signal.reason)
    work.then(resolve, reject)
    try {
      return await promise
    } finally {
      release()
    }
  }
}

import {
  type Activate,
  asyncDispose,
  type Backend,
  BackendError,
  type BackendHost,
  type Call,
  type Holders,
  keepAlive,
  type LinkConfiguration,
  type Traffic,
  type World,
} from '@roamkit/core/contract'
import { Commands } from './commands/commands.js'
import { isElevated } from './ffi/rights.js'
import { sessionHolders } from './holders/session-holders.js'
import { openSharedStore, type SharedActivationStore } from './links/activation-store.js'
import { Activations, memoryStore } from './links/activations.js'
import { MachineState, type Opening } from './machine-state.js'
import { IpNotifications } from './notifications/ip-notifications.js'
import type { IpHintSource } from './notifications/notification-health.js'
import { quietHost } from './quiet-host.js'
import { IpReader } from './tables/ip-reader.js'
import { type BackendStatus, worldOf } from './translate/world.js'

/** Opens everything and reads it once. Rejects with `ERR_SERVICE_LOST` if IP Helper does not answer. */
export async function openWindows(given: Opening, call: Call): Promise<Backend> {
  const opening = { ...given, host: quietHost(given.host) }
  const functions = opening.libraries.get('iphlpapi')
  if (functions === null) throw new BackendError('ERR_SERVICE_LOST', 'windows: iphlpapi.dll cannot be loaded')
  const backend = new WindowsBackend(
    opening,
    new IpReader(functions),
    await sessionHolders(opening.libraries, opening.host),
  )
  try {
    await backend.start(
      await IpNotifications.open(functions, opening.health, {
        onHint: (source) => backend.hint(source),
        onError: (error) => backend.recover(error),
      }),
    )
    call.signal.throwIfAborted()
    return backend
  } catch (error) {
    await backend[asyncDispose]()
    throw error
  }
}

class WindowsBackend implements Backend {
  readonly holders: Holders | null
  readonly #host: BackendHost
  readonly #ip: IpReader
  readonly #machine: MachineState
  readonly #commands: Commands
  readonly #control: BackendStatus['control']
  readonly #store: SharedActivationStore | null
  readonly #release: () => void
  #world: World | null = null
  /** The world that core knows; `null` before the backend is open. */
  #published: World | null = null
  #isStale = true
  #isPublishing = false
  #closing: Promise<void> | null = null

  constructor(opening: Opening, ip: IpReader, holders: Holders | null) {
    this.holders = holders
    this.#host = opening.host
    this.#release = keepAlive(opening.host.clock)
    this.#ip = ip
    this.#control = isElevated(opening.libraries) ? 'yes' : 'no'
    this.#store = openSharedStore(opening.libraries, opening.known)
    if (this.#store === null)
      opening.host.log('windows: activations are counted in this process alone', { scope: null })
    const activations = new Activations(this.#store ?? memoryStore(), Date.now())
    this.#machine = new MachineState(opening, ip, activations, {
      onChange: () => this.#publish(),
      onNote: (note) => this.#commands.note(note),
      onWifiLost: () => this.#commands.loseWifi(),
    })
    this.#commands = new Commands({
      host: opening.host,
      ip,
      wifi: this.#machine.wifi,
      unsaved: this.#machine.unsaved,
      service: this.#machine.wifiService,
      tables: () => this.#machine.tables,
      find: (id) => this.#find(id),
      markDirty: (add) => this.#machine.mark(add),
      whenRead: () => this.#machine.whenRead(),
      loseWifi: (error) => this.#machine.loseWifi(error),
      publish: () => this.#publish(),
    })
  }

  async start(notifications: IpNotifications): Promise<void> {
    await this.#machine.start(notifications)
    this.#published = this.snapshot()
  }

  hint(source: IpHintSource): void {
    this.#machine.hint(source)
  }

  recover(error: unknown): void {
    this.#machine.recover(error)
  }

  snapshot(): World {
    if (this.#isStale || this.#world === null) {
      this.#isStale = false
      this.#world =
        this.#machine.service === 'lost' && this.#world !== null
          ? markLost(this.#world, this.#machine.power)
          : worldOf(this.#machine.tables, this.#machine, this.#status(), this.#world)
    }
    return this.#world
  }

  async activate(id: string, request: Activate): Promise<string> {
    this.#guard(request)
    return this.#commands.activate(this.#get(id), request)
  }

  async deactivate(id: string, activation: string, call: Call): Promise<void> {
    this.#guard(call)
    const configuration = this.#get(id)
    if (configuration.activation === activation) await this.#commands.deactivate(configuration, call)
  }

  async scan(call: Call): Promise<void> {
    this.#guard(call)
    await this.#commands.scan(this.snapshot().scan, call)
  }

  async recheck(id: string, call: Call): Promise<void> {
    this.#guard(call)
    const { name } = this.#get(id)
    throw new BackendError(
      'ERR_NOT_SUPPORTED',
      `windows: cannot check the connectivity of ${JSON.stringify(name)}: Windows checks it by itself, and not on request`,
    )
  }

  async save(id: string, call: Call): Promise<void> {
    this.#guard(call)
    await this.#commands.save(this.#get(id), call)
  }

  async forget(id: string, call: Call): Promise<void> {
    this.#guard(call)
    await this.#commands.forget(this.#get(id), call)
  }

  traffic(id: string): Traffic | null {
    const configuration = this.#find(id)
    if (this.#closing !== null || configuration === undefined || configuration.interface === null) return null
    const row = this.#machine.tables.ip.interfaces.find(({ guid }) => guid === configuration.device)
    return row === undefined ? null : this.#ip.traffic(row.luid)
  }

  [asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const stopped = this.#machine.stop()
    this.#commands.close()
    await stopped
    await Promise.all([this.#machine.close(), this.holders?.[asyncDispose]()])
    this.#store?.close()
    this.#release()
  }

  #status(): BackendStatus {
    return {
      service: this.#machine.service,
      updates: this.#machine.updates,
      scope: this.#store?.scope ?? null,
      power: this.#machine.power,
      control: this.#control,
    }
  }

  /** Notifies core once for all changes of a turn of the event loop, and only if the world differs. */
  #publish(): void {
    this.#isStale = true
    if (this.#isPublishing || this.#published === null) return
    this.#isPublishing = true
    queueMicrotask(() => {
      this.#isPublishing = false
      if (this.#closing !== null || this.snapshot() === this.#published) return
      this.#published = this.snapshot()
      this.#host.changed()
    })
  }

  #find(id: string): LinkConfiguration | undefined {
    return this.snapshot().configurations.find((configuration) => configuration.id === id)
  }

  #get(id: string): LinkConfiguration {
    const found = this.#find(id)
    if (found !== undefined) return found
    throw new BackendError(
      'ERR_UNKNOWN_CONFIGURATION',
      `windows: there is no configuration ${JSON.stringify(id)}`,
    )
  }

  #guard(call: Call): void {
    if (this.#closing !== null) throw new BackendError('ERR_CLOSED', 'windows: the backend is closed')
    call.signal.throwIfAborted()
    if (this.#machine.service === 'lost')
      throw new BackendError('ERR_SERVICE_LOST', 'windows: IP Helper does not answer')
  }
}

function markLost(world: World, power: World['power']): World {
  const isSo = world.service === 'lost' && world.power === power
  return isSo ? world : Object.freeze({ ...world, service: 'lost', power })
}

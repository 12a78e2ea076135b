import { Backoff } from '@roamkit/core/backend-kit'
import {
  asyncDispose,
  type Backend,
  BackendError,
  type Call,
  type Holders,
  type Host,
  keepAlive,
  type LinkConfiguration,
  shared,
  type Traffic,
  type World,
} from '@roamkit/core/contract'
import { calmHost } from './calm-host.js'
import { Commands } from './commands/commands.js'
import type { Libraries } from './ffi/libraries.js'
import { isElevated } from './ffi/rights.js'
import { isServiceAway, type WindowsError } from './ffi/windows-error.js'
import { sessionHolders } from './holders/session-holders.js'
import {
  type KnownActivations,
  openSharedStore,
  type SharedActivationStore,
} from './links/activation-store.js'
import { Activations, memoryStore } from './links/activations.js'
import { Links } from './links/links.js'
import { FallbackPolling, IP_SOURCES } from './notifications/fallback-polling.js'
import { IpNotifications } from './notifications/ip-notifications.js'
import type { HintSource, IpHintSource, NotificationHealth } from './notifications/notification-health.js'
import { changesLink, type WifiNote } from './notifications/wifi-note.js'
import type { Tables } from './tables/captured.js'
import type { DirtyTables } from './tables/dirty-tables.js'
import { IpReader } from './tables/ip-reader.js'
import { NetworkList } from './tables/network-list.js'
import { NOTHING_READ, type ReadOutcome, readTables } from './tables/read-tables.js'
import { Refresh } from './tables/refresh.js'
import { VpnEntries } from './tables/vpn-entries.js'
import { adapterPhase, adaptersOf } from './translate/adapter.js'
import { type BackendStatus, followTables, worldOf } from './translate/world.js'
import { WifiLinks } from './wifi/wifi-links.js'
import { WifiService } from './wifi/wifi-service.js'

/** The pauses before IP Helper is asked again, in milliseconds. */
const RETRY = { first: 100, longest: 5000 }

/** What a backend is opened with. */
export interface Opening {
  readonly libraries: Libraries
  /** Kept by the driver: what is proven once stays proven. */
  readonly health: NotificationHealth
  /** Kept by the driver: the activations that it knows from before. */
  readonly known: KnownActivations
  /** Milliseconds between two readings while notifications are unproven. */
  readonly interval: number
  readonly host: Host
}

/** Opens everything and reads it once. Rejects with `ERR_SERVICE_LOST` where IP Helper does not answer. */
export async function openWindows(given: Opening, call: Call): Promise<Backend> {
  const opening = { ...given, host: calmHost(given.host) }
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
        onError: (error) => backend.onError(error),
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
  readonly #opening: Opening
  readonly #host: Host
  readonly #health: NotificationHealth
  readonly #ip: IpReader
  readonly #wifiService: WifiService
  readonly #links: Links
  readonly #wifi: WifiLinks
  readonly #refresh: Refresh
  readonly #commands: Commands
  readonly #polling: FallbackPolling
  readonly #backoff: Backoff
  readonly #control: BackendStatus['control']
  readonly #store: SharedActivationStore | null
  readonly #release: () => void
  #ipNotifications: IpNotifications | null = null
  #networks: NetworkList | null = null
  #vpn: VpnEntries | null = null
  #tables: Tables = NOTHING_READ
  #service: World['service'] = 'ready'
  #world: World | null = null
  #told: World | null = null
  #isStale = true
  #isTelling = false
  /** Why the last reading was none. */
  #failure: unknown = null
  #closing: Promise<void> | null = null

  constructor(opening: Opening, ip: IpReader, holders: Holders | null) {
    this.#opening = opening
    this.holders = holders
    this.#host = opening.host
    this.#release = keepAlive(opening.host.clock)
    this.#health = opening.health
    this.#ip = ip
    this.#control = isElevated(opening.libraries) ? 'yes' : 'no'
    this.#store = openSharedStore(opening.libraries, opening.known)
    if (this.#store === null)
      opening.host.log('windows: activations are counted in this process alone', { scope: null })
    this.#links = new Links(new Activations(this.#store ?? memoryStore(), Date.now()))
    this.#wifi = new WifiLinks(this.#links)
    this.#wifiService = new WifiService({
      ...opening,
      onNote: (note) => this.#note(note),
      onHint: () => this.#heard('service'),
      onRetry: () => this.#refresh.mark((it) => it.add('wifi')),
      onError: (error) => this.onError(error),
    })
    this.#polling = new FallbackPolling({
      ...opening,
      sources: () => this.#sources(),
      read: () => this.#readAll(),
    })
    this.#backoff = new Backoff(opening.host.clock, RETRY, () => this.#refresh.mark((it) => it.addAll()))
    // What cannot be understood is no answer either.
    this.#refresh = new Refresh((dirty) => this.#read(dirty).catch((error) => this.#lose(error)))
    this.#commands = new Commands({
      host: opening.host,
      ip,
      wifi: this.#wifi,
      service: this.#wifiService,
      tables: () => this.#tables,
      find: (id) => this.#find(id),
      markDirty: (change) => this.#refresh.mark(change),
      loseWifi: (error) => this.#loseWifi(error),
      publish: () => this.#change(),
      whenRead: () => this.#refresh.idle(),
    })
  }

  /** Listens, and reads everything for the first time. */
  async start(notifications: IpNotifications): Promise<void> {
    const { libraries } = this.#opening
    this.#ipNotifications = notifications
    const onError = (error: unknown) => this.onError(error)
    this.#vpn = await VpnEntries.open(libraries, {
      onHint: () => this.#refresh.mark((it) => it.add('vpn')),
      onError,
    })
    this.#networks = await NetworkList.open(libraries, {
      onHint: () => this.#refresh.mark((it) => it.add('networks')),
      onError,
    })
    await this.#wifiService.watch()
    // One reading at a time, also with hints that have come meanwhile.
    await this.#readAll()
    if (this.#failure !== null)
      throw new BackendError('ERR_SERVICE_LOST', 'windows: the tables cannot be read', {
        cause: this.#failure,
      })
    if (libraries.missing.length > 0) this.#host.log('windows: missing', { functions: libraries.missing })
    this.#told = this.snapshot()
  }

  snapshot(): World {
    if (this.#isStale || this.#world === null) {
      this.#isStale = false
      this.#world =
        this.#service === 'lost' && this.#world !== null
          ? lostWorld(this.#world)
          : worldOf(this.#tables, { links: this.#links, wifi: this.#wifi }, this.#status(), this.#world)
    }
    return this.#world
  }

  async activate(id: string, call: Call): Promise<string> {
    this.#guard(call)
    return this.#commands.activate(this.#known(id), call)
  }

  async deactivate(id: string, activation: string, call: Call): Promise<void> {
    this.#guard(call)
    const configuration = this.#known(id)
    if (configuration.activation === activation) await this.#commands.deactivate(configuration, call)
  }

  async scan(call: Call): Promise<void> {
    this.#guard(call)
    await this.#commands.scan(this.snapshot().scan, call)
  }

  async recheck(id: string, call: Call): Promise<void> {
    this.#guard(call)
    const { name } = this.#known(id)
    throw new BackendError(
      'ERR_NOT_SUPPORTED',
      `windows: the connectivity of ${JSON.stringify(name)} is checked by Windows itself, and not on request`,
    )
  }

  traffic(id: string): Traffic | null {
    const configuration = this.#find(id)
    if (this.#closing !== null || configuration === undefined || configuration.interface === null) return null
    const row = this.#tables.ip.interfaces.find(({ guid }) => guid === configuration.device)
    return row === undefined ? null : this.#ip.traffic(row.luid)
  }

  [asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** IP Helper says that something is different. */
  hint(source: IpHintSource): void {
    this.#heard(source)
    this.#refresh.mark((it) => it.addForHint(source, this.#tables.wifi))
  }

  /** What Windows told could not be taken in: nothing of it is known to be true any more. */
  onError(error: unknown): void {
    this.#host.log('windows: a notification failed', { error })
    this.#refresh.mark((it) => it.addAll())
  }

  async #close(): Promise<void> {
    this.#polling.close()
    this.#backoff.reset()
    this.#commands.close()
    await this.#refresh.close()
    // A reading under way may have begun one.
    this.#backoff.reset()
    await Promise.all([
      this.#ipNotifications?.close(),
      this.#wifiService.close(),
      this.#networks?.close(),
      this.#vpn?.close(),
      this.holders?.[asyncDispose](),
    ])
    this.#store?.close()
    this.#release()
  }

  #note(note: WifiNote): void {
    this.#heard('wifi')
    this.#wifi.applyNote(note)
    this.#commands.note(note)
    this.#refresh.mark((it) => it.addForNote(note))
    if (changesLink(note)) this.#change()
  }

  #heard(source: HintSource): void {
    // What was polled may be notified now.
    if (this.#polling.recordNotification(source)) this.#change()
  }

  async #readAll(): Promise<'same' | 'changed'> {
    const { ip } = this.#tables
    this.#refresh.mark((it) => it.addAll())
    await this.#refresh.idle()
    return this.#tables.ip === ip ? 'same' : 'changed'
  }

  /** Reads what is dirty and takes it in. What IP Helper does not answer is the service's loss, and what the WLAN service does not, Wi-Fi's. */
  async #read(dirty: DirtyTables): Promise<void> {
    const since = this.#wifi.count
    const before = this.#tables
    let outcome: ReadOutcome
    try {
      outcome = await readTables(before, dirty, {
        ip: this.#ip,
        networks: this.#networks,
        vpn: this.#vpn,
        wifi: () => this.#wifiService.reader(),
      })
    } catch (error) {
      return this.#lose(error)
    }
    const { tables, wifiError } = outcome
    // A command may have found out meanwhile that the WLAN service is gone.
    const { wifi, wifiService } = this.#tables === before ? tables : this.#tables
    this.#tables = shared(tables, { ...tables, wifi, wifiService })
    if (wifiError !== null) this.#wifiFailed(wifiError)
    else if (dirty.hasWifi && wifiService === 'running') this.#followWifi(before, since, dirty)
    this.#followIp(since, dirty)
    this.#failure = null
    if (this.#service === 'lost') this.#host.log('windows: IP Helper answers again')
    this.#service = 'ready'
    this.#backoff.reset()
    this.#polling.update()
    this.#change()
  }

  #followWifi(before: Tables, since: number, dirty: DirtyTables): void {
    const { wifi } = this.#tables
    const certainty = this.#health.areProven(['wifi']) ? 'notified' : 'polled'
    const isNew = before.wifiService !== 'running'
    if (isNew && before.wifiService !== 'none') this.#host.log('windows: WLAN AutoConfig answers again')
    this.#wifiService.recordAnswer()
    for (const { guid } of before.wifi)
      if (!wifi.some((table) => table.guid === guid)) this.#wifi.keepProfiles(guid, [])
    for (const { guid, state, connection, profiles } of wifi) {
      const profile = connection === 'denied' ? this.#wifi.profileInUse(guid) : (connection?.profile ?? null)
      this.#wifi.keepProfiles(
        guid,
        profiles.map(({ name }) => name),
      )
      const isRead = isNew || dirty.wifi || dirty.parts.has(guid)
      if (isRead) this.#wifi.applyTable({ guid, state, profile, since }, certainty)
    }
  }

  #followIp(since: number, dirty: DirtyTables): void {
    const { wifi, ip } = this.#tables
    followTables(this.#tables, this.#links, this.#wifi)
    if (!dirty.ip) return
    const adapters = adaptersOf(ip)
    for (const { guid } of wifi) {
      const adapter = adapters.get(guid)
      if (adapter === undefined || adapterPhase(adapter) === 'up') this.#wifi.applyAddress(guid, since)
    }
  }

  #wifiFailed(error: WindowsError): void {
    if (isServiceAway(error.code)) return this.#loseWifi(error)
    // An interface may have gone in the middle of it.
    this.#host.log('windows: Wi-Fi cannot be read', { error })
    this.#wifiService.askAgain()
  }

  /** WLAN AutoConfig has stopped: what it ran is over, its profiles stay listed, and everything else goes on. */
  #loseWifi(error: WindowsError): void {
    this.#wifiService.lose()
    this.#wifiService.askAgain()
    if (this.#tables.wifiService !== 'running') return
    this.#host.log('windows: WLAN AutoConfig does not answer', { error })
    this.#tables = shared(this.#tables, { ...this.#tables, wifiService: 'stopping' })
    this.#wifi.loseService()
    this.#commands.loseWifi()
    // What its adapters do without it is IP Helper's word.
    this.#refresh.mark((it) => it.add('ip'))
    this.#change()
  }

  #lose(error: unknown): void {
    this.#failure = error
    if (this.#service === 'ready') this.#host.log('windows: IP Helper does not answer', { error })
    this.#service = 'lost'
    this.#change()
    if (this.#closing === null) this.#backoff.start()
  }

  #sources(): readonly HintSource[] {
    return this.#tables.wifi.length > 0 ? [...IP_SOURCES, 'wifi'] : IP_SOURCES
  }

  #status(): BackendStatus {
    return {
      service: this.#service,
      updates: this.#polling.isNeeded ? 'polling' : 'events',
      scope: this.#store?.scope ?? null,
      control: this.#control,
    }
  }

  /** Something may show differently: the world is made anew when it is read, and the host told once for all of a turn. */
  #change(): void {
    this.#isStale = true
    if (this.#isTelling || this.#told === null) return
    this.#isTelling = true
    queueMicrotask(() => {
      this.#isTelling = false
      if (this.#closing !== null || this.snapshot() === this.#told) return
      this.#told = this.snapshot()
      this.#host.changed()
    })
  }

  #find(id: string): LinkConfiguration | undefined {
    return this.snapshot().configurations.find((configuration) => configuration.id === id)
  }

  #known(id: string): LinkConfiguration {
    const found = this.#find(id)
    if (found !== undefined) return found
    throw new BackendError('ERR_UNKNOWN_CONFIGURATION', `windows: there is no ${JSON.stringify(id)}`)
  }

  #guard(call: Call): void {
    if (this.#closing !== null) throw new BackendError('ERR_CLOSED', 'windows: the backend is closed')
    call.signal.throwIfAborted()
    if (this.#service === 'lost')
      throw new BackendError('ERR_SERVICE_LOST', 'windows: IP Helper does not answer')
  }
}

function lostWorld(world: World): World {
  return world.service === 'lost' ? world : Object.freeze({ ...world, service: 'lost' })
}

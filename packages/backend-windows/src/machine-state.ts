import { Backoff } from '@roamkit/core/backend-kit'
import { BackendError, type BackendHost, shareStructure, type World } from '@roamkit/core/contract'
import type { Libraries } from './ffi/libraries.js'
import { isServiceAway, type WindowsError } from './ffi/windows-error.js'
import type { KnownActivations } from './links/activation-store.js'
import type { Activations } from './links/activations.js'
import { Links } from './links/links.js'
import { FallbackPolling, IP_SOURCES } from './notifications/fallback-polling.js'
import type { IpNotifications } from './notifications/ip-notifications.js'
import type { HintSource, IpHintSource, NotificationHealth } from './notifications/notification-health.js'
import { type PowerHint, PowerNotifications } from './notifications/power-notifications.js'
import { changesLink, type WifiNote } from './notifications/wifi-note.js'
import type { Tables } from './tables/captured.js'
import type { DirtyTables } from './tables/dirty-tables.js'
import type { IpReader } from './tables/ip-reader.js'
import { NetworkList } from './tables/network-list.js'
import { NOTHING_READ, type ReadOutcome, readTables } from './tables/read-tables.js'
import { Refresh } from './tables/refresh.js'
import { VpnEntries } from './tables/vpn-entries.js'
import { adapterPhase, adaptersOf } from './translate/adapter.js'
import { followTables } from './translate/world.js'
import { UnsavedNetworks } from './wifi/unsaved-networks.js'
import { WifiLinks } from './wifi/wifi-links.js'
import { WifiService } from './wifi/wifi-service.js'

/** What a backend is opened with. */
export interface Opening {
  readonly libraries: Libraries
  /** Kept by the driver, so that what one backend has proven holds for the next. */
  readonly health: NotificationHealth
  /** Kept by the driver, so that a backend knows the activations of those before it. */
  readonly known: KnownActivations
  /** Milliseconds between two readings while notifications are unproven. */
  readonly interval: number
  /** Whether networks in range that have no profile are configurations. */
  readonly visibleNetworks: boolean
  readonly host: BackendHost
}

/** Receives what happens. */
export interface MachineListener {
  /** Something that the world shows may have changed. */
  onChange(): void
  /** The WLAN service has sent a notification, which is already applied. */
  onNote(note: WifiNote): void
  /** The WLAN service does not answer any more. */
  onWifiLost(): void
}

/** The pauses before IP Helper is asked again, in milliseconds. */
const RETRY = { first: 100, longest: 5000 }

/** The state of the machine: the tables as they were read last, and the links that they and the notifications show. */
export class MachineState {
  readonly links: Links
  readonly wifi: WifiLinks
  readonly unsaved: UnsavedNetworks
  readonly wifiService: WifiService
  readonly #opening: Opening
  readonly #host: BackendHost
  readonly #ip: IpReader
  readonly #listener: MachineListener
  readonly #refresh: Refresh
  readonly #polling: FallbackPolling
  readonly #backoff: Backoff
  #ipNotifications: IpNotifications | null = null
  #networks: NetworkList | null = null
  #vpn: VpnEntries | null = null
  #powerNotifications: PowerNotifications | null = null
  #power: World['power'] = 'unknown'
  #tables: Tables = NOTHING_READ
  #service: World['service'] = 'ready'
  /** Why the last reading failed. */
  #failure: unknown = null
  #isClosed = false

  /** Nothing is read before {@link start}. */
  constructor(opening: Opening, ip: IpReader, activations: Activations, listener: MachineListener) {
    this.#opening = opening
    this.#host = opening.host
    this.#ip = ip
    this.#listener = listener
    this.links = new Links(activations)
    this.wifi = new WifiLinks(this.links)
    this.unsaved = new UnsavedNetworks(opening)
    this.wifiService = new WifiService({
      ...opening,
      onNote: (note) => this.#applyNote(note),
      onHint: () => this.#recordNotification('service'),
      onRetry: () => this.mark((dirty) => dirty.add('wifi')),
      onError: (error) => this.recover(error),
    })
    this.#polling = new FallbackPolling({
      ...opening,
      sources: () => this.#sources(),
      read: () => this.#readAll(),
    })
    this.#backoff = new Backoff(opening.host.clock, RETRY, () => this.mark((dirty) => dirty.addAll()))
    // An answer that cannot be decoded counts as no answer.
    this.#refresh = new Refresh((dirty) => this.#read(dirty).catch((error) => this.#lose(error)))
  }

  /** The tables as they were read last. */
  get tables(): Tables {
    return this.#tables
  }

  /** Whether IP Helper answers. */
  get service(): World['service'] {
    return this.#service
  }

  /** Whether the machine sleeps; unknown until a notification has proven that Windows tells (rule L4). */
  get power(): World['power'] {
    return this.#power
  }

  /** Whether every change is notified. */
  get updates(): World['updates'] {
    return this.#polling.isNeeded ? 'polling' : 'events'
  }

  /** Listens, and reads everything for the first time. Rejects with `ERR_SERVICE_LOST` if IP Helper does not answer. */
  async start(notifications: IpNotifications): Promise<void> {
    const { libraries } = this.#opening
    this.#ipNotifications = notifications
    const onError = (error: unknown) => this.recover(error)
    this.#vpn = await VpnEntries.open(libraries, {
      onHint: () => this.mark((dirty) => dirty.add('vpn')),
      onError,
    })
    this.#networks = await NetworkList.open(libraries, {
      onHint: () => this.mark((dirty) => dirty.add('networks')),
      onError,
    })
    this.#powerNotifications = await PowerNotifications.open(libraries, this.#opening.health, {
      onHint: (power) => this.#followPower(power),
      onError,
    })
    // A notification may have come already.
    if (this.#power === 'unknown' && this.#opening.health.areProven(['power'])) this.#power = 'awake'
    await this.wifiService.watch()
    // Notifications may have started a reading already: there is only one at a time.
    await this.#readAll()
    if (this.#failure !== null)
      throw new BackendError('ERR_SERVICE_LOST', 'windows: IP Helper cannot be read', {
        cause: this.#failure,
      })
    if (libraries.missing.length > 0)
      this.#host.log('windows: functions are missing', { functions: libraries.missing })
  }

  /** Adds to what is read next. */
  mark(add: (dirty: DirtyTables) => unknown): void {
    this.#refresh.mark(add)
  }

  /** Resolves when everything that is dirty now has been read. */
  whenRead(): Promise<void> {
    return this.#refresh.idle()
  }

  /** IP Helper has sent a notification. */
  hint(source: IpHintSource): void {
    this.#recordNotification(source)
    this.mark((dirty) => dirty.addForHint(source, this.#tables.wifi))
  }

  /** Handling a notification failed: everything is read again. */
  recover(error: unknown): void {
    this.#host.log('windows: a notification could not be handled', { error })
    this.mark((dirty) => dirty.addAll())
  }

  /** WLAN AutoConfig has stopped: its links end, its profiles stay listed, and everything else goes on. */
  loseWifi(error: WindowsError): void {
    this.wifiService.lose()
    this.wifiService.askAgain()
    if (this.#tables.wifiService !== 'running') return
    this.#host.log('windows: WLAN AutoConfig does not answer', { error })
    this.#tables = shareStructure(this.#tables, { ...this.#tables, wifiService: 'stopping' })
    this.wifi.loseService()
    this.#listener.onWifiLost()
    // IP Helper shows what the adapters do without the service.
    this.mark((dirty) => dirty.add('ip'))
    this.#listener.onChange()
  }

  /** Stops reading. Resolves when the present reading has ended. */
  async stop(): Promise<void> {
    this.#isClosed = true
    this.#polling.close()
    this.#backoff.reset()
    await this.#refresh.close()
    // The reading that was in progress may have started another pause.
    this.#backoff.reset()
  }

  /** Closes everything, after {@link stop}. */
  async close(): Promise<void> {
    await Promise.all([
      this.#ipNotifications?.close(),
      this.wifiService.close(),
      this.#networks?.close(),
      this.#vpn?.close(),
      this.#powerNotifications?.close(),
    ])
  }

  #applyNote(note: WifiNote): void {
    this.#recordNotification('wifi')
    this.wifi.applyNote(note)
    this.#listener.onNote(note)
    this.mark((dirty) => dirty.addForNote(note))
    if (changesLink(note)) this.#listener.onChange()
  }

  #followPower(power: PowerHint): void {
    this.#opening.health.recordNotification('power')
    this.#power = power
    this.#listener.onChange()
  }

  #recordNotification(source: HintSource): void {
    // The first notification of a source may turn `updates` to `events`.
    if (this.#polling.recordNotification(source)) this.#listener.onChange()
  }

  async #readAll(): Promise<'same' | 'changed'> {
    const { ip } = this.#tables
    this.mark((dirty) => dirty.addAll())
    await this.#refresh.idle()
    return this.#tables.ip === ip ? 'same' : 'changed'
  }

  /** Reads the dirty tables and applies them. If IP Helper fails, the whole service is lost; if the WLAN service fails, only Wi-Fi is. */
  async #read(dirty: DirtyTables): Promise<void> {
    const since = this.wifi.count
    const before = this.#tables
    let outcome: ReadOutcome
    try {
      outcome = await readTables(before, dirty, {
        ip: this.#ip,
        networks: this.#networks,
        vpn: this.#vpn,
        readsAccessPoints: this.#opening.visibleNetworks,
        wifi: () => this.wifiService.reader(),
      })
    } catch (error) {
      return this.#lose(error)
    }
    const { tables, wifiError } = outcome
    // A command may have found out in the meantime that the WLAN service is away.
    const { wifi, wifiService } = this.#tables === before ? tables : this.#tables
    this.#tables = shareStructure(tables, { ...tables, wifi, wifiService })
    if (wifiError !== null) this.#failWifi(wifiError)
    else if (dirty.hasWifi && wifiService === 'running') this.#followWifi(before, since, dirty)
    this.#followIp(since, dirty)
    this.#failure = null
    if (this.#service === 'lost') this.#host.log('windows: IP Helper answers again')
    this.#service = 'ready'
    this.#backoff.reset()
    this.#polling.update()
    this.#listener.onChange()
  }

  #followWifi(before: Tables, since: number, dirty: DirtyTables): void {
    const { wifi } = this.#tables
    const certainty = this.#opening.health.areProven(['wifi']) ? 'notified' : 'polled'
    const isNew = before.wifiService !== 'running'
    if (isNew && before.wifiService !== 'none') this.#host.log('windows: WLAN AutoConfig answers again')
    this.wifiService.recordAnswer()
    for (const { guid } of before.wifi)
      if (!wifi.some((table) => table.guid === guid)) this.wifi.forgetInterface(guid)
    for (const table of wifi) {
      const { guid, state, connection, profiles } = table
      const profile = connection === 'denied' ? this.wifi.profileInUse(guid) : (connection?.profile ?? null)
      this.wifi.keepProfiles(guid, [
        ...profiles.map(({ name }) => name),
        ...this.unsaved.of(table).map((network) => network.profile),
      ])
      const isRead = isNew || dirty.wifi || dirty.parts.has(guid)
      if (isRead) this.wifi.applyTable({ guid, state, profile, since }, certainty)
    }
  }

  #followIp(since: number, dirty: DirtyTables): void {
    const { wifi, ip } = this.#tables
    followTables(this.#tables, this.links, this.wifi)
    if (!dirty.ip) return
    const adapters = adaptersOf(ip)
    for (const { guid } of wifi) {
      const adapter = adapters.get(guid)
      if (adapter === undefined || adapterPhase(adapter) === 'up') this.wifi.applyAddress(guid, since)
    }
  }

  #failWifi(error: WindowsError): void {
    if (isServiceAway(error.code)) return this.loseWifi(error)
    // An interface may have been removed during the reading.
    this.#host.log('windows: Wi-Fi cannot be read', { error })
    this.wifiService.askAgain()
  }

  #lose(error: unknown): void {
    this.#failure = error
    if (this.#service === 'ready') this.#host.log('windows: IP Helper does not answer', { error })
    this.#service = 'lost'
    this.#listener.onChange()
    if (!this.#isClosed) this.#backoff.start()
  }

  #sources(): readonly HintSource[] {
    return this.#tables.wifi.length > 0 ? [...IP_SOURCES, 'wifi'] : IP_SOURCES
  }
}

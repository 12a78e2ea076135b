import {
  asyncDispose,
  type Backend,
  BackendError,
  type Call,
  type Holders,
  type Host,
  type LinkConfiguration,
  type Traffic,
  type World,
} from '@roamkit/core/contract'
import { sharedHolders, standsOn } from '@roamkit/holders'
import { Activations, memoryShelf } from './activations.js'
import { adapterPhase, adaptersOf } from './adapter.js'
import type { Tables } from './captured.js'
import { Commands } from './commands.js'
import { IpNotifications } from './ip-notifications.js'
import { IpReader } from './ip-reader.js'
import { keepAlive } from './keep-alive.js'
import type { Libraries } from './libraries.js'
import { Links } from './links.js'
import { NetworkList } from './network-list.js'
import { Refresh } from './refresh.js'
import { isElevated } from './rights.js'
import { openSharedShelf, type Remembered, type SharedShelf } from './shared-shelf.js'
import { NOTHING_READ, survey, Wanted } from './survey.js'
import { followTables, type Standing, worldOf } from './translate.js'
import type { HintSource, Trust } from './trust.js'
import { VpnEntries } from './vpn-entries.js'
import { WifiLinks } from './wifi-links.js'
import type { WifiNote } from './wifi-note.js'
import { WifiService } from './wifi-service.js'
import { isServiceAway, WindowsError } from './windows-error.js'
import { windowsGround } from './windows-ground.js'

/** What a backend is opened with. */
export interface Opening {
  readonly libraries: Libraries
  /** Kept by the driver: what is proven once stays proven. */
  readonly trust: Trust
  /** Kept by the driver: the activations that it knows from before. */
  readonly remembered: Remembered
  /** Milliseconds between two readings while notifications are unproven. */
  readonly interval: number
  readonly host: Host
}

/** Counts holders among all processes of this logon session; `null` where their memory is not to be had. */
async function sessionHolders({ libraries, host }: Opening): Promise<Holders | null> {
  const ground = await windowsGround(libraries)
  if (ground === null) return null
  if (await standsOn(ground)) return sharedHolders(ground, host)
  host.log('windows: holders are counted in this process alone')
  await ground[asyncDispose]()
  return null
}

/** The first and the longest pause before a lost service is asked again, in milliseconds. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5000

const IP_SOURCES: readonly HintSource[] = ['interface', 'address', 'route', 'hint']

/** Opens everything and reads it once. Rejects with `ERR_SERVICE_LOST` where IP Helper does not answer. */
export async function openWindows(opening: Opening, call: Call): Promise<Backend> {
  const functions = opening.libraries.get('iphlpapi')
  if (functions === null) throw new BackendError('ERR_SERVICE_LOST', 'windows: iphlpapi.dll cannot be loaded')
  const backend = new WindowsBackend(opening, new IpReader(functions), await sessionHolders(opening))
  try {
    await backend.start(
      await IpNotifications.open(functions, opening.trust, (source) => backend.hint(source)),
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
  readonly #trust: Trust
  readonly #ip: IpReader
  readonly #wifiService: WifiService
  readonly #links: Links
  readonly #wifi: WifiLinks
  readonly #refresh: Refresh
  readonly #commands: Commands
  readonly #control: Standing['control']
  readonly #shelf: SharedShelf | null
  readonly #release = keepAlive()
  #ipNotifications: IpNotifications | null = null
  #networks: NetworkList | null = null
  #vpn: VpnEntries | null = null
  #tables: Tables = NOTHING_READ
  #service: World['service'] = 'ready'
  #world: World | null = null
  #told: World | null = null
  #isStale = true
  #isTelling = false
  #stopPolling: (() => void) | null = null
  #stopRetrying: (() => void) | null = null
  #pause = FIRST_PAUSE
  /** Why the last reading was none. */
  #failure: unknown = null
  readonly #hinted = new Set<HintSource>()
  #closing: Promise<void> | null = null

  constructor(opening: Opening, ip: IpReader, holders: Holders | null) {
    this.#opening = opening
    this.holders = holders
    this.#host = opening.host
    this.#trust = opening.trust
    this.#ip = ip
    this.#control = isElevated(opening.libraries) ? 'yes' : 'no'
    this.#shelf = openSharedShelf(opening.libraries, opening.remembered)
    if (this.#shelf === null)
      opening.host.log('windows: activations are counted in this process alone', { scope: null })
    this.#links = new Links(new Activations(this.#shelf ?? memoryShelf(), Date.now()))
    this.#wifi = new WifiLinks(this.#links)
    this.#wifiService = new WifiService(
      opening.libraries.get('wlanapi'),
      opening.trust,
      opening.host,
      (note) => this.#note(note),
    )
    this.#refresh = new Refresh((wanted) => this.#read(wanted))
    this.#commands = new Commands({
      host: opening.host,
      ip,
      wifi: this.#wifi,
      service: this.#wifiService,
      tables: () => this.#tables,
      find: (id) => this.#find(id),
      want: (change) => this.#refresh.want(change),
      changed: () => this.#change(),
      refreshed: () => this.#refresh.idle(),
    })
  }

  /** Listens, and reads everything for the first time. */
  async start(notifications: IpNotifications): Promise<void> {
    const { libraries } = this.#opening
    this.#ipNotifications = notifications
    this.#vpn = await VpnEntries.open(libraries, () =>
      this.#refresh.want((it) => Object.assign(it, { vpn: true })),
    )
    this.#networks = await NetworkList.open(libraries, () =>
      this.#refresh.want((it) => Object.assign(it, { networks: true })),
    )
    // One reading at a time, also with hints that have come meanwhile.
    this.#refresh.want((it) => Object.assign(it, Wanted.everything()))
    await this.#refresh.idle()
    if (this.#failure !== null)
      throw new BackendError('ERR_SERVICE_LOST', 'windows: the tables cannot be read', {
        cause: this.#failure,
      })
    if (libraries.missing.length > 0) this.#host.log('windows: missing', { functions: libraries.missing })
    this.#watch('opened')
    this.#told = this.snapshot()
  }

  snapshot(): World {
    if (this.#isStale || this.#world === null) {
      this.#isStale = false
      this.#world =
        this.#service === 'lost' && this.#world !== null
          ? lostWorld(this.#world)
          : worldOf(this.#tables, { links: this.#links, wifi: this.#wifi }, this.#standing(), this.#world)
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
  hint(source: HintSource): void {
    this.#heard(source)
    this.#refresh.want((it) => {
      if (source === 'hint') Object.assign(it, { hint: true, networks: true })
      else it.ip = true
      // Losing its connection is how a Wi-Fi service that has gone shows.
      if (source === 'interface') for (const { guid } of this.#tables.wifi) it.of(guid, 'connection')
    })
  }

  async #close(): Promise<void> {
    this.#stopPolling?.()
    this.#stopRetrying?.()
    this.#commands.close()
    await this.#refresh.close()
    await Promise.all([
      this.#ipNotifications?.close(),
      this.#wifiService.close(),
      this.#networks?.close(),
      this.#vpn?.close(),
      this.holders?.[asyncDispose](),
    ])
    this.#shelf?.close()
    this.#release()
  }

  #note(note: WifiNote): void {
    this.#heard('wifi')
    this.#wifi.note(note)
    this.#commands.note(note)
    const { guid } = note
    this.#refresh.want((it) => {
      switch (note.kind) {
        case 'completed':
          it.ip = true
          return it.of(guid, 'connection', 'networks')
        case 'failed':
        case 'disconnected':
          return it.of(guid, 'connection', 'networks')
        case 'scanned':
        case 'scanFailed':
        case 'networks':
          return it.of(guid, 'networks')
        case 'profiles':
          return it.of(guid, 'profiles', 'networks')
        case 'interfaces':
        case 'radio':
          it.wifi = true
          return it
        default:
          return it.of(guid, 'connection')
      }
    })
    this.#change()
  }

  #heard(source: HintSource): void {
    this.#hinted.add(source)
    if (this.#trust.heard(source)) this.#watch('proven')
  }

  /** Reads what is wanted and takes it in; what goes wrong is the service's loss. */
  async #read(wanted: Wanted): Promise<void> {
    const since = this.#wifi.count
    const before = this.#tables
    try {
      this.#tables = await survey(before, wanted, {
        ip: this.#ip,
        networks: this.#networks,
        vpn: this.#vpn,
        wifi: () => this.#wifiService.reader(),
      })
      this.#failure = null
    } catch (error) {
      this.#failure = error
      await this.#lose(error)
      return
    }
    this.#follow(before, since, wanted)
    if (this.#service === 'lost') {
      this.#service = 'ready'
      this.#pause = FIRST_PAUSE
      this.#host.log('windows: the service is back')
    }
    this.#change()
  }

  #follow(before: Tables, since: number, wanted: Wanted): void {
    const { wifi, ip } = this.#tables
    const certainty = this.#trust.covers(['wifi']) ? 'notified' : 'polled'
    for (const { guid } of before.wifi)
      if (!wifi.some((table) => table.guid === guid)) this.#wifi.keep(guid, [])
    for (const table of wifi) {
      const { guid, state, connection, profiles } = table
      const profile = connection === 'denied' ? this.#wifi.profileInUse(guid) : (connection?.profile ?? null)
      this.#wifi.keep(
        guid,
        profiles.map(({ name }) => name),
      )
      if (wanted.wifi || wanted.parts.has(guid)) this.#wifi.read({ guid, state, profile, since }, certainty)
    }
    followTables(this.#tables, this.#links, this.#wifi)
    if (!wanted.ip) return
    const adapters = adaptersOf(ip)
    for (const { guid } of wifi) {
      const adapter = adapters.get(guid)
      if (adapter === undefined || adapterPhase(adapter) === 'up') this.#wifi.addressed(guid, since)
    }
  }

  async #lose(error: unknown): Promise<void> {
    if (error instanceof WindowsError && isServiceAway(error.code)) await this.#wifiService.lost()
    if (this.#service === 'ready') this.#host.log('windows: the service is lost', { error })
    this.#service = 'lost'
    this.#change()
    if (this.#closing !== null) return
    this.#stopRetrying?.()
    this.#stopRetrying = this.#host.clock.after(this.#pause, () => {
      this.#stopRetrying = null
      this.#refresh.want((it) => Object.assign(it, Wanted.everything()))
    })
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
  }

  /** Reads again and again exactly as long as notifications are not known to come. */
  #watch(why: 'opened' | 'proven' | 'again'): void {
    if (this.#closing !== null) return
    const needed = this.#needed()
    const isCovered = this.#trust.covers(needed)
    if (why !== 'again')
      this.#host.log('windows: notifications', { covered: isCovered, doubts: this.#trust.doubts(needed) })
    this.#change()
    if (isCovered) {
      this.#stopPolling?.()
      this.#stopPolling = null
    } else
      this.#stopPolling ??= this.#host.clock.after(this.#opening.interval, () => {
        this.#stopPolling = null
        this.#poll().catch((error: unknown) => this.#host.log('windows: reading failed', { error }))
      })
  }

  async #poll(): Promise<void> {
    const before = this.#tables
    this.#hinted.clear()
    this.#refresh.want((it) => Object.assign(it, Wanted.everything()))
    await this.#refresh.idle()
    const isMissed = before.ip !== this.#tables.ip && !IP_SOURCES.some((source) => this.#hinted.has(source))
    if (isMissed) this.#host.log('windows: a change came without a notification')
    this.#watch('again')
  }

  #needed(): readonly HintSource[] {
    return this.#tables.wifi.length > 0 ? [...IP_SOURCES, 'wifi'] : IP_SOURCES
  }

  #standing(): Standing {
    return {
      service: this.#service,
      updates: this.#trust.covers(this.#needed()) ? 'events' : 'polling',
      scope: this.#shelf?.scope ?? null,
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
      throw new BackendError('ERR_SERVICE_LOST', 'windows: the WLAN AutoConfig service is away')
  }
}

function lostWorld(world: World): World {
  return world.service === 'lost' ? world : Object.freeze({ ...world, service: 'lost' })
}

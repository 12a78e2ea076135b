import { deferred, eitherSignal, onAbort } from '@roamkit/core/backend-kit'
import {
  BackendError,
  type Call,
  type Host,
  type LinkConfiguration,
  type Permission,
} from '@roamkit/core/contract'
import { AdminStatus, WifiState, WinError } from '../ffi/numbers.js'
import { CONSENT, commandFailure, isServiceAway, WIFI_AWAY, WindowsError } from '../ffi/windows-error.js'
import { parseId } from '../links/configuration-id.js'
import { NotificationWaiter } from '../notifications/notification-waiter.js'
import type { WifiNote } from '../notifications/wifi-note.js'
import type { Tables } from '../tables/captured.js'
import type { DirtyTables } from '../tables/dirty-tables.js'
import type { IpReader } from '../tables/ip-reader.js'
import { adaptersOf } from '../translate/adapter.js'
import type { WifiLinks } from '../wifi/wifi-links.js'
import type { WifiService } from '../wifi/wifi-service.js'

/** What commands are carried out with. */
export interface CommandContext {
  readonly host: Host
  readonly ip: IpReader
  readonly wifi: WifiLinks
  readonly service: WifiService
  tables(): Tables
  find(id: string): LinkConfiguration | undefined
  markDirty(add: (dirty: DirtyTables) => unknown): void
  /** Takes in that the WLAN service does not answer. */
  wifiLost(error: WindowsError): void
  changed(): void
  /** Resolves when what was dirty has been read. */
  refreshed(): Promise<void>
}

/** Windows ends a scan within four seconds, and tells; where no notification comes this is waited for, in milliseconds. */
const LONGEST_SCAN = 10_000

type ScanOutcome = 'scanned' | 'scanFailed' | 'serviceLost'

/** Carries out what the contract asks for. The guards are the backend's. */
export class Commands {
  readonly #context: CommandContext
  readonly #closed = new AbortController()
  /** Scans that wait for their end, by interface. */
  readonly #scans = new Map<string, Set<(outcome: ScanOutcome) => void>>()
  readonly #starts: NotificationWaiter
  readonly #disconnects: NotificationWaiter

  /** @param context with what they are carried out */
  constructor(context: CommandContext) {
    this.#context = context
    const { clock } = context.host
    this.#starts = new NotificationWaiter(clock, ['started', 'completed', 'failed'])
    this.#disconnects = new NotificationWaiter(clock, ['disconnecting', 'disconnected', 'failed'])
  }

  /** Settles every call that waits, with `ERR_CLOSED`. */
  close(): void {
    this.#closed.abort(new BackendError('ERR_CLOSED', 'windows: the backend is closed'))
    this.#starts.release()
    this.#disconnects.release()
  }

  /** Takes a notification in: scans end by them, and connections. */
  note(note: WifiNote): void {
    this.#starts.note(note)
    this.#disconnects.note(note)
    const { kind, guid } = note
    if (kind !== 'scanned' && kind !== 'scanFailed') return
    for (const ended of [...(this.#scans.get(guid) ?? [])]) ended(kind)
  }

  /** The WLAN service does not answer any more: no scan of it will end. */
  wifiLost(): void {
    this.#starts.release()
    this.#disconnects.release()
    for (const waiting of this.#scans.values()) for (const ended of [...waiting]) ended('serviceLost')
  }

  /** Brings a link up; see the contract. */
  async activate(configuration: LinkConfiguration, call: Call): Promise<string> {
    const { id, activate } = configuration
    const what = `cannot activate ${JSON.stringify(configuration.name)}`
    const target = parseId(id)
    const present =
      target?.kind === 'wifi'
        ? await this.#until(call, this.#seenAgain(id, target.guid))
        : underWay(configuration)
    if (present !== null) return present
    if (activate === 'no' || target === null) throw notPossible(what, configuration)
    if (target.kind === 'wifi') return this.#until(call, this.#connect(id, target, what))
    await this.#until(call, this.#enable(target.guid, AdminStatus.Up, what))
    return this.#until(call, this.#begun(id, what))
  }

  /** Takes the present activation of a link down; see the contract. */
  async deactivate(configuration: LinkConfiguration, call: Call): Promise<void> {
    const what = `cannot deactivate ${JSON.stringify(configuration.name)}`
    const target = parseId(configuration.id)
    if (configuration.deactivate === 'no' || target === null) throw notPossible(what, configuration)
    if (target.kind === 'adapter') return this.#until(call, this.#enable(target.guid, AdminStatus.Down, what))
    await this.#until(call, this.#disconnect(target.guid, target.profile, what))
  }

  /** Scans with every Wi-Fi interface. */
  async scan(permission: Permission, call: Call): Promise<void> {
    const interfaces = this.#context.tables().wifi
    if (interfaces.length === 0)
      throw new BackendError('ERR_NOT_SUPPORTED', 'windows: there is no Wi-Fi adapter to scan with')
    if (permission === 'no') throw new BackendError('ERR_DENIED', `windows: cannot scan: ${CONSENT}`)
    await this.#until(call, Promise.all(interfaces.map(({ guid }) => this.#scan(guid))))
    await this.#until(call, this.#context.refreshed())
  }

  /**
   * What is under way, if anything. What is shown may be old: another process may have taken it down in the moment before, or
   * have begun it, and asking Windows once more would break that off.
   */
  async #seenAgain(id: string, guid: string): Promise<string | null> {
    const { markDirty, refreshed, find, tables, wifi } = this.#context
    const start = this.#starts.next(guid)
    try {
      markDirty((it) => it.addWifi(guid, 'connection'))
      await refreshed()
      // By which profile is told in a moment.
      if (isBeginning(tables(), guid) && wifi.profileInUse(guid) === null) await start.arrived
      return underWay(find(id))
    } finally {
      start.undo()
    }
  }

  /** Until Windows shows that it begins: whoever asks next, in another process too, must not find nothing. */
  async #connect(id: string, target: { readonly guid: string; readonly profile: string }, what: string) {
    const { refreshed, tables } = this.#context
    const start = this.#starts.next(target.guid)
    try {
      const activation = await this.#ordered(id, target, what)
      await refreshed()
      if (isIdle(tables(), target.guid)) await start.arrived
      return activation
    } finally {
      start.undo()
    }
  }

  async #ordered(id: string, target: { readonly guid: string; readonly profile: string }, what: string) {
    const { wifi, service, find, changed, markDirty } = this.#context
    const before = find(id)
    const code = await this.#ask(service, what, (reader) => reader.connect(target.guid, target.profile))
    if (code !== WinError.Success) throw this.#refusal('WlanConnect', code, what)
    const now = find(id)
    if (now?.activation !== null && now?.activation !== undefined && now.link !== 'deactivating')
      return now.activation
    // It began and ended while Windows was answering.
    if (now?.ended && now.ended !== before?.ended) return now.ended.activation
    wifi.recordConnect(target.guid, target.profile)
    changed()
    markDirty((it) => it.addWifi(target.guid, 'connection'))
    const begun = find(id)?.activation
    if (begun) return begun
    throw new BackendError('ERR_UNKNOWN_CONFIGURATION', `windows: ${what}: the profile has gone`)
  }

  /** Until Windows shows that the connection goes: whoever asks next, in another process too, must not find it as it was. */
  async #disconnect(guid: string, profile: string, what: string): Promise<void> {
    const { wifi, service, changed, markDirty, refreshed, tables } = this.#context
    const disconnect = this.#disconnects.next(guid)
    try {
      const code = await this.#ask(service, what, (reader) => {
        wifi.recordDisconnect(guid, profile)
        return reader.disconnect(guid)
      })
      wifi.settleDisconnect(guid, profile, code === WinError.Success ? 'accepted' : 'refused')
      if (code !== WinError.Success) throw this.#refusal('WlanDisconnect', code, what)
      changed()
      markDirty((it) => it.addWifi(guid, 'connection'))
      await refreshed()
      if (isConnected(tables(), guid, profile)) await disconnect.arrived
    } finally {
      disconnect.undo()
    }
  }

  async #enable(guid: string, status: number, what: string): Promise<void> {
    const { ip, tables, markDirty } = this.#context
    const adapter = adaptersOf(tables().ip).get(guid)
    if (adapter === undefined)
      throw new BackendError('ERR_UNKNOWN_CONFIGURATION', `windows: ${what}: it has gone`)
    const code = await ip.setAdminStatus(adapter.row.index, status)
    if (code !== WinError.Success) throw this.#refusal('SetIfEntry', code, what)
    markDirty((it) => it.add('ip'))
  }

  /** An adapter that is enabled is under way as soon as Windows shows it so, which without a cable is never. */
  async #begun(id: string, what: string): Promise<string> {
    await this.#context.refreshed()
    const activation = this.#context.find(id)?.activation
    if (activation) return activation
    throw new BackendError('ERR_ACTIVATION_FAILED', `windows: ${what}: it is enabled now, and has no cable`)
  }

  async #scan(guid: string): Promise<void> {
    const { host, service, markDirty } = this.#context
    const what = 'cannot scan'
    if (service.current === null) throw serviceLost(what)
    const ended = new Set<(outcome: ScanOutcome) => void>()
    const waiting = this.#scans.get(guid) ?? ended
    this.#scans.set(guid, waiting)
    const end = deferred<ScanOutcome>()
    const settle = (outcome: ScanOutcome) => {
      stop()
      undo()
      waiting.delete(settle)
      end.resolve(outcome)
    }
    const stop = host.clock.after(LONGEST_SCAN, () => settle('scanned'))
    const undo = onAbort(this.#closed.signal, () => settle('scanned'))
    waiting.add(settle)
    const code = await this.#ask(service, what, (reader) => reader.scan(guid))
    if (code !== WinError.Success) {
      for (const each of [...waiting]) each(isServiceAway(code) ? 'serviceLost' : 'scanFailed')
      throw code === WinError.AccessDenied
        ? new BackendError('ERR_DENIED', `windows: ${what}: ${CONSENT}`)
        : this.#refusal('WlanScan', code, what)
    }
    const outcome = await end.promise
    if (outcome === 'serviceLost') throw serviceLost(what)
    if (outcome === 'scanFailed')
      throw new BackendError('ERR_ACTIVATION_FAILED', `windows: ${what}: the adapter has failed to`)
    markDirty((it) => it.addWifi(guid, 'networks'))
  }

  async #ask(
    service: WifiService,
    what: string,
    run: (reader: NonNullable<WifiService['current']>) => Promise<number>,
  ): Promise<number> {
    const reader = service.current
    if (reader === null) throw serviceLost(what)
    return run(reader)
  }

  #refusal(call: string, code: number, what: string): BackendError {
    const error = commandFailure(call, code, what, 'ERR_ACTIVATION_FAILED')
    // Before whoever asked hears of it: what it asked for is over then.
    const { cause } = error
    if (cause instanceof WindowsError && isServiceAway(cause.code)) this.#context.wifiLost(cause)
    return error
  }

  /** An abort, or the end of the backend, ends the waiting and nothing else. */
  async #until<Value>(call: Call, work: Promise<Value>): Promise<Value> {
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

/** Whether an interface is on its way to a connection. */
function isBeginning({ wifi }: Tables, guid: string): boolean {
  const { state } = wifi.find((table) => table.guid === guid) ?? {}
  return BEGINNING.some((one) => one === state)
}

const BEGINNING = [WifiState.Associating, WifiState.Discovering, WifiState.Authenticating]

function isIdle({ wifi }: Tables, guid: string): boolean {
  return wifi.find((table) => table.guid === guid)?.state === WifiState.Disconnected
}

function isConnected({ wifi }: Tables, guid: string, profile: string): boolean {
  const { state, connection } = wifi.find((table) => table.guid === guid) ?? {}
  if (state !== WifiState.Connected || !connection) return false
  return connection === 'denied' || connection.profile === profile
}

/** The activation of a link that is up or on its way up. */
function underWay(configuration: LinkConfiguration | undefined): string | null {
  const { link, activation = null } = configuration ?? {}
  return link === 'up' || link === 'activating' ? activation : null
}

function serviceLost(what: string): BackendError {
  return new BackendError('ERR_SERVICE_LOST', `windows: ${what}: ${WIFI_AWAY}`)
}

function notPossible(what: string, { id, bearer }: LinkConfiguration): BackendError {
  if (id.startsWith('adapter:') && bearer === 'ethernet')
    return new BackendError(
      'ERR_NOT_SUPPORTED',
      `windows: ${what}: adapters are enabled and disabled with an administrator's rights, and come up with their cable`,
    )
  return new BackendError('ERR_NOT_SUPPORTED', `windows: ${what}: it can only be watched`)
}

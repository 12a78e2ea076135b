import {
  type LinkConfiguration,
  type Permission,
  type Reason,
  shared,
  type World,
} from '@roamkit/core/contract'
import { adapterId, vpnId, wifiId } from '../links/configuration-id.js'
import type { Links } from '../links/links.js'
import type { Tables, VpnRow, WifiTable } from '../tables/captured.js'
import type { WifiLinks } from '../wifi/wifi-links.js'
import {
  type Adapter,
  adapterPhase,
  adaptersOf,
  defaultAdapter,
  isEnabled,
  isLinkLocalOnly,
} from './adapter.js'
import { adapterConfiguration, vpnConfiguration, vpnPhase, wifiConfiguration } from './configuration.js'
import { dialledOf } from './dialled.js'
import type { NetworkFacts } from './reach.js'

/** What is not in the tables. */
export interface BackendStatus {
  readonly service: World['service']
  readonly updates: World['updates']
  readonly scope: string | null
  /** Whether this process may enable and disable adapters. */
  readonly control: Permission
}

/** The contract's world out of tables and what is remembered; whatever is equal stays the same object (rule C2). */
export function worldOf(
  tables: Tables,
  { links, wifi }: { readonly links: Links; readonly wifi: WifiLinks },
  status: BackendStatus,
  before: World | null,
): World {
  const adapters = adaptersOf(tables.ip)
  const dialled = dialledOf(tables)
  const all = [...adapters.values(), ...dialled.values()]
  const defaultGuid = defaultAdapter(tables.ip, all)
  const isCarried = hasBase(all)
  const networkOf = (guid: string): NetworkFacts => ({
    network: tables.networks.find(({ adapter }) => adapter === guid) ?? null,
    hint: guid === defaultGuid ? tables.hint : null,
  })
  const baseOf = baseFinder(adapters, dialled, wifi)
  const configurations = [
    ...alone(adapters, dialled, tables, { links, wifi }).map((adapter) => {
      const { guid } = adapter.row
      return adapterConfiguration(adapter, {
        control: status.control,
        hasBase: isCarried,
        memory: links.of(adapterId(guid)),
        network: networkOf(guid),
      })
    }),
    ...tables.wifi.flatMap((table) =>
      table.profiles.map((profile) =>
        wifiConfiguration(table, profile, {
          phase: wifi.phase(table.guid, profile.name),
          carrier: wifi.carrier(table.guid),
          adapter: adapters.get(table.guid) ?? null,
          memory: links.of(wifiId(table.guid, profile.name)),
          network: networkOf(table.guid),
          service: tables.wifiService === 'running' ? 'running' : 'away',
        }),
      ),
    ),
    ...tables.vpn.map((entry) => {
      const adapter = dialled.get(vpnId(entry)) ?? null
      const over = baseOf(entry)
      return vpnConfiguration(entry, {
        adapter,
        over,
        hasBase: isBased(entry, over, isCarried),
        memory: links.of(vpnId(entry)),
        network: networkOf(adapter?.row.guid ?? ''),
      })
    }),
  ].sort((one, other) => (one.id < other.id ? -1 : 1))
  const owner = configurations.find(
    ({ link, device }) => link === 'up' && device !== null && device === defaultGuid,
  )
  return shared(before, {
    service: status.service,
    updates: status.updates,
    scope: status.scope,
    scan: scanOf(tables.wifi),
    recheck: 'no',
    statistics: true,
    configurations: kept(unique(configurations), before),
    defaultId: owner?.id ?? null,
  } satisfies World)
}

/** Lets what the tables of IP Helper and of the phone books show begin and end. */
export function followTables(tables: Tables, links: Links, wifi: WifiLinks): void {
  const known = new Set<string>()
  const adapters = adaptersOf(tables.ip)
  const dialled = dialledOf(tables)
  const isCarried = hasBase([...adapters.values(), ...dialled.values()])
  const baseOf = baseFinder(adapters, dialled, wifi)
  for (const adapter of alone(adapters, dialled, tables, { links, wifi })) {
    const id = adapterId(adapter.row.guid)
    known.add(id)
    const reason: Reason = adapter.role === 'tunnel' && !isCarried ? 'baseLost' : 'carrierLost'
    if (adapterPhase(adapter) !== 'down') links.begin(id, 'seen')
    else links.end(id, { reason: isEnabled(adapter) ? reason : 'requested', native: null })
  }
  for (const entry of tables.vpn) {
    const id = vpnId(entry)
    known.add(id)
    if (vpnPhase(entry) !== 'down') links.begin(id, 'seen')
    else
      links.end(id, { reason: isBased(entry, baseOf(entry), isCarried) ? 'other' : 'baseLost', native: null })
  }
  for (const id of links.ids()) if (!known.has(id) && !id.startsWith('wifi:')) links.forget(id)
}

/**
 * Adapters that no profile stands for. A Wi-Fi adapter is among them while it is connected and nobody may know by what, or
 * while there is no Wi-Fi service to ask: for good, or for now. One whose service is away is so from when IP Helper shows it
 * up without the service, and until that is back.
 */
function alone(
  adapters: ReadonlyMap<string, Adapter>,
  dialled: ReadonlyMap<string, Adapter>,
  { wifi: tables, wifiService }: Tables,
  { links, wifi }: { readonly links: Links; readonly wifi: WifiLinks },
): readonly Adapter[] {
  const taken = new Set([...dialled.values()].map(({ row }) => row.guid))
  const byGuid = new Map(tables.map((table) => [table.guid, table]))
  return [...adapters.values()].filter((adapter) => {
    const { guid } = adapter.row
    const table = byGuid.get(guid)
    if (taken.has(guid)) return false
    if (table === undefined) return adapter.bearer !== 'wlan' || adapter.role === 'card' || adapter.isUplink
    if (wifiService === 'running') return table.connection === 'denied' && wifi.profileInUse(guid) === null
    return links.has(adapterId(guid)) || (wifiService === 'away' && adapterPhase(adapter) === 'up')
  })
}

/**
 * Whether anything is up that a tunnel could ride on (rule T2): a card with an address, or what has a way out. The switches of
 * virtual machines are always up, and lead nowhere.
 */
function hasBase(adapters: readonly Adapter[]): boolean {
  return adapters.some(
    (adapter) =>
      adapterPhase(adapter) === 'up' &&
      (adapter.isUplink || (adapter.role === 'card' && !isLinkLocalOnly(adapter))),
  )
}

/** Finds what a tunnel rides on: whose address it begins at, where Windows tells; `null`: nobody knows, or it is gone. */
function baseFinder(
  adapters: ReadonlyMap<string, Adapter>,
  dialled: ReadonlyMap<string, Adapter>,
  wifi: WifiLinks,
): (entry: VpnRow) => string | null {
  const byAddress = new Map<string, string>()
  const add = (adapter: Adapter, id: string) => {
    if (adapterPhase(adapter) !== 'up') return
    for (const { address } of adapter.ip?.addresses ?? []) byAddress.set(address, id)
  }
  for (const [id, adapter] of dialled) add(adapter, id)
  for (const [guid, adapter] of adapters) {
    const profile = wifi.profileInUse(guid)
    add(adapter, profile === null ? adapterId(guid) : wifiId(guid, profile))
  }
  return ({ connection }) => byAddress.get(connection?.from ?? '') ?? null
}

/** Whether what a tunnel rides on is there: by its name, or where Windows names none, by there being anything. */
function isBased({ connection }: VpnRow, over: string | null, isCarried: boolean): boolean {
  return connection?.from ? over !== null : isCarried
}

function scanOf(tables: readonly WifiTable[]): Permission {
  if (tables.length === 0) return 'no'
  return tables.every(({ networks }) => networks === 'denied') ? 'no' : 'yes'
}

/** Two entries of one name in two phone books of one user are one configuration: nothing tells them apart for long. */
function unique(sorted: readonly LinkConfiguration[]): LinkConfiguration[] {
  return sorted.filter(({ id }, index) => id !== sorted[index - 1]?.id)
}

/** Equal configurations are found by their ids, wherever in the list they are by now. */
function kept(configurations: LinkConfiguration[], before: World | null): readonly LinkConfiguration[] {
  const known = new Map(before?.configurations.map((one) => [one.id, one]))
  return configurations.map((one) => shared(known.get(one.id), one))
}

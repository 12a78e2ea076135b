import {
  type LinkConfiguration,
  type Permission,
  type Reason,
  shareStructure,
  type World,
} from '@roamkit/core/contract'
import { adapterId, vpnId, wifiId } from '../links/configuration-id.js'
import type { Links } from '../links/links.js'
import type { Tables, VpnRow, WifiTable } from '../tables/captured.js'
import type { UnsavedNetworks } from '../wifi/unsaved-networks.js'
import type { WifiLinks } from '../wifi/wifi-links.js'
import {
  type Adapter,
  adapterPhase,
  adaptersOf,
  defaultAdapter,
  isEnabled,
  isLinkLocalOnly,
} from './adapter.js'
import { adapterConfiguration, vpnConfiguration, vpnPhase } from './configuration.js'
import { dialledAdapters } from './dialled.js'
import type { NetworkFacts } from './network-facts.js'
import { networkConfiguration, profileConfiguration, type WifiFacts } from './wifi-configuration.js'

/** The facts of the world that are not in the tables. */
export interface BackendStatus {
  readonly service: World['service']
  readonly updates: World['updates']
  readonly scope: string | null
  readonly power: World['power']
  /** Whether this process may enable and disable adapters. */
  readonly control: Permission
}

/** What is known of links, and of networks without a profile. */
export interface KnownLinks {
  readonly links: Links
  readonly wifi: WifiLinks
  readonly unsaved: UnsavedNetworks
}

/** Makes the contract's world of the tables and of what is known of links. Parts that have not changed stay the same objects (rule C2). */
export function worldOf(
  tables: Tables,
  { links, wifi, unsaved }: KnownLinks,
  status: BackendStatus,
  before: World | null,
): World {
  const adapters = adaptersOf(tables.ip)
  const dialled = dialledAdapters(tables)
  const all = [...adapters.values(), ...dialled.values()]
  const defaultGuid = defaultAdapter(tables.ip, all)
  const isCarried = hasBase(all)
  const networkOf = (guid: string): NetworkFacts => ({
    network: tables.networks.find(({ adapter }) => adapter === guid) ?? null,
    hint: guid === defaultGuid ? tables.hint : null,
  })
  const baseOf = baseFinder(adapters, dialled, wifi)
  const wifiFacts = (guid: string, profile: string): WifiFacts => ({
    phase: wifi.phase(guid, profile),
    carrier: wifi.carrier(guid),
    adapter: wifi.isWaiting(guid, profile) ? null : (adapters.get(guid) ?? null),
    memory: links.of(wifiId(guid, profile)),
    network: networkOf(guid),
    service: tables.wifiService === 'running' ? 'running' : 'away',
    storing: tables.storing,
  })
  const configurations = [
    ...standaloneAdapters(adapters, dialled, tables, { links, wifi }).map((adapter) => {
      const { guid } = adapter.row
      return adapterConfiguration(adapter, {
        control: status.control,
        hasBase: isCarried,
        memory: links.of(adapterId(guid)),
        network: networkOf(guid),
      })
    }),
    ...tables.wifi.flatMap((table) => [
      ...table.profiles.map((profile) =>
        profileConfiguration(table, profile, wifiFacts(table.guid, profile.name)),
      ),
      ...unsaved
        .of(table)
        .map((network) => networkConfiguration(table, network, wifiFacts(table.guid, network.profile))),
    ]),
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
  return shareStructure(before, {
    service: status.service,
    updates: status.updates,
    scope: status.scope,
    scan: scanOf(tables.wifi),
    recheck: 'no',
    statistics: true,
    // The strong host model: a socket with an address of one adapter sends through that adapter.
    directRouting: true,
    configurations: reuseObjects(mergeSameIds(configurations), before),
    defaultId: owner?.id ?? null,
    power: status.power,
  } satisfies World)
}

/** Begins and ends the activations of adapters and phone book entries, as the tables show them. */
export function followTables(tables: Tables, links: Links, wifi: WifiLinks): void {
  const known = new Set<string>()
  const adapters = adaptersOf(tables.ip)
  const dialled = dialledAdapters(tables)
  const isCarried = hasBase([...adapters.values(), ...dialled.values()])
  const baseOf = baseFinder(adapters, dialled, wifi)
  for (const adapter of standaloneAdapters(adapters, dialled, tables, { links, wifi })) {
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
 * The adapters that are configurations of their own. A Wi-Fi adapter is one while Windows withholds its profile, or if there is no
 * Wi-Fi service. If the service goes away, it becomes one when IP Helper shows it up without the service, and stays one until the
 * service is back.
 */
function standaloneAdapters(
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
 * Whether a tunnel could have a base (rule T2): a card with an address, or any uplink, is up. The switches of virtual machines do not
 * count: they are always up.
 */
function hasBase(adapters: readonly Adapter[]): boolean {
  return adapters.some(
    (adapter) =>
      adapterPhase(adapter) === 'up' &&
      (adapter.isUplink || (adapter.role === 'card' && !isLinkLocalOnly(adapter))),
  )
}

/** Finds the base of a tunnel: the configuration that has the tunnel's local address. `null` if it is unknown, or if the base is gone. */
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

/** Whether the base of a tunnel is up. If Windows does not name it, any possible base counts. */
function isBased({ connection }: VpnRow, over: string | null, isCarried: boolean): boolean {
  return connection?.from ? over !== null : isCarried
}

function scanOf(tables: readonly WifiTable[]): Permission {
  if (tables.length === 0) return 'no'
  return tables.every(({ networks }) => networks === 'denied') ? 'no' : 'yes'
}

/** Merges entries of the same name in two phone books of a user: no id could tell them apart. */
function mergeSameIds(sorted: readonly LinkConfiguration[]): LinkConfiguration[] {
  return sorted.filter(({ id }, index) => id !== sorted[index - 1]?.id)
}

/** Keeps the objects of configurations that have not changed, wherever they are in the list. */
function reuseObjects(
  configurations: LinkConfiguration[],
  before: World | null,
): readonly LinkConfiguration[] {
  const known = new Map(before?.configurations.map((one) => [one.id, one]))
  return configurations.map((one) => shareStructure(known.get(one.id), one))
}

import { type LinkConfiguration, type Permission, type Reason, shared, type World } from '@roamkit/core/contract'
import { type Adapter, adapterPhase, adaptersOf, defaultAdapter, isEnabled } from './adapter.js'
import type { Tables, WifiTable } from './captured.js'
import { adapterConfiguration, vpnConfiguration, vpnPhase, wifiConfiguration } from './configuration.js'
import { adapterId, vpnId, wifiId } from './configuration-id.js'
import type { Links } from './links.js'
import type { NetworkFacts } from './reach.js'
import type { WifiLinks } from './wifi-links.js'

/** What is not in the tables. */
export interface Standing {
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
  standing: Standing,
  before: World | null,
): World {
  const adapters = adaptersOf(tables.ip)
  const defaultGuid = defaultAdapter(tables.ip, adapters)
  const isCarried = hasBase(adapters)
  const networkOf = (guid: string): NetworkFacts => ({
    network: tables.networks.find(({ adapter }) => adapter === guid) ?? null,
    hint: guid === defaultGuid ? tables.hint : null,
  })
  const configurations = [
    ...alone(adapters, tables, links, wifi).map((adapter) => {
      const { guid } = adapter.row
      return adapterConfiguration(adapter, {
        control: standing.control,
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
    ...tables.vpn.map((entry) => vpnConfiguration(entry, links.of(vpnId(entry)))),
  ].sort((one, other) => (one.id < other.id ? -1 : 1))
  const owner = configurations.find(({ link, device }) => link === 'up' && device === defaultGuid)
  return shared(before, {
    service: standing.service,
    updates: standing.updates,
    scope: standing.scope,
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
  const lost: Reason = hasBase(adapters) ? 'carrierLost' : 'baseLost'
  for (const adapter of alone(adapters, tables, links, wifi)) {
    const id = adapterId(adapter.row.guid)
    known.add(id)
    const reason = adapter.role === 'tunnel' ? lost : 'carrierLost'
    if (adapterPhase(adapter) !== 'down') links.begin(id, 'seen')
    else links.end(id, { reason: isEnabled(adapter) ? reason : 'requested', native: null })
  }
  for (const entry of tables.vpn) {
    const id = vpnId(entry)
    known.add(id)
    if (vpnPhase(entry) !== 'down') links.begin(id, 'seen')
    else links.end(id, { reason: 'other', native: null })
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
  { wifi: tables, wifiService }: Tables,
  links: Links,
  wifi: WifiLinks,
): readonly Adapter[] {
  const byGuid = new Map(tables.map((table) => [table.guid, table]))
  return [...adapters.values()].filter((adapter) => {
    const { guid } = adapter.row
    const table = byGuid.get(guid)
    if (table === undefined) return adapter.bearer !== 'wlan' || adapter.role === 'card' || adapter.isUplink
    if (wifiService === 'running') return table.connection === 'denied' && wifi.profileInUse(guid) === null
    return links.has(adapterId(guid)) || (wifiService === 'away' && adapterPhase(adapter) === 'up')
  })
}

/** Whether anything is up that a tunnel could ride on (rule T2). */
function hasBase(adapters: ReadonlyMap<string, Adapter>): boolean {
  return [...adapters.values()].some(
    (adapter) => adapter.role !== 'tunnel' && adapterPhase(adapter) === 'up',
  )
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

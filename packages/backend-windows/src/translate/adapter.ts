import { isIpv6LinkLocal, isLinkLocal } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'
import {
  AdapterFlag,
  AdminStatus,
  DadState,
  IfOperStatus,
  InterfaceFlag,
  MediaState,
} from '../ffi/numbers.js'
import { familyOf } from '../tables/address.js'
import type { AdapterRow, AddressRow, InterfaceRow, IpTables, RouteRow } from '../tables/captured.js'
import { type AdapterKind, adapterKind, cardAddresses } from './adapter-kind.js'

type Family = RouteRow['family']

/** The rows of one interface in both tables. */
export interface Link {
  readonly row: InterfaceRow
  /** `null` while it has no IP: if it is disabled, or used by a switch, a bridge or a team. */
  readonly ip: AdapterRow | null
}

/** One adapter, from all tables. */
export interface Adapter extends AdapterKind, Link {
  /** Whether it is an uplink (rule T1): by its addresses and routes while it is up, else by its kind and settings. */
  readonly isUplink: boolean
}

/** The adapters to list, by GUID: without those that Windows uses internally, and without hardware that has been removed. */
export function adaptersOf(tables: IpTables): ReadonlyMap<string, Adapter> {
  const cards = cardAddresses(tables.interfaces)
  const lookup = lookupOf(tables)
  const found = new Map<string, Adapter>()
  for (const row of tables.interfaces) {
    if ((row.flags & InterfaceFlag.Filter) !== 0 || row.operStatus === IfOperStatus.NotPresent) continue
    if (!lookup.ip.has(row.guid) && (row.flags & InterfaceFlag.Hardware) === 0) continue
    const kind = adapterKind(row, cards)
    if (kind !== null) found.set(row.guid, makeAdapter(row, kind, lookup))
  }
  return found
}

/** An adapter whose kind is already known. */
export function adapterOf(row: InterfaceRow, kind: AdapterKind, tables: IpTables): Adapter {
  return makeAdapter(row, kind, lookupOf(tables))
}

/** Rows of the other tables. */
interface Lookup {
  /** By GUID. */
  readonly ip: ReadonlyMap<string, AdapterRow>
  /** Families that have a default route, by LUID. */
  readonly routed: ReadonlyMap<string, ReadonlySet<Family>>
}

function lookupOf({ adapters, routes }: IpTables): Lookup {
  const routed = new Map<string, Set<Family>>()
  for (const { luid, family } of routes) routed.set(luid, (routed.get(luid) ?? new Set()).add(family))
  return { ip: new Map(adapters.map((adapter) => [adapter.guid, adapter])), routed }
}

function makeAdapter(row: InterfaceRow, kind: AdapterKind, { ip, routed }: Lookup): Adapter {
  const link = { row, ip: ip.get(row.guid) ?? null }
  return { ...kind, ...link, isUplink: isUplink(kind, link, routed.get(row.luid)) }
}

/** The phase of an adapter's link, according to IP Helper. `connected`: the link layer is up, but there is no address yet. */
export function adapterPhase({ row, ip }: Link): 'down' | 'connected' | 'up' {
  if (row.operStatus !== IfOperStatus.Up && row.operStatus !== IfOperStatus.Dormant) return 'down'
  if (row.mediaState === MediaState.Disconnected || ip === null) return 'down'
  return hasAddress(ip) ? 'up' : 'connected'
}

/** Whether it has an address. If a server assigns addresses, the IPv6 link-local address, which every link has, does not count. */
function hasAddress(ip: AdapterRow): boolean {
  const usable = ip.addresses.filter(isUsable)
  const isGiven = (ip.flags & AdapterFlag.Dhcpv4) !== 0
  return usable.some(({ address }) => !isGiven || !isIpv6LinkLocal(address))
}

/** Whether all its addresses are link-local: then it is no uplink (rule T1). */
export function isLinkLocalOnly({ ip }: Link): boolean {
  const usable = ip?.addresses.filter(isUsable) ?? []
  return usable.length > 0 && !usable.some(isRoutable)
}

/** Whether the administrator has not disabled it. */
export function isEnabled({ row }: Link): boolean {
  return row.adminStatus !== AdminStatus.Down
}

/**
 * Windows lists fec0:0:0:ffff::1, ::2 and ::3 if an adapter has no other name server for IPv6. No server has these addresses: the draft that
 * reserved them was given up in 2004.
 */
const PLACEHOLDER = /^fec0:0:0:ffff::[123]$/

/** The interface of a link that is not down; `null` if it has no IP. */
export function interfaceOf({ row, ip }: Link): LinkInterface | null {
  if (ip === null) return null
  return {
    name: row.alias || ip.name || row.guid,
    index: row.index > 0 && row.index < 2 ** 31 ? row.index : null,
    hardwareAddress: row.hardwareAddress,
    mtu: row.mtu > 0 && row.mtu < 2 ** 32 - 1 ? row.mtu : null,
    addresses: ip.addresses.filter(isUsable).map(({ address, prefix }) => `${address}/${prefix}`),
    gateways: ip.gateways,
    dns: ip.dns.filter((server) => !PLACEHOLDER.test(server)),
    searchDomains: ip.searchDomains,
  }
}

/**
 * The uplink whose default route has the lowest metric, IPv4 before IPv6; `null` if there is none. Routes through tunnels do not count:
 * a tunnel uses an uplink itself (rule T2).
 */
export function defaultAdapter({ routes }: IpTables, adapters: readonly Adapter[]): string | null {
  const byLuid = new Map(adapters.map((adapter) => [adapter.row.luid, adapter]))
  let best: { readonly guid: string; readonly rank: number } | null = null
  for (const { luid, family, metric } of routes) {
    const adapter = byLuid.get(luid)
    if (!adapter?.isUplink || adapterPhase(adapter) === 'down') continue
    const rank = (family === 'ipv4' ? 0 : 2 ** 33) + metric + (adapter.ip?.metrics[family] ?? 0)
    if (best === null || rank < best.rank) best = { guid: adapter.row.guid, rank }
  }
  return best?.guid ?? null
}

/**
 * An adapter that is up is an uplink if it has a route out. A card that is not up is one if it gets its address from a server, or has a
 * gateway in its settings. An adapter without hardware must be up to be one (rule T1).
 */
function isUplink({ role }: AdapterKind, link: Link, routed: ReadonlySet<Family> | undefined): boolean {
  if (role === 'tunnel') return false
  if (adapterPhase(link) === 'up') return hasRouteOut(link, routed)
  if (role === 'virtual') return false
  const { ip } = link
  // Enabled, but without IP: a switch, a bridge or a team uses it.
  if (ip === null) return !isEnabled(link)
  return (ip.flags & AdapterFlag.Dhcpv4) !== 0 || ip.gateways.length > 0
}

/** Whether it has a routable address, and a gateway or a default route for its family. */
function hasRouteOut({ ip }: Link, routed: ReadonlySet<Family> = new Set()): boolean {
  const families = new Set([...(ip?.gateways ?? []).map(familyOf), ...routed])
  return ip?.addresses.some((row) => isRoutable(row) && families.has(familyOf(row.address))) ?? false
}

function isRoutable(row: AddressRow): boolean {
  return isUsable(row) && !isLinkLocal(row.address)
}

function isUsable({ dadState }: { readonly dadState: number }): boolean {
  return dadState === DadState.Preferred || dadState === DadState.Deprecated
}

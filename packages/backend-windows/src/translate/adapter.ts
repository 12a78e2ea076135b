import type { LinkInterface } from '@roamkit/core/contract'
import {
  AdapterFlag,
  AdminStatus,
  DadState,
  IfOperStatus,
  InterfaceFlag,
  MediaState,
} from '../ffi/numbers.js'
import { familyOf, isIpv6LinkLocal, isLinkLocal } from '../tables/address.js'
import type { AdapterRow, AddressRow, InterfaceRow, IpTables, RouteRow } from '../tables/captured.js'
import { type AdapterKind, adapterKind, cardAddresses } from './adapter-kind.js'

type Family = RouteRow['family']

/** What both tables say of one interface. */
export interface Link {
  readonly row: InterfaceRow
  /** `null` while it has no IP: disabled adapters, and cards that a switch, a bridge or a team has taken over. */
  readonly ip: AdapterRow | null
}

/** One adapter, of all tables that know it. */
export interface Adapter extends AdapterKind, Link {
  /** Whether it leads out of the machine (rule T1): by what it has while it is up, else by what it was made for. */
  readonly isUplink: boolean
}

/**
 * The adapters worth listing, by GUID: those that people see, without the dozens that Windows keeps for itself, and without the
 * ghosts of those that were taken out.
 */
export function adaptersOf(tables: IpTables): ReadonlyMap<string, Adapter> {
  const cards = cardAddresses(tables.interfaces)
  const known = knownOf(tables)
  const found = new Map<string, Adapter>()
  for (const row of tables.interfaces) {
    if ((row.flags & InterfaceFlag.Filter) !== 0 || row.operStatus === IfOperStatus.NotPresent) continue
    if (!known.ip.has(row.guid) && (row.flags & InterfaceFlag.Hardware) === 0) continue
    const kind = adapterKind(row, cards)
    if (kind !== null) found.set(row.guid, made(row, kind, known))
  }
  return found
}

/** An adapter whose kind is known by other means. */
export function adapterOf(row: InterfaceRow, kind: AdapterKind, tables: IpTables): Adapter {
  return made(row, kind, knownOf(tables))
}

/** What is known of interfaces, by GUID and by LUID. */
interface Known {
  readonly ip: ReadonlyMap<string, AdapterRow>
  readonly routed: ReadonlyMap<string, ReadonlySet<Family>>
}

function knownOf({ adapters, routes }: IpTables): Known {
  const routed = new Map<string, Set<Family>>()
  for (const { luid, family } of routes) routed.set(luid, (routed.get(luid) ?? new Set()).add(family))
  return { ip: new Map(adapters.map((adapter) => [adapter.guid, adapter])), routed }
}

function made(row: InterfaceRow, kind: AdapterKind, { ip, routed }: Known): Adapter {
  const link = { row, ip: ip.get(row.guid) ?? null }
  return { ...kind, ...link, isUplink: isUplink(kind, link, routed.get(row.luid)) }
}

/** What an adapter's link does, as far as IP Helper tells: `connected` on the link layer, and without an address yet. */
export function adapterPhase({ row, ip }: Link): 'down' | 'connected' | 'up' {
  if (row.operStatus !== IfOperStatus.Up && row.operStatus !== IfOperStatus.Dormant) return 'down'
  if (row.mediaState === MediaState.Disconnected || ip === null) return 'down'
  return hasAddress(ip) ? 'up' : 'connected'
}

/** Whether others can be reached from it. Where a server gives addresses, the link-local one that every link has is none. */
function hasAddress(ip: AdapterRow): boolean {
  const usable = ip.addresses.filter(isUsable)
  const isGiven = (ip.flags & AdapterFlag.Dhcpv4) !== 0
  return usable.some(({ address }) => !isGiven || !isIpv6LinkLocal(address))
}

/** Whether all that it has is what a link gives itself: no way out (rule T1). */
export function isLinkLocalOnly({ ip }: Link): boolean {
  const usable = ip?.addresses.filter(isUsable) ?? []
  return usable.length > 0 && !usable.some(isRoutable)
}

/** Enabled by the administrator. */
export function isEnabled({ row }: Link): boolean {
  return row.adminStatus !== AdminStatus.Down
}

/** The interface of a link that is not down. */
export function interfaceOf({ row, ip }: Link): LinkInterface | null {
  if (ip === null) return null
  return {
    name: row.alias || ip.name || row.guid,
    index: row.index > 0 && row.index < 2 ** 31 ? row.index : null,
    hardwareAddress: row.hardwareAddress,
    mtu: row.mtu > 0 && row.mtu < 2 ** 32 - 1 ? row.mtu : null,
    addresses: ip.addresses.filter(isUsable).map(({ address, prefix }) => `${address}/${prefix}`),
    gateways: ip.gateways,
    dns: ip.dns,
    searchDomains: ip.searchDomains,
  }
}

/**
 * The adapter of the default route with the least metric, IPv4 before IPv6; `null`: there is none. One through a tunnel rides on
 * another (rule T2), which is the one that is named.
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
 * While it is up an adapter is an uplink by what it has. While it is not, a card is one if it would be given a way out, or has
 * one in its settings, as far as Windows shows them; what has no hardware is none before it has the way out (rule T1).
 */
function isUplink({ role }: AdapterKind, link: Link, routed: ReadonlySet<Family> | undefined): boolean {
  if (role === 'tunnel') return false
  if (adapterPhase(link) === 'up') return hasWayOut(link, routed)
  if (role === 'face') return false
  const { ip } = link
  // Enabled, and without IP: a switch, a bridge or a team has it.
  if (ip === null) return !isEnabled(link)
  return (ip.flags & AdapterFlag.Dhcpv4) !== 0 || ip.gateways.length > 0
}

/** An address that others can reach, and a gateway or a default route for its family. */
function hasWayOut({ ip }: Link, routed: ReadonlySet<Family> = new Set()): boolean {
  const ways = new Set([...(ip?.gateways ?? []).map(familyOf), ...routed])
  return ip?.addresses.some((row) => isRoutable(row) && ways.has(familyOf(row.address))) ?? false
}

function isRoutable(row: AddressRow): boolean {
  return isUsable(row) && !isLinkLocal(row.address)
}

function isUsable({ dadState }: { readonly dadState: number }): boolean {
  return dadState === DadState.Preferred || dadState === DadState.Deprecated
}

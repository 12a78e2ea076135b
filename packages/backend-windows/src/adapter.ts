import type { Bearer, LinkInterface } from '@roamkit/core/contract'
import { isIpv6LinkLocal } from './address.js'
import type { AdapterRow, InterfaceRow, IpTables } from './captured.js'
import {
  AdapterFlag,
  AdminStatus,
  DadState,
  IfOperStatus,
  IfType,
  InterfaceFlag,
  MediaState,
  PhysicalMedium,
} from './numbers.js'

/** One adapter, of both tables that know it. */
export interface Adapter {
  readonly row: InterfaceRow
  /** `null` while it has no IP: disabled adapters. */
  readonly ip: AdapterRow | null
  readonly bearer: Bearer
  /** Whether it leads out of the machine. */
  readonly isUplink: boolean
}

/** The adapters worth listing, by GUID: those that people see, without the dozens that Windows keeps for itself. */
export function adaptersOf({ interfaces, adapters }: IpTables): ReadonlyMap<string, Adapter> {
  const byGuid = new Map(adapters.map((adapter) => [adapter.guid, adapter]))
  const found = new Map<string, Adapter>()
  for (const row of interfaces) {
    const ip = byGuid.get(row.guid) ?? null
    const isHardware = (row.flags & InterfaceFlag.Hardware) !== 0
    if (row.type === IfType.Loopback || (row.flags & InterfaceFlag.Filter) !== 0) continue
    if (ip === null && !isHardware) continue
    const bearer = bearerOf(row)
    if (bearer === null) continue
    found.set(row.guid, { row, ip, bearer, isUplink: isUplink({ bearer, isHardware, ip }) })
  }
  return found
}

/** What an adapter's link does, as far as IP Helper tells: `connected` on the link layer, and without an address yet. */
export function adapterPhase({ row, ip }: Adapter): 'down' | 'connected' | 'up' {
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

/** Enabled by the administrator. */
export function isEnabled({ row }: Adapter): boolean {
  return row.adminStatus !== AdminStatus.Down
}

/** The interface of a link that is not down. */
export function interfaceOf({ row, ip }: Adapter): LinkInterface | null {
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

/** The adapter of the default route with the least metric, IPv4 before IPv6; `null`: there is none. */
export function defaultAdapter({ routes, interfaces, adapters }: IpTables): string | null {
  const byLuid = new Map(interfaces.map((row) => [row.luid, row]))
  const byGuid = new Map(adapters.map((adapter) => [adapter.guid, adapter]))
  let best: { readonly guid: string; readonly rank: number } | null = null
  for (const { luid, family, metric } of routes) {
    const row = byLuid.get(luid)
    if (row === undefined || row.operStatus !== IfOperStatus.Up) continue
    const rank = (family === 'ipv4' ? 0 : 2 ** 33) + metric + (byGuid.get(row.guid)?.metrics[family] ?? 0)
    if (best === null || rank < best.rank) best = { guid: row.guid, rank }
  }
  return best?.guid ?? null
}

function bearerOf(row: InterfaceRow): Bearer | null {
  switch (row.type) {
    case IfType.Ethernet:
      return row.physicalMedium === PhysicalMedium.Bluetooth ? 'bluetooth' : 'ethernet'
    case IfType.Wifi:
      return 'wlan'
    // Which generation it is shows nowhere here.
    case IfType.MobileGsm:
    case IfType.MobileCdma:
      return 'unknown'
    case IfType.PropVirtual:
      return 'vpn'
    // Dial-up and VPN links are shown by their entries, and tunnels merely exist (rule C9).
    default:
      return null
  }
}

/**
 * Adapters without hardware belong to virtual machines and containers (rule C9), save one: with an external virtual switch
 * the machine's own address and gateway are on such an adapter, and its card has none. A VPN rides on others.
 */
function isUplink(given: {
  readonly bearer: Bearer
  readonly isHardware: boolean
  readonly ip: AdapterRow | null
}): boolean {
  if (given.bearer === 'vpn') return false
  return given.isHardware || (given.bearer === 'ethernet' && (given.ip?.gateways.length ?? 0) > 0)
}

function isUsable({ dadState }: { readonly dadState: number }): boolean {
  return dadState === DadState.Preferred || dadState === DadState.Deprecated
}

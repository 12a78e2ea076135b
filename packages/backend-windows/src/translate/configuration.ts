import type {
  Bearer,
  Connectivity,
  LinkConfiguration,
  LinkPhase,
  Metered,
  Permission,
} from '@roamkit/core/contract'
import { RasState, WifiState } from '../ffi/numbers.js'
import { adapterId, vpnId, wifiId } from '../links/configuration-id.js'
import type { LinkMemory } from '../links/links.js'
import type { VpnRow, WifiConnection, WifiProfile, WifiTable } from '../tables/captured.js'
import { ssidTextOf } from '../wifi/ssid.js'
import type { WifiPhase } from '../wifi/wifi-links.js'
import { wifiProfileFacts } from '../wifi/wifi-profile.js'
import { type Adapter, adapterPhase, interfaceOf, isEnabled, isLinkLocalOnly } from './adapter.js'
import { dialKind } from './adapter-kind.js'
import { connectivityOf, meteredOf, type NetworkFacts, purposeOf } from './reach.js'

/** What every configuration of an adapter is made of. */
export interface Surroundings {
  readonly memory: LinkMemory
  readonly network: NetworkFacts
}

const COMMON = {
  saved: true,
  over: null,
  network: null,
  point: null,
  interface: null,
  proxy: null,
  wifi: null,
  signal: null,
  portal: null,
} as const

/** How an adapter is looked at. */
export interface AdapterSituation extends Surroundings {
  /** Whether this process may enable and disable it. */
  readonly control: Permission
  /** Whether anything is up that a tunnel could ride on. */
  readonly hasBase: boolean
}

/** An adapter that is its own configuration: cables, and what Windows runs by itself. */
export function adapterConfiguration(
  adapter: Adapter,
  { control, hasBase, memory, network }: AdapterSituation,
): LinkConfiguration {
  const { row, role } = adapter
  const phase = adapterPhase(adapter)
  const link: LinkPhase = phase === 'connected' ? 'activating' : phase
  const isDown = link === 'down'
  const enabled = isEnabled(adapter)
  const isControlled = role !== 'tunnel' && WIRED.includes(adapter.bearer)
  return {
    ...COMMON,
    id: adapterId(row.guid),
    name: row.alias || row.guid,
    bearer: adapter.bearer,
    purpose: isDown ? 'unknown' : purposeOf(network.network),
    uplink: adapter.isUplink,
    // What is enabled comes up with its cable, and with nothing else.
    activate: isControlled && !enabled ? control : 'no',
    deactivate: isControlled ? control : 'no',
    // Whether the cable of a disabled adapter is in, nobody knows.
    inReach: enabled ? !isDown : null,
    // A tunnel whose base Windows does not name carries for as long as there is anything to ride on (rule T2).
    carrier: isDown ? null : role !== 'tunnel' || hasBase,
    link,
    activation: memory.activation,
    ended: memory.ended,
    device: row.guid,
    interface: isDown ? null : interfaceOf(adapter),
    metered: isDown ? null : (meteredOf(network) ?? guessOf(adapter)),
    connectivity: link === 'up' ? connectivityOfLink(adapter, network) : 'unknown',
  }
}

/** Cellular costs, as a rule: a guess, as NetworkManager makes it. */
function guessOf({ bearer }: Adapter): Metered | null {
  return bearer === 'cellular' ? { value: true, sure: false } : null
}

/** What is enabled and disabled as a whole. */
const WIRED: readonly Bearer[] = ['ethernet', 'bond', 'bridge', 'vlan']

/** What a profile's link does, and where. */
export interface WifiSituation extends Surroundings {
  readonly phase: WifiPhase
  readonly carrier: boolean
  readonly adapter: Adapter | null
  /** Whether there is anybody to ask; while there is not, everything is as last known, and nothing in reach. */
  readonly service: 'running' | 'away'
}

/** A Wi-Fi profile on an interface. Networks without a profile are left out: Windows cannot connect to them by a name alone. */
export function wifiConfiguration(
  table: WifiTable,
  profile: WifiProfile,
  { phase, carrier, adapter, memory, network, service }: WifiSituation,
): LinkConfiguration {
  const isAway = service === 'away'
  const { ssids, wifi, isAdHoc } = wifiProfileFacts(profile.name, profile.xml)
  const link: LinkPhase = phase === 'connected' ? 'activating' : phase
  const isDown = link === 'down'
  const connection = isDown ? null : connectionOf(table, profile.name)
  // A profile may be for several networks, and what Windows does not show of it shows once it is connected.
  const ssid = connection === null || connection.ssid === '' ? wifi.ssid : ssidTextOf(connection.ssid)
  const seen = isAway ? null : seenNetworks(table, profile.name, ssids)
  const inReach = isDown ? !isAway && reach(table, seen) : true
  return {
    ...COMMON,
    id: wifiId(table.guid, profile.name),
    name: profile.name,
    bearer: 'wlan',
    purpose: link === 'up' ? purposeOf(network.network) : 'unknown',
    uplink: !isAdHoc && (link !== 'up' || adapter === null || adapter.isUplink),
    // Only trying tells whether a network out of sight is there all the same, and hidden ones are never in sight. Whoever tries
    // while the service is away is told so, and not that the network is out of reach.
    activate: inReach === false && !wifi.hidden && !isAway ? 'unknown' : 'yes',
    deactivate: 'yes',
    inReach,
    carrier: isDown || link === 'activating' ? null : carrier,
    link,
    activation: memory.activation,
    ended: memory.ended,
    device: table.guid,
    network: ssid,
    point: connection?.bssid ?? null,
    interface: isDown || adapter === null ? null : interfaceOf(adapter),
    wifi: { ...wifi, ssid },
    signal: steps(connection?.signal ?? strongest(seen)),
    metered: link === 'up' ? meteredOf(network) : null,
    connectivity: link === 'up' ? connectivityOfLink(adapter, network) : 'unknown',
  }
}

/** Where the connection of an entry is. */
export interface VpnSituation extends Surroundings {
  /** Its interface, where Windows shows one. */
  readonly adapter: Adapter | null
  /** The configuration that it rides on (rule T2). */
  readonly over: string | null
  /** Whether what it rides on is there. */
  readonly hasBase: boolean
}

/** A VPN or dial-up entry, which is watched and no more. */
export function vpnConfiguration(
  entry: VpnRow,
  { adapter, over, hasBase, memory, network }: VpnSituation,
): LinkConfiguration {
  const link = vpnPhase(entry)
  const isUp = link === 'up'
  const { bearer, role } = dialKind(entry)
  const isTunnel = role === 'tunnel'
  return {
    ...COMMON,
    id: vpnId(entry),
    name: entry.name,
    bearer,
    purpose: 'unknown',
    uplink: !isTunnel && isUp && (adapter?.isUplink ?? false),
    activate: 'no',
    deactivate: 'no',
    inReach: null,
    carrier: isUp ? !isTunnel || hasBase : null,
    link,
    activation: memory.activation,
    ended: memory.ended,
    device: adapter?.row.guid ?? null,
    over: isTunnel && link !== 'down' ? over : null,
    interface: link === 'down' || adapter === null ? null : interfaceOf(adapter),
    metered: isUp ? meteredOf(network) : null,
    connectivity: isUp ? connectivityOfLink(adapter, network) : 'unknown',
  }
}

/** What an entry's link does. */
export function vpnPhase({ connection }: VpnRow): 'down' | 'activating' | 'up' {
  if (connection === null || connection.state === RasState.Disconnected) return 'down'
  return connection.state === RasState.Connected ? 'up' : 'activating'
}

function connectivityOfLink(adapter: Adapter | null, network: NetworkFacts): Connectivity {
  const told = connectivityOf(network)
  return adapter !== null && told !== 'none' && isLinkLocalOnly(adapter) ? 'limited' : told
}

function connectionOf({ connection }: WifiTable, profile: string): WifiConnection | null {
  return connection !== null && connection !== 'denied' && connection.profile === profile ? connection : null
}

function seenNetworks({ networks }: WifiTable, profile: string, ssids: readonly string[]) {
  if (networks === null || networks === 'denied') return null
  return networks.filter((network) => network.profile === profile || ssids.includes(network.ssid))
}

function reach({ state, networks }: WifiTable, seen: readonly unknown[] | null): boolean | null {
  if (state === WifiState.NotReady) return false
  if (networks === 'denied' || seen === null) return null
  return seen.length > 0
}

function strongest(seen: readonly { readonly signal: number }[] | null): number | null {
  return seen === null || seen.length === 0 ? null : Math.max(...seen.map(({ signal }) => signal))
}

/** In steps of 5, so that noise is no change (rule C2). */
function steps(signal: number | null): number | null {
  return signal === null ? null : Math.min(100, Math.max(0, Math.round(signal / 5) * 5))
}

import type {
  Bearer,
  Connectivity,
  LinkConfiguration,
  LinkPhase,
  Metered,
  Permission,
} from '@roamkit/core/contract'
import { RasState } from '../ffi/numbers.js'
import { adapterId, vpnId } from '../links/configuration-id.js'
import type { LinkMemory } from '../links/links.js'
import type { VpnRow } from '../tables/captured.js'
import { type Adapter, adapterPhase, interfaceOf, isEnabled, isLinkLocalOnly } from './adapter.js'
import { dialKind } from './adapter-kind.js'
import { cellularOf, connectivityOf, meteredOf, type NetworkFacts, purposeOf } from './network-facts.js'

/** What all configurations are made of. */
export interface CommonFacts {
  readonly memory: LinkMemory
  readonly network: NetworkFacts
}

/** What most configurations have in common. */
export const COMMON = {
  saved: true,
  over: null,
  network: null,
  point: null,
  interface: null,
  proxy: null,
  wifi: null,
  signal: null,
  cellular: null,
  portal: null,
} as const

/** What the configuration of an adapter is made of, besides the adapter. */
export interface AdapterFacts extends CommonFacts {
  /** Whether this process may enable and disable it. */
  readonly control: Permission
  /** Whether a possible base of a tunnel is up. */
  readonly hasBase: boolean
}

/** The configuration of an adapter: a cable, or a link that Windows manages by itself. */
export function adapterConfiguration(
  adapter: Adapter,
  { control, hasBase, memory, network }: AdapterFacts,
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
    // An enabled adapter comes up with its cable only.
    activate: isControlled && !enabled ? control : 'no',
    deactivate: isControlled ? control : 'no',
    // It is unknown whether the cable of a disabled adapter is plugged in.
    inRange: enabled ? !isDown : null,
    // Windows does not name the base of this tunnel: it has carrier while any possible base is up (rule T2).
    carrier: isDown ? null : role !== 'tunnel' || hasBase,
    link,
    activation: memory.activation,
    ended: memory.ended,
    device: row.guid,
    interface: isDown ? null : interfaceOf(adapter),
    metered: isDown ? null : (meteredOf(network) ?? guessOf(adapter)),
    cellular: isDown || adapter.bearer !== 'cellular' ? null : cellularOf(network),
    connectivity: link === 'up' ? connectivityOfLink(adapter, network) : 'unknown',
  }
}

/** Cellular is usually metered: a guess, as NetworkManager makes it. */
function guessOf({ bearer }: Adapter): Metered | null {
  return bearer === 'cellular' ? { value: true, sure: false } : null
}

/** Bearers of adapters that this process may enable and disable. */
const WIRED: readonly Bearer[] = ['ethernet', 'bond', 'bridge', 'vlan']

/** What the configuration of a phone book entry is made of, besides the entry. */
export interface VpnFacts extends CommonFacts {
  /** Its interface; `null` if Windows shows none. */
  readonly adapter: Adapter | null
  /** The id of the configuration that is its base (rule T2). */
  readonly over: string | null
  /** Whether its base is up. */
  readonly hasBase: boolean
}

/** The configuration of a VPN or dial-up entry. It is observed only. */
export function vpnConfiguration(
  entry: VpnRow,
  { adapter, over, hasBase, memory, network }: VpnFacts,
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
    inRange: null,
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

/** The phase of an entry's link. */
export function vpnPhase({ connection }: VpnRow): 'down' | 'activating' | 'up' {
  if (connection === null || connection.state === RasState.Disconnected) return 'down'
  return connection.state === RasState.Connected ? 'up' : 'activating'
}

/** The connectivity of a link that is up. */
export function connectivityOfLink(adapter: Adapter | null, network: NetworkFacts): Connectivity {
  const connectivity = connectivityOf(network)
  return adapter !== null && connectivity !== 'none' && isLinkLocalOnly(adapter) ? 'limited' : connectivity
}

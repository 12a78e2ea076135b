import type { LinkConfiguration, LinkPhase, Permission, Wifi } from '@roamkit/core/contract'
import { ProfileFlag, WIFI_WRITE, WifiState } from '../ffi/numbers.js'
import { wifiId } from '../links/configuration-id.js'
import type { WifiConnection, WifiNetwork, WifiProfile, WifiTable } from '../tables/captured.js'
import { networkName, type UnsavedNetwork } from '../wifi/network-profile.js'
import { ssidTextOf } from '../wifi/ssid.js'
import type { WifiPhase } from '../wifi/wifi-links.js'
import { wifiProfileFacts } from '../wifi/wifi-profile.js'
import { keyField, securityOf } from '../wifi/wifi-security.js'
import { type Adapter, interfaceOf } from './adapter.js'
import { COMMON, type CommonFacts, connectivityOfLink } from './configuration.js'
import { meteredOf, purposeOf } from './network-facts.js'

/** What a Wi-Fi configuration is made of, besides its tables. */
export interface WifiFacts extends CommonFacts {
  readonly phase: WifiPhase
  readonly carrier: boolean
  /** `null`: unknown, or the activation waits for a key, and the adapter may have another link. */
  readonly adapter: Adapter | null
  /** While the service is away, the tables are outdated, and everything is out of range. */
  readonly service: 'running' | 'away'
  /** Whether this user may store profiles. */
  readonly storing: Permission
}

/** The configuration of a Wi-Fi profile on an interface. */
export function profileConfiguration(
  table: WifiTable,
  profile: WifiProfile,
  facts: WifiFacts,
): LinkConfiguration {
  const { name } = profile
  const { ssids, wifi, isAdHoc } = wifiProfileFacts(name, profile.xml)
  const isSeen = (network: WifiNetwork) => network.profile === name || ssids.includes(network.ssid)
  const link = linkFacts(table, { profile: name, wifi, isSeen }, facts)
  const [ssid = ''] = ssids
  return {
    ...link,
    // The profile that opening the network made: it keeps its name.
    name: name === networkName(ssid, wifi.security) ? wifi.ssid : name,
    uplink: !isAdHoc && link.uplink,
    // A network that no scan has found may be there all the same, and a hidden one is never found. While the service is away the
    // error should say so, and not that the network is out of range.
    activate: link.inRange === false && !wifi.hidden && facts.service !== 'away' ? 'unknown' : 'yes',
    save: facts.storing,
    forget: mayDelete(profile),
  }
}

/** The configuration of a network without a profile on an interface (rule N1). */
export function networkConfiguration(
  table: WifiTable,
  network: UnsavedNetwork,
  facts: WifiFacts,
): LinkConfiguration {
  const { profile, security, isConnectable } = network
  const wifi = { ssid: ssidTextOf(network.ssid), hidden: false, security }
  const isSeen = ({ ssid, keys }: WifiNetwork) => ssid === network.ssid && securityOf(keys) === security
  const link = linkFacts(table, { profile, wifi, isSeen }, facts)
  const field = keyField(security)
  // The profile of another program cannot be made again.
  const isOpenable = isConnectable && field !== undefined && profile === networkName(network.ssid, security)
  const isOutside = link.inRange === false && facts.service !== 'away'
  return {
    ...link,
    name: wifi.ssid,
    saved: false,
    point: link.point ?? strongestPoint(table, network),
    activate: isOpenable ? (isOutside ? 'unknown' : 'yes') : 'no',
    // Windows has the key only while the link is up.
    save: field === null || link.link === 'up' ? facts.storing : 'no',
    forget: facts.storing,
  }
}

/**
 * The strongest access point of a network; `null` if unknown. Windows does not say which class of security an access point has, only whether it
 * has any. That is not enough if two networks with security have the same name.
 */
function strongestPoint(
  { accessPoints, networks }: WifiTable,
  { ssid, security }: UnsavedNetwork,
): string | null {
  const isSecured = security !== 'open'
  const isOther = (one: WifiNetwork) =>
    one.ssid === ssid && ![security, 'open'].includes(securityOf(one.keys))
  if (isSecured && Array.isArray(networks) && networks.some(isOther)) return null
  const own = accessPoints.filter((one) => one.ssid === ssid && one.isSecured === isSecured)
  return own.reduce((best, one) => (one.signal > (best?.signal ?? -1) ? one : best), own[0])?.bssid ?? null
}

/** What a configuration says of its link. */
function linkFacts(
  table: WifiTable,
  {
    profile,
    wifi,
    isSeen,
  }: { readonly profile: string; readonly wifi: Wifi; isSeen(network: WifiNetwork): boolean },
  { phase, carrier, adapter, memory, network, service }: WifiFacts,
) {
  const isAway = service === 'away'
  const link: LinkPhase = phase === 'connected' ? 'activating' : phase
  const isDown = link === 'down'
  const connection = isDown ? null : connectionOf(table, profile)
  // A profile may be for several networks. Which one it is shows once it is connected.
  const ssid = connection === null || connection.ssid === '' ? wifi.ssid : ssidTextOf(connection.ssid)
  const seen = isAway ? null : seenNetworks(table, isSeen)
  return {
    ...COMMON,
    id: wifiId(table.guid, profile),
    bearer: 'wlan',
    purpose: link === 'up' ? purposeOf(network.network) : 'unknown',
    uplink: link !== 'up' || adapter === null || adapter.isUplink,
    deactivate: 'yes',
    inRange: isDown ? !isAway && isInRange(table, seen) : true,
    carrier: isDown || link === 'activating' ? null : carrier,
    link,
    activation: memory.activation,
    ended: memory.ended,
    device: table.guid,
    network: ssid,
    point: connection?.bssid ?? null,
    interface: isDown || adapter === null ? null : interfaceOf(adapter),
    wifi: { ...wifi, ssid },
    signal: roundSignal(connection?.signal ?? strongest(seen)),
    metered: link === 'up' ? meteredOf(network) : null,
    connectivity: link === 'up' ? connectivityOfLink(adapter, network) : 'unknown',
  } as const
}

/** No user may delete the profiles of a Group Policy. Windows gives the access of this user to the profiles of all users only. */
function mayDelete({ flags, access }: WifiProfile): Permission {
  if ((flags & ProfileFlag.GroupPolicy) !== 0) return 'no'
  if ((flags & ProfileFlag.User) !== 0) return 'yes'
  if (access === 0) return 'unknown'
  return (access & WIFI_WRITE) === WIFI_WRITE ? 'yes' : 'no'
}

function connectionOf({ connection }: WifiTable, profile: string): WifiConnection | null {
  return connection !== null && connection !== 'denied' && connection.profile === profile ? connection : null
}

function seenNetworks({ networks }: WifiTable, isSeen: (network: WifiNetwork) => boolean) {
  return networks === null || networks === 'denied' ? null : networks.filter(isSeen)
}

function isInRange({ state, networks }: WifiTable, seen: readonly unknown[] | null): boolean | null {
  if (state === WifiState.NotReady) return false
  if (networks === 'denied' || seen === null) return null
  return seen.length > 0
}

function strongest(seen: readonly { readonly signal: number }[] | null): number | null {
  return seen === null || seen.length === 0 ? null : Math.max(...seen.map(({ signal }) => signal))
}

/** Rounds to steps of 5, so that noise does not count as a change (rule C2). */
function roundSignal(signal: number | null): number | null {
  return signal === null ? null : Math.min(100, Math.max(0, Math.round(signal / 5) * 5))
}

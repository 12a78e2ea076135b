import type { Permission } from '@roamkit/core/contract'

/**
 * What Windows has answered, as plain data. The readers produce it, and all code that uses it is pure. Numbers are Windows's own
 * (see the enumerations in `numbers.ts`). Text from outside is untrusted.
 */

/** A row of GetIfTable2. */
export interface InterfaceRow {
  readonly guid: string
  readonly index: number
  /** Decimal: 64 bits. */
  readonly luid: string
  readonly alias: string
  /** The driver's name for it. */
  readonly description: string
  readonly type: number
  readonly physicalMedium: number
  readonly mtu: number
  readonly hardwareAddress: string | null
  /** The bits of InterfaceAndOperStatusFlags. */
  readonly flags: number
  readonly operStatus: number
  readonly adminStatus: number
  readonly mediaState: number
}

/** An address of an adapter. */
export interface AddressRow {
  readonly address: string
  readonly prefix: number
  readonly dadState: number
}

/** An entry of GetAdaptersAddresses. */
export interface AdapterRow {
  readonly guid: string
  readonly name: string
  readonly flags: number
  readonly addresses: readonly AddressRow[]
  readonly gateways: readonly string[]
  readonly dns: readonly string[]
  readonly searchDomains: readonly string[]
  readonly metrics: { readonly ipv4: number; readonly ipv6: number }
}

/** A default route of GetIpForwardTable2. */
export interface RouteRow {
  readonly luid: string
  readonly family: 'ipv4' | 'ipv6'
  readonly metric: number
}

/** The answer of GetNetworkConnectivityHint, which is about the whole machine. */
export interface HintRow {
  readonly level: number
  readonly cost: number
  readonly isApproachingLimit: boolean
  readonly isOverLimit: boolean
  readonly isRoaming: boolean
}

/** The answers of IP Helper in one reading. */
export interface IpTables {
  readonly interfaces: readonly InterfaceRow[]
  readonly adapters: readonly AdapterRow[]
  readonly routes: readonly RouteRow[]
}

/** The connection of a Wi-Fi interface. */
export interface WifiConnection {
  readonly profile: string
  /** Bytes, as hex. */
  readonly ssid: string
  readonly bssid: string | null
  readonly signal: number
  readonly keys: WifiKeys
}

/** How a network is secured: its DOT11_AUTH_ALGORITHM and DOT11_CIPHER_ALGORITHM. */
export interface WifiKeys {
  readonly auth: number
  readonly cipher: number
}

/** A profile of a Wi-Fi interface, with Windows's own XML, which never contains a key in clear text. */
export interface WifiProfile {
  readonly name: string
  readonly xml: string | null
  /** The bits of WLAN_PROFILE_*. */
  readonly flags: number
  /** The access to it that this user has; 0 if Windows does not say. */
  readonly access: number
}

/** A network that a Wi-Fi interface sees. */
export interface WifiNetwork {
  /** The profile for it; empty if there is none. */
  readonly profile: string
  readonly ssid: string
  readonly signal: number
  /** Whether it has access points: a network without any is one of equals (ad hoc). */
  readonly isInfrastructure: boolean
  readonly isConnectable: boolean
  readonly keys: WifiKeys
}

/** An access point that a Wi-Fi interface sees. */
export interface WifiAccessPoint {
  readonly ssid: string
  readonly bssid: string | null
  readonly signal: number
  /** Whether it demands encryption, of whatever kind. */
  readonly isSecured: boolean
}

/** A Wi-Fi interface. `denied`: Windows withholds it from this program until the user allows access to the location. */
export interface WifiTable {
  readonly guid: string
  readonly description: string
  readonly state: number
  readonly connection: WifiConnection | 'denied' | null
  readonly profiles: readonly WifiProfile[]
  readonly networks: readonly WifiNetwork[] | 'denied' | null
  /** Empty unless networks without a profile are listed. */
  readonly accessPoints: readonly WifiAccessPoint[]
}

/** A network that an adapter is connected to, according to the network list manager. */
export interface NetworkRow {
  /** The adapter's GUID. */
  readonly adapter: string
  readonly category: number
  /** The bits of NLM_CONNECTIVITY. */
  readonly connectivity: number
  /** The bits of NLM_CONNECTION_COST. */
  readonly cost: number
  readonly isHijacked: boolean
}

/** A VPN or dial-up entry of a phone book. */
export interface VpnRow {
  readonly name: string
  readonly phonebook: string
  /** Whether all users of the machine have it. */
  readonly isShared: boolean
  /** `null` while it is not connected. */
  readonly connection: VpnConnection | null
}

/** A connection of an entry. */
export interface VpnConnection {
  /** RASCONNSTATE. */
  readonly state: number
  /** RASDT_*: `vpn`, `pppoe`, `modem`... */
  readonly device: string
  /** The GUID of the entry, which its interface has as well. */
  readonly guid: string
  /** The address of this machine from which a tunnel starts; `null` if unknown. */
  readonly from: string | null
}

/**
 * The state of the WLAN AutoConfig service.
 *
 * - `none`: it has not run yet.
 * - `stopping`: it does not answer any more, and IP Helper has not been read since.
 * - `away`: it does not answer, and IP Helper has been read since.
 */
export type WifiServiceState = 'none' | 'running' | 'stopping' | 'away'

/** Everything that is read. */
export interface Tables {
  readonly ip: IpTables
  readonly hint: HintRow | null
  /** While the service is stopping or away: as it was before. */
  readonly wifi: readonly WifiTable[]
  readonly wifiService: WifiServiceState
  /** Whether this user may store profiles. */
  readonly storing: Permission
  readonly networks: readonly NetworkRow[]
  readonly vpn: readonly VpnRow[]
}

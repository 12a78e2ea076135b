/**
 * What Windows has answered, as plain data: the readers make it, everything behind them is pure. Numbers are Windows's own
 * (see the enumerations in `numbers.ts`); text from outside is untrusted.
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

/** What GetNetworkConnectivityHint says of the machine. */
export interface HintRow {
  readonly level: number
  readonly cost: number
  readonly isApproachingLimit: boolean
  readonly isOverLimit: boolean
  readonly isRoaming: boolean
}

/** What IP Helper has answered at one time. */
export interface IpTables {
  readonly interfaces: readonly InterfaceRow[]
  readonly adapters: readonly AdapterRow[]
  readonly routes: readonly RouteRow[]
}

/** What a Wi-Fi interface is connected to. */
export interface WifiConnection {
  readonly profile: string
  /** Bytes, as hex. */
  readonly ssid: string
  readonly bssid: string | null
  readonly signal: number
}

/** A profile of a Wi-Fi interface, with Windows's own XML. */
export interface WifiProfile {
  readonly name: string
  readonly xml: string | null
}

/** A network in the air, as one Wi-Fi interface sees it. */
export interface WifiNetwork {
  /** The profile for it; empty where there is none. */
  readonly profile: string
  readonly ssid: string
  readonly signal: number
}

/** One Wi-Fi interface. `denied`: Windows keeps it from this program until access to the location is allowed. */
export interface WifiTable {
  readonly guid: string
  readonly description: string
  readonly state: number
  readonly connection: WifiConnection | 'denied' | null
  readonly profiles: readonly WifiProfile[]
  readonly networks: readonly WifiNetwork[] | 'denied' | null
}

/** A network that an adapter is connected to, as the network list manager tells it. */
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
  /** While there is one. */
  readonly connection: VpnConnection | null
}

/** A connection of an entry. */
export interface VpnConnection {
  /** RASCONNSTATE. */
  readonly state: number
  /** RASDT_*: `vpn`, `pppoe`, `modem`... */
  readonly device: string
  /** Of the entry, and of the connection's interface. */
  readonly guid: string
  /** The address of this machine at which a tunnel begins, where Windows tells. */
  readonly from: string | null
}

/**
 * The WLAN AutoConfig service. `none`: there was never one to ask. `stopping`: it does not answer any more, and IP Helper has
 * not been read since. `away`: what IP Helper shows of its adapters is from after its end.
 */
export type WifiServiceState = 'none' | 'running' | 'stopping' | 'away'

/** Everything that was read. */
export interface Tables {
  readonly ip: IpTables
  readonly hint: HintRow | null
  /** While the service is stopping or away: as last known. */
  readonly wifi: readonly WifiTable[]
  readonly wifiService: WifiServiceState
  readonly networks: readonly NetworkRow[]
  readonly vpn: readonly VpnRow[]
}

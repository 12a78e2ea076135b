/** Constants of Windows's headers, under similar names. */

/** IF_OPER_STATUS, ifdef.h. */
export const IfOperStatus = { Up: 1, Dormant: 5, NotPresent: 6 } as const
/** NET_IF_ADMIN_STATUS. */
export const AdminStatus = { Up: 1, Down: 2 } as const
/** NET_IF_MEDIA_CONNECT_STATE. */
export const MediaState = { Unknown: 0, Connected: 1, Disconnected: 2 } as const
/** ipifcons.h. */
export const IfType = {
  Ethernet: 6,
  Ppp: 23,
  Loopback: 24,
  PropVirtual: 53,
  Wifi: 71,
  Tunnel: 131,
  Vlan: 135,
  IpVlan: 136,
  Lag: 161,
  Bridge: 209,
  Wimax: 237,
  MobileGsm: 243,
  MobileCdma: 244,
} as const
/** NDIS_PHYSICAL_MEDIUM, ntddndis.h. */
export const PhysicalMedium = { WirelessLan: 1, WirelessWan: 8, Wifi: 9, Bluetooth: 10, Wimax: 12 } as const
/** Bits of MIB_IF_ROW2.InterfaceAndOperStatusFlags. */
export const InterfaceFlag = { Hardware: 1, Filter: 2 } as const
/** Bits of IP_ADAPTER_ADDRESSES.Flags. */
export const AdapterFlag = { Dhcpv4: 4 } as const
/** IP_DAD_STATE. */
export const DadState = { Preferred: 4, Deprecated: 3 } as const

/** NL_NETWORK_CONNECTIVITY_LEVEL_HINT, nldef.h. */
export const HintLevel = { None: 1, Local: 2, Internet: 3, Constrained: 4 } as const
/** NL_NETWORK_CONNECTIVITY_COST_HINT. */
export const HintCost = { Unrestricted: 1, Fixed: 2, Variable: 3 } as const

/** NLM_CONNECTIVITY, netlistmgr.h. */
export const NlmConnectivity = { Local: 0x0330, Internet: 0x0440 } as const
/** NLM_CONNECTION_COST. */
export const NlmCost = {
  Unrestricted: 1,
  Fixed: 2,
  Variable: 4,
  OverLimit: 0x1_0000,
  Roaming: 0x4_0000,
  ApproachingLimit: 0x8_0000,
} as const
/** NLM_NETWORK_CATEGORY. */
export const NlmCategory = { Public: 0, Private: 1, Domain: 2 } as const

/** WLAN_INTERFACE_STATE, wlanapi.h. */
export const WifiState = {
  NotReady: 0,
  Connected: 1,
  AdHoc: 2,
  Disconnecting: 3,
  Disconnected: 4,
  Associating: 5,
  Discovering: 6,
  Authenticating: 7,
} as const
/** WLAN_CONNECTION_MODE. */
export const WifiMode = { Profile: 0, TemporaryProfile: 1 } as const
/** DOT11_BSS_TYPE. */
export const BssType = { Infrastructure: 1, Any: 3 } as const
/** DOT11_AUTH_ALGORITHM. The values from 8 on are newer than Windows 10 version 1903. */
export const WifiAuth = {
  Open: 1,
  SharedKey: 2,
  Wpa: 3,
  WpaPsk: 4,
  Rsna: 6,
  RsnaPsk: 7,
  Wpa3Enterprise192: 8,
  Wpa3Sae: 9,
  Owe: 10,
  Wpa3Enterprise: 11,
} as const
/** DOT11_CIPHER_ALGORITHM. */
export const WifiCipher = { None: 0, Tkip: 2, Gcmp256: 9 } as const
/** WLAN_PROFILE_*. */
export const ProfileFlag = { GroupPolicy: 1, User: 2 } as const
/** WLAN_SECURABLE_OBJECT. */
export const WifiObject = { AddAllUserProfiles: 9, AddPerUserProfiles: 10 } as const
/** WLAN_WRITE_ACCESS. */
export const WIFI_WRITE = 0x7_0023

/** WLAN_NOTIFICATION_SOURCE_*. */
export const WifiSource = { Acm: 8, Msm: 16 } as const
/** WLAN_NOTIFICATION_ACM. */
export const WifiAcm = {
  ScanComplete: 7,
  ScanFail: 8,
  ConnectionStart: 9,
  ConnectionComplete: 10,
  ConnectionAttemptFail: 11,
  InterfaceArrival: 13,
  InterfaceRemoval: 14,
  ProfileChange: 15,
  ProfileNameChange: 16,
  Disconnecting: 20,
  Disconnected: 21,
  ScanListRefresh: 26,
} as const
/** WLAN_NOTIFICATION_MSM. */
export const WifiMsm = {
  RoamingStart: 5,
  RoamingEnd: 6,
  RadioStateChange: 7,
  SignalQualityChange: 8,
} as const

/** RASCONNSTATE, ras.h. */
export const RasState = { Connected: 0x2000, Disconnected: 0x2001 } as const

/** RASTUNNELENDPOINT_IPv4 and _IPv6. */
export const TunnelEnd = { Ipv4: 1, Ipv6: 2 } as const

/** PBT_*, winuser.h. A wake-up is notified as automatic, and once more if a user is there. */
export const PowerEvent = { Suspend: 4, ResumeSuspend: 7, ResumeAutomatic: 18 } as const

/** winerror.h. */
export const WinError = {
  Success: 0,
  AccessDenied: 5,
  InvalidHandle: 6,
  NotSupported: 50,
  InvalidParameter: 87,
  BufferOverflow: 111,
  AlreadyExists: 183,
  InvalidSize: 632,
  NotFound: 1168,
  ServiceNotActive: 1062,
  RpcUnavailable: 1722,
  BadProfile: 1206,
  InvalidState: 5023,
  RadioOff: 0x8034_2002,
} as const

/** ERROR_PROC_NOT_FOUND: the result, from `libraries.ts`, of a function that this Windows does not have. */
export const NOT_THERE = 127

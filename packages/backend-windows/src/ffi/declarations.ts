/**
 * Declares every struct, callback and function of Windows that is used here. This is the only file that imports koffi, and it contains no
 * logic. `labs/windows` compares each struct with the C compiler's sizeof and offsetof. It is longer than other files so that
 * everything foreign is in one place.
 */
import koffi from 'koffi'

export { koffi }

const { array, pointer, proto, struct } = koffi
const u8 = 'uint8_t'
const u16 = 'uint16_t'
const u32 = 'uint32_t'
const u64 = 'uint64_t'
const i32 = 'int32_t'
const address = 'uintptr_t'
const text = (length: number) => array('char16', length, 'String')
const bytes = (length: number) => array(u8, length, 'Typed')

const GUID = struct('GUID', { Data1: u32, Data2: u16, Data3: u16, Data4: bytes(8) })

// ws2def.h, ws2ipdef.h
const SOCKET_ADDRESS = struct('SOCKET_ADDRESS', { lpSockaddr: address, iSockaddrLength: 'int' })
/** A union of `sockaddr_in` and `sockaddr_in6`. The family determines how to read the bytes. */
const SOCKADDR_INET = struct('SOCKADDR_INET', { si_family: u16, rest: array(u16, 1), words: array(u32, 6) })
const IP_ADDRESS_PREFIX = struct('IP_ADDRESS_PREFIX', { Prefix: SOCKADDR_INET, PrefixLength: u8 })

// netioapi.h
const MIB_IF_ROW2 = struct('MIB_IF_ROW2', {
  InterfaceLuid: u64,
  InterfaceIndex: u32,
  InterfaceGuid: GUID,
  Alias: text(257),
  Description: text(257),
  PhysicalAddressLength: u32,
  PhysicalAddress: bytes(32),
  PermanentPhysicalAddress: bytes(32),
  Mtu: u32,
  Type: u32,
  TunnelType: u32,
  MediaType: u32,
  PhysicalMediumType: u32,
  AccessType: u32,
  DirectionType: u32,
  InterfaceAndOperStatusFlags: u8,
  OperStatus: u32,
  AdminStatus: u32,
  MediaConnectState: u32,
  NetworkGuid: GUID,
  ConnectionType: u32,
  TransmitLinkSpeed: u64,
  ReceiveLinkSpeed: u64,
  InOctets: u64,
  InUcastPkts: u64,
  InNUcastPkts: u64,
  InDiscards: u64,
  InErrors: u64,
  InUnknownProtos: u64,
  InUcastOctets: u64,
  InMulticastOctets: u64,
  InBroadcastOctets: u64,
  OutOctets: u64,
  OutUcastPkts: u64,
  OutNUcastPkts: u64,
  OutDiscards: u64,
  OutErrors: u64,
  OutUcastOctets: u64,
  OutMulticastOctets: u64,
  OutBroadcastOctets: u64,
  OutQLen: u64,
})
const MIB_IF_TABLE2 = struct('MIB_IF_TABLE2', { NumEntries: u32, Table: array(MIB_IF_ROW2, 1) })
const MIB_IPFORWARD_ROW2 = struct('MIB_IPFORWARD_ROW2', {
  InterfaceLuid: u64,
  InterfaceIndex: u32,
  DestinationPrefix: IP_ADDRESS_PREFIX,
  NextHop: SOCKADDR_INET,
  SitePrefixLength: u8,
  ValidLifetime: u32,
  PreferredLifetime: u32,
  Metric: u32,
  Protocol: u32,
  Loopback: u8,
  AutoconfigureAddress: u8,
  Publish: u8,
  Immortal: u8,
  Age: u32,
  Origin: u32,
})
const MIB_IPFORWARD_TABLE2 = struct('MIB_IPFORWARD_TABLE2', {
  NumEntries: u32,
  Table: array(MIB_IPFORWARD_ROW2, 1),
})

// iptypes.h
const IP_ADAPTER_ADDRESSES_LH = struct('IP_ADAPTER_ADDRESSES_LH', {
  Length: u32,
  IfIndex: u32,
  Next: address,
  AdapterName: address,
  FirstUnicastAddress: address,
  FirstAnycastAddress: address,
  FirstMulticastAddress: address,
  FirstDnsServerAddress: address,
  DnsSuffix: address,
  Description: address,
  FriendlyName: address,
  PhysicalAddress: bytes(8),
  PhysicalAddressLength: u32,
  Flags: u32,
  Mtu: u32,
  IfType: u32,
  OperStatus: u32,
  Ipv6IfIndex: u32,
  ZoneIndices: array(u32, 16),
  FirstPrefix: address,
  TransmitLinkSpeed: u64,
  ReceiveLinkSpeed: u64,
  FirstWinsServerAddress: address,
  FirstGatewayAddress: address,
  Ipv4Metric: u32,
  Ipv6Metric: u32,
  Luid: u64,
  Dhcpv4Server: SOCKET_ADDRESS,
  CompartmentId: u32,
  NetworkGuid: GUID,
  ConnectionType: u32,
  TunnelType: u32,
  Dhcpv6Server: SOCKET_ADDRESS,
  Dhcpv6ClientDuid: bytes(130),
  Dhcpv6ClientDuidLength: u32,
  Dhcpv6Iaid: u32,
  FirstDnsSuffix: address,
})
const IP_ADAPTER_UNICAST_ADDRESS_LH = struct('IP_ADAPTER_UNICAST_ADDRESS_LH', {
  Length: u32,
  Flags: u32,
  Next: address,
  Address: SOCKET_ADDRESS,
  PrefixOrigin: u32,
  SuffixOrigin: u32,
  DadState: u32,
  ValidLifetime: u32,
  PreferredLifetime: u32,
  LeaseLifetime: u32,
  OnLinkPrefixLength: u8,
})
const IP_ADAPTER_DNS_SERVER_ADDRESS_XP = struct('IP_ADAPTER_DNS_SERVER_ADDRESS_XP', {
  Length: u32,
  Reserved: u32,
  Next: address,
  Address: SOCKET_ADDRESS,
})
const IP_ADAPTER_GATEWAY_ADDRESS_LH = struct('IP_ADAPTER_GATEWAY_ADDRESS_LH', {
  Length: u32,
  Reserved: u32,
  Next: address,
  Address: SOCKET_ADDRESS,
})
const IP_ADAPTER_DNS_SUFFIX = struct('IP_ADAPTER_DNS_SUFFIX', { Next: address, String: text(256) })
/** ifmib.h. Only the administrative status is written. */
const MIB_IFROW = struct('MIB_IFROW', {
  wszName: text(256),
  dwIndex: u32,
  dwType: u32,
  dwMtu: u32,
  dwSpeed: u32,
  dwPhysAddrLen: u32,
  bPhysAddr: bytes(8),
  dwAdminStatus: u32,
  dwOperStatus: u32,
  dwLastChange: u32,
  dwInOctets: u32,
  dwInUcastPkts: u32,
  dwInNUcastPkts: u32,
  dwInDiscards: u32,
  dwInErrors: u32,
  dwInUnknownProtos: u32,
  dwOutOctets: u32,
  dwOutUcastPkts: u32,
  dwOutNUcastPkts: u32,
  dwOutDiscards: u32,
  dwOutErrors: u32,
  dwOutQLen: u32,
  dwDescrLen: u32,
  bDescr: bytes(256),
})
/** nldef.h, as Microsoft documents it: the headers of mingw-w64 10 do not have it. */
const NL_NETWORK_CONNECTIVITY_HINT = struct('NL_NETWORK_CONNECTIVITY_HINT', {
  ConnectivityLevel: u32,
  ConnectivityCost: u32,
  ApproachingDataLimit: u8,
  OverDataLimit: u8,
  Roaming: u8,
})

// wlanapi.h, windot11.h
const DOT11_SSID = struct('DOT11_SSID', { uSSIDLength: u32, ucSSID: bytes(32) })
const WLAN_INTERFACE_INFO = struct('WLAN_INTERFACE_INFO', {
  InterfaceGuid: GUID,
  strInterfaceDescription: text(256),
  isState: u32,
})
const WLAN_INTERFACE_INFO_LIST = struct('WLAN_INTERFACE_INFO_LIST', {
  dwNumberOfItems: u32,
  dwIndex: u32,
  InterfaceInfo: array(WLAN_INTERFACE_INFO, 1),
})
const WLAN_PROFILE_INFO = struct('WLAN_PROFILE_INFO', { strProfileName: text(256), dwFlags: u32 })
const WLAN_PROFILE_INFO_LIST = struct('WLAN_PROFILE_INFO_LIST', {
  dwNumberOfItems: u32,
  dwIndex: u32,
  ProfileInfo: array(WLAN_PROFILE_INFO, 1),
})
const WLAN_AVAILABLE_NETWORK = struct('WLAN_AVAILABLE_NETWORK', {
  strProfileName: text(256),
  dot11Ssid: DOT11_SSID,
  dot11BssType: u32,
  uNumberOfBssids: u32,
  bNetworkConnectable: i32,
  wlanNotConnectableReason: u32,
  uNumberOfPhyTypes: u32,
  dot11PhyTypes: array(u32, 8),
  bMorePhyTypes: i32,
  wlanSignalQuality: u32,
  bSecurityEnabled: i32,
  dot11DefaultAuthAlgorithm: u32,
  dot11DefaultCipherAlgorithm: u32,
  dwFlags: u32,
  dwReserved: u32,
})
const WLAN_AVAILABLE_NETWORK_LIST = struct('WLAN_AVAILABLE_NETWORK_LIST', {
  dwNumberOfItems: u32,
  dwIndex: u32,
  Network: array(WLAN_AVAILABLE_NETWORK, 1),
})
const WLAN_RATE_SET = struct('WLAN_RATE_SET', { uRateSetLength: u32, usRateSet: array(u16, 126) })
const WLAN_BSS_ENTRY = struct('WLAN_BSS_ENTRY', {
  dot11Ssid: DOT11_SSID,
  uPhyId: u32,
  dot11Bssid: bytes(6),
  dot11BssType: u32,
  dot11BssPhyType: u32,
  lRssi: i32,
  uLinkQuality: u32,
  bInRegDomain: u8,
  usBeaconPeriod: u16,
  ullTimestamp: u64,
  ullHostTimestamp: u64,
  usCapabilityInformation: u16,
  ulChCenterFrequency: u32,
  wlanRateSet: WLAN_RATE_SET,
  ulIeOffset: u32,
  ulIeSize: u32,
})
const WLAN_BSS_LIST = struct('WLAN_BSS_LIST', {
  dwTotalSize: u32,
  dwNumberOfItems: u32,
  wlanBssEntries: array(WLAN_BSS_ENTRY, 1),
})
const WLAN_ASSOCIATION_ATTRIBUTES = struct('WLAN_ASSOCIATION_ATTRIBUTES', {
  dot11Ssid: DOT11_SSID,
  dot11BssType: u32,
  dot11Bssid: bytes(6),
  dot11PhyType: u32,
  uDot11PhyIndex: u32,
  wlanSignalQuality: u32,
  ulRxRate: u32,
  ulTxRate: u32,
})
const WLAN_SECURITY_ATTRIBUTES = struct('WLAN_SECURITY_ATTRIBUTES', {
  bSecurityEnabled: i32,
  bOneXEnabled: i32,
  dot11AuthAlgorithm: u32,
  dot11CipherAlgorithm: u32,
})
const WLAN_CONNECTION_ATTRIBUTES = struct('WLAN_CONNECTION_ATTRIBUTES', {
  isState: u32,
  wlanConnectionMode: u32,
  strProfileName: text(256),
  wlanAssociationAttributes: WLAN_ASSOCIATION_ATTRIBUTES,
  wlanSecurityAttributes: WLAN_SECURITY_ATTRIBUTES,
})
const WLAN_CONNECTION_PARAMETERS = struct('WLAN_CONNECTION_PARAMETERS', {
  wlanConnectionMode: u32,
  /** The address of UTF-16 with a 0 at the end: a text of JavaScript could not be overwritten, and there may be a key in it. */
  strProfile: 'void *',
  pDot11Ssid: 'void *',
  pDesiredBssidList: 'void *',
  dot11BssType: u32,
  dwFlags: u32,
})
const WLAN_NOTIFICATION_DATA = struct('WLAN_NOTIFICATION_DATA', {
  NotificationSource: u32,
  NotificationCode: u32,
  InterfaceGuid: GUID,
  dwDataSize: u32,
  pData: address,
})
const WLAN_CONNECTION_NOTIFICATION_DATA = struct('WLAN_CONNECTION_NOTIFICATION_DATA', {
  wlanConnectionMode: u32,
  strProfileName: text(256),
  dot11Ssid: DOT11_SSID,
  dot11BssType: u32,
  bSecurityEnabled: i32,
  wlanReasonCode: u32,
  dwFlags: u32,
  strProfileXml: array('char16', 1, 'Array'),
})

// ras.h is packed to 4 bytes. The sizes are those of Windows Vista, which every later one takes.
const RASENTRYNAMEW = struct('RASENTRYNAMEW', {
  dwSize: u32,
  szEntryName: text(257),
  dwFlags: u32,
  szPhonebookPath: text(261),
})
const RASCONNW = struct('RASCONNW', {
  dwSize: u32,
  hrasconn: [4, address],
  szEntryName: text(257),
  szDeviceType: text(17),
  szDeviceName: text(129),
  szPhonebook: text(260),
  dwSubEntry: u32,
  guidEntry: GUID,
  dwFlags: u32,
  luid: array(u32, 2),
})
const RASCONNSTATUSW = struct('RASCONNSTATUSW', {
  dwSize: u32,
  rasconnstate: u32,
  dwError: u32,
  szDeviceType: text(17),
  szDeviceName: text(129),
  szPhoneNumber: text(129),
})
/** The type determines whether the first 4 bytes are an IPv4 address, or all are an IPv6 address. */
const RASTUNNELENDPOINT = struct('RASTUNNELENDPOINT', { dwType: u32, bytes: array(u32, 4) })
/** As of Windows 7, with the ends of a tunnel. The headers of mingw-w64 10 do not have it. */
const RASCONNSTATUSW_7 = struct('RASCONNSTATUSW_7', {
  dwSize: u32,
  rasconnstate: u32,
  dwError: u32,
  szDeviceType: text(17),
  szDeviceName: text(129),
  szPhoneNumber: text(129),
  localEndPoint: RASTUNNELENDPOINT,
  remoteEndPoint: RASTUNNELENDPOINT,
  rasconnsubstate: u32,
})
/** powrprof.h. Windows copies it. */
const DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS = struct('DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS', {
  Callback: address,
  Context: address,
})
const SECURITY_ATTRIBUTES = struct('SECURITY_ATTRIBUTES', {
  nLength: u32,
  lpSecurityDescriptor: 'void *',
  bInheritHandle: i32,
})
const TOKEN_ELEVATION = struct('TOKEN_ELEVATION', { TokenIsElevated: u32 })
/** oaidl.h: the head of a VARIANT that holds a number. */
const VARIANT = struct('VARIANT', { vt: u16, reserved: array(u16, 3), ulVal: u32, rest: array(u32, 3) })

/** Every struct by its name in C. The lab compares them. */
export const structs = {
  GUID,
  SOCKET_ADDRESS,
  SOCKADDR_INET,
  IP_ADDRESS_PREFIX,
  MIB_IF_ROW2,
  MIB_IF_TABLE2,
  MIB_IPFORWARD_ROW2,
  MIB_IPFORWARD_TABLE2,
  IP_ADAPTER_ADDRESSES_LH,
  IP_ADAPTER_UNICAST_ADDRESS_LH,
  IP_ADAPTER_DNS_SERVER_ADDRESS_XP,
  IP_ADAPTER_GATEWAY_ADDRESS_LH,
  IP_ADAPTER_DNS_SUFFIX,
  MIB_IFROW,
  NL_NETWORK_CONNECTIVITY_HINT,
  DOT11_SSID,
  WLAN_INTERFACE_INFO,
  WLAN_INTERFACE_INFO_LIST,
  WLAN_PROFILE_INFO,
  WLAN_PROFILE_INFO_LIST,
  WLAN_AVAILABLE_NETWORK,
  WLAN_AVAILABLE_NETWORK_LIST,
  WLAN_RATE_SET,
  WLAN_BSS_ENTRY,
  WLAN_BSS_LIST,
  WLAN_ASSOCIATION_ATTRIBUTES,
  WLAN_SECURITY_ATTRIBUTES,
  WLAN_CONNECTION_ATTRIBUTES,
  WLAN_CONNECTION_PARAMETERS,
  WLAN_NOTIFICATION_DATA,
  WLAN_CONNECTION_NOTIFICATION_DATA,
  RASENTRYNAMEW,
  RASCONNW,
  RASCONNSTATUSW,
  RASTUNNELENDPOINT,
  RASCONNSTATUSW_7,
  DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS,
  SECURITY_ATTRIBUTES,
  TOKEN_ELEVATION,
  VARIANT,
} as const

/** Types of callbacks. The row that a notification points at is never read: the notification is a hint to read the tables again. */
export const callbacks = {
  /** Also PUNICAST_IPADDRESS_CHANGE_CALLBACK and PIPFORWARD_CHANGE_CALLBACK. */
  change: pointer(proto('void __stdcall RoamkitChange(void *context, void *row, uint32_t type)')),
  hint: pointer(proto('void __stdcall RoamkitHint(void *context, NL_NETWORK_CONNECTIVITY_HINT hint)')),
  wlan: pointer(proto('void __stdcall RoamkitWlan(void *data, void *context)')),
  service: pointer(proto('void __stdcall RoamkitService(uint32_t notify, void *context)')),
  /** PDEVICE_NOTIFY_CALLBACK_ROUTINE. */
  power: pointer(proto('uint32_t __stdcall RoamkitPower(void *context, uint32_t type, void *setting)')),
  wait: pointer(proto('void __stdcall RoamkitWait(void *context, uint8_t timedOut)')),
  queryInterface: pointer(proto('int32_t __stdcall RoamkitQuery(void *self, void *iid, void *out)')),
  count: pointer(proto('uint32_t __stdcall RoamkitCount(void *self)')),
  /** The methods of the network list manager's event interfaces. */
  ofNetwork: pointer(proto('int32_t __stdcall RoamkitOfNetwork(void *self, GUID id)')),
  ofNetworkWith: pointer(
    proto('int32_t __stdcall RoamkitOfNetworkWith(void *self, GUID id, uint32_t value)'),
  ),
  ofCost: pointer(proto('int32_t __stdcall RoamkitOfCost(void *self, uint32_t cost, void *destination)')),
  ofDestination: pointer(proto('int32_t __stdcall RoamkitOfDestination(void *self, void *destination)')),
} as const

/** Functions by their DLL, as declared in C. `void *` stands for handles and for memory of Windows. */
export const functions = {
  iphlpapi: {
    GetAdaptersAddresses:
      'uint32_t __stdcall GetAdaptersAddresses(uint32_t family, uint32_t flags, void *reserved, void *buffer, _Inout_ uint32_t *size)',
    GetIfTable2: 'uint32_t __stdcall GetIfTable2(_Out_ void **table)',
    GetIfEntry2: 'uint32_t __stdcall GetIfEntry2(void *row)',
    GetIpForwardTable2: 'uint32_t __stdcall GetIpForwardTable2(uint16_t family, _Out_ void **table)',
    FreeMibTable: 'void __stdcall FreeMibTable(void *table)',
    SetIfEntry: 'uint32_t __stdcall SetIfEntry(void *row)',
    GetNetworkConnectivityHint:
      'uint32_t __stdcall GetNetworkConnectivityHint(_Out_ NL_NETWORK_CONNECTIVITY_HINT *hint)',
    NotifyIpInterfaceChange:
      'uint32_t __stdcall NotifyIpInterfaceChange(uint16_t family, void *callback, void *context, uint8_t initial, _Out_ void **handle)',
    NotifyUnicastIpAddressChange:
      'uint32_t __stdcall NotifyUnicastIpAddressChange(uint16_t family, void *callback, void *context, uint8_t initial, _Out_ void **handle)',
    NotifyRouteChange2:
      'uint32_t __stdcall NotifyRouteChange2(uint16_t family, void *callback, void *context, uint8_t initial, _Out_ void **handle)',
    NotifyNetworkConnectivityHintChange:
      'uint32_t __stdcall NotifyNetworkConnectivityHintChange(void *callback, void *context, uint8_t initial, _Out_ void **handle)',
    CancelMibChangeNotify2: 'uint32_t __stdcall CancelMibChangeNotify2(void *handle)',
  },
  wlanapi: {
    WlanOpenHandle:
      'uint32_t __stdcall WlanOpenHandle(uint32_t version, void *reserved, _Out_ uint32_t *negotiated, _Out_ void **handle)',
    WlanCloseHandle: 'uint32_t __stdcall WlanCloseHandle(void *handle, void *reserved)',
    WlanFreeMemory: 'void __stdcall WlanFreeMemory(void *memory)',
    WlanEnumInterfaces:
      'uint32_t __stdcall WlanEnumInterfaces(void *handle, void *reserved, _Out_ void **list)',
    WlanQueryInterface:
      'uint32_t __stdcall WlanQueryInterface(void *handle, GUID *guid, uint32_t opcode, void *reserved, _Out_ uint32_t *size, _Out_ void **data, void *type)',
    WlanGetProfileList:
      'uint32_t __stdcall WlanGetProfileList(void *handle, GUID *guid, void *reserved, _Out_ void **list)',
    WlanGetProfile:
      'uint32_t __stdcall WlanGetProfile(void *handle, GUID *guid, const char16 *name, void *reserved, _Out_ void **xml, _Inout_ uint32_t *flags, _Out_ uint32_t *access)',
    WlanSetProfile:
      'uint32_t __stdcall WlanSetProfile(void *handle, GUID *guid, uint32_t flags, void *xml, void *security, int32_t overwrite, void *reserved, _Out_ uint32_t *reason)',
    WlanSaveTemporaryProfile:
      'uint32_t __stdcall WlanSaveTemporaryProfile(void *handle, GUID *guid, const char16 *name, void *security, uint32_t flags, int32_t overwrite, void *reserved)',
    WlanDeleteProfile:
      'uint32_t __stdcall WlanDeleteProfile(void *handle, GUID *guid, const char16 *name, void *reserved)',
    WlanGetSecuritySettings:
      'uint32_t __stdcall WlanGetSecuritySettings(void *handle, uint32_t object, void *type, _Out_ void **descriptor, _Out_ uint32_t *access)',
    WlanGetAvailableNetworkList:
      'uint32_t __stdcall WlanGetAvailableNetworkList(void *handle, GUID *guid, uint32_t flags, void *reserved, _Out_ void **list)',
    WlanGetNetworkBssList:
      'uint32_t __stdcall WlanGetNetworkBssList(void *handle, GUID *guid, void *ssid, uint32_t type, int32_t secure, void *reserved, _Out_ void **list)',
    WlanScan: 'uint32_t __stdcall WlanScan(void *handle, GUID *guid, void *ssid, void *data, void *reserved)',
    WlanConnect:
      'uint32_t __stdcall WlanConnect(void *handle, GUID *guid, WLAN_CONNECTION_PARAMETERS *parameters, void *reserved)',
    WlanDisconnect: 'uint32_t __stdcall WlanDisconnect(void *handle, GUID *guid, void *reserved)',
    WlanRegisterNotification:
      'uint32_t __stdcall WlanRegisterNotification(void *handle, uint32_t source, int32_t ignoreDuplicates, void *callback, void *context, void *reserved, void *previous)',
  },
  sechost: {
    OpenSCManagerW:
      'void * __stdcall OpenSCManagerW(const char16 *machine, const char16 *database, uint32_t access)',
    OpenServiceW: 'void * __stdcall OpenServiceW(void *manager, const char16 *name, uint32_t access)',
    CloseServiceHandle: 'int32_t __stdcall CloseServiceHandle(void *handle)',
    SubscribeServiceChangeNotifications:
      'uint32_t __stdcall SubscribeServiceChangeNotifications(void *service, int32_t event, void *callback, void *context, _Out_ void **subscription)',
    UnsubscribeServiceChangeNotifications:
      'void __stdcall UnsubscribeServiceChangeNotifications(void *subscription)',
  },
  powrprof: {
    PowerRegisterSuspendResumeNotification:
      'uint32_t __stdcall PowerRegisterSuspendResumeNotification(uint32_t flags, DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS *recipient, _Out_ void **handle)',
    PowerUnregisterSuspendResumeNotification:
      'uint32_t __stdcall PowerUnregisterSuspendResumeNotification(void *handle)',
  },
  rasapi32: {
    RasEnumEntriesW:
      'uint32_t __stdcall RasEnumEntriesW(void *reserved, void *phonebook, void *entries, _Inout_ uint32_t *size, _Out_ uint32_t *count)',
    RasEnumConnectionsW:
      'uint32_t __stdcall RasEnumConnectionsW(void *connections, _Inout_ uint32_t *size, _Out_ uint32_t *count)',
    RasGetConnectStatusW: 'uint32_t __stdcall RasGetConnectStatusW(void *connection, void *status)',
    RasConnectionNotificationW:
      'uint32_t __stdcall RasConnectionNotificationW(intptr_t connection, void *event, uint32_t flags)',
  },
  kernel32: {
    CloseHandle: 'int32_t __stdcall CloseHandle(void *handle)',
    CreateEventW:
      'void * __stdcall CreateEventW(void *security, int32_t manual, int32_t initial, const char16 *name)',
    CreateEventExW:
      'void * __stdcall CreateEventExW(SECURITY_ATTRIBUTES *security, const char16 *name, uint32_t flags, uint32_t access)',
    CreateFileMappingW:
      'void * __stdcall CreateFileMappingW(intptr_t file, void *security, uint32_t protect, uint32_t high, uint32_t low, const char16 *name)',
    CreateMutexW: 'void * __stdcall CreateMutexW(void *security, int32_t owned, const char16 *name)',
    CreateMutexExW:
      'void * __stdcall CreateMutexExW(SECURITY_ATTRIBUTES *security, const char16 *name, uint32_t flags, uint32_t access)',
    GetCurrentProcess: 'void * __stdcall GetCurrentProcess()',
    GetCurrentProcessId: 'uint32_t __stdcall GetCurrentProcessId()',
    OpenEventW: 'void * __stdcall OpenEventW(uint32_t access, int32_t inherit, const char16 *name)',
    OpenProcess: 'void * __stdcall OpenProcess(uint32_t access, int32_t inherit, uint32_t process)',
    SetEvent: 'int32_t __stdcall SetEvent(void *event)',
    GetModuleHandleExW:
      'int32_t __stdcall GetModuleHandleExW(uint32_t flags, const char16 *name, _Out_ void **module)',
    LocalFree: 'void * __stdcall LocalFree(void *memory)',
    MapViewOfFile:
      'void * __stdcall MapViewOfFile(void *mapping, uint32_t access, uint32_t high, uint32_t low, size_t size)',
    ProcessIdToSessionId: 'int32_t __stdcall ProcessIdToSessionId(uint32_t process, _Out_ uint32_t *session)',
    RegisterWaitForSingleObject:
      'int32_t __stdcall RegisterWaitForSingleObject(_Out_ void **wait, void *object, void *callback, void *context, uint32_t milliseconds, uint32_t flags)',
    ReleaseMutex: 'int32_t __stdcall ReleaseMutex(void *mutex)',
    UnmapViewOfFile: 'int32_t __stdcall UnmapViewOfFile(void *view)',
    UnregisterWaitEx: 'int32_t __stdcall UnregisterWaitEx(void *wait, intptr_t event)',
    WaitForSingleObject: 'uint32_t __stdcall WaitForSingleObject(void *object, uint32_t milliseconds)',
  },
  advapi32: {
    ConvertStringSecurityDescriptorToSecurityDescriptorW:
      'int32_t __stdcall ConvertStringSecurityDescriptorToSecurityDescriptorW(const char16 *text, uint32_t revision, _Out_ void **descriptor, void *size)',
    OpenProcessToken:
      'int32_t __stdcall OpenProcessToken(void *process, uint32_t access, _Out_ void **token)',
    GetTokenInformation:
      'int32_t __stdcall GetTokenInformation(void *token, uint32_t what, void *information, uint32_t size, _Out_ uint32_t *needed)',
  },
  ole32: {
    CoIncrementMTAUsage: 'int32_t __stdcall CoIncrementMTAUsage(_Out_ void **cookie)',
    CoDecrementMTAUsage: 'int32_t __stdcall CoDecrementMTAUsage(void *cookie)',
    CoCreateInstance:
      'int32_t __stdcall CoCreateInstance(void *classId, void *outer, uint32_t context, void *interfaceId, _Out_ void **object)',
  },
  /** The server of the network list manager, if a DLL replaces the system's. */
  netlist: {
    DllGetClassObject:
      'int32_t __stdcall DllGetClassObject(void *classId, void *interfaceId, _Out_ void **factory)',
  },
} as const

/** The signatures of COM methods, `this` first. */
export const methods = {
  /** IUnknown::Release, and other methods without arguments. */
  plain: proto('uint32_t __stdcall RoamkitPlain(void *self)'),
  toObject: proto('int32_t __stdcall RoamkitToObject(void *self, _Out_ void **object)'),
  toNumber: proto('int32_t __stdcall RoamkitToNumber(void *self, _Out_ uint32_t *number)'),
  toGuid: proto('int32_t __stdcall RoamkitToGuid(void *self, _Out_ GUID *guid)'),
  /** QueryInterface, FindConnectionPoint. */
  byId: proto('int32_t __stdcall RoamkitById(void *self, void *id, _Out_ void **object)'),
  next: proto(
    'int32_t __stdcall RoamkitNext(void *self, uint32_t count, _Out_ void **objects, _Out_ uint32_t *fetched)',
  ),
  create: proto(
    'int32_t __stdcall RoamkitCreate(void *self, void *outer, void *interfaceId, _Out_ void **object)',
  ),
  advise: proto('int32_t __stdcall RoamkitAdvise(void *self, void *sink, _Out_ uint32_t *cookie)'),
  unadvise: proto('int32_t __stdcall RoamkitUnadvise(void *self, uint32_t cookie)'),
  property: proto(
    'int32_t __stdcall RoamkitProperty(void *self, const char16 *name, _Inout_ VARIANT *value, void *log)',
  ),
} as const

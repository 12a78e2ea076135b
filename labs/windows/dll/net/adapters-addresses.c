// GetAdaptersAddresses: Wine's list, with the scripted adapters' structures behind it in the same buffer.
#include "net.h"
#include <stdlib.h>

enum { UNIT = 8192 }; // room for one scripted adapter and all it points at

/** Memory behind an adapter's structure. */
typedef struct { BYTE *at; } Room;

static void *take(Room *room, size_t size) {
  void *taken = room->at;
  room->at += (size + 7) & ~(size_t)7;
  return memset(taken, 0, size);
}

static WCHAR *wide(Room *room, const char *text) {
  WCHAR *taken = take(room, (strlen(text) + 1) * sizeof *taken);
  lab_widen(text, taken, (int)strlen(text) + 1);
  return taken;
}

static SOCKET_ADDRESS socket_address(Room *room, const SOCKADDR_INET *address) {
  int length = address->si_family == AF_INET ? sizeof address->Ipv4 : sizeof address->Ipv6;
  void *taken = take(room, length);
  memcpy(taken, address, length);
  return (SOCKET_ADDRESS){taken, length};
}

static BOOL wanted(ULONG family, const SOCKADDR_INET *address) {
  return family == AF_UNSPEC || family == address->si_family;
}

static void fill_lists(Room *room, const Adapter *adapter, ULONG family, ULONG flags, IP_ADAPTER_ADDRESSES *filled) {
  IP_ADAPTER_UNICAST_ADDRESS **unicast = &filled->FirstUnicastAddress;
  for (int i = 0; i < adapter->addresses && lab_adapter_is_up(adapter) && !(flags & GAA_FLAG_SKIP_UNICAST); i++) {
    const Address *address = &adapter->address[i];
    if (!wanted(family, &address->address)) continue;
    IP_ADAPTER_UNICAST_ADDRESS *made = *unicast = take(room, sizeof *made);
    made->Length = sizeof *made;
    made->Address = socket_address(room, &address->address);
    made->PrefixOrigin = IpPrefixOriginDhcp;
    made->SuffixOrigin = IpSuffixOriginDhcp;
    made->DadState = IpDadStatePreferred;
    made->ValidLifetime = made->PreferredLifetime = made->LeaseLifetime = 3600;
    made->OnLinkPrefixLength = address->prefix;
    unicast = &made->Next;
  }
  IP_ADAPTER_GATEWAY_ADDRESS **gateway = &filled->FirstGatewayAddress;
  for (int i = 0; i < adapter->gateways && lab_adapter_is_up(adapter) && (flags & GAA_FLAG_INCLUDE_GATEWAYS); i++) {
    if (!wanted(family, &adapter->gateway[i])) continue;
    IP_ADAPTER_GATEWAY_ADDRESS *made = *gateway = take(room, sizeof *made);
    made->Length = sizeof *made;
    made->Address = socket_address(room, &adapter->gateway[i]);
    gateway = &made->Next;
  }
  IP_ADAPTER_DNS_SERVER_ADDRESS **server = &filled->FirstDnsServerAddress;
  for (int i = 0; i < adapter->servers && !(flags & GAA_FLAG_SKIP_DNS_SERVER); i++) {
    IP_ADAPTER_DNS_SERVER_ADDRESS *made = *server = take(room, sizeof *made);
    made->Length = sizeof *made;
    made->Address = socket_address(room, &adapter->server[i]);
    server = &made->Next;
  }
}

static IP_ADAPTER_ADDRESSES *fill(BYTE *unit, const Adapter *adapter, ULONG family, ULONG flags) {
  Room room = {unit};
  IP_ADAPTER_ADDRESSES *filled = take(&room, sizeof *filled);
  WCHAR guid[40];
  filled->Length = sizeof *filled;
  filled->IfIndex = filled->Ipv6IfIndex = adapter->index;
  StringFromGUID2(&adapter->guid, guid, 40);
  filled->AdapterName = take(&room, 40);
  lab_narrow(guid, filled->AdapterName, 40);
  filled->DnsSuffix = wide(&room, "");
  filled->Description = wide(&room, adapter->description);
  filled->FriendlyName = wide(&room, adapter->name);
  memcpy(filled->PhysicalAddress, adapter->mac, sizeof adapter->mac);
  filled->PhysicalAddressLength = sizeof adapter->mac;
  filled->Flags = (adapter->dhcp ? IP_ADAPTER_DHCP_ENABLED : 0) | IP_ADAPTER_IPV4_ENABLED | IP_ADAPTER_IPV6_ENABLED;
  filled->Mtu = 1500;
  filled->IfType = adapter->type;
  filled->OperStatus = lab_adapter_is_up(adapter) ? IfOperStatusUp : IfOperStatusDown;
  filled->TransmitLinkSpeed = filled->ReceiveLinkSpeed = adapter->speed;
  filled->Ipv4Metric = filled->Ipv6Metric = adapter->type == IF_TYPE_IEEE80211 ? 50 : 25; // automatic metrics
  filled->Luid = adapter->luid;
  filled->CompartmentId = 1;
  filled->ConnectionType = NET_IF_CONNECTION_DEDICATED;
  fill_lists(&room, adapter, family, flags, filled);
  return filled;
}

static const MIB_IF_ROW2 *row_of(const MIB_IF_TABLE2 *interfaces, NET_LUID luid) {
  for (ULONG i = 0; i < interfaces->NumEntries; i++) {
    if (interfaces->Table[i].InterfaceLuid.Value == luid.Value) return &interfaces->Table[i];
  }
  return NULL;
}

/** Makes Wine's list say what the tables say: who is there, of what type, in what state. */
static IP_ADAPTER_ADDRESSES *agree(IP_ADAPTER_ADDRESSES *first) {
  MIB_IF_TABLE2 *interfaces = net_interfaces();
  IP_ADAPTER_ADDRESSES **at = &first;
  while (*at != NULL) {
    const MIB_IF_ROW2 *row = row_of(interfaces, (*at)->Luid);
    if (row == NULL) {
      *at = (*at)->Next;
      continue;
    }
    (*at)->IfType = row->Type;
    (*at)->OperStatus = row->OperStatus;
    at = &(*at)->Next;
  }
  free(interfaces);
  return first;
}

/** A disabled adapter is not in the list, and neither is one without IP. */
static ULONG append(IP_ADAPTER_ADDRESSES *first, BYTE *room, int units, ULONG family, ULONG flags) {
  IP_ADAPTER_ADDRESSES *last = first;
  while (last->Next != NULL) last = last->Next;
  World *world = lab_take();
  BOOL fits = world->adapters <= units;
  for (int i = 0; i < world->adapters && fits; i++) {
    if (!world->adapter[i].enabled || world->adapter[i].taken_over) continue;
    last = last->Next = fill(room, &world->adapter[i], family, flags);
    room += UNIT;
  }
  lab_give();
  return fits ? NO_ERROR : ERROR_BUFFER_OVERFLOW;
}

/** The same list in another place: what pointed into the one points into the other. */
static void copy(const void *list, ULONG size, BYTE *to) {
  memcpy(to, list, size);
  for (ULONG at = 0; at + sizeof(ULONG_PTR) <= size; at += sizeof(ULONG_PTR)) {
    ULONG_PTR *word = (ULONG_PTR *)(to + at), offset = *word - (ULONG_PTR)list;
    if (offset < size) *word = (ULONG_PTR)to + offset;
  }
}

/** Every second pointer leads out of the buffer: beyond its end, or nowhere near it. */
static void mislead(IP_ADAPTER_ADDRESSES *first, ULONG size) {
  int count = 0;
  for (IP_ADAPTER_ADDRESSES *each = first; each != NULL && count < 100; each = each->Next, count++) {
    if (count % 2 == 0) continue;
    each->FirstUnicastAddress = (void *)((BYTE *)first + size + (1u << 30));
    each->FirstGatewayAddress = (void *)(ULONG_PTR)8;
    each->FirstDnsServerAddress = (void *)~(ULONG_PTR)7;
    each->FriendlyName = (void *)(ULONG_PTR)16;
    each->AdapterName = (void *)(ULONG_PTR)24;
  }
}

/** The size is asked for, or found too small, by all at once: Wine's list and ours behind it. */
ULONG WINAPI net_GetAdaptersAddresses(ULONG family, ULONG flags, void *reserved, IP_ADAPTER_ADDRESSES *buffer, ULONG *size) {
  COUNT();
  (void)reserved;
  if (size == NULL) return ERROR_INVALID_PARAMETER;
  int units = lab_take()->adapters;
  lab_give();
  real_take();
  ULONG real, given = buffer == NULL ? 0 : *size;
  const IP_ADAPTER_ADDRESSES *list = real_adapters(family, flags, &real);
  ULONG before = (real + 15) & ~15u, needed = before + (ULONG)units * UNIT;
  if (list != NULL && given >= needed) copy(list, real, (BYTE *)buffer);
  real_give();
  if (list == NULL) return ERROR_NO_DATA;
  *size = needed + 1024 + UNIT; // an address or an adapter more may come before the next call
  if (given < needed || lab_look()->lies[LieOverflow]) return ERROR_BUFFER_OVERFLOW;
  IP_ADAPTER_ADDRESSES *first = agree(buffer);
  if (first == NULL) return ERROR_NO_DATA;
  if (first != buffer) *buffer = *first; // callers begin at the buffer's start
  ULONG result = append(buffer, (BYTE *)buffer + before, units, family, flags);
  if (lab_look()->lies[LiePointers]) mislead(buffer, needed);
  return result;
}

// The tables: Wine's rows, then those of scripted adapters.
#include "net.h"
#include <stdio.h>
#include <stdlib.h>

enum { MTU = 1500 };

void WINAPI net_FreeMibTable(void *table) {
  COUNT();
  if (table == NULL) return;
  lab_hold(Memory, -1);
  free(table);
}

/** For a table of our own, which is not counted. */
#define ROOM(type, count) calloc(1, offsetof(type, Table) + ((count) + 1) * sizeof((type){0}.Table[0]))

/** Windows forgets an interface that was removed; Wine goes on showing it: in an unknown state, or beside a new one of that name. */
static BOOL is_there(const MIB_IF_TABLE2 *all, const MIB_IF_ROW2 *row) {
  for (ULONG i = 0; i < all->NumEntries; i++) {
    const MIB_IF_ROW2 *each = &all->Table[i];
    if (each->InterfaceIndex > row->InterfaceIndex && wcscmp(each->Alias, row->Alias) == 0) return FALSE;
  }
  return row->OperStatus != IfOperStatusUnknown;
}

/** Without a cable an adapter of Windows is down, Wine's is up. And a real one may have been given a Wi-Fi interface. */
static void dress(const World *world, MIB_IF_ROW2 *row) {
  if (row->MediaConnectState == MediaConnectStateDisconnected) row->OperStatus = IfOperStatusDown;
  if (lab_station((World *)world, &row->InterfaceGuid) == NULL) return;
  row->Type = IF_TYPE_IEEE80211;
  row->PhysicalMediumType = NdisPhysicalMediumNative802_11;
}

static void fill_interface(const Adapter *adapter, MIB_IF_ROW2 *row) {
  BOOL up = lab_adapter_is_up(adapter);
  row->InterfaceLuid = adapter->luid;
  row->InterfaceIndex = adapter->index;
  row->InterfaceGuid = adapter->guid;
  lab_widen(adapter->name, row->Alias, IF_MAX_STRING_SIZE);
  lab_widen(adapter->description, row->Description, IF_MAX_STRING_SIZE);
  row->PhysicalAddressLength = sizeof adapter->mac;
  memcpy(row->PhysicalAddress, adapter->mac, sizeof adapter->mac);
  memcpy(row->PermanentPhysicalAddress, adapter->mac, sizeof adapter->mac);
  row->Mtu = MTU;
  row->Type = adapter->type;
  row->TunnelType = adapter->type == IF_TYPE_TUNNEL ? TUNNEL_TYPE_OTHER : TUNNEL_TYPE_NONE;
  row->MediaType = NdisMedium802_3;
  row->PhysicalMediumType = adapter->medium;
  row->AccessType = NET_IF_ACCESS_BROADCAST;
  row->DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
  row->InterfaceAndOperStatusFlags.HardwareInterface = adapter->hardware;
  row->InterfaceAndOperStatusFlags.ConnectorPresent = adapter->hardware;
  row->OperStatus = adapter->taken_out ? IfOperStatusNotPresent : up ? IfOperStatusUp : IfOperStatusDown;
  row->AdminStatus = adapter->enabled ? NET_IF_ADMIN_STATUS_UP : NET_IF_ADMIN_STATUS_DOWN;
  row->MediaConnectState = up ? MediaConnectStateConnected : MediaConnectStateDisconnected;
  row->ConnectionType = NET_IF_CONNECTION_DEDICATED;
  row->TransmitLinkSpeed = row->ReceiveLinkSpeed = adapter->speed;
  row->InOctets = row->InUcastOctets = adapter->received;
  row->OutOctets = row->OutUcastOctets = adapter->sent;
}

static void fill_address(const Adapter *adapter, const Address *address, MIB_UNICASTIPADDRESS_ROW *row) {
  row->Address = address->address;
  row->InterfaceLuid = adapter->luid;
  row->InterfaceIndex = adapter->index;
  row->PrefixOrigin = IpPrefixOriginDhcp;
  row->SuffixOrigin = IpSuffixOriginDhcp;
  row->ValidLifetime = row->PreferredLifetime = INFINITE;
  row->OnLinkPrefixLength = address->prefix;
  row->DadState = IpDadStatePreferred;
  row->CreationTimeStamp.LowPart = address->since.dwLowDateTime;
  row->CreationTimeStamp.HighPart = (LONG)address->since.dwHighDateTime;
}

static void fill_route(const Adapter *adapter, const SOCKADDR_INET *gateway, MIB_IPFORWARD_ROW2 *row) {
  row->InterfaceLuid = adapter->luid;
  row->InterfaceIndex = adapter->index;
  row->DestinationPrefix.Prefix.si_family = gateway->si_family;
  row->NextHop = *gateway;
  row->ValidLifetime = row->PreferredLifetime = INFINITE;
  row->Protocol = MIB_IPPROTO_NETMGMT;
}

MIB_IF_TABLE2 *net_interfaces(void) {
  real_take();
  const MIB_IF_TABLE2 *real = real_interfaces();
  World *world = lab_take();
  MIB_IF_TABLE2 *all = ROOM(MIB_IF_TABLE2, (real == NULL ? 0 : real->NumEntries) + world->adapters);
  for (ULONG i = 0; real != NULL && i < real->NumEntries; i++) {
    if (!is_there(real, &real->Table[i])) continue;
    MIB_IF_ROW2 *row = &all->Table[all->NumEntries++];
    *row = real->Table[i];
    dress(world, row);
  }
  for (int i = 0; i < world->adapters; i++) fill_interface(&world->adapter[i], &all->Table[all->NumEntries++]);
  lab_give();
  real_give();
  return all;
}

static BOOL is_of(ADDRESS_FAMILY family, const SOCKADDR_INET *address) {
  return family == AF_UNSPEC || family == address->si_family;
}

MIB_UNICASTIPADDRESS_TABLE *net_addresses(ADDRESS_FAMILY family) {
  real_take();
  const MIB_UNICASTIPADDRESS_TABLE *real = real_addresses();
  World *world = lab_take();
  ULONG count = real == NULL ? 0 : real->NumEntries;
  MIB_UNICASTIPADDRESS_TABLE *all = ROOM(MIB_UNICASTIPADDRESS_TABLE, count + world->adapters * ADDRESSES);
  for (ULONG i = 0; i < count; i++) {
    if (is_of(family, &real->Table[i].Address)) all->Table[all->NumEntries++] = real->Table[i];
  }
  for (int i = 0; i < world->adapters; i++) {
    const Adapter *adapter = &world->adapter[i];
    for (int k = 0; k < adapter->addresses && lab_adapter_is_up(adapter); k++) {
      const Address *address = &adapter->address[k];
      if (is_of(family, &address->address)) fill_address(adapter, address, &all->Table[all->NumEntries++]);
    }
  }
  lab_give();
  real_give();
  return all;
}

MIB_IPFORWARD_TABLE2 *net_routes(ADDRESS_FAMILY family) {
  real_take();
  const MIB_IPFORWARD_TABLE2 *real = real_routes();
  World *world = lab_take();
  ULONG count = real == NULL ? 0 : real->NumEntries;
  MIB_IPFORWARD_TABLE2 *all = ROOM(MIB_IPFORWARD_TABLE2, count + world->adapters * 2);
  for (ULONG i = 0; i < count; i++) {
    if (is_of(family, &real->Table[i].DestinationPrefix.Prefix)) all->Table[all->NumEntries++] = real->Table[i];
  }
  for (int i = 0; i < world->adapters; i++) {
    const Adapter *adapter = &world->adapter[i];
    for (int k = 0; k < adapter->gateways && lab_adapter_is_up(adapter); k++) {
      const SOCKADDR_INET *gateway = &adapter->gateway[k];
      if (is_of(family, gateway)) fill_route(adapter, gateway, &all->Table[all->NumEntries++]);
    }
  }
  lab_give();
  real_give();
  return all;
}

DWORD WINAPI net_GetIfTable2(MIB_IF_TABLE2 **table) {
  COUNT();
  if (!lab_look()->ip_helper) return ERROR_GEN_FAILURE;
  lab_hold(Memory, 1);
  *table = net_interfaces();
  return NO_ERROR;
}

DWORD WINAPI net_GetIfTable2Ex(MIB_IF_TABLE_LEVEL level, MIB_IF_TABLE2 **table) {
  COUNT();
  (void)level;
  lab_hold(Memory, 1);
  *table = net_interfaces();
  return NO_ERROR;
}

DWORD WINAPI net_GetUnicastIpAddressTable(ADDRESS_FAMILY family, MIB_UNICASTIPADDRESS_TABLE **table) {
  COUNT();
  lab_hold(Memory, 1);
  *table = net_addresses(family);
  return NO_ERROR;
}

DWORD WINAPI net_GetIpForwardTable2(ADDRESS_FAMILY family, MIB_IPFORWARD_TABLE2 **table) {
  COUNT();
  lab_hold(Memory, 1);
  *table = net_routes(family);
  return NO_ERROR;
}

/** A real link's counters change all the time. */
static void count_octets(MIB_IF_ROW2 *row) {
  MIB_IF_ROW2 now = {.InterfaceLuid = row->InterfaceLuid};
  if (row->InterfaceIndex >= LOWEST_INDEX || GetIfEntry2(&now) != NO_ERROR) return;
  row->InOctets = now.InOctets;
  row->OutOctets = now.OutOctets;
}

/** By the LUID, else by the index: as documented. */
DWORD WINAPI net_GetIfEntry2(MIB_IF_ROW2 *row) {
  COUNT();
  MIB_IF_TABLE2 *all = net_interfaces();
  DWORD result = ERROR_FILE_NOT_FOUND;
  for (ULONG i = 0; i < all->NumEntries && result != NO_ERROR; i++) {
    const MIB_IF_ROW2 *each = &all->Table[i];
    BOOL same = row->InterfaceLuid.Value != 0 ? each->InterfaceLuid.Value == row->InterfaceLuid.Value : each->InterfaceIndex == row->InterfaceIndex;
    if (!same) continue;
    *row = *each;
    count_octets(row);
    result = NO_ERROR;
  }
  free(all);
  return result;
}

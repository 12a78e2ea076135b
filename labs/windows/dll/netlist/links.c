// Which adapter is connected to which network, from the tables and the world.
#include "netlist.h"
#include "../net/net.h"
#include <stdlib.h>

static BOOL is_link_local(const SOCKADDR_INET *address) {
  if (address->si_family == AF_INET6) return IN6_IS_ADDR_LINKLOCAL(&address->Ipv6.sin6_addr);
  return address->Ipv4.sin_addr.S_un.S_un_b.s_b1 == 169 && address->Ipv4.sin_addr.S_un.S_un_b.s_b2 == 254;
}

/** What the tables give: a family with an address is local, one with a default route reaches the Internet. */
static DWORD connectivity_of(NET_IFINDEX index, const MIB_UNICASTIPADDRESS_TABLE *addresses, const MIB_IPFORWARD_TABLE2 *routes) {
  DWORD found = NLM_CONNECTIVITY_DISCONNECTED;
  for (ULONG i = 0; i < addresses->NumEntries; i++) {
    const MIB_UNICASTIPADDRESS_ROW *row = &addresses->Table[i];
    if (row->InterfaceIndex != index || is_link_local(&row->Address)) continue;
    found |= row->Address.si_family == AF_INET ? NLM_CONNECTIVITY_IPV4_LOCALNETWORK : NLM_CONNECTIVITY_IPV6_LOCALNETWORK;
  }
  for (ULONG i = 0; i < routes->NumEntries; i++) {
    const MIB_IPFORWARD_ROW2 *row = &routes->Table[i];
    if (row->InterfaceIndex != index || row->DestinationPrefix.PrefixLength != 0) continue;
    DWORD local = NLM_CONNECTIVITY_IPV4_LOCALNETWORK, internet = NLM_CONNECTIVITY_IPV4_INTERNET;
    if (row->DestinationPrefix.Prefix.si_family == AF_INET6) local <<= 4, internet <<= 4;
    if (found & local) found = (found & ~local) | internet;
  }
  return found;
}

static DWORD said(Reach reach, DWORD found) {
  switch (reach) {
    case ReachNone: return NLM_CONNECTIVITY_IPV4_NOTRAFFIC;
    case ReachInternet: return NLM_CONNECTIVITY_IPV4_INTERNET;
    case ReachLocal:
    case ReachPortal: return NLM_CONNECTIVITY_IPV4_LOCALNETWORK;
    default: return found;
  }
}

/** When a real adapter's connection began: when the first process of this world saw it. */
static FILETIME seen(World *world, const GUID *adapter, BOOL up) {
  int place = 0;
  while (place < SEEN - 1 && !lab_same_guid(&world->seen[place].adapter, adapter) && world->seen[place].since.dwHighDateTime != 0) place++;
  BOOL same = lab_same_guid(&world->seen[place].adapter, adapter) && world->seen[place].up;
  world->seen[place].adapter = *adapter;
  world->seen[place].up = up;
  if (!same) world->seen[place].since = lab_time();
  return world->seen[place].since;
}

static void describe(World *world, const MIB_IF_ROW2 *row, DWORD connectivity, Link *link) {
  const Station *station = lab_station(world, &row->InterfaceGuid);
  const Adapter *adapter = lab_adapter_by_guid(world, &row->InterfaceGuid);
  if (station != NULL && station->profile[0] != 0) strcpy(link->name, station->profile);
  else lab_narrow(row->Alias, link->name, NAME);
  link->adapter = row->InterfaceGuid;
  lab_guid_of("network", link->name, &link->network);
  link->since = adapter != NULL ? adapter->since : seen(world, &row->InterfaceGuid, TRUE);
  link->connectivity = connectivity;
  link->category = NLM_NETWORK_CATEGORY_PUBLIC;
  link->cost = NLM_CONNECTION_COST_UNRESTRICTED;
  for (int i = 0; i < world->places; i++) {
    const Place *place = &world->place[i];
    if (strcmp(place->name, link->name) != 0) continue;
    link->category = place->category;
    link->cost = place->cost;
    link->portal = place->reach == ReachPortal;
    link->connectivity = said(place->reach, connectivity);
  }
}

int links_find(Link links[LINKS]) {
  MIB_IF_TABLE2 *interfaces = net_interfaces();
  MIB_UNICASTIPADDRESS_TABLE *addresses = net_addresses(AF_UNSPEC);
  MIB_IPFORWARD_TABLE2 *routes = net_routes(AF_UNSPEC);
  World *world = lab_take();
  int count = 0;
  memset(links, 0, LINKS * sizeof *links);
  for (ULONG i = 0; i < interfaces->NumEntries && count < LINKS; i++) {
    const MIB_IF_ROW2 *row = &interfaces->Table[i];
    DWORD connectivity = connectivity_of(row->InterfaceIndex, addresses, routes);
    BOOL up = row->OperStatus == IfOperStatusUp && row->Type != IF_TYPE_SOFTWARE_LOOPBACK && connectivity != 0;
    if (up) describe(world, row, connectivity, &links[count++]);
    else if (row->InterfaceIndex < LOWEST_INDEX) seen(world, &row->InterfaceGuid, FALSE);
  }
  lab_give();
  free(interfaces);
  free(addresses);
  free(routes);
  return count;
}

const Link *links_of_adapter(const Link *links, int count, const GUID *adapter) {
  for (int i = 0; i < count; i++) {
    if (lab_same_guid(&links[i].adapter, adapter)) return &links[i];
  }
  return NULL;
}

const Link *links_of_network(const Link *links, int count, const GUID *network) {
  for (int i = 0; i < count; i++) {
    if (lab_same_guid(&links[i].network, network)) return &links[i];
  }
  return NULL;
}

DWORD links_connectivity(const Link *links, int count) {
  DWORD all = NLM_CONNECTIVITY_DISCONNECTED;
  for (int i = 0; i < count; i++) all |= links[i].connectivity;
  return all;
}

DWORD links_cost(const Link *links, int count) {
  for (int i = 0; i < count; i++) {
    if (links[i].connectivity & (NLM_CONNECTIVITY_IPV4_INTERNET | NLM_CONNECTIVITY_IPV6_INTERNET)) return links[i].cost;
  }
  return count > 0 ? links[0].cost : NLM_CONNECTION_COST_UNKNOWN;
}

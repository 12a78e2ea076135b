// NL_NETWORK_CONNECTIVITY_HINT: what was said, or what the tables give.
#include "net.h"
#include <stdlib.h>

enum { NOTHING = 1, LOCAL, INTERNET, UNRESTRICTED = 1 };

static BOOL is_up(const MIB_IF_TABLE2 *interfaces, NET_IFINDEX index) {
  for (ULONG i = 0; i < interfaces->NumEntries; i++) {
    const MIB_IF_ROW2 *row = &interfaces->Table[i];
    if (row->InterfaceIndex == index) return row->OperStatus == IfOperStatusUp && row->Type != IF_TYPE_SOFTWARE_LOOPBACK;
  }
  return FALSE;
}

static BOOL is_link_local(const SOCKADDR_INET *address) {
  return address->si_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&address->Ipv6.sin6_addr);
}

static DWORD level(void) {
  MIB_IF_TABLE2 *interfaces = net_interfaces();
  MIB_UNICASTIPADDRESS_TABLE *addresses = net_addresses(AF_UNSPEC);
  MIB_IPFORWARD_TABLE2 *routes = net_routes(AF_UNSPEC);
  DWORD found = NOTHING;
  for (ULONG i = 0; i < addresses->NumEntries; i++) {
    const MIB_UNICASTIPADDRESS_ROW *row = &addresses->Table[i];
    if (!is_link_local(&row->Address) && is_up(interfaces, row->InterfaceIndex)) found = LOCAL;
  }
  for (ULONG i = 0; i < routes->NumEntries && found == LOCAL; i++) {
    const MIB_IPFORWARD_ROW2 *row = &routes->Table[i];
    if (row->DestinationPrefix.PrefixLength == 0 && is_up(interfaces, row->InterfaceIndex)) found = INTERNET;
  }
  free(interfaces);
  free(addresses);
  free(routes);
  return found;
}

ConnectivityHint net_hint(void) {
  World *world = lab_take();
  BOOL said = world->hint_said;
  ConnectivityHint hint = world->hint;
  lab_give();
  return said ? hint : (ConnectivityHint){.ConnectivityLevel = level(), .ConnectivityCost = UNRESTRICTED};
}

DWORD WINAPI net_GetNetworkConnectivityHint(ConnectivityHint *hint) {
  COUNT();
  *hint = net_hint();
  return NO_ERROR;
}

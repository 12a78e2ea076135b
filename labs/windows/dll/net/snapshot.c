#include "snapshot.h"
#include <stdlib.h>

/** Wine leaves what is behind an IPv4 address as it was: only the family and the address say anything. */
static SOCKADDR_INET plain(const SOCKADDR_INET *address) {
  SOCKADDR_INET same;
  memset(&same, 0, sizeof same);
  same.si_family = address->si_family;
  if (address->si_family == AF_INET) same.Ipv4.sin_addr = address->Ipv4.sin_addr;
  else same.Ipv6.sin6_addr = address->Ipv6.sin6_addr;
  return same;
}

void snapshot_take(Snapshot *snapshot) {
  MIB_IF_TABLE2 *interfaces = net_interfaces();
  MIB_UNICASTIPADDRESS_TABLE *addresses = net_addresses(AF_UNSPEC);
  MIB_IPFORWARD_TABLE2 *routes = net_routes(AF_UNSPEC);
  memset(snapshot, 0, sizeof *snapshot);
  for (ULONG i = 0; i < interfaces->NumEntries && snapshot->interfaces < INTERFACES; i++) {
    const MIB_IF_ROW2 *row = &interfaces->Table[i];
    snapshot->interface_[snapshot->interfaces++] =
      (InterfaceFacts){row->InterfaceLuid, row->InterfaceIndex, row->OperStatus, row->AdminStatus, row->MediaConnectState, row->Mtu};
  }
  for (ULONG i = 0; i < addresses->NumEntries && snapshot->addresses < LINKS; i++) {
    const MIB_UNICASTIPADDRESS_ROW *row = &addresses->Table[i];
    snapshot->address[snapshot->addresses++] = (AddressFacts){row->InterfaceLuid, row->InterfaceIndex, plain(&row->Address)};
  }
  for (ULONG i = 0; i < routes->NumEntries && snapshot->routes < ROUTES; i++) {
    const MIB_IPFORWARD_ROW2 *row = &routes->Table[i];
    RouteFacts *facts = &snapshot->route[snapshot->routes++];
    facts->luid = row->InterfaceLuid;
    facts->index = row->InterfaceIndex;
    facts->destination = plain(&row->DestinationPrefix.Prefix);
    facts->hop = plain(&row->NextHop);
    facts->prefix = row->DestinationPrefix.PrefixLength;
  }
  snapshot->hint = net_hint();
  free(interfaces);
  free(addresses);
  free(routes);
}

// The tables as they are compared.
#ifndef ROAMKIT_LAB_SNAPSHOT_H
#define ROAMKIT_LAB_SNAPSHOT_H
#include "net.h"

enum { INTERFACES = 64, LINKS = 256, ROUTES = 256 };

typedef struct { NET_LUID luid; NET_IFINDEX index; DWORD status, admin, media, mtu; } InterfaceFacts;
typedef struct { NET_LUID luid; NET_IFINDEX index; SOCKADDR_INET address; } AddressFacts;
typedef struct { NET_LUID luid; NET_IFINDEX index; SOCKADDR_INET destination, hop; UINT8 prefix; } RouteFacts;

typedef struct {
  int interfaces, addresses, routes;
  InterfaceFacts interface_[INTERFACES];
  AddressFacts address[LINKS];
  RouteFacts route[ROUTES];
  ConnectivityHint hint;
} Snapshot;

void snapshot_take(Snapshot *snapshot);
#endif

// labnet.dll: Wine's iphlpapi.dll with the scripted adapters added, removed ones forgotten, and notifications that fire.
#ifndef ROAMKIT_LAB_NET_H
#define ROAMKIT_LAB_NET_H
#include "world.h"

// Functions are named net_X and exported as X (labnet.def): X itself is Wine's.
#undef COUNT
#define COUNT() lab_count(__func__ + 4)

DWORD WINAPI net_GetIfTable2(MIB_IF_TABLE2 **table);
DWORD WINAPI net_GetUnicastIpAddressTable(ADDRESS_FAMILY family, MIB_UNICASTIPADDRESS_TABLE **table);
DWORD WINAPI net_GetIpForwardTable2(ADDRESS_FAMILY family, MIB_IPFORWARD_TABLE2 **table);
void WINAPI net_FreeMibTable(void *table);

// real.c: Wine's own tables; NULL: it has none. Octets are those of the reading. Never while the world is held, but the other way round.
void real_take(void);
void real_give(void); // what was taken may be gone now
const MIB_IF_TABLE2 *real_interfaces(void);
const MIB_UNICASTIPADDRESS_TABLE *real_addresses(void); // of both families
const MIB_IPFORWARD_TABLE2 *real_routes(void);
const IP_ADAPTER_ADDRESSES *real_adapters(ULONG family, ULONG flags, ULONG *size); // size: of all it points at, too

/** The tables without counting, for ourselves. */
MIB_IF_TABLE2 *net_interfaces(void);
MIB_UNICASTIPADDRESS_TABLE *net_addresses(ADDRESS_FAMILY family);
MIB_IPFORWARD_TABLE2 *net_routes(ADDRESS_FAMILY family);

// hint.c
ConnectivityHint net_hint(void);

// notifications.c
typedef void (*Watcher)(void); // something in the tables is not as it was; on the watching thread
void net_watch(Watcher watcher);
#endif

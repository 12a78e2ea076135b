// Change notifications, made by comparing the tables: often, and at once when the script changes them.
#include "snapshot.h"
#include <stdlib.h>

enum { EVERY = 40, WATCHERS = 4 }; // milliseconds: Wine takes some for each table

static HANDLE wake;
static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static Snapshot before, after;
static Watcher watchers[WATCHERS];
static volatile LONG watching;

typedef VOID(WINAPI *HintCallback)(void *context, ConnectivityHint hint);
typedef VOID(WINAPI *RowCallback)(void *context, void *row, MIB_NOTIFICATION_TYPE type);

typedef struct { MIB_NOTIFICATION_TYPE type; const void *facts; ADDRESS_FAMILY family; } Change;

/** As documented, only the members that identify the row are filled in. */
static void deliver_interface(Kind kind, void *callback, void *context, ULONG filter, const void *what) {
  (void)kind, (void)filter;
  const Change *change = what;
  const InterfaceFacts *facts = change->facts;
  MIB_IPINTERFACE_ROW row = {.Family = change->family, .InterfaceLuid = facts->luid, .InterfaceIndex = facts->index};
  ((RowCallback)callback)(context, &row, change->type);
}

static void deliver_address(Kind kind, void *callback, void *context, ULONG filter, const void *what) {
  (void)kind, (void)filter;
  const Change *change = what;
  const AddressFacts *facts = change->facts;
  MIB_UNICASTIPADDRESS_ROW row = {.Address = facts->address, .InterfaceLuid = facts->luid, .InterfaceIndex = facts->index};
  ((RowCallback)callback)(context, &row, change->type);
}

static void deliver_route(Kind kind, void *callback, void *context, ULONG filter, const void *what) {
  (void)kind, (void)filter;
  const Change *change = what;
  const RouteFacts *facts = change->facts;
  MIB_IPFORWARD_ROW2 row = {.InterfaceLuid = facts->luid, .InterfaceIndex = facts->index, .NextHop = facts->hop};
  row.DestinationPrefix.Prefix = facts->destination;
  row.DestinationPrefix.PrefixLength = facts->prefix;
  ((RowCallback)callback)(context, &row, change->type);
}

static void deliver_hint(Kind kind, void *callback, void *context, ULONG filter, const void *what) {
  (void)kind, (void)filter;
  ((HintCallback)callback)(context, *(const ConnectivityHint *)what);
}

/** A change of an interface is notified once for each protocol. */
static void tell_interface(MIB_NOTIFICATION_TYPE type, const InterfaceFacts *facts) {
  Change change = {type, facts, AF_INET};
  lab_notify(OfInterfaces, AF_INET, 0, deliver_interface, &change);
  change.family = AF_INET6;
  lab_notify(OfInterfaces, AF_INET6, 0, deliver_interface, &change);
}

static void tell_address(MIB_NOTIFICATION_TYPE type, const AddressFacts *facts) {
  Change change = {type, facts, facts->address.si_family};
  lab_notify(OfAddresses, change.family, 0, deliver_address, &change);
}

static void tell_route(MIB_NOTIFICATION_TYPE type, const RouteFacts *facts) {
  Change change = {type, facts, facts->destination.si_family};
  lab_notify(OfRoutes, change.family, 0, deliver_route, &change);
}

static const InterfaceFacts *find_interface(const Snapshot *in, NET_LUID luid) {
  for (int i = 0; i < in->interfaces; i++) {
    if (in->interface_[i].luid.Value == luid.Value) return &in->interface_[i];
  }
  return NULL;
}

static BOOL has_address(const Snapshot *in, const AddressFacts *facts) {
  for (int i = 0; i < in->addresses; i++) {
    if (memcmp(&in->address[i], facts, sizeof *facts) == 0) return TRUE;
  }
  return FALSE;
}

static BOOL has_route(const Snapshot *in, const RouteFacts *facts) {
  for (int i = 0; i < in->routes; i++) {
    if (memcmp(&in->route[i], facts, sizeof *facts) == 0) return TRUE;
  }
  return FALSE;
}

static void compare_interfaces(void) {
  for (int i = 0; i < after.interfaces; i++) {
    const InterfaceFacts *now = &after.interface_[i], *was = find_interface(&before, now->luid);
    if (was == NULL) tell_interface(MibAddInstance, now);
    else if (memcmp(was, now, sizeof *now) != 0) tell_interface(MibParameterNotification, now);
  }
  for (int i = 0; i < before.interfaces; i++) {
    if (find_interface(&after, before.interface_[i].luid) == NULL) tell_interface(MibDeleteInstance, &before.interface_[i]);
  }
}

static void compare(void) {
  BOOL hinted = memcmp(&before.hint, &after.hint, sizeof after.hint) != 0;
  compare_interfaces();
  for (int i = 0; i < after.addresses; i++) {
    if (!has_address(&before, &after.address[i])) tell_address(MibAddInstance, &after.address[i]);
  }
  for (int i = 0; i < before.addresses; i++) {
    if (!has_address(&after, &before.address[i])) tell_address(MibDeleteInstance, &before.address[i]);
  }
  for (int i = 0; i < after.routes; i++) {
    if (!has_route(&before, &after.route[i])) tell_route(MibAddInstance, &after.route[i]);
  }
  for (int i = 0; i < before.routes; i++) {
    if (!has_route(&after, &before.route[i])) tell_route(MibDeleteInstance, &before.route[i]);
  }
  if (hinted) lab_notify(OfHints, 0, 0, deliver_hint, &after.hint);
}

static DWORD WINAPI watch(void *unused) {
  (void)unused;
  for (;;) {
    WaitForSingleObject(wake, EVERY);
    snapshot_take(&after);
    if (memcmp(&before, &after, sizeof after) == 0) continue;
    for (int i = 0; i < watching; i++) watchers[i]();
    compare();
    before = after;
  }
  return 0;
}

static void hear(const Event *event) {
  if (event->happening == TablesChanged) SetEvent(wake);
}

static const InterfaceFacts NOWHERE;

static void storm_of_interfaces(void) {
  Change change = {MibParameterNotification, &NOWHERE, AF_INET};
  lab_notify(OfInterfaces, AF_INET, 0, deliver_interface, &change);
}

static void storm_of_addresses(void) {
  static const AddressFacts nothing;
  Change change = {MibParameterNotification, &nothing, AF_INET};
  lab_notify(OfAddresses, AF_INET, 0, deliver_address, &change);
}

static void storm_of_hints(void) {
  ConnectivityHint hint = net_hint();
  lab_notify(OfHints, 0, 0, deliver_hint, &hint);
}

/** What is there when the first one asks is nothing new to anybody. */
static BOOL CALLBACK begin(INIT_ONCE *unused, void *parameter, void **context) {
  (void)unused, (void)parameter, (void)context;
  wake = CreateEventA(NULL, FALSE, FALSE, NULL);
  snapshot_take(&before);
  lab_listen(hear);
  lab_storm_kind("interface", storm_of_interfaces);
  lab_storm_kind("address", storm_of_addresses);
  lab_storm_kind("hint", storm_of_hints);
  CloseHandle(CreateThread(NULL, 0, watch, NULL, 0, NULL));
  return TRUE;
}

void net_watch(Watcher watcher) {
  InitOnceExecuteOnce(&once, begin, NULL, NULL);
  LONG place = InterlockedIncrement(&watching) - 1;
  if (place < WATCHERS) watchers[place] = watcher;
}

static DWORD register_(Kind kind, ADDRESS_FAMILY family, void *callback, void *context, HANDLE *handle) {
  InitOnceExecuteOnce(&once, begin, NULL, NULL);
  if (lab_look()->manner[kind] == Refuse) return ERROR_NOT_SUPPORTED;
  *handle = (HANDLE)lab_register(kind, family, callback, context);
  return NO_ERROR;
}

static DWORD register_row(Kind kind, ADDRESS_FAMILY family, void *callback, void *context, BOOLEAN initial, HANDLE *handle) {
  DWORD result = register_(kind, family, callback, context, handle);
  if (result == NO_ERROR && initial) ((RowCallback)callback)(context, NULL, MibInitialNotification);
  return result;
}

DWORD WINAPI net_NotifyIpInterfaceChange(ADDRESS_FAMILY family, void *callback, void *context, BOOLEAN initial, HANDLE *handle) {
  COUNT();
  return register_row(OfInterfaces, family, callback, context, initial, handle);
}

DWORD WINAPI net_NotifyUnicastIpAddressChange(ADDRESS_FAMILY family, void *callback, void *context, BOOLEAN initial, HANDLE *handle) {
  COUNT();
  return register_row(OfAddresses, family, callback, context, initial, handle);
}

DWORD WINAPI net_NotifyRouteChange2(ADDRESS_FAMILY family, void *callback, void *context, BOOLEAN initial, HANDLE *handle) {
  COUNT();
  return register_row(OfRoutes, family, callback, context, initial, handle);
}

DWORD WINAPI net_NotifyNetworkConnectivityHintChange(void *callback, void *context, BOOLEAN initial, HANDLE *handle) {
  COUNT();
  DWORD result = register_(OfHints, 0, callback, context, handle);
  if (result == NO_ERROR && initial) ((HintCallback)callback)(context, net_hint());
  return result;
}

DWORD WINAPI net_CancelMibChangeNotify2(HANDLE handle) {
  COUNT();
  lab_cancel((Registration *)handle);
  return NO_ERROR;
}

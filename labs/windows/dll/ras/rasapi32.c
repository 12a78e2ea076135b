// rasapi32.dll: the phonebook's entries and their connections, for those who look. Nothing can be dialled.
#include "world.h"
#include <ras.h>
#include <raserror.h>
#include <stdio.h>

enum { WATCHERS = 32 };

static SRWLOCK lock = SRWLOCK_INIT;
static struct { HANDLE event; DWORD flags; } watcher[WATCHERS];
static VpnState known[VPNS];

/** Sets the events of those who asked for what has happened; the kind is not told, as on Windows. */
static void hear(const Event *event) {
  if (event->happening != VpnsChanged) return;
  DWORD happened = 0;
  World *world = lab_take();
  for (int i = 0; i < VPNS; i++) {
    VpnState now = i < world->vpns ? world->vpn[i].state : VpnDisconnected;
    if (now == VpnConnected && known[i] != VpnConnected) happened |= RASCN_Connection;
    if (now != VpnConnected && known[i] == VpnConnected) happened |= RASCN_Disconnection;
    known[i] = now;
  }
  lab_give();
  AcquireSRWLockShared(&lock);
  for (int i = 0; i < WATCHERS; i++) {
    if (watcher[i].event != NULL && (watcher[i].flags & happened)) SetEvent(watcher[i].event);
  }
  ReleaseSRWLockShared(&lock);
}

/** As documented: only INVALID_HANDLE_VALUE, all connections. The event stays its owner's; a closed one is forgotten. */
DWORD APIENTRY RasConnectionNotificationW(HRASCONN connection, HANDLE event, DWORD flags) {
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  COUNT();
  if (connection != INVALID_HANDLE_VALUE || event == NULL) return ERROR_INVALID_PARAMETER;
  BOOL first;
  if (InitOnceBeginInitialize(&once, 0, &first, NULL) && first) {
    lab_listen(hear);
    InitOnceComplete(&once, 0, NULL);
  }
  AcquireSRWLockExclusive(&lock);
  DWORD unused, result = ERROR_NOT_ENOUGH_MEMORY;
  for (int i = 0; i < WATCHERS && result != ERROR_SUCCESS; i++) {
    if (watcher[i].event != NULL && watcher[i].event != event && GetHandleInformation(watcher[i].event, &unused)) continue;
    watcher[i].event = event;
    watcher[i].flags = flags;
    result = ERROR_SUCCESS;
  }
  ReleaseSRWLockExclusive(&lock);
  return result;
}

DWORD APIENTRY RasEnumEntriesW(LPCWSTR reserved, LPCWSTR phonebook, LPRASENTRYNAMEW entries, LPDWORD size, LPDWORD count) {
  COUNT();
  (void)phonebook;
  if (reserved != NULL || size == NULL || count == NULL) return ERROR_INVALID_PARAMETER;
  if (entries != NULL && *size >= sizeof *entries && entries->dwSize != sizeof *entries) return ERROR_INVALID_SIZE;
  World *world = lab_take();
  DWORD needed = (DWORD)(world->vpns * sizeof *entries), result = ERROR_SUCCESS;
  *count = (DWORD)world->vpns;
  if (*size < needed || (entries == NULL && needed > 0)) {
    result = ERROR_BUFFER_TOO_SMALL;
  } else {
    for (int i = 0; i < world->vpns; i++) {
      memset(&entries[i], 0, sizeof *entries);
      entries[i].dwSize = sizeof *entries;
      lab_widen(world->vpn[i].name, entries[i].szEntryName, RAS_MaxEntryName + 1);
      lab_widen(world->vpn[i].phonebook, entries[i].szPhonebookPath, MAX_PATH);
    }
  }
  *size = needed;
  lab_give();
  return result;
}

static void fill(const Vpn *vpn, LPRASCONNW connection) {
  memset(connection, 0, sizeof *connection);
  connection->dwSize = sizeof *connection;
  connection->hrasconn = (HRASCONN)(UINT_PTR)vpn->handle;
  lab_widen(vpn->name, connection->szEntryName, RAS_MaxEntryName + 1);
  lab_widen(vpn->device, connection->szDeviceType, RAS_MaxDeviceType + 1);
  wcscpy(connection->szDeviceName, L"WAN Miniport (IKEv2)");
  lab_widen(vpn->phonebook, connection->szPhonebook, MAX_PATH);
  connection->guidEntry = vpn->guid;
  connection->luid.LowPart = vpn->handle;
}

DWORD APIENTRY RasEnumConnectionsW(LPRASCONNW connections, LPDWORD size, LPDWORD count) {
  COUNT();
  if (size == NULL || count == NULL) return ERROR_INVALID_PARAMETER;
  if (connections != NULL && *size >= sizeof *connections && connections->dwSize != sizeof *connections) return ERROR_INVALID_SIZE;
  World *world = lab_take();
  DWORD active = 0, result = ERROR_SUCCESS;
  for (int i = 0; i < world->vpns; i++) active += world->vpn[i].state != VpnDisconnected;
  DWORD needed = active * (DWORD)sizeof *connections;
  *count = active;
  if (*size < needed || (connections == NULL && needed > 0)) {
    result = ERROR_BUFFER_TOO_SMALL;
  } else {
    for (int i = 0, place = 0; i < world->vpns; i++) {
      if (world->vpn[i].state != VpnDisconnected) fill(&world->vpn[i], &connections[place++]);
    }
  }
  *size = needed;
  lab_give();
  return result;
}

/** Of Windows 7, which mingw-w64 does not have: from Microsoft's documentation. */
#pragma pack(push, 4)
typedef struct { RASCONNSTATUSW status; RASTUNNELENDPOINT local, remote; DWORD substate; } StatusOf7;
#pragma pack(pop)

static RASTUNNELENDPOINT end_point(const SOCKADDR_INET *address) {
  RASTUNNELENDPOINT made = {0};
  if (address->si_family == AF_INET) {
    made.dwType = 1; // RASTUNNELENDPOINT_IPv4
    memcpy(&made.ipv4, &address->Ipv4.sin_addr, sizeof made.ipv4);
  } else if (address->si_family == AF_INET6) {
    made.dwType = 2;
    memcpy(&made.ipv6, &address->Ipv6.sin6_addr, sizeof made.ipv6);
  }
  return made;
}

/** Both sizes are known: that of Windows Vista, and that of Windows 7 and later. */
DWORD APIENTRY RasGetConnectStatusW(HRASCONN connection, LPRASCONNSTATUSW status) {
  COUNT();
  if (status == NULL) return ERROR_INVALID_PARAMETER;
  DWORD size = status->dwSize;
  if (size != sizeof *status && size != sizeof(StatusOf7)) return ERROR_INVALID_SIZE;
  World *world = lab_take();
  DWORD result = ERROR_INVALID_HANDLE;
  for (int i = 0; i < world->vpns; i++) {
    const Vpn *vpn = &world->vpn[i];
    if (vpn->state == VpnDisconnected || vpn->handle != (DWORD)(UINT_PTR)connection) continue;
    memset(status, 0, size);
    status->dwSize = size;
    status->rasconnstate = vpn->state == VpnConnected ? RASCS_Connected : RASCS_Authenticate;
    lab_widen(vpn->device, status->szDeviceType, RAS_MaxDeviceType + 1);
    wcscpy(status->szDeviceName, L"WAN Miniport (IKEv2)");
    if (size == sizeof(StatusOf7)) ((StatusOf7 *)status)->local = end_point(&vpn->from);
    result = ERROR_SUCCESS;
  }
  lab_give();
  return result;
}

/** On Windows a sentence in the user's language. */
DWORD APIENTRY RasGetErrorStringW(UINT error, LPWSTR buffer, DWORD size) {
  COUNT();
  if (buffer == NULL || size == 0) return ERROR_INVALID_PARAMETER;
  char text[32];
  snprintf(text, sizeof text, "Fehler %u", error);
  lab_widen(text, buffer, (int)size);
  return ERROR_SUCCESS;
}

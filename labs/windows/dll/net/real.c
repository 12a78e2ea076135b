// Wine's own tables, each read once for every change of the real links: a reading takes Wine some milliseconds, and one of its
// processes for the whole machine. changes.mjs counts the changes in a file that all who load this DLL have mapped.
#include "net.h"
#include <stdio.h>
#include <stdlib.h>

/** A table, and how many changes there had been when its reading began. */
typedef struct { void *table; LONG64 changes; } Kept;

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static CRITICAL_SECTION lock;
static const volatile LONG64 *changes; // NULL: changes are not counted, and every table is read each time
static Kept interfaces, addresses, routes, adapters;
static struct { ULONG family, flags, size; } asked; // of the adapters that are kept

static const volatile LONG64 *mapped(const char *path) {
  HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
  if (file == INVALID_HANDLE_VALUE) return NULL;
  HANDLE mapping = CreateFileMappingA(file, NULL, PAGE_READONLY, 0, sizeof *changes, NULL);
  CloseHandle(file);
  if (mapping == NULL) return NULL;
  const volatile LONG64 *view = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, sizeof *changes);
  CloseHandle(mapping);
  return view;
}

static BOOL CALLBACK begin(INIT_ONCE *unused, void *parameter, void **context) {
  (void)unused, (void)parameter, (void)context;
  char path[MAX_PATH];
  InitializeCriticalSection(&lock);
  if (GetEnvironmentVariableA("ROAMKIT_LAB_CHANGES", path, sizeof path) - 1 >= sizeof path - 1) return TRUE;
  changes = mapped(path);
  if (changes != NULL) return TRUE;
  fprintf(stderr, "labnet: %s: error %lu\n", path, GetLastError());
  ExitProcess(99);
}

static void forget(Kept *kept) {
  if (kept == &adapters) free(kept->table);
  else if (kept->table != NULL) FreeMibTable(kept->table);
  kept->table = NULL;
}

/** Whether it has to be read: what was kept is given back then. */
static BOOL is_due(Kept *kept) {
  LONG64 now = changes == NULL ? 0 : *changes;
  if (kept->table != NULL && changes != NULL && kept->changes == now) return FALSE;
  forget(kept);
  kept->changes = now;
  return TRUE;
}

void real_take(void) {
  InitOnceExecuteOnce(&once, begin, NULL, NULL);
  EnterCriticalSection(&lock);
}

void real_give(void) {
  LeaveCriticalSection(&lock);
}

const MIB_IF_TABLE2 *real_interfaces(void) {
  MIB_IF_TABLE2 *read;
  if (is_due(&interfaces) && GetIfTable2(&read) == NO_ERROR) interfaces.table = read;
  return interfaces.table;
}

const MIB_UNICASTIPADDRESS_TABLE *real_addresses(void) {
  MIB_UNICASTIPADDRESS_TABLE *read;
  if (is_due(&addresses) && GetUnicastIpAddressTable(AF_UNSPEC, &read) == NO_ERROR) addresses.table = read;
  return addresses.table;
}

const MIB_IPFORWARD_TABLE2 *real_routes(void) {
  MIB_IPFORWARD_TABLE2 *read;
  if (is_due(&routes) && GetIpForwardTable2(AF_UNSPEC, &read) == NO_ERROR) routes.table = read;
  return routes.table;
}

const IP_ADAPTER_ADDRESSES *real_adapters(ULONG family, ULONG flags, ULONG *size) {
  if (asked.family != family || asked.flags != flags) forget(&adapters);
  if (is_due(&adapters)) {
    ULONG result = ERROR_BUFFER_OVERFLOW;
    asked.family = family, asked.flags = flags, asked.size = 0;
    while (result == ERROR_BUFFER_OVERFLOW) {
      adapters.table = realloc(adapters.table, asked.size);
      result = GetAdaptersAddresses(family, flags, NULL, adapters.table, &asked.size);
    }
    if (result != NO_ERROR) forget(&adapters);
  }
  *size = adapters.table == NULL ? 0 : asked.size;
  return adapters.table;
}

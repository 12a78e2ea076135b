// labsvc.dll, in place of sechost.dll: the part of the service control manager that notifies when WLAN AutoConfig stops and starts.
#include "world.h"
#include <winsvc.h>

enum { HANDLES = 64, FIRST = 0x2000 };
enum { StatusChange = 2 }; // SC_EVENT_STATUS_CHANGE

/** SC_NOTIFICATION_CALLBACK, which mingw-w64 10 does not have: from Microsoft's documentation. */
typedef VOID(CALLBACK *Callback)(DWORD notify, PVOID context);
typedef enum { Free, Manager, Service } Opened;

static SRWLOCK lock = SRWLOCK_INIT;
static Opened opened[HANDLES];

static SC_HANDLE open_handle(Opened what) {
  AcquireSRWLockExclusive(&lock);
  int place = 0;
  while (place < HANDLES && opened[place] != Free) place++;
  if (place < HANDLES) opened[place] = what;
  ReleaseSRWLockExclusive(&lock);
  if (place == HANDLES) return SetLastError(ERROR_NOT_ENOUGH_MEMORY), NULL;
  lab_hold(Handles, 1);
  return (SC_HANDLE)(UINT_PTR)(FIRST + place);
}

static Opened what_is(SC_HANDLE handle) {
  UINT_PTR place = (UINT_PTR)handle - FIRST;
  return place < HANDLES ? opened[place] : Free;
}

static void deliver(Kind kind, void *callback, void *context, ULONG filter, const void *what) {
  (void)kind, (void)filter;
  ((Callback)callback)(((const Event *)what)->value, context);
}

static void hear(const Event *event) {
  if (event->happening == ServiceChanged) lab_notify(OfService, 0, event->number, deliver, event);
}

static BOOL CALLBACK begin(INIT_ONCE *unused, void *parameter, void **context) {
  (void)unused, (void)parameter, (void)context;
  return lab_listen(hear), TRUE;
}

// Windows' headers have these three as imported: labsvc.def exports them by their names.

SC_HANDLE WINAPI open_manager(LPCWSTR machine, LPCWSTR database, DWORD access) {
  lab_count("OpenSCManagerW");
  if (machine != NULL || database != NULL || (access & SC_MANAGER_CONNECT) == 0) return SetLastError(ERROR_INVALID_PARAMETER), NULL;
  return open_handle(Manager);
}

SC_HANDLE WINAPI open_service(SC_HANDLE manager, LPCWSTR name, DWORD access) {
  lab_count("OpenServiceW");
  if (what_is(manager) != Manager) return SetLastError(ERROR_INVALID_HANDLE), NULL;
  if (lstrcmpiW(name, L"wlansvc") != 0) return SetLastError(ERROR_SERVICE_DOES_NOT_EXIST), NULL;
  if (access != SERVICE_QUERY_STATUS) return SetLastError(ERROR_ACCESS_DENIED), NULL; // an ordinary user may look
  return open_handle(Service);
}

BOOL WINAPI close_handle(SC_HANDLE handle) {
  lab_count("CloseServiceHandle");
  if (what_is(handle) == Free) return SetLastError(ERROR_INVALID_HANDLE), FALSE;
  AcquireSRWLockExclusive(&lock);
  opened[(UINT_PTR)handle - FIRST] = Free;
  ReleaseSRWLockExclusive(&lock);
  return lab_hold(Handles, -1), TRUE;
}

DWORD WINAPI SubscribeServiceChangeNotifications(SC_HANDLE service, int event, Callback callback, PVOID context, PVOID *subscription) {
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  COUNT();
  if (what_is(service) != Service) return ERROR_INVALID_HANDLE;
  if (event != StatusChange || callback == NULL || subscription == NULL) return ERROR_INVALID_PARAMETER;
  if (lab_look()->manner[OfService] == Refuse) return ERROR_NOT_SUPPORTED;
  InitOnceExecuteOnce(&once, begin, NULL, NULL);
  *subscription = lab_register(OfService, 0, callback, context);
  return ERROR_SUCCESS;
}

/** Waits for the callbacks in flight, as on Windows. */
VOID WINAPI UnsubscribeServiceChangeNotifications(PVOID subscription) {
  COUNT();
  if (subscription != NULL) lab_cancel(subscription);
}

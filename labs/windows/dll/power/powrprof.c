// labpower.dll, in place of powrprof.dll: notifies when the machine goes to sleep and wakes up. Wine registers, and never calls.
#include "world.h"

// mingw-w64 10 does not have these: from Microsoft's documentation.
typedef ULONG(CALLBACK *Callback)(PVOID context, ULONG type, PVOID setting);
typedef struct { Callback Callback; PVOID Context; } Subscription; // DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS
enum { AsCallback = 2 };                                           // DEVICE_NOTIFY_CALLBACK

static void deliver(Kind kind, void *callback, void *context, ULONG filter, const void *what) {
  (void)kind, (void)filter;
  ((Callback)callback)(context, ((const Event *)what)->value, NULL);
}

static void hear(const Event *event) {
  if (event->happening == PowerChanged) lab_notify(OfPower, 0, event->number, deliver, event);
}

static BOOL CALLBACK begin(INIT_ONCE *unused, void *parameter, void **context) {
  (void)unused, (void)parameter, (void)context;
  return lab_listen(hear), TRUE;
}

/** Copies the subscription, as Windows does. */
DWORD WINAPI PowerRegisterSuspendResumeNotification(DWORD flags, HANDLE recipient, PVOID *handle) {
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  COUNT();
  const Subscription *subscription = recipient;
  if (flags != AsCallback || subscription == NULL || subscription->Callback == NULL || handle == NULL) return ERROR_INVALID_PARAMETER;
  if (lab_look()->manner[OfPower] == Refuse) return ERROR_NOT_SUPPORTED;
  InitOnceExecuteOnce(&once, begin, NULL, NULL);
  *handle = lab_register(OfPower, 0, (void *)subscription->Callback, subscription->Context);
  return ERROR_SUCCESS;
}

/** Waits for the callbacks in flight. */
DWORD WINAPI PowerUnregisterSuspendResumeNotification(PVOID handle) {
  COUNT();
  if (handle == NULL) return ERROR_INVALID_HANDLE;
  return lab_cancel(handle), ERROR_SUCCESS;
}

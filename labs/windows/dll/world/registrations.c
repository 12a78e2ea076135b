// The callbacks registered in this process. As on Windows, they are called without a lock, and from any thread.
#include "world.h"
#include <stdlib.h>

enum { AT_ONCE = 64 };

struct Registration {
  Registration *next;
  Kind kind;
  ULONG filter;
  ULONG64 after; // events up to this one were before its time
  void *callback, *context;
  volatile LONG busy; // callbacks in flight
};

static SRWLOCK lock = SRWLOCK_INIT;
static Registration *all;

Registration *lab_register(Kind kind, ULONG filter, void *callback, void *context) {
  Registration *made = calloc(1, sizeof *made);
  made->kind = kind;
  made->filter = filter;
  made->callback = callback;
  made->context = context;
  made->after = lab_look()->emitted;
  AcquireSRWLockExclusive(&lock);
  made->next = all;
  all = made;
  ReleaseSRWLockExclusive(&lock);
  lab_hold(Registrations, 1);
  return made;
}

/** As documented for CancelMibChangeNotify2 and WlanCloseHandle, it waits for the callbacks in flight: none runs after it returns. */
void lab_cancel(Registration *registration) {
  AcquireSRWLockExclusive(&lock);
  Registration **at = &all;
  while (*at != NULL && *at != registration) at = &(*at)->next;
  BOOL found = *at != NULL;
  if (found) *at = registration->next;
  ReleaseSRWLockExclusive(&lock);
  if (!found) return;
  while (registration->busy > 0) Sleep(1);
  free(registration);
  lab_hold(Registrations, -1);
}

/** A filter of 0 asks for everything: AF_UNSPEC. The bits of a Wi-Fi source are a set, an address family is one. */
static BOOL wants(const Registration *registration, Kind kind, ULONG filter, ULONG64 number) {
  if (registration->kind != kind || (number != 0 && number <= registration->after)) return FALSE;
  if (kind == OfWlan) return (registration->filter & filter) != 0;
  return registration->filter == 0 || filter == 0 || registration->filter == filter;
}

int lab_notify(Kind kind, ULONG filter, ULONG64 number, Deliver deliver, const void *what) {
  if (lab_look()->manner[kind] != Fire) return 0;
  Registration *called[AT_ONCE];
  int count = 0;
  AcquireSRWLockExclusive(&lock);
  for (Registration *each = all; each != NULL && count < AT_ONCE; each = each->next) {
    if (!wants(each, kind, filter, number)) continue;
    InterlockedIncrement(&each->busy);
    called[count++] = each;
  }
  ReleaseSRWLockExclusive(&lock);
  for (int i = count - 1; i >= 0; i--) { // the oldest first
    deliver(kind, called[i]->callback, called[i]->context, called[i]->filter, what);
    InterlockedDecrement(&called[i]->busy);
  }
  return count;
}

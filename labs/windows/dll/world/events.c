// Events: a ring in the world, and in every process a pump that lets time pass and passes events to listeners.
// The pump is one thread, because WLAN AutoConfig sends its notifications to a client one after the other.
#include "events.h"
#include "hooks.h"
#include <stdio.h>

enum { LISTENERS = 8, BATCH = 64 };
enum { LONGEST = 50 }; // milliseconds that the pump of a shared world sleeps at most: the process that should wake it may have ended

static HANDLE wake;
static char name[64];
static BOOL is_shared, must_wake;
static ULONG64 seen;
static Listener listeners[LISTENERS];
static volatile LONG listening;

static void waker_of(DWORD process, char text[128]) {
  snprintf(text, 128, "roamkit-lab-wake-%s-%lu", name, process);
}

/** Takes effect when the world is given back: a process may be killed during a call to wineserver, and must not leave half a change. */
void lab_wake(World *world) {
  (void)world;
  must_wake = TRUE;
}

/** Wakes every living process that shares this world. */
void events_before_giving(World *world) {
  if (!must_wake) return;
  must_wake = FALSE;
  SetEvent(wake);
  for (int i = 0; is_shared && i < PROCESSES; i++) {
    if (world->process[i] == 0 || world->process[i] == GetCurrentProcessId()) continue;
    char waker[128];
    waker_of(world->process[i], waker);
    HANDLE other = OpenEventA(EVENT_MODIFY_STATE, FALSE, waker);
    if (other == NULL) {
      world->process[i] = 0; // it has ended
      continue;
    }
    SetEvent(other);
    CloseHandle(other);
  }
}

void lab_emit(World *world, const Event *event) {
  Event *emitted = &world->event[world->emitted++ % EVENTS];
  *emitted = *event;
  emitted->number = world->emitted;
  lab_wake(world);
}

/** Copies the events that are new to this process. After a whole ring of them, only the newest. */
static int unseen(const World *world, Event batch[BATCH]) {
  if (world->emitted - seen > EVENTS) seen = world->emitted - EVENTS;
  int count = 0;
  while (seen < world->emitted && count < BATCH) batch[count++] = world->event[seen++ % EVENTS];
  return count;
}

static DWORD WINAPI pump(void *unused) {
  (void)unused;
  static Event batch[BATCH];
  for (;;) {
    World *world = lab_take();
    ULONG64 next = hooks.on_time(world);
    int count = unseen(world, batch);
    lab_give();
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < listening; k++) listeners[k](&batch[i]);
    }
    if (count > 0) continue;
    ULONG64 now = lab_now();
    DWORD longest = is_shared ? LONGEST : INFINITE, left = next > now ? (DWORD)(next - now) : 0;
    WaitForSingleObject(wake, next == 0 || left > longest ? longest : left);
  }
  return 0;
}

/** A DLL with a thread, or one that is called from a thread, must stay: koffi unloads what it has loaded when Node ends. */
static void pin(const void *code) {
  HMODULE module;
  GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, code, &module);
}

void lab_listen(Listener listener) {
  pin((const void *)listener);
  LONG place = InterlockedIncrement(&listening) - 1;
  if (place < LISTENERS) listeners[place] = listener;
}

void events_begin(World *world, const char *shared) {
  char waker[128];
  is_shared = shared != NULL;
  if (is_shared) {
    snprintf(name, sizeof name, "%s", shared);
    waker_of(GetCurrentProcessId(), waker);
    int place = 0;
    while (place < PROCESSES - 1 && world->process[place] != 0) place++;
    world->process[place] = GetCurrentProcessId();
  }
  wake = CreateEventA(NULL, FALSE, FALSE, is_shared ? waker : NULL);
  pin((const void *)pump);
  seen = world->emitted; // earlier changes show in the tables
  CloseHandle(CreateThread(NULL, 0, pump, NULL, 0, NULL));
}

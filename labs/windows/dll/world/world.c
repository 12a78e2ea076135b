// The world itself. Private to the process, or shared by all that have the same ROAMKIT_LAB_WORLD.
#include "hooks.h"
#include <stdio.h>
#include <stdlib.h>

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static HANDLE mutex; // of a world that is shared; NULL: only this process has it
static CRITICAL_SECTION section; // instead of the mutex, which costs two calls to wineserver each time
static World *world;

void lab_make(World *made) {
  ULONG64 emitted = made->emitted;
  DWORD process[PROCESSES];
  memcpy(process, made->process, sizeof process);
  memset(made, 0, offsetof(World, emitted));
  memcpy(made->process, process, sizeof process);
  made->emitted = emitted;
  made->made = 1;
  made->next_index = LOWEST_INDEX;
  made->next_handle = 1;
  made->delay.associate = made->delay.address = made->delay.scan = 30;
  made->delay.disconnect = 10;
  made->consent = made->service = made->ip_helper = TRUE;
}

static void fail(const char *what) {
  fprintf(stderr, "labworld: %s: error %lu\n", what, GetLastError());
  ExitProcess(99);
}

static void enter(void) {
  if (mutex == NULL) EnterCriticalSection(&section);
  else WaitForSingleObject(mutex, INFINITE); // also if a killed process has abandoned it: the world it left is good enough
}

static void leave(void) {
  if (mutex == NULL) LeaveCriticalSection(&section);
  else ReleaseMutex(mutex);
}

/** Not in DllMain: the script may load other DLLs, which is forbidden under the loader's lock. */
static BOOL CALLBACK begin(INIT_ONCE *unused, void *parameter, void **context) {
  (void)unused, (void)parameter, (void)context;
  char name[64], object[96] = "";
  BOOL shared = GetEnvironmentVariableA("ROAMKIT_LAB_WORLD", name, sizeof name) - 1 < sizeof name - 1;
  if (shared) snprintf(object, sizeof object, "roamkit-lab-mutex-%s", name);
  if (shared) mutex = CreateMutexA(NULL, FALSE, object);
  if (shared) snprintf(object, sizeof object, "roamkit-lab-world-%s", name);
  HANDLE mapping =
    CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(World), shared ? object : NULL);
  if ((shared && mutex == NULL) || mapping == NULL) fail("no mutex or mapping");
  world = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(World));
  if (world == NULL) fail("no view");
  enter();
  BOOL first = !world->made;
  if (first) lab_make(world);
  hooks.on_open(world, shared ? name : NULL);
  leave();
  if (first) hooks.on_created();
  return TRUE;
}

const World *lab_look(void) {
  // The script's commands look at the world too, while it is being made: then it is there already.
  if (world == NULL) InitOnceExecuteOnce(&once, begin, NULL, NULL);
  return world;
}

World *lab_take(void) {
  lab_look();
  enter();
  return world;
}

void lab_give(void) {
  hooks.before_give(world);
  leave();
}

ULONG64 lab_now(void) {
  return GetTickCount64();
}

void world_begin(void) {
  InitializeCriticalSection(&section);
}

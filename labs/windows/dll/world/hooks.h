// What lower layers call instead of the layers above them: library.c fills it in. From the bottom: the world, events, adapters,
// stations, commands.
#ifndef ROAMKIT_LAB_HOOKS_H
#define ROAMKIT_LAB_HOOKS_H
#include "world.h"

typedef struct {
  void (*on_open)(World *world, const char *shared); // this process has opened the world, and holds it; shared: its name, or NULL
  void (*on_created)(void);                          // the world is new, and not held
  void (*before_give)(World *world);                 // the world is still held
  ULONG64 (*on_time)(World *world);                  // does everything that is due; returns when to call again, 0: not by itself
  void (*on_adapter_removed)(World *world, const Adapter *adapter); // the adapter is still there
} Hooks;

extern const Hooks hooks;
#endif

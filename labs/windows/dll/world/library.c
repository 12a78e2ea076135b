// labworld.dll: the top layer, which connects the others.
#include "commands.h"
#include "counts.h"
#include "events.h"
#include "hooks.h"

static void remove_station_of(World *world, const Adapter *adapter) {
  Station *station = lab_station(world, &adapter->guid);
  if (station != NULL) lab_remove_station(world, station);
}

const Hooks hooks = {
  .on_open = events_begin,
  .on_created = commands_run_script,
  .before_give = events_before_giving,
  .on_time = lab_advance,
  .on_adapter_removed = remove_station_of,
};

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved) {
  (void)reserved;
  if (reason == DLL_PROCESS_ATTACH) {
    DisableThreadLibraryCalls(instance);
    world_begin();
    counts_begin();
  }
  return TRUE;
}

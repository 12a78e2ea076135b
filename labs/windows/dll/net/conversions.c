// From one identifier of an adapter to another, and SetIfEntry.
#include "net.h"

DWORD WINAPI net_ConvertInterfaceLuidToGuid(const NET_LUID *luid, GUID *guid) {
  COUNT();
  World *world = lab_take();
  BOOL found = FALSE;
  for (int i = 0; i < world->adapters && !found; i++) {
    found = world->adapter[i].luid.Value == luid->Value;
    if (found) *guid = world->adapter[i].guid;
  }
  lab_give();
  return found ? NO_ERROR : ConvertInterfaceLuidToGuid(luid, guid);
}

DWORD WINAPI net_ConvertInterfaceGuidToLuid(const GUID *guid, NET_LUID *luid) {
  COUNT();
  World *world = lab_take();
  const Adapter *adapter = lab_adapter_by_guid(world, guid);
  if (adapter != NULL) *luid = adapter->luid;
  lab_give();
  return adapter != NULL ? NO_ERROR : ConvertInterfaceGuidToLuid(guid, luid);
}

DWORD WINAPI net_ConvertInterfaceLuidToIndex(const NET_LUID *luid, NET_IFINDEX *index) {
  COUNT();
  if (luid->Info.NetLuidIndex < LOWEST_INDEX) return ConvertInterfaceLuidToIndex(luid, index);
  *index = (NET_IFINDEX)luid->Info.NetLuidIndex;
  return NO_ERROR;
}

DWORD WINAPI net_ConvertInterfaceIndexToLuid(NET_IFINDEX index, NET_LUID *luid) {
  COUNT();
  if (index < LOWEST_INDEX) return ConvertInterfaceIndexToLuid(index, luid);
  World *world = lab_take();
  DWORD result = ERROR_FILE_NOT_FOUND;
  for (int i = 0; i < world->adapters; i++) {
    if (world->adapter[i].index != index) continue;
    *luid = world->adapter[i].luid;
    result = NO_ERROR;
  }
  lab_give();
  return result;
}

/** Only dwAdminStatus counts, and only for an administrator. A veth cannot be told from here: outside can. */
DWORD WINAPI net_SetIfEntry(MIB_IFROW *row) {
  COUNT();
  World *world = lab_take();
  DWORD result = row->dwIndex < LOWEST_INDEX ? ERROR_NOT_SUPPORTED : ERROR_INVALID_PARAMETER;
  if (!world->admin) result = ERROR_ACCESS_DENIED;
  for (int i = 0; i < world->adapters && world->admin; i++) {
    if (world->adapter[i].index != row->dwIndex) continue;
    lab_set_enabled(world, &world->adapter[i], row->dwAdminStatus == MIB_IF_ADMIN_STATUS_UP);
    result = NO_ERROR;
  }
  lab_give();
  return result;
}

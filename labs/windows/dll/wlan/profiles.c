// Profiles: those that are stored, and who may store them.
#include "wlan.h"
#include <string.h>

enum { FOR_ONE_USER = 2 }; // WLAN_PROFILE_USER

DWORD WINAPI WlanGetProfile(HANDLE handle, const GUID *guid, LPCWSTR name, PVOID reserved, LPWSTR *xml, DWORD *flags, PDWORD access) {
  COUNT();
  World *world;
  DWORD result = ERROR_INVALID_PARAMETER;
  if (name == NULL || xml == NULL || wlan_begin(&world, handle, guid, reserved, &result) == NULL) return result;
  char wanted[4 * NAME], text[4096];
  lab_narrow(name, wanted, sizeof wanted);
  const Profile *profile = lab_profile(world, guid, wanted);
  if (profile == NULL) {
    result = ERROR_NOT_FOUND;
  } else {
    // Without the key: that is given only to who asks for it in clear text, with rights.
    wlan_write_profile(profile, text, sizeof text);
    *xml = wlan_allocate((strlen(text) + 1) * sizeof **xml);
    lab_widen(text, *xml, (int)strlen(text) + 1);
    if (flags != NULL) *flags = profile->own ? FOR_ONE_USER : 0;
    BOOL may_write = world->storing <= (profile->own ? ForOneself : ForEverybody);
    if (access != NULL) *access = may_write ? WLAN_WRITE_ACCESS : WLAN_EXECUTE_ACCESS;
  }
  lab_give();
  return result;
}

DWORD WINAPI WlanSetProfile(HANDLE handle, const GUID *guid, DWORD flags, LPCWSTR xml, LPCWSTR security, WINBOOL overwrite, PVOID reserved,
                            DWORD *reason) {
  COUNT();
  (void)security;
  World *world;
  DWORD result = ERROR_INVALID_PARAMETER;
  if (xml == NULL || reason == NULL || (flags & ~(DWORD)FOR_ONE_USER) != 0) return result;
  Station *station = wlan_begin(&world, handle, guid, reserved, &result);
  if (station == NULL) return result;
  *reason = REASON_SUCCESS;
  Profile made;
  if (!wlan_read_profile(xml, &made)) {
    result = ERROR_BAD_PROFILE;
  } else {
    made.own = flags == FOR_ONE_USER;
    result = lab_store_profile(world, station, &made, overwrite);
  }
  lab_give();
  return result;
}

/** Only of a connection, and with the key that it was made with. */
DWORD WINAPI WlanSaveTemporaryProfile(HANDLE handle, const GUID *guid, LPCWSTR name, LPCWSTR security, DWORD flags, WINBOOL overwrite,
                                      PVOID reserved) {
  COUNT();
  (void)security;
  World *world;
  DWORD result = ERROR_INVALID_PARAMETER;
  if (name == NULL || (flags & ~(DWORD)FOR_ONE_USER) != 0) return result;
  Station *station = wlan_begin(&world, handle, guid, reserved, &result);
  if (station == NULL) return result;
  Profile made = station->temporary;
  lab_narrow(name, made.name, NAME);
  made.own = flags == FOR_ONE_USER;
  result = station->phase != Connected || station->temporary.name[0] == 0 ? ERROR_INVALID_STATE : lab_store_profile(world, station, &made, overwrite);
  lab_give();
  return result;
}

DWORD WINAPI WlanDeleteProfile(HANDLE handle, const GUID *guid, LPCWSTR name, PVOID reserved) {
  COUNT();
  World *world;
  DWORD result = ERROR_INVALID_PARAMETER;
  if (name == NULL) return result;
  Station *station = wlan_begin(&world, handle, guid, reserved, &result);
  if (station == NULL) return result;
  char wanted[4 * NAME];
  lab_narrow(name, wanted, sizeof wanted);
  result = lab_delete_profile(world, station, wanted);
  lab_give();
  return result;
}

/** Of the objects that WlanSetProfile checks. */
DWORD WINAPI WlanGetSecuritySettings(HANDLE handle, WLAN_SECURABLE_OBJECT object, PWLAN_OPCODE_VALUE_TYPE type, LPWSTR *descriptor,
                                     PDWORD access) {
  COUNT();
  if (descriptor == NULL || access == NULL) return ERROR_INVALID_PARAMETER;
  DWORD checked = wlan_check(handle);
  if (checked != ERROR_SUCCESS) return checked;
  if (object != wlan_secure_add_new_all_user_profiles && object != wlan_secure_add_new_per_user_profiles) return ERROR_NOT_SUPPORTED;
  Storing least = object == wlan_secure_add_new_per_user_profiles ? ForOneself : ForEverybody;
  if (type != NULL) *type = wlan_opcode_value_type_set_by_user;
  *access = lab_look()->storing <= least ? WLAN_WRITE_ACCESS : WLAN_READ_ACCESS;
  *descriptor = wlan_allocate(sizeof L"D:");
  memcpy(*descriptor, L"D:", sizeof L"D:");
  return ERROR_SUCCESS;
}

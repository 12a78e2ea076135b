// What changes something: connections and scans.
#include "wlan.h"
#include <stdio.h>
#include <stdlib.h>

/** By a profile's name, or by a whole profile that is not stored. Networks without one are not played: ERROR_NOT_SUPPORTED. */
DWORD WINAPI WlanConnect(HANDLE handle, const GUID *guid, const PWLAN_CONNECTION_PARAMETERS parameters, PVOID reserved) {
  COUNT();
  World *world;
  DWORD result = ERROR_INVALID_PARAMETER;
  if (parameters == NULL) return result;
  WLAN_CONNECTION_MODE mode = parameters->wlanConnectionMode;
  if (mode != wlan_connection_mode_profile && mode != wlan_connection_mode_temporary_profile) return ERROR_NOT_SUPPORTED;
  if (parameters->strProfile == NULL || parameters->dot11BssType == 0) return result;
  Station *station = wlan_begin(&world, handle, guid, reserved, &result);
  if (station == NULL) return result;
  BOOL temporary = mode == wlan_connection_mode_temporary_profile;
  Profile made = {0};
  if (!temporary) lab_narrow(parameters->strProfile, made.name, NAME);
  if (!station->radio) result = ERROR_NDIS_DOT11_POWER_STATE_INVALID;
  else if (temporary && !wlan_read_profile(parameters->strProfile, &made)) result = ERROR_BAD_PROFILE;
  else if (!temporary && lab_profile(world, guid, made.name) == NULL) result = ERROR_NOT_FOUND;
  else lab_connect(world, station, made.name, temporary ? &made : NULL), lab_wake(world);
  lab_give();
  return result;
}

/** If the interface is not connected, nothing happens and nothing is notified. */
DWORD WINAPI WlanDisconnect(HANDLE handle, const GUID *guid, PVOID reserved) {
  COUNT();
  World *world;
  DWORD result;
  Station *station = wlan_begin(&world, handle, guid, reserved, &result);
  if (station == NULL) return result;
  station->next[0] = 0;
  lab_disconnect(world, station);
  lab_give();
  return result;
}

DWORD WINAPI WlanScan(HANDLE handle, const GUID *guid, const PDOT11_SSID ssid, const PWLAN_RAW_DATA elements, PVOID reserved) {
  COUNT();
  (void)ssid, (void)elements;
  World *world;
  DWORD result;
  Station *station = wlan_begin(&world, handle, guid, reserved, &result);
  if (station == NULL) return result;
  if (!world->consent) result = ERROR_ACCESS_DENIED;
  else if (!station->radio) result = ERROR_NDIS_DOT11_POWER_STATE_INVALID;
  else lab_scan(world, station), lab_wake(world);
  lab_give();
  return result;
}

/** On Windows a sentence in the user's language; here the number, so that no test relies on its words. */
DWORD WINAPI WlanReasonCodeToString(DWORD reason, DWORD size, PWCHAR buffer, PVOID reserved) {
  COUNT();
  if (reserved != NULL || buffer == NULL || size == 0) return ERROR_INVALID_PARAMETER;
  char text[64];
  snprintf(text, sizeof text, "Grund 0x%08lX", reason);
  lab_widen(text, buffer, (int)size);
  return ERROR_SUCCESS;
}

// What can be asked of one interface.
#include "wlan.h"

WLAN_INTERFACE_STATE wlan_state(const Station *station) {
  switch (station->phase) {
    case Associating: return wlan_interface_state_associating;
    case Authenticating: return wlan_interface_state_authenticating;
    case Connected: return wlan_interface_state_connected;
    case Disconnecting: return wlan_interface_state_disconnecting;
    default: return wlan_interface_state_disconnected;
  }
}

static void *fill_connection(World *world, Station *station, DWORD *size) {
  const AccessPoint *point = lab_best_access_point(world, station->ssid);
  const Profile *profile = lab_profile_in_use(world, station);
  for (int i = 0; i < world->access_points; i++) {
    if (memcmp(world->access_point[i].bssid, station->bssid, 6) == 0) point = &world->access_point[i];
  }
  WLAN_CONNECTION_ATTRIBUTES *made = wlan_allocate(*size = sizeof *made);
  WLAN_ASSOCIATION_ATTRIBUTES *association = &made->wlanAssociationAttributes;
  Security security = point == NULL ? Open : point->security;
  made->isState = wlan_state(station);
  made->wlanConnectionMode = profile == &station->temporary ? wlan_connection_mode_temporary_profile : wlan_connection_mode_profile;
  lab_widen(station->profile, made->strProfileName, WLAN_MAX_NAME_LENGTH);
  wlan_ssid(station->ssid, &association->dot11Ssid);
  association->dot11BssType = dot11_BSS_type_infrastructure;
  memcpy(association->dot11Bssid, station->bssid, 6);
  association->dot11PhyType = PHY_HT;
  association->wlanSignalQuality = point == NULL ? 0 : point->signal;
  association->ulRxRate = association->ulTxRate = 144400;
  made->wlanSecurityAttributes.bSecurityEnabled = security != Open;
  made->wlanSecurityAttributes.dot11AuthAlgorithm = wlan_auth(security);
  made->wlanSecurityAttributes.dot11CipherAlgorithm = wlan_cipher(security);
  return made;
}

static void *fill_radio(const Station *station, DWORD *size) {
  WLAN_RADIO_STATE *made = wlan_allocate(*size = sizeof *made);
  made->dwNumberOfPhys = 1;
  made->PhyRadioState[0].dot11SoftwareRadioState = station->radio ? dot11_radio_state_on : dot11_radio_state_off;
  made->PhyRadioState[0].dot11HardwareRadioState = dot11_radio_state_on;
  return made;
}

static void *fill_number(DWORD number, DWORD *size) {
  DWORD *made = wlan_allocate(*size = sizeof *made);
  *made = number;
  return made;
}

DWORD WINAPI WlanQueryInterface(HANDLE handle, const GUID *guid, WLAN_INTF_OPCODE opcode, PVOID reserved, PDWORD size, PVOID *data,
                                PWLAN_OPCODE_VALUE_TYPE type) {
  COUNT();
  World *world;
  DWORD result = ERROR_INVALID_PARAMETER;
  Station *station = size == NULL || data == NULL ? NULL : wlan_begin(&world, handle, guid, reserved, &result);
  if (station == NULL) return result;
  if (type != NULL) *type = wlan_opcode_value_type_query_only;
  BOOL of_connection = opcode == wlan_intf_opcode_current_connection || opcode == wlan_intf_opcode_rssi;
  const AccessPoint *point = lab_best_access_point(world, station->ssid);
  if (of_connection && !world->consent) result = ERROR_ACCESS_DENIED;
  else if (of_connection && station->phase != Connected) result = ERROR_INVALID_STATE;
  else if (opcode == wlan_intf_opcode_current_connection) *data = fill_connection(world, station, size);
  else if (opcode == wlan_intf_opcode_rssi) *data = fill_number(point == NULL ? (DWORD)-100 : point->signal / 2 - 100, size);
  else if (opcode == wlan_intf_opcode_radio_state) *data = fill_radio(station, size);
  else if (opcode == wlan_intf_opcode_interface_state) *data = fill_number(wlan_state(station), size);
  else if (opcode == wlan_intf_opcode_autoconf_enabled) *data = fill_number(TRUE, size);
  else result = ERROR_NOT_SUPPORTED;
  if (world->lies[LieShort] && result == ERROR_SUCCESS) *size = 8; // what is there is no more than that
  lab_give();
  return result;
}

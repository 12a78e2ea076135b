// What changes something: connections, scans, profiles.
#include "wlan.h"
#include <stdio.h>
#include <stdlib.h>

/** By a profile's name. Temporary profiles and networks without one are not played: ERROR_NOT_SUPPORTED. */
DWORD WINAPI WlanConnect(HANDLE handle, const GUID *guid, const PWLAN_CONNECTION_PARAMETERS parameters, PVOID reserved) {
  COUNT();
  World *world;
  DWORD result = ERROR_INVALID_PARAMETER;
  if (parameters == NULL) return result;
  if (parameters->wlanConnectionMode != wlan_connection_mode_profile) return ERROR_NOT_SUPPORTED;
  if (parameters->strProfile == NULL || parameters->dot11BssType == 0) return result;
  Station *station = wlan_begin(&world, handle, guid, reserved, &result);
  if (station == NULL) return result;
  char name[4 * NAME];
  lab_narrow(parameters->strProfile, name, sizeof name);
  if (!station->radio) result = ERROR_NDIS_DOT11_POWER_STATE_INVALID;
  else if (lab_profile(world, guid, name) == NULL) result = ERROR_NOT_FOUND;
  else lab_connect(world, station, name), lab_wake(world);
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

/** XML's own characters, so that a profile's name can be anything. */
static void escape(const char *text, char *escaped, size_t size) {
  size_t length = 0;
  for (; *text != 0 && length + 8 < size; text++) {
    const char *entity = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : NULL;
    if (entity == NULL) escaped[length++] = *text;
    else length += (size_t)snprintf(escaped + length, size - length, "%s", entity);
  }
  escaped[length] = 0;
}

static void hex_of(const char *bytes, char *hex) {
  for (; *bytes != 0; bytes++, hex += 2) sprintf(hex, "%02X", (unsigned char)*bytes);
}

/** As the WLANProfile schema has it, without the key: that is given only to who asks for it in clear text, with rights. */
static void write_xml(const Profile *profile, char *xml, size_t size) {
  static const char *const auths[] = {"open", "open", "WPA2PSK", "WPA3SAE"}, *const ciphers[] = {"none", "WEP", "AES", "AES"};
  char name[8 * NAME], ssid[8 * NAME], hex[2 * NAME + 1] = "";
  escape(profile->name, name, sizeof name);
  escape(profile->ssid, ssid, sizeof ssid);
  hex_of(profile->ssid, hex);
  snprintf(xml, size,
           "<?xml version=\"1.0\"?>\r\n"
           "<WLANProfile xmlns=\"http://www.microsoft.com/networking/WLAN/profile/v1\">\r\n"
           "\t<name>%s</name>\r\n"
           "\t<SSIDConfig><SSID><hex>%s</hex><name>%s</name></SSID></SSIDConfig>\r\n"
           "\t<connectionType>ESS</connectionType>\r\n"
           "\t<connectionMode>%s</connectionMode>\r\n"
           "\t<MSM><security><authEncryption><authentication>%s</authentication><encryption>%s</encryption>"
           "<useOneX>false</useOneX></authEncryption></security></MSM>\r\n"
           "</WLANProfile>\r\n",
           name, hex, ssid, profile->automatic ? "auto" : "manual", auths[profile->security], ciphers[profile->security]);
}

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
    write_xml(profile, text, sizeof text);
    *xml = wlan_allocate((strlen(text) + 1) * sizeof **xml);
    lab_widen(text, *xml, (int)strlen(text) + 1);
    if (flags != NULL) *flags = 0;
    if (access != NULL) *access = WLAN_READ_ACCESS | WLAN_EXECUTE_ACCESS;
  }
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

// What can be listed: interfaces, profiles, networks in the air and their access points.
#include "wlan.h"
#include <stdio.h>

enum { RATE = 0x8000 | 2, MOST_SSID = 32 };

DWORD WINAPI WlanEnumInterfaces(HANDLE handle, PVOID reserved, PWLAN_INTERFACE_INFO_LIST *list) {
  COUNT();
  if (reserved != NULL || list == NULL) return ERROR_INVALID_PARAMETER;
  DWORD checked = wlan_check(handle);
  if (checked != ERROR_SUCCESS) return checked;
  World *world = lab_take();
  WLAN_INTERFACE_INFO_LIST *made = *list = wlan_allocate(sizeof *made + STATIONS * sizeof made->InterfaceInfo[0]);
  for (int i = 0; i < world->stations; i++) {
    WLAN_INTERFACE_INFO *info = &made->InterfaceInfo[made->dwNumberOfItems++];
    char description[NAME + 16];
    snprintf(description, sizeof description, "Lab %s Adapter", world->station[i].adapter);
    info->InterfaceGuid = world->station[i].guid;
    lab_widen(description, info->strInterfaceDescription, WLAN_MAX_NAME_LENGTH);
    info->isState = wlan_state(&world->station[i]);
  }
  lab_give();
  return ERROR_SUCCESS;
}

DWORD WINAPI WlanGetProfileList(HANDLE handle, const GUID *guid, PVOID reserved, PWLAN_PROFILE_INFO_LIST *list) {
  COUNT();
  World *world;
  DWORD result = ERROR_INVALID_PARAMETER;
  if (list == NULL || wlan_begin(&world, handle, guid, reserved, &result) == NULL) return result;
  WLAN_PROFILE_INFO_LIST *made = *list = wlan_allocate(sizeof *made + PROFILES * sizeof made->ProfileInfo[0]);
  for (int i = 0; i < world->profiles; i++) {
    if (!lab_same_guid(&world->profile[i].station, guid)) continue;
    lab_widen(world->profile[i].name, made->ProfileInfo[made->dwNumberOfItems++].strProfileName, WLAN_MAX_NAME_LENGTH);
  }
  lab_give();
  return result;
}

/** Without the user's consent to location, Windows 11 24H2 refuses whatever tells where the machine is. */
static DWORD refusal(const World *world, const Station *station) {
  if (!world->consent) return ERROR_ACCESS_DENIED;
  return station->radio ? ERROR_SUCCESS : ERROR_NDIS_DOT11_POWER_STATE_INVALID;
}

static const Profile *profile_of(const World *world, const Station *station, const AccessPoint *point) {
  for (int i = 0; i < world->profiles; i++) {
    const Profile *profile = &world->profile[i];
    BOOL is_for = strcmp(profile->ssid, point->ssid) == 0 && lab_fits(profile, point->security);
    if (is_for && lab_same_guid(&profile->station, &station->guid)) return profile;
  }
  return NULL;
}

static ULONG count_access_points(const World *world, const AccessPoint *point) {
  ULONG count = 0;
  for (int i = 0; i < world->access_points; i++) {
    const AccessPoint *each = &world->access_point[i];
    count += strcmp(each->ssid, point->ssid) == 0 && each->security == point->security;
  }
  return count;
}

static void fill_network(const World *world, const Station *station, const AccessPoint *best, WLAN_AVAILABLE_NETWORK *network) {
  const Profile *profile = profile_of(world, station, best);
  BOOL connected = station->phase == Connected && strcmp(station->ssid, best->ssid) == 0;
  if (profile != NULL) lab_widen(profile->name, network->strProfileName, WLAN_MAX_NAME_LENGTH);
  wlan_ssid(best->ssid, &network->dot11Ssid);
  network->dot11BssType = dot11_BSS_type_infrastructure;
  network->uNumberOfBssids = count_access_points(world, best);
  network->bNetworkConnectable = TRUE;
  network->uNumberOfPhyTypes = 1;
  network->dot11PhyTypes[0] = PHY_HT;
  network->wlanSignalQuality = best->signal;
  network->bSecurityEnabled = best->security != Open;
  network->dot11DefaultAuthAlgorithm = wlan_auth(best->security);
  network->dot11DefaultCipherAlgorithm = wlan_cipher(best->security);
  network->dwFlags = (profile != NULL ? WLAN_AVAILABLE_NETWORK_HAS_PROFILE : 0) | (connected ? WLAN_AVAILABLE_NETWORK_CONNECTED : 0);
}

/** A network, which is a name and a class of security, is listed once, with the signal of its strongest access point. */
DWORD WINAPI WlanGetAvailableNetworkList(HANDLE handle, const GUID *guid, DWORD flags, PVOID reserved, PWLAN_AVAILABLE_NETWORK_LIST *list) {
  COUNT();
  (void)flags;
  World *world;
  DWORD result = ERROR_INVALID_PARAMETER;
  Station *station = list == NULL ? NULL : wlan_begin(&world, handle, guid, reserved, &result);
  if (station == NULL) return result;
  result = refusal(world, station);
  if (result == ERROR_SUCCESS) {
    WLAN_AVAILABLE_NETWORK_LIST *made = *list = wlan_allocate(sizeof *made + ACCESS_POINTS * sizeof made->Network[0]);
    for (int i = 0; i < world->access_points; i++) {
      const AccessPoint *each = &world->access_point[i];
      if (!each->unseen && lab_best_of(world, each->ssid, each->security) == each) fill_network(world, station, each, &made->Network[made->dwNumberOfItems++]);
    }
  }
  lab_give();
  return result;
}

/** The information elements lie behind the entries: here only the SSID's. */
static void fill_entry(const AccessPoint *point, WLAN_BSS_LIST *list, BYTE *elements) {
  WLAN_BSS_ENTRY *entry = &list->wlanBssEntries[list->dwNumberOfItems++];
  wlan_ssid(point->ssid, &entry->dot11Ssid);
  memcpy(entry->dot11Bssid, point->bssid, 6);
  entry->dot11BssType = dot11_BSS_type_infrastructure;
  entry->dot11BssPhyType = PHY_HT;
  entry->lRssi = (LONG)point->signal / 2 - 100; // a quality of 0 is -100 dBm, of 100 -50 dBm, and linear between them
  entry->uLinkQuality = point->signal;
  entry->bInRegDomain = TRUE;
  entry->usBeaconPeriod = 100;
  entry->usCapabilityInformation = point->security == Open ? 0x0001 : 0x0011;
  entry->ulChCenterFrequency = point->frequency;
  entry->wlanRateSet.uRateSetLength = sizeof(USHORT);
  entry->wlanRateSet.usRateSet[0] = RATE;
  entry->ulIeOffset = (ULONG)(elements - (BYTE *)entry);
  entry->ulIeSize = 2 + entry->dot11Ssid.uSSIDLength;
  elements[0] = 0;
  elements[1] = (BYTE)entry->dot11Ssid.uSSIDLength;
  memcpy(elements + 2, point->ssid, entry->dot11Ssid.uSSIDLength);
}

DWORD WINAPI WlanGetNetworkBssList(HANDLE handle, const GUID *guid, const PDOT11_SSID ssid, DOT11_BSS_TYPE type, WINBOOL secure,
                                   PVOID reserved, PWLAN_BSS_LIST *list) {
  COUNT();
  (void)type, (void)secure;
  World *world;
  DWORD result = ERROR_INVALID_PARAMETER;
  Station *station = list == NULL ? NULL : wlan_begin(&world, handle, guid, reserved, &result);
  if (station == NULL) return result;
  result = refusal(world, station);
  if (result == ERROR_SUCCESS) {
    size_t entries = offsetof(WLAN_BSS_LIST, wlanBssEntries) + ACCESS_POINTS * sizeof(WLAN_BSS_ENTRY);
    DWORD size = (DWORD)(entries + ACCESS_POINTS * (2 + MOST_SSID));
    WLAN_BSS_LIST *made = *list = wlan_allocate(size);
    made->dwTotalSize = size;
    BYTE *elements = (BYTE *)made + entries;
    for (int i = 0; i < world->access_points; i++) {
      const AccessPoint *each = &world->access_point[i];
      DOT11_SSID of;
      wlan_ssid(each->ssid, &of);
      if (ssid == NULL || memcmp(&of, ssid, sizeof of) == 0) fill_entry(each, made, elements + i * (2 + MOST_SSID));
    }
  }
  lab_give();
  return result;
}

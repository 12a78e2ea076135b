// Networks in the air, and the profiles that know them.
#include "commands.h"
#include "wlan-constants.h"
#include <stdio.h>
#include <stdlib.h>

enum { ACM = WLAN_NOTIFICATION_SOURCE_ACM, MSM = WLAN_NOTIFICATION_SOURCE_MSM };
static const char SECURITIES[] = "open|wep|wpa2|wpa3|owe|enterprise";

static BOOL parse_bssid(const char *text, BYTE bssid[6]) {
  unsigned byte[6];
  if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &byte[0], &byte[1], &byte[2], &byte[3], &byte[4], &byte[5]) != 6) return FALSE;
  for (int i = 0; i < 6; i++) bssid[i] = (BYTE)byte[i];
  return TRUE;
}

static BOOL take_ssid(Text *answer, const char *given, Name ssid) {
  if (!take_name(answer, given, ssid)) return FALSE;
  return strlen(ssid) <= 32 || refuse(answer, "an SSID is 32 bytes at most: %s", given);
}

/** The access points that a command speaks of: of that SSID, and of one BSSID when it is given. */
static BOOL meant(const AccessPoint *point, const Words *words) {
  BYTE bssid[6];
  if (strcmp(point->ssid, words_at(words, 2)) != 0) return FALSE;
  return !parse_bssid(words_option(words, "bssid", ""), bssid) || memcmp(bssid, point->bssid, 6) == 0;
}

static void refreshed(World *world) {
  for (int i = 0; i < world->stations; i++) lab_wlan_emit(world, &world->station[i], ACM, wlan_notification_acm_scan_list_refresh, REASON_SUCCESS);
}

static BOOL add_network(World *world, const Words *words, Text *answer) {
  AccessPoint made = {0};
  if (!take_ssid(answer, words_at(words, 2), made.ssid)) return FALSE;
  int security = words_choice(words_option(words, "security", *words_option(words, "key", "") ? "wpa2" : "open"), SECURITIES);
  if (security < 0) return refuse(answer, "security: %s", SECURITIES);
  GUID bssid;
  lab_guid_of("bssid", made.ssid, &bssid);
  memcpy(made.bssid, &bssid, 6);
  made.bssid[0] = 0x02;
  const char *given = words_option(words, "bssid", "");
  if (*given != 0 && !parse_bssid(given, made.bssid)) return refuse(answer, "no BSSID: %s", given);
  made.unseen = strcmp(words_option(words, "found", ""), "scan") == 0;
  made.security = (Security)security;
  made.signal = (DWORD)words_number(words_option(words, "signal", "70"), 70);
  made.frequency = (DWORD)words_number(words_option(words, "frequency", "2412000"), 2412000);
  if (!words_option(words, "key", NULL)) made.key[0] = 0;
  else if (!take_name(answer, words_option(words, "key", ""), made.key)) return FALSE;
  int place = 0;
  while (place < world->access_points &&
         (strcmp(world->access_point[place].ssid, made.ssid) != 0 || memcmp(world->access_point[place].bssid, made.bssid, 6) != 0))
    place++;
  if (place == ACCESS_POINTS) return refuse(answer, "no room for another network");
  world->access_point[place] = made;
  if (place == world->access_points) world->access_points++;
  if (!made.unseen) refreshed(world);
  return TRUE;
}

static BOOL is_in_air(const World *world, const Station *station) {
  for (int i = 0; i < world->access_points; i++) {
    const AccessPoint *point = &world->access_point[i];
    if (strcmp(point->ssid, station->ssid) == 0 && memcmp(point->bssid, station->bssid, 6) == 0) return TRUE;
  }
  return FALSE;
}

static BOOL remove_network(World *world, const Words *words, Text *answer) {
  int before = world->access_points;
  for (int i = before - 1; i >= 0; i--) {
    if (meant(&world->access_point[i], words)) world->access_point[i] = world->access_point[--world->access_points];
  }
  if (world->access_points == before) return refuse(answer, "no network %s", words_at(words, 2));
  for (int i = 0; i < world->stations; i++) {
    Station *station = &world->station[i];
    if (station->phase == Connected && !is_in_air(world, station)) lab_lose(world, station, REASON_DRIVER_DISCONNECTED);
  }
  return refreshed(world), TRUE;
}

static BOOL set_signal(World *world, const Words *words, Text *answer) {
  long signal = words_number(words_at(words, 3), -1);
  if (signal < 0 || signal > 100) return refuse(answer, "a signal's quality is 0 to 100");
  BOOL found = FALSE;
  for (int i = 0; i < world->access_points; i++) {
    AccessPoint *point = &world->access_point[i];
    if (!meant(point, words)) continue;
    found = TRUE;
    point->signal = (DWORD)signal;
    for (int k = 0; k < world->stations; k++) {
      Station *station = &world->station[k];
      BOOL here = station->phase == Connected && memcmp(station->bssid, point->bssid, 6) == 0 && strcmp(station->ssid, point->ssid) == 0;
      if (here) lab_wlan_emit(world, station, MSM, wlan_notification_msm_signal_quality_change, point->signal);
    }
  }
  return found || refuse(answer, "no network %s", words_at(words, 2));
}

static Station *station_of(World *world, const Words *words, Text *answer) {
  for (int i = 0; i < world->stations; i++) {
    if (strcmp(world->station[i].adapter, words_at(words, 2)) == 0) return &world->station[i];
  }
  refuse(answer, "no Wi-Fi interface %s", words_at(words, 2));
  return NULL;
}

static BOOL add_profile(World *world, const Words *words, Text *answer) {
  Station *station = station_of(world, words, answer);
  Profile made = {0};
  if (station == NULL || !take_name(answer, words_at(words, 3), made.name)) return FALSE;
  if (!take_ssid(answer, words_option(words, "ssid", made.name), made.ssid)) return FALSE;
  const char *key = words_option(words, "key", "");
  if (*key != 0 && !take_name(answer, key, made.key)) return FALSE;
  int security = words_choice(words_option(words, "security", *key ? "wpa2" : "open"), SECURITIES);
  if (security < 0) return refuse(answer, "security: %s", SECURITIES);
  made.security = (Security)security;
  made.automatic = words_yes(words_option(words, "auto", "no"));
  made.transition = words_yes(words_option(words, "transition", "no"));
  // Another user does it, whatever this user may do.
  Storing storing = world->storing;
  world->storing = ForEverybody;
  DWORD stored = lab_store_profile(world, station, &made, TRUE);
  world->storing = storing;
  return stored == ERROR_SUCCESS || refuse(answer, "no room for another profile");
}

static BOOL remove_profile(World *world, const Words *words, Text *answer) {
  Station *station = station_of(world, words, answer);
  if (station == NULL) return FALSE;
  Storing storing = world->storing;
  world->storing = ForEverybody;
  DWORD deleted = lab_delete_profile(world, station, words_at(words, 3));
  world->storing = storing;
  return deleted == ERROR_SUCCESS || refuse(answer, "no profile %s", words_at(words, 3));
}

static BOOL set_storing(World *world, const Words *words, Text *answer) {
  int storing = words_choice(words_at(words, 1), "everybody|oneself|nobody");
  if (storing < 0) return refuse(answer, "storing everybody|oneself|nobody");
  world->storing = (Storing)storing;
  return TRUE;
}

const CommandRow air_commands[] = {
  {"network add", "|bssid|signal|security|key|frequency|found|", add_network},
  {"network remove", "|bssid|", remove_network},
  {"network signal", "|bssid|", set_signal},
  {"profile add", "|ssid|security|key|auto|transition|", add_profile},
  {"profile remove", "", remove_profile},
  {"storing", "", set_storing},
  {NULL, NULL, NULL},
};

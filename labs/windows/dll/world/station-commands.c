// What can be done to Wi-Fi interfaces.
#include "commands.h"
#include "wlan-constants.h"
#include <stdio.h>
#include <stdlib.h>

enum { ACM = WLAN_NOTIFICATION_SOURCE_ACM, MSM = WLAN_NOTIFICATION_SOURCE_MSM };

/** A veth that Wine knows: by its name, which is its FriendlyName. */
static BOOL real_adapter(const char *name, GUID *guid) {
  ULONG size = 64 * 1024;
  IP_ADAPTER_ADDRESSES *all = malloc(size);
  WCHAR wide[NAME];
  lab_widen(name, wide, NAME);
  BOOL found = FALSE;
  DWORD newest = 0; // Wine goes on showing one of that name that was removed
  if (GetAdaptersAddresses(AF_UNSPEC, GAA_FLAG_SKIP_ANYCAST, NULL, all, &size) == NO_ERROR) {
    for (IP_ADAPTER_ADDRESSES *each = all; each != NULL; each = each->Next) {
      if (wcscmp(each->FriendlyName, wide) != 0 || each->IfIndex < newest) continue;
      newest = each->IfIndex;
      found = ConvertInterfaceLuidToGuid(&each->Luid, guid) == NO_ERROR;
    }
  }
  free(all);
  return found;
}

static Station *named(World *world, const Words *words, int place, Text *answer) {
  for (int i = 0; i < world->stations; i++) {
    if (strcmp(world->station[i].adapter, words_at(words, place)) == 0) return &world->station[i];
  }
  refuse(answer, "no Wi-Fi interface %s", words_at(words, place));
  return NULL;
}

static BOOL add(World *world, const Words *words, Text *answer) {
  Station made = {.radio = TRUE};
  if (!take_name(answer, words_at(words, 2), made.adapter)) return FALSE;
  const Adapter *adapter = lab_adapter(world, made.adapter);
  if (adapter != NULL) made.guid = adapter->guid;
  else if (!real_adapter(made.adapter, &made.guid)) return refuse(answer, "no adapter %s", made.adapter);
  if (world->stations == STATIONS) return refuse(answer, "no room for another Wi-Fi interface");
  if (lab_station(world, &made.guid) != NULL) return refuse(answer, "%s has a Wi-Fi interface already", made.adapter);
  snprintf(made.address, NAME, "%s", words_option(words, "address", "10.77.0.2/24"));
  snprintf(made.gateway, NAME, "%s", words_option(words, "gateway", "10.77.0.1"));
  snprintf(made.server, NAME, "%s", words_option(words, "dns", "10.77.0.1"));
  world->station[world->stations++] = made;
  lab_wlan_emit(world, &made, ACM, wlan_notification_acm_interface_arrival, REASON_SUCCESS);
  return TRUE;
}

static BOOL remove_station(World *world, const Words *words, Text *answer) {
  Station *station = named(world, words, 2, answer);
  if (station == NULL) return FALSE;
  lab_remove_station(world, station);
  return TRUE;
}

static BOOL set_radio(World *world, const Words *words, Text *answer) {
  Station *station = named(world, words, 2, answer);
  if (station == NULL) return FALSE;
  station->radio = words_yes(words_at(words, 3));
  station->next[0] = 0;
  if (!station->radio) lab_lose(world, station, REASON_DRIVER_DISCONNECTED);
  lab_wlan_emit(world, station, MSM, wlan_notification_msm_radio_state_change, station->radio ? dot11_radio_state_on : dot11_radio_state_off);
  return TRUE;
}

static BOOL connect_station(World *world, const Words *words, Text *answer) {
  Station *station = named(world, words, 1, answer);
  if (station == NULL) return FALSE;
  const char *profile = words_at(words, 2);
  if (lab_profile(world, &station->guid, profile) == NULL) return refuse(answer, "%s has no profile %s", station->adapter, profile);
  lab_connect(world, station, profile, NULL);
  return TRUE;
}

static BOOL disconnect_station(World *world, const Words *words, Text *answer) {
  Station *station = named(world, words, 1, answer);
  if (station == NULL) return FALSE;
  station->next[0] = 0;
  lab_disconnect(world, station);
  return TRUE;
}

static BOOL drop(World *world, const Words *words, Text *answer) {
  Station *station = named(world, words, 1, answer);
  if (station == NULL) return FALSE;
  if (station->phase != Connected) return refuse(answer, "%s is not connected", station->adapter);
  lab_lose(world, station, (DWORD)words_number(words_option(words, "reason", ""), REASON_DRIVER_DISCONNECTED));
  return TRUE;
}

static BOOL roam(World *world, const Words *words, Text *answer) {
  Station *station = named(world, words, 1, answer);
  if (station == NULL) return FALSE;
  if (station->phase != Connected) return refuse(answer, "%s is not connected", station->adapter);
  unsigned byte[6];
  if (sscanf(words_at(words, 2), "%2x:%2x:%2x:%2x:%2x:%2x", &byte[0], &byte[1], &byte[2], &byte[3], &byte[4], &byte[5]) != 6)
    return refuse(answer, "no BSSID: %s", words_at(words, 2));
  lab_wlan_emit(world, station, MSM, wlan_notification_msm_roaming_start, REASON_SUCCESS);
  for (int i = 0; i < 6; i++) station->bssid[i] = (BYTE)byte[i];
  lab_wlan_emit(world, station, MSM, wlan_notification_msm_roaming_end, REASON_SUCCESS);
  return TRUE;
}

static BOOL set_failure(World *world, const Words *words, Text *answer) {
  static const DWORD reasons[] = {REASON_PSK_MISMATCH_SUSPECTED, REASON_NETWORK_NOT_AVAILABLE, REASON_ASSOCIATION_FAILURE, REASON_ASSOCIATION_TIMEOUT};
  Station *station = named(world, words, 1, answer);
  if (station == NULL) return FALSE;
  int reason = words_choice(words_at(words, 2), "wrong-key|not-available|association|timeout");
  long number = reason >= 0 ? (long)reasons[reason] : words_number(words_at(words, 2), 0);
  if (number == 0) return refuse(answer, "no reason: %s", words_at(words, 2));
  station->failure = (DWORD)number;
  station->failures = (DWORD)words_number(words_option(words, "times", "1"), 1);
  return TRUE;
}

static BOOL set_held(World *world, const Words *words, Text *answer) {
  Station *station = named(world, words, 1, answer);
  if (station == NULL) return FALSE;
  station->held = strcmp(words_at(words, 0), "hold") == 0;
  return TRUE;
}

static BOOL fail_scan(World *world, const Words *words, Text *answer) {
  Station *station = named(world, words, 2, answer);
  if (station == NULL) return FALSE;
  station->scan_fails = TRUE;
  return TRUE;
}

static BOOL set_delay(World *world, const Words *words, Text *answer) {
  DWORD *delays[] = {&world->delay.associate, &world->delay.address, &world->delay.disconnect, &world->delay.scan};
  int which = words_choice(words_at(words, 1), "associate|address|disconnect|scan");
  long delay = words_number(words_at(words, 2), -1);
  if (which < 0 || delay < 0) return refuse(answer, "delay associate|address|disconnect|scan MS");
  *delays[which] = (DWORD)delay;
  return TRUE;
}

const CommandRow station_commands[] = {
  {"wifi add", "|address|gateway|dns|", add},
  {"wifi remove", "", remove_station},
  {"wifi radio", "", set_radio},
  {"connect", "", connect_station},
  {"disconnect", "", disconnect_station},
  {"drop", "|reason|", drop},
  {"roam", "", roam},
  {"fail", "|times|", set_failure},
  {"hold", "", set_held},
  {"release", "", set_held},
  {"scan fail", "", fail_scan},
  {"delay", "", set_delay},
  {NULL, NULL, NULL},
};

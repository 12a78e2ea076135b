// Wi-Fi interfaces and their connections, with the notifications of WLAN AutoConfig. Time passes in lab_advance.
#include "wlan-constants.h"
#include "world.h"

enum { ACM = WLAN_NOTIFICATION_SOURCE_ACM, MSM = WLAN_NOTIFICATION_SOURCE_MSM };
enum { AUTHENTICATION = 5 }; // milliseconds

Station *lab_station(World *world, const GUID *guid) {
  for (int i = 0; i < world->stations; i++) {
    if (lab_same_guid(&world->station[i].guid, guid)) return &world->station[i];
  }
  return NULL;
}

Profile *lab_profile(World *world, const GUID *station, const char *name) {
  for (int i = 0; i < world->profiles; i++) {
    Profile *profile = &world->profile[i];
    if (lab_same_guid(&profile->station, station) && strcmp(profile->name, name) == 0) return profile;
  }
  return NULL;
}

Profile *lab_profile_in_use(World *world, Station *station) {
  BOOL temporary = station->temporary.name[0] != 0 && strcmp(station->temporary.name, station->profile) == 0;
  return temporary ? &station->temporary : lab_profile(world, &station->guid, station->profile);
}

/** A profile for WPA3 in transition joins WPA2, too. */
BOOL lab_fits(const Profile *profile, Security security) {
  return profile->security == security || (profile->transition && profile->security == Wpa3 && security == Wpa2);
}

AccessPoint *lab_best_of(World *world, const char *ssid, Security security) {
  AccessPoint *best = NULL;
  for (int i = 0; i < world->access_points; i++) {
    AccessPoint *each = &world->access_point[i];
    if (strcmp(each->ssid, ssid) == 0 && each->security == security && (best == NULL || each->signal > best->signal)) best = each;
  }
  return best;
}

/** The access point that a connection is made to: the strongest that the profile fits. */
static AccessPoint *target_of(World *world, Station *station, DWORD *reason) {
  const Profile *profile = lab_profile_in_use(world, station);
  AccessPoint *best = NULL;
  *reason = REASON_NETWORK_NOT_AVAILABLE;
  for (int i = 0; i < world->access_points; i++) {
    AccessPoint *each = &world->access_point[i];
    if (strcmp(each->ssid, station->ssid) != 0) continue;
    if (profile == NULL || !lab_fits(profile, each->security)) *reason = REASON_NETWORK_NOT_COMPATIBLE;
    else if (best == NULL || each->signal > best->signal) best = each;
  }
  return best;
}

AccessPoint *lab_best_access_point(World *world, const char *ssid) {
  AccessPoint *best = NULL;
  for (int i = 0; i < world->access_points; i++) {
    AccessPoint *each = &world->access_point[i];
    if (strcmp(each->ssid, ssid) == 0 && (best == NULL || each->signal > best->signal)) best = each;
  }
  return best;
}

void lab_wlan_emit(World *world, Station *station, DWORD source, DWORD code, DWORD value) {
  Event event = {.happening = WlanHappened, .source = source, .code = code, .station = station->guid, .value = value};
  const Profile *profile = lab_profile_in_use(world, station);
  strcpy(event.profile, station->profile);
  strcpy(event.ssid, station->ssid);
  event.secure = profile != NULL && profile->security != Open;
  event.temporary = profile == &station->temporary;
  lab_emit(world, &event);
}

/** Does what DHCP does when a link is up. A real adapter gets its address from outside. */
static void give_address(World *world, Station *station) {
  station->address_comes = 0;
  Adapter *adapter = lab_adapter_by_guid(world, &station->guid);
  if (adapter == NULL) return;
  Address *address = &adapter->address[0];
  adapter->addresses = lab_parse_address(station->address, &address->address, &address->prefix) ? 1 : 0;
  adapter->gateways = lab_parse_address(station->gateway, &adapter->gateway[0], NULL) ? 1 : 0;
  adapter->servers = lab_parse_address(station->server, &adapter->server[0], NULL) ? 1 : 0;
  address->since = lab_time();
  Event event = {.happening = TablesChanged};
  lab_emit(world, &event);
}

static void link_down(World *world, Station *station) {
  station->address_comes = station->phase_ends = 0;
  Adapter *adapter = lab_adapter_by_guid(world, &station->guid);
  if (adapter == NULL) return;
  adapter->addresses = adapter->gateways = adapter->servers = 0;
  lab_set_plugged(world, adapter, FALSE);
}

static void start(World *world, Station *station, const char *name) {
  strcpy(station->profile, name);
  station->temporary = station->next_temporary;
  const Profile *profile = lab_profile_in_use(world, station);
  strcpy(station->ssid, profile == NULL ? name : profile->ssid);
  station->next[0] = 0;
  station->phase = Associating;
  station->phase_ends = lab_now() + world->delay.associate;
  lab_wlan_emit(world, station, ACM, wlan_notification_acm_connection_start, REASON_SUCCESS);
  lab_wlan_emit(world, station, MSM, wlan_notification_msm_associating, REASON_SUCCESS);
}

static void start_next(World *world, Station *station) {
  Name next;
  strcpy(next, station->next);
  if (next[0] != 0) start(world, station, next);
}

/** A profile that is not stored is forgotten with its connection. */
static void forget_connection(Station *station) {
  station->profile[0] = station->ssid[0] = 0;
  memset(&station->temporary, 0, sizeof station->temporary);
}

/** A failed attempt is notified twice: as a failed attempt, and as a complete connection, both with the reason. */
static void fail(World *world, Station *station, DWORD reason) {
  station->phase = Disconnected;
  station->phase_ends = 0;
  lab_wlan_emit(world, station, ACM, wlan_notification_acm_connection_attempt_fail, reason);
  lab_wlan_emit(world, station, ACM, wlan_notification_acm_connection_complete, reason);
  forget_connection(station);
  start_next(world, station);
}

static void gone(World *world, Station *station, DWORD reason) {
  station->phase = Disconnected;
  link_down(world, station);
  lab_wlan_emit(world, station, MSM, wlan_notification_msm_disconnected, reason);
  lab_wlan_emit(world, station, ACM, wlan_notification_acm_disconnected, reason);
  forget_connection(station);
  start_next(world, station);
}

void lab_lose(World *world, Station *station, DWORD reason) {
  if (station->phase == Connected) gone(world, station, reason);
  else if (station->phase == Disconnecting) gone(world, station, REASON_SUCCESS);
  else if (station->phase != Disconnected) fail(world, station, reason);
}

void lab_stop_stations(World *world) {
  for (int i = 0; i < world->stations; i++) {
    Station *station = &world->station[i];
    station->phase = Disconnected;
    forget_connection(station);
    station->next[0] = 0;
    station->scan_ends = 0;
    link_down(world, station);
  }
}

void lab_disconnect(World *world, Station *station) {
  if (station->phase == Connected) {
    station->phase = Disconnecting;
    station->phase_ends = lab_now() + world->delay.disconnect;
    lab_wlan_emit(world, station, ACM, wlan_notification_acm_disconnecting, REASON_SUCCESS);
  } else if (station->phase == Associating || station->phase == Authenticating) {
    fail(world, station, REASON_USER_CANCELLED);
  }
}

/** Two profiles of one interface exclude each other: what there is goes first. */
void lab_connect(World *world, Station *station, const char *profile, const Profile *temporary) {
  if (temporary != NULL) station->next_temporary = *temporary;
  else memset(&station->next_temporary, 0, sizeof station->next_temporary);
  if (station->phase == Disconnected) return start(world, station, profile);
  strcpy(station->next, profile);
  lab_disconnect(world, station);
}

DWORD lab_store_profile(World *world, Station *station, const Profile *profile, BOOL overwrite) {
  if (world->storing > (profile->own ? ForOneself : ForEverybody)) return ERROR_ACCESS_DENIED;
  Profile *there = lab_profile(world, &station->guid, profile->name);
  if (there != NULL && !overwrite) return ERROR_ALREADY_EXISTS;
  if (there == NULL && world->profiles == PROFILES) return ERROR_NOT_ENOUGH_MEMORY;
  if (there == NULL) there = &world->profile[world->profiles++];
  *there = *profile;
  there->station = station->guid;
  lab_wlan_emit(world, station, ACM, wlan_notification_acm_profile_change, REASON_SUCCESS);
  return ERROR_SUCCESS;
}

DWORD lab_delete_profile(World *world, Station *station, const char *name) {
  Profile *profile = lab_profile(world, &station->guid, name);
  if (profile == NULL) return ERROR_NOT_FOUND;
  if (world->storing > (profile->own ? ForOneself : ForEverybody)) return ERROR_ACCESS_DENIED;
  if (strcmp(station->profile, name) == 0) lab_disconnect(world, station);
  for (Profile *last = &world->profile[--world->profiles]; profile < last; profile++) *profile = profile[1];
  lab_wlan_emit(world, station, ACM, wlan_notification_acm_profile_change, REASON_SUCCESS);
  return ERROR_SUCCESS;
}

void lab_scan(World *world, Station *station) {
  station->scan_ends = lab_now() + world->delay.scan;
}

void lab_remove_station(World *world, Station *station) {
  station->next[0] = 0;
  lab_lose(world, station, REASON_DRIVER_DISCONNECTED);
  lab_wlan_emit(world, station, ACM, wlan_notification_acm_interface_removal, REASON_SUCCESS);
  for (int i = world->profiles - 1; i >= 0; i--) {
    if (lab_same_guid(&world->profile[i].station, &station->guid)) world->profile[i] = world->profile[--world->profiles];
  }
  *station = world->station[--world->stations];
}

static void associated(World *world, Station *station) {
  DWORD reason;
  const AccessPoint *point = target_of(world, station, &reason);
  if (station->failures > 0) {
    station->failures--;
    return fail(world, station, station->failure);
  }
  if (point == NULL) return fail(world, station, reason);
  memcpy(station->bssid, point->bssid, sizeof station->bssid);
  station->phase = Authenticating;
  station->phase_ends = lab_now() + AUTHENTICATION;
  lab_wlan_emit(world, station, MSM, wlan_notification_msm_associated, REASON_SUCCESS);
  lab_wlan_emit(world, station, MSM, wlan_notification_msm_authenticating, REASON_SUCCESS);
}

static void authenticated(World *world, Station *station) {
  DWORD reason;
  const AccessPoint *point = target_of(world, station, &reason);
  const Profile *profile = lab_profile_in_use(world, station);
  if (point == NULL || profile == NULL) return fail(world, station, reason);
  BOOL has_key = point->security != Open && point->security != Owe;
  // Windows asks the person at the screen for a key that is missing, and here there is none.
  if (has_key && profile->key[0] == 0) return fail(world, station, REASON_USER_NOT_RESPOND);
  if (has_key && strcmp(profile->key, point->key) != 0) return fail(world, station, REASON_PSK_MISMATCH_SUSPECTED);
  station->phase = Connected;
  station->phase_ends = 0;
  station->address_comes = lab_now() + world->delay.address;
  Adapter *adapter = lab_adapter_by_guid(world, &station->guid);
  if (adapter != NULL) lab_set_plugged(world, adapter, TRUE);
  lab_wlan_emit(world, station, MSM, wlan_notification_msm_connected, REASON_SUCCESS);
  lab_wlan_emit(world, station, ACM, wlan_notification_acm_connection_complete, REASON_SUCCESS);
}

static void scanned(World *world, Station *station) {
  station->scan_ends = 0;
  DWORD code = station->scan_fails ? wlan_notification_acm_scan_fail : wlan_notification_acm_scan_complete;
  lab_wlan_emit(world, station, ACM, code, station->scan_fails ? REASON_ASSOCIATION_FAILURE : REASON_SUCCESS);
  for (int i = 0; !station->scan_fails && i < world->access_points; i++) world->access_point[i].unseen = FALSE;
  if (!station->scan_fails) lab_wlan_emit(world, station, ACM, wlan_notification_acm_scan_list_refresh, REASON_SUCCESS);
  station->scan_fails = FALSE;
}

static void phase_over(World *world, Station *station) {
  if (station->phase == Disconnecting) gone(world, station, REASON_SUCCESS);
  else if (station->phase == Associating) associated(world, station);
  else if (station->phase == Authenticating) authenticated(world, station);
}

static BOOL is_due(ULONG64 when, ULONG64 now) {
  return when != 0 && when <= now;
}

/** A held attempt waits where it is, its time notwithstanding. */
static ULONG64 phase_end(const Station *station) {
  return station->held && station->phase == Associating ? 0 : station->phase_ends;
}

static void sooner(ULONG64 *next, ULONG64 when) {
  if (when != 0 && (*next == 0 || when < *next)) *next = when;
}

ULONG64 lab_advance(World *world) {
  ULONG64 now = lab_now(), next = 0;
  for (int i = 0; i < world->stations; i++) {
    Station *station = &world->station[i];
    if (is_due(phase_end(station), now)) phase_over(world, station);
    if (is_due(station->address_comes, now)) give_address(world, station);
    if (is_due(station->scan_ends, now)) scanned(world, station);
    sooner(&next, phase_end(station));
    sooner(&next, station->address_comes);
    sooner(&next, station->scan_ends);
  }
  return next;
}

// Handles, memory, and who hears what.
#include "wlan.h"
#include <stdlib.h>

enum { HANDLES = 64, FIRST = 0x1000, VERSION = 2 };

static SRWLOCK lock = SRWLOCK_INIT;
static struct { BOOL open; DWORD starts, source; Registration *registration; } client[HANDLES];

static int place_of(HANDLE handle) {
  UINT_PTR place = (UINT_PTR)handle - FIRST;
  return place < HANDLES && client[place].open ? (int)place : -1;
}

static BOOL is_open(HANDLE handle) {
  AcquireSRWLockShared(&lock);
  BOOL known = place_of(handle) >= 0;
  ReleaseSRWLockShared(&lock);
  return known;
}

/** A service that has stopped answers nothing, and once it runs again it does not know the handles of before. */
DWORD wlan_check(HANDLE handle) {
  if (!is_open(handle)) return ERROR_INVALID_HANDLE;
  if (!lab_look()->service) return ERROR_SERVICE_NOT_ACTIVE;
  return client[place_of(handle)].starts == lab_look()->service_starts ? ERROR_SUCCESS : ERROR_INVALID_HANDLE;
}

void *wlan_allocate(size_t size) {
  lab_hold(Memory, 1);
  return calloc(1, size);
}

VOID WINAPI WlanFreeMemory(PVOID memory) {
  COUNT();
  if (memory == NULL) return;
  lab_hold(Memory, -1);
  free(memory);
}

Station *wlan_begin(World **world, HANDLE handle, const GUID *guid, const void *reserved, DWORD *result) {
  *result = guid == NULL || reserved != NULL ? ERROR_INVALID_PARAMETER : wlan_check(handle);
  if (*result != ERROR_SUCCESS) return NULL;
  *world = lab_take();
  Station *station = lab_station(*world, guid);
  if (station != NULL) return station;
  lab_give();
  *result = ERROR_NOT_FOUND;
  return NULL;
}

/** What a notification points at. */
typedef union {
  WLAN_CONNECTION_NOTIFICATION_DATA connection;
  WLAN_MSM_NOTIFICATION_DATA msm;
  WLAN_PHY_RADIO_STATE radio;
  DWORD number;
} Data;

static DWORD fill_connection(const Event *event, Data *data) {
  data->connection.wlanConnectionMode = event->temporary ? wlan_connection_mode_temporary_profile : wlan_connection_mode_profile;
  lab_widen(event->profile, data->connection.strProfileName, WLAN_MAX_NAME_LENGTH);
  wlan_ssid(event->ssid, &data->connection.dot11Ssid);
  data->connection.dot11BssType = dot11_BSS_type_infrastructure;
  data->connection.bSecurityEnabled = event->secure;
  data->connection.wlanReasonCode = event->value;
  return sizeof data->connection;
}

static DWORD fill_msm(const Event *event, Data *data) {
  data->msm.wlanConnectionMode = event->temporary ? wlan_connection_mode_temporary_profile : wlan_connection_mode_profile;
  lab_widen(event->profile, data->msm.strProfileName, WLAN_MAX_NAME_LENGTH);
  wlan_ssid(event->ssid, &data->msm.dot11Ssid);
  data->msm.dot11BssType = dot11_BSS_type_infrastructure;
  data->msm.bSecurityEnabled = event->secure;
  data->msm.wlanReasonCode = event->value;
  return sizeof data->msm;
}

/** How much there is at pData, by WLAN_NOTIFICATION_DATA's documentation. */
static DWORD fill(const Event *event, Data *data) {
  memset(data, 0, sizeof *data);
  if (event->source == WLAN_NOTIFICATION_SOURCE_MSM) {
    if (event->code == wlan_notification_msm_radio_state_change) {
      data->radio.dot11SoftwareRadioState = data->radio.dot11HardwareRadioState = event->value;
      return sizeof data->radio;
    }
    data->number = event->value;
    return event->code == wlan_notification_msm_signal_quality_change ? sizeof data->number : fill_msm(event, data);
  }
  switch (event->code) {
    case wlan_notification_acm_connection_start:
    case wlan_notification_acm_connection_complete:
    case wlan_notification_acm_connection_attempt_fail:
    case wlan_notification_acm_disconnecting:
    case wlan_notification_acm_disconnected:
      return fill_connection(event, data);
    case wlan_notification_acm_scan_fail:
      data->number = event->value;
      return sizeof data->number;
    default:
      return 0;
  }
}

static void deliver(Kind kind, void *callback, void *context, ULONG filter, const void *what) {
  (void)kind, (void)filter;
  const Event *event = what;
  Data data;
  DWORD size = fill(event, &data);
  WLAN_NOTIFICATION_DATA notification = {
    .NotificationSource = event->source,
    .NotificationCode = event->code,
    .InterfaceGuid = event->station,
    .dwDataSize = size,
    .pData = size == 0 ? NULL : &data,
  };
  ((WLAN_NOTIFICATION_CALLBACK)callback)(&notification, context);
}

/** A stopped service has forgotten whom it should tell. */
static void forget_lost(void) {
  for (int i = 0; i < HANDLES; i++) {
    AcquireSRWLockExclusive(&lock);
    BOOL lost = client[i].open && client[i].starts != lab_look()->service_starts;
    Registration *registration = lost ? client[i].registration : NULL;
    if (lost) client[i].registration = NULL;
    ReleaseSRWLockExclusive(&lock);
    if (registration != NULL) lab_cancel(registration);
  }
}

static void hear(const Event *event) {
  if (event->happening == WlanStopped) forget_lost();
  if (event->happening == WlanHappened) lab_notify(OfWlan, event->source, event->number, deliver, event);
}

/** A quality that changes all the time. */
static void storm_of_signals(void) {
  static volatile LONG quality;
  const World *world = lab_look();
  Event event = {
    .happening = WlanHappened,
    .source = WLAN_NOTIFICATION_SOURCE_MSM,
    .code = wlan_notification_msm_signal_quality_change,
    .station = world->stations > 0 ? world->station[0].guid : (GUID){0},
    .value = (DWORD)(InterlockedIncrement(&quality) % 101),
  };
  lab_notify(OfWlan, event.source, 0, deliver, &event);
}

static BOOL CALLBACK begin(INIT_ONCE *unused, void *parameter, void **context) {
  (void)unused, (void)parameter, (void)context;
  lab_listen(hear);
  lab_storm_kind("signal", storm_of_signals);
  return TRUE;
}

DWORD WINAPI WlanOpenHandle(DWORD version, PVOID reserved, PDWORD negotiated, PHANDLE handle) {
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  COUNT();
  if (version == 0 || reserved != NULL || negotiated == NULL || handle == NULL) return ERROR_INVALID_PARAMETER;
  if (!lab_look()->service) return ERROR_SERVICE_NOT_ACTIVE;
  InitOnceExecuteOnce(&once, begin, NULL, NULL);
  AcquireSRWLockExclusive(&lock);
  int place = 0;
  while (place < HANDLES && client[place].open) place++;
  if (place < HANDLES) {
    client[place].open = TRUE;
    client[place].starts = lab_look()->service_starts;
    client[place].source = 0;
  }
  ReleaseSRWLockExclusive(&lock);
  if (place == HANDLES) return ERROR_REMOTE_SESSION_LIMIT_EXCEEDED;
  lab_hold(Handles, 1);
  *negotiated = VERSION;
  *handle = (HANDLE)(UINT_PTR)(FIRST + place);
  return ERROR_SUCCESS;
}

/** Takes a client's registration away, and waits for its callbacks: not under the lock, which they may want. */
static void forget(HANDLE handle, BOOL close) {
  AcquireSRWLockExclusive(&lock);
  int place = place_of(handle);
  Registration *registration = place < 0 ? NULL : client[place].registration;
  if (place >= 0) client[place].registration = NULL, client[place].source = 0;
  if (place >= 0 && close) client[place].open = FALSE;
  ReleaseSRWLockExclusive(&lock);
  if (registration != NULL) lab_cancel(registration);
}

DWORD WINAPI WlanCloseHandle(HANDLE handle, PVOID reserved) {
  COUNT();
  if (reserved != NULL) return ERROR_INVALID_PARAMETER;
  if (!is_open(handle)) return ERROR_INVALID_HANDLE;
  forget(handle, TRUE); // also one that the service does not know any more
  lab_hold(Handles, -1);
  return ERROR_SUCCESS;
}

/** One registration for each handle: another takes its place. */
DWORD WINAPI WlanRegisterNotification(HANDLE handle, DWORD source, BOOL ignore_duplicate, WLAN_NOTIFICATION_CALLBACK callback,
                                      PVOID context, PVOID reserved, PDWORD previous) {
  COUNT();
  (void)ignore_duplicate;
  if (reserved != NULL) return ERROR_INVALID_PARAMETER;
  DWORD checked = wlan_check(handle);
  if (checked != ERROR_SUCCESS) return checked;
  if (source != 0 && lab_look()->manner[OfWlan] == Refuse) return ERROR_NOT_SUPPORTED;
  DWORD before = client[place_of(handle)].source;
  forget(handle, FALSE);
  if (previous != NULL) *previous = before;
  if (source == WLAN_NOTIFICATION_SOURCE_NONE || callback == NULL) return ERROR_SUCCESS;
  Registration *registration = lab_register(OfWlan, source, callback, context);
  AcquireSRWLockExclusive(&lock);
  int place = place_of(handle);
  client[place].registration = registration;
  client[place].source = source;
  ReleaseSRWLockExclusive(&lock);
  return ERROR_SUCCESS;
}

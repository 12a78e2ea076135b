// What mingw-w64's wlanapi.h lacks: from Microsoft's documentation of WLAN_NOTIFICATION_ACM, WLAN_NOTIFICATION_MSM, WLAN_REASON_CODE.
#ifndef ROAMKIT_LAB_WLAN_CONSTANTS_H
#define ROAMKIT_LAB_WLAN_CONSTANTS_H
#include "world.h"
#include <wlanapi.h>

enum { wlan_notification_acm_scan_list_refresh = 26 };
enum { WLAN_AVAILABLE_NETWORK_CONNECTED = 1, WLAN_AVAILABLE_NETWORK_HAS_PROFILE = 2 };
enum { WLAN_READ_ACCESS = 0x20001, WLAN_EXECUTE_ACCESS = 0x20021, WLAN_WRITE_ACCESS = 0x70023 };
#define ERROR_NDIS_DOT11_POWER_STATE_INVALID 0x80342002ul
#define PHY_HT ((DOT11_PHY_TYPE)7) // dot11_phy_type_ht

enum {
  wlan_notification_msm_associating = 1,
  wlan_notification_msm_associated,
  wlan_notification_msm_authenticating,
  wlan_notification_msm_connected,
  wlan_notification_msm_roaming_start,
  wlan_notification_msm_roaming_end,
  wlan_notification_msm_radio_state_change,
  wlan_notification_msm_signal_quality_change,
  wlan_notification_msm_disassociating,
  wlan_notification_msm_disconnected,
};

enum {
  REASON_SUCCESS = 0,
  REASON_NETWORK_NOT_COMPATIBLE = 0x20001,
  REASON_NETWORK_NOT_AVAILABLE = 0x2800B,
  REASON_USER_NOT_RESPOND = 0x2800E,
  REASON_USER_CANCELLED = 0x38001,
  REASON_ASSOCIATION_FAILURE = 0x38002,
  REASON_ASSOCIATION_TIMEOUT = 0x38003,
  REASON_DRIVER_DISCONNECTED = 0x3800B,
  REASON_PSK_MISMATCH_SUSPECTED = 0x48014,
};
#endif

// wlanapi.dll: WLAN AutoConfig as far as a client that connects, scans and watches needs it.
#ifndef ROAMKIT_LAB_WLAN_H
#define ROAMKIT_LAB_WLAN_H
#include "wlan-constants.h"

/** Adds to a function's result: 0 when the handle is one of ours, else ERROR_INVALID_HANDLE. */
DWORD wlan_check(HANDLE handle);
void *wlan_allocate(size_t size); // freed by WlanFreeMemory

// queries.c
WLAN_INTERFACE_STATE wlan_state(const Station *station);

// security.c
DOT11_AUTH_ALGORITHM wlan_auth(Security security);
DOT11_CIPHER_ALGORITHM wlan_cipher(Security security);
void wlan_ssid(const char *bytes, DOT11_SSID *ssid);

// profile-xml.c
void wlan_write_profile(const Profile *profile, char *xml, size_t size); // without the key
BOOL wlan_read_profile(LPCWSTR xml, Profile *made); // with the key; FALSE: it is not valid

/** Begins a call of an interface: the world is held when it returns a station, and `*result` says why it does not. */
Station *wlan_begin(World **world, HANDLE handle, const GUID *guid, const void *reserved, DWORD *result);
#endif

// How this lab's words for security are called by 802.11.
#include "wlan.h"

enum { AUTH_WPA3_SAE = 9, AUTH_OWE = 10 }; // of DOT11_AUTH_ALGORITHM, which mingw-w64 lacks

DOT11_AUTH_ALGORITHM wlan_auth(Security security) {
  switch (security) {
    case Wpa3: return (DOT11_AUTH_ALGORITHM)AUTH_WPA3_SAE;
    case Wpa2: return DOT11_AUTH_ALGO_RSNA_PSK;
    case Owe: return (DOT11_AUTH_ALGORITHM)AUTH_OWE;
    case Enterprise: return DOT11_AUTH_ALGO_RSNA;
    default: return DOT11_AUTH_ALGO_80211_OPEN;
  }
}

DOT11_CIPHER_ALGORITHM wlan_cipher(Security security) {
  switch (security) {
    case Wpa3:
    case Wpa2:
    case Owe:
    case Enterprise: return DOT11_CIPHER_ALGO_CCMP;
    case Wep: return DOT11_CIPHER_ALGO_WEP;
    default: return DOT11_CIPHER_ALGO_NONE;
  }
}

void wlan_ssid(const char *bytes, DOT11_SSID *ssid) {
  memset(ssid, 0, sizeof *ssid);
  ssid->uSSIDLength = (ULONG)strlen(bytes);
  memcpy(ssid->ucSSID, bytes, ssid->uSSIDLength);
}

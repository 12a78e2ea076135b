// Profiles as XML, by the WLANProfile schema.
#include "wlan.h"
#include <stdio.h>
#include <stdlib.h>

enum { LONGEST = 8192, PASSPHRASE_LEAST = 8, PASSPHRASE_MOST = 63, NETWORK_KEY = 64 };

/** By Security. */
static const char *const auths[] = {"open", "open", "WPA2PSK", "WPA3SAE", "OWE", "WPA2"};
static const char *const ciphers[] = {"none", "WEP", "AES", "AES", "AES", "AES"};

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

void wlan_write_profile(const Profile *profile, char *xml, size_t size) {
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
           "<useOneX>%s</useOneX></authEncryption></security></MSM>\r\n"
           "</WLANProfile>\r\n",
           name, hex, ssid, profile->automatic ? "auto" : "manual", auths[profile->security], ciphers[profile->security],
           profile->security == Enterprise ? "true" : "false");
}

/** The text of the first element of that name, its entities resolved. FALSE: there is none, or it is too long. */
static BOOL text_of(const char *xml, const char *name, char *text, size_t size) {
  char tag[64];
  size_t length = 0;
  snprintf(tag, sizeof tag, "<%s", name);
  const char *at = strstr(xml, tag);
  while (at != NULL && at[strlen(tag)] != '>' && at[strlen(tag)] != ' ') at = strstr(at + 1, tag);
  at = at == NULL ? NULL : strchr(at, '>');
  if (at == NULL) return FALSE;
  static const struct { const char *name, letter; } entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  for (at++; *at != '<' && *at != 0; at++) {
    if (length + 1 == size) return FALSE;
    text[length] = *at;
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
      size_t letters = strlen(entities[i].name);
      if (strncmp(at, entities[i].name, letters) != 0) continue;
      text[length] = entities[i].letter;
      at += letters - 1;
      break;
    }
    length++;
  }
  text[length] = 0;
  return *at == '<';
}

static BOOL read_ssid(const char *xml, Name ssid) {
  char hex[2 * 32 + 1];
  if (!text_of(xml, "hex", hex, sizeof hex) || hex[0] == 0 || strlen(hex) % 2 != 0) return FALSE;
  for (size_t i = 0; hex[2 * i] != 0; i++) {
    unsigned byte;
    if (sscanf(hex + 2 * i, "%2x", &byte) != 1) return FALSE;
    ssid[i] = (char)byte;
    ssid[i + 1] = 0;
  }
  return TRUE;
}

/** By 802.11i, and by the documentation of keyMaterial. A profile without a key is one, too. */
static BOOL read_key(const char *xml, Profile *made) {
  char type[16], secret[8], *key = made->key;
  if (strstr(xml, "<sharedKey>") == NULL) return TRUE;
  if (!text_of(xml, "keyType", type, sizeof type) || !text_of(xml, "protected", secret, sizeof secret)) return FALSE;
  if (strcmp(secret, "false") != 0 || !text_of(xml, "keyMaterial", key, NAME)) return FALSE;
  size_t length = strlen(key);
  for (size_t i = 0; i < length; i++) {
    if (key[i] < 32 || key[i] > 126) return FALSE;
  }
  if (made->security == Wep) return strcmp(type, "networkKey") == 0 && (length == 5 || length == 10 || length == 13 || length == 26);
  if (strcmp(type, "networkKey") == 0) return made->security == Wpa2 && length == NETWORK_KEY;
  return strcmp(type, "passPhrase") == 0 && length >= PASSPHRASE_LEAST && length <= PASSPHRASE_MOST;
}

BOOL wlan_read_profile(LPCWSTR wide, Profile *made) {
  char *xml = malloc(LONGEST), auth[16], cipher[16], type[8], mode[8], transition[8];
  lab_narrow(wide, xml, LONGEST);
  memset(made, 0, sizeof *made);
  BOOL read = text_of(xml, "name", made->name, NAME) && made->name[0] != 0 && read_ssid(xml, made->ssid) &&
              text_of(xml, "connectionType", type, sizeof type) && strcmp(type, "ESS") == 0 &&
              text_of(xml, "authentication", auth, sizeof auth) && text_of(xml, "encryption", cipher, sizeof cipher);
  int security = 0, known = sizeof auths / sizeof *auths;
  while (read && security < known && (strcmp(auth, auths[security]) != 0 || strcmp(cipher, ciphers[security]) != 0)) security++;
  made->security = (Security)security;
  made->automatic = read && text_of(xml, "connectionMode", mode, sizeof mode) && strcmp(mode, "auto") == 0;
  made->transition = read && text_of(xml, "transitionMode", transition, sizeof transition) && strcmp(transition, "true") == 0;
  read = read && security < known && read_key(xml, made);
  free(xml);
  return read;
}

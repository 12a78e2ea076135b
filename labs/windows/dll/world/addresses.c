// Addresses, identifiers, times: from words, and from names.
#include "world.h"
#include <stdio.h>
#include <stdlib.h>

BOOL lab_parse_address(const char *text, SOCKADDR_INET *address, UINT8 *prefix) {
  char host[64];
  size_t length = strcspn(text, "/");
  if (length >= sizeof host) return FALSE;
  memcpy(host, text, length);
  host[length] = 0;
  memset(address, 0, sizeof *address);
  UINT8 most = 32;
  if (inet_pton(AF_INET, host, &address->Ipv4.sin_addr) == 1) {
    address->si_family = AF_INET;
  } else if (inet_pton(AF_INET6, host, &address->Ipv6.sin6_addr) == 1) {
    address->si_family = AF_INET6;
    most = 128;
  } else {
    return FALSE;
  }
  int given = text[length] == '/' ? atoi(text + length + 1) : most;
  if (given < 0 || given > most) return FALSE;
  if (prefix != NULL) *prefix = (UINT8)given;
  return TRUE;
}

void lab_format_address(const SOCKADDR_INET *address, char text[64]) {
  const void *bytes = address->si_family == AF_INET ? (const void *)&address->Ipv4.sin_addr : &address->Ipv6.sin6_addr;
  if (inet_ntop(address->si_family, bytes, text, 64) == NULL) text[0] = 0;
}

/** FNV-1a, twice: an identifier that is the same after every start, as Windows's own are. */
void lab_guid_of(const char *space, const char *name, GUID *guid) {
  unsigned long long half[2] = {0xcbf29ce484222325ull, 0x84222325cbf29ce4ull};
  for (int i = 0; i < 2; i++) {
    for (const char *at = space; *at != 0; at++) half[i] = (half[i] ^ (unsigned char)*at) * 0x100000001b3ull;
    half[i] = (half[i] ^ ':') * 0x100000001b3ull;
    for (const char *at = name; *at != 0; at++) half[i] = (half[i] ^ (unsigned char)*at) * 0x100000001b3ull;
  }
  memcpy(guid, half, sizeof *guid);
}

FILETIME lab_time(void) {
  FILETIME now;
  GetSystemTimeAsFileTime(&now);
  return now;
}

BOOL lab_same_guid(const GUID *one, const GUID *other) {
  return memcmp(one, other, sizeof *one) == 0;
}

void lab_widen(const char *utf8, WCHAR *wide, int size) {
  if (MultiByteToWideChar(CP_UTF8, 0, utf8, -1, wide, size) == 0) wide[size - 1] = 0;
}

void lab_narrow(const WCHAR *wide, char *utf8, int size) {
  if (WideCharToMultiByte(CP_UTF8, 0, wide, -1, utf8, size, NULL, NULL) == 0) utf8[size - 1] = 0;
}

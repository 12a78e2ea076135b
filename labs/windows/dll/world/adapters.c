// Scripted adapters: what labnet.dll adds to Wine's tables.
#include "commands.h"
#include "hooks.h"
#include <stdio.h>
#include <stdlib.h>

Adapter *lab_adapter(World *world, const char *name) {
  for (int i = 0; i < world->adapters; i++) {
    if (strcmp(world->adapter[i].name, name) == 0) return &world->adapter[i];
  }
  return NULL;
}

Adapter *lab_adapter_by_guid(World *world, const GUID *guid) {
  for (int i = 0; i < world->adapters; i++) {
    if (lab_same_guid(&world->adapter[i].guid, guid)) return &world->adapter[i];
  }
  return NULL;
}

BOOL lab_adapter_is_up(const Adapter *adapter) {
  return adapter->enabled && adapter->plugged;
}

static void tables_changed(World *world) {
  Event event = {.happening = TablesChanged};
  lab_emit(world, &event);
}

void lab_set_plugged(World *world, Adapter *adapter, BOOL plugged) {
  if (adapter->plugged == plugged) return;
  adapter->plugged = plugged;
  adapter->since = lab_time();
  tables_changed(world);
}

void lab_set_enabled(World *world, Adapter *adapter, BOOL enabled) {
  if (adapter->enabled == enabled) return;
  adapter->enabled = enabled;
  adapter->since = lab_time();
  tables_changed(world);
}

static BOOL parse_mac(const char *text, BYTE mac[6]) {
  unsigned byte[6];
  if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &byte[0], &byte[1], &byte[2], &byte[3], &byte[4], &byte[5]) != 6) return FALSE;
  for (int i = 0; i < 6; i++) mac[i] = (BYTE)byte[i];
  return TRUE;
}

static BOOL parse_guid(const char *text, GUID *guid) {
  WCHAR wide[64];
  lab_widen(text, wide, 64);
  return SUCCEEDED(CLSIDFromString(wide, guid));
}

/** The numbers of an adapter's type. */
typedef struct { const char *name; DWORD type, medium; BOOL hardware; } AdapterKind;

/** IF_TYPE_WWANPP is 243, which mingw-w64 does not have. */
static const AdapterKind kinds[] = {
  {"ethernet", IF_TYPE_ETHERNET_CSMACD, NdisPhysicalMedium802_3, TRUE},
  {"wifi", IF_TYPE_IEEE80211, NdisPhysicalMediumNative802_11, TRUE},
  {"loopback", IF_TYPE_SOFTWARE_LOOPBACK, NdisPhysicalMediumUnspecified, FALSE},
  {"tunnel", IF_TYPE_TUNNEL, NdisPhysicalMediumUnspecified, FALSE},
  {"virtual", IF_TYPE_PROP_VIRTUAL, NdisPhysicalMediumUnspecified, FALSE},
  {"cellular", 243, NdisPhysicalMediumWirelessWan, TRUE},
  {"bluetooth", IF_TYPE_ETHERNET_CSMACD, NdisPhysicalMediumBluetooth, FALSE},
  {"ppp", IF_TYPE_PPP, NdisPhysicalMediumUnspecified, FALSE},
};

static const AdapterKind *kind_of(const char *name) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
  }
  return NULL;
}

static BOOL add(World *world, const Words *words, Text *answer) {
  const AdapterKind *kind = kind_of(words_option(words, "type", "ethernet"));
  if (kind == NULL) return refuse(answer, "type: ethernet, wifi, loopback, tunnel, virtual, cellular, bluetooth or ppp");
  if (world->adapters == ADAPTERS) return refuse(answer, "no room for another adapter");
  Adapter made = {.type = kind->type, .medium = kind->medium, .enabled = TRUE};
  if (!take_name(answer, words_at(words, 2), made.name)) return FALSE;
  if (lab_adapter(world, made.name) != NULL) return refuse(answer, "there is an adapter %s already", made.name);
  // The interface of a connection has the GUID of its entry.
  lab_guid_of(kind->type == IF_TYPE_PPP ? "vpn" : "adapter", made.name, &made.guid);
  const char *guid = words_option(words, "guid", ""), *mac = words_option(words, "mac", "");
  if (*guid != 0 && !parse_guid(guid, &made.guid)) return refuse(answer, "no GUID: %s", guid);
  memcpy(made.mac, &made.guid, 6);
  made.mac[0] = 0x02;
  if (*mac != 0 && !parse_mac(mac, made.mac)) return refuse(answer, "no address: %s", mac);
  char usual[NAME + 16];
  snprintf(usual, sizeof usual, "Lab %.40s Adapter", made.name);
  if (!take_name(answer, words_option(words, "description", usual), made.description)) return FALSE;
  made.hardware = words_yes(words_option(words, "hardware", kind->hardware ? "yes" : "no"));
  made.dhcp = words_yes(words_option(words, "dhcp", "yes"));
  made.taken_over = words_yes(words_option(words, "takenover", "no"));
  made.index = world->next_index++;
  made.luid.Info.IfType = made.type;
  made.luid.Info.NetLuidIndex = made.index;
  made.speed = words_number(words_option(words, "speed", "1000000000"), 1000000000);
  made.since = lab_time();
  world->adapter[world->adapters++] = made;
  return tables_changed(world), TRUE;
}

static Adapter *named(World *world, const Words *words, Text *answer) {
  Adapter *adapter = lab_adapter(world, words_at(words, 2));
  if (adapter == NULL) refuse(answer, "no scripted adapter %s", words_at(words, 2));
  return adapter;
}

static BOOL remove_adapter(World *world, const Words *words, Text *answer) {
  Adapter *adapter = named(world, words, answer);
  if (adapter == NULL) return FALSE;
  hooks.on_adapter_removed(world, adapter);
  *adapter = world->adapter[--world->adapters];
  return tables_changed(world), TRUE;
}

static BOOL set_state(World *world, const Words *words, Text *answer) {
  Adapter *adapter = named(world, words, answer);
  if (adapter == NULL) return FALSE;
  int state = words_choice(words_at(words, 1), "down|up|disable|enable");
  if (state < 2) lab_set_plugged(world, adapter, state == 1);
  else lab_set_enabled(world, adapter, state == 3);
  return TRUE;
}

/** A card that is pulled out: Windows goes on showing it. */
static BOOL take_out(World *world, const Words *words, Text *answer) {
  Adapter *adapter = named(world, words, answer);
  if (adapter == NULL) return FALSE;
  adapter->taken_out = strcmp(words_at(words, 1), "takeout") == 0;
  adapter->enabled = adapter->plugged = !adapter->taken_out;
  return tables_changed(world), TRUE;
}

static BOOL set_address(World *world, const Words *words, Text *answer) {
  Adapter *adapter = named(world, words, answer);
  if (adapter == NULL) return FALSE;
  Address wanted = {.since = lab_time()};
  const char *text = words_at(words, 4);
  if (!lab_parse_address(text, &wanted.address, &wanted.prefix)) return refuse(answer, "no address: %s", text);
  int place = 0;
  while (place < adapter->addresses && memcmp(&adapter->address[place].address, &wanted.address, sizeof wanted.address) != 0) place++;
  int action = words_choice(words_at(words, 3), "add|remove");
  if (action < 0) return refuse(answer, "adapter address NAME add|remove ADDRESS/N");
  if (action == 1) {
    if (place == adapter->addresses) return refuse(answer, "%s has no address %s", adapter->name, text);
    adapter->address[place] = adapter->address[--adapter->addresses];
  } else {
    if (place == ADDRESSES) return refuse(answer, "no room for another address");
    adapter->address[place] = wanted;
    if (place == adapter->addresses) adapter->addresses++;
  }
  return tables_changed(world), TRUE;
}

static BOOL set_gateway(World *world, const Words *words, Text *answer) {
  Adapter *adapter = named(world, words, answer);
  if (adapter == NULL) return FALSE;
  SOCKADDR_INET gateway;
  const char *text = words_at(words, 3);
  if (strcmp(text, "none") == 0) {
    adapter->gateways = 0;
  } else {
    if (!lab_parse_address(text, &gateway, NULL)) return refuse(answer, "no address: %s", text);
    int place = 0; // one of each family
    while (place < adapter->gateways && adapter->gateway[place].si_family != gateway.si_family) place++;
    adapter->gateway[place] = gateway;
    if (place == adapter->gateways) adapter->gateways++;
  }
  return tables_changed(world), TRUE;
}

static BOOL set_servers(World *world, const Words *words, Text *answer) {
  Adapter *adapter = named(world, words, answer);
  if (adapter == NULL) return FALSE;
  int count = words->count - 3;
  if (count > SERVERS) return refuse(answer, "up to four servers");
  for (int i = 0; i < count; i++) {
    if (!lab_parse_address(words_at(words, 3 + i), &adapter->server[i], NULL)) return refuse(answer, "no address: %s", words_at(words, 3 + i));
  }
  adapter->servers = count;
  return tables_changed(world), TRUE;
}

static BOOL set_counters(World *world, const Words *words, Text *answer) {
  Adapter *adapter = named(world, words, answer);
  if (adapter == NULL) return FALSE;
  adapter->received = strtoull(words_option(words, "received", "0"), NULL, 0);
  adapter->sent = strtoull(words_option(words, "sent", "0"), NULL, 0);
  return TRUE; // Windows does not notify counters
}

const CommandRow adapter_commands[] = {
  {"adapter add", "|type|guid|mac|speed|description|hardware|dhcp|takenover|", add},
  {"adapter remove", "", remove_adapter},
  {"adapter up", "", set_state},
  {"adapter down", "", set_state},
  {"adapter enable", "", set_state},
  {"adapter disable", "", set_state},
  {"adapter takeout", "", take_out},
  {"adapter putin", "", take_out},
  {"adapter address", "", set_address},
  {"adapter gateway", "", set_gateway},
  {"adapter dns", "", set_servers},
  {"adapter counters", "|received|sent|", set_counters},
  {NULL, NULL, NULL},
};

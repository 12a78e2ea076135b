// What the network list manager says of networks, and the VPN entries of the phonebook.
#include "commands.h"
#include <netlistmgr.h>
#include <stdio.h>

static void tell(World *world, Happening happening) {
  Event event = {.happening = happening};
  lab_emit(world, &event);
}

static DWORD cost_of(const Words *words, int cost) {
  static const DWORD costs[] = {NLM_CONNECTION_COST_UNRESTRICTED, NLM_CONNECTION_COST_FIXED, NLM_CONNECTION_COST_VARIABLE};
  DWORD flags = costs[cost];
  if (words_yes(words_option(words, "approaching", ""))) flags |= NLM_CONNECTION_COST_APPROACHINGDATALIMIT;
  if (words_yes(words_option(words, "over", ""))) flags |= NLM_CONNECTION_COST_OVERDATALIMIT;
  if (words_yes(words_option(words, "roaming", ""))) flags |= NLM_CONNECTION_COST_ROAMING;
  return flags;
}

static BOOL set_place(World *world, const Words *words, Text *answer) {
  Place made;
  if (!take_name(answer, words_at(words, 1), made.name)) return FALSE;
  int category = words_choice(words_option(words, "category", "public"), "public|private|domain");
  int reach = words_choice(words_option(words, "reach", "auto"), "auto|none|local|internet|portal");
  int cost = words_choice(words_option(words, "cost", "unrestricted"), "unrestricted|fixed|variable");
  if (category < 0) return refuse(answer, "category: public, private or domain");
  if (reach < 0) return refuse(answer, "reach: auto, none, local, internet or portal");
  if (cost < 0) return refuse(answer, "cost: unrestricted, fixed or variable");
  made.category = (DWORD)category;
  made.reach = (Reach)reach;
  made.cost = cost_of(words, cost);
  int place = 0;
  while (place < world->places && strcmp(world->place[place].name, made.name) != 0) place++;
  if (place == PLACES) return refuse(answer, "no room for another place");
  world->place[place] = made;
  if (place == world->places) world->places++;
  return tell(world, PlacesChanged), TRUE;
}

static Vpn *named(World *world, const char *name) {
  for (int i = 0; i < world->vpns; i++) {
    if (strcmp(world->vpn[i].name, name) == 0) return &world->vpn[i];
  }
  return NULL;
}

static BOOL add_vpn(World *world, const Words *words, Text *answer) {
  Vpn made = {.state = VpnDisconnected};
  if (!take_name(answer, words_at(words, 2), made.name)) return FALSE;
  if (world->vpns == VPNS) return refuse(answer, "no room for another VPN");
  if (named(world, made.name) != NULL) return refuse(answer, "there is a VPN %s already", made.name);
  const char *usual = "C:\\ProgramData\\Microsoft\\Network\\Connections\\Pbk\\rasphone.pbk";
  snprintf(made.phonebook, sizeof made.phonebook, "%s", words_option(words, "phonebook", usual));
  lab_guid_of("vpn", made.name, &made.guid);
  world->vpn[world->vpns++] = made;
  return tell(world, VpnsChanged), TRUE;
}

static BOOL remove_vpn(World *world, const Words *words, Text *answer) {
  Vpn *vpn = named(world, words_at(words, 2));
  if (vpn == NULL) return refuse(answer, "no VPN %s", words_at(words, 2));
  *vpn = world->vpn[--world->vpns];
  return tell(world, VpnsChanged), TRUE;
}

static BOOL set_vpn(World *world, const Words *words, Text *answer) {
  Vpn *vpn = named(world, words_at(words, 2));
  if (vpn == NULL) return refuse(answer, "no VPN %s", words_at(words, 2));
  VpnState state = (VpnState)words_choice(words_at(words, 1), "disconnect|connecting|connect");
  SOCKADDR_INET from = {0};
  const char *device = words_option(words, "device", *vpn->device == 0 ? "vpn" : vpn->device), *address = words_option(words, "from", "");
  if (*address != 0 && !lab_parse_address(address, &from, NULL)) return refuse(answer, "no address: %s", address);
  if (strlen(device) > 16) return refuse(answer, "no device: %s", device);
  strcpy(vpn->device, device);
  vpn->from = from;
  if (vpn->state == VpnDisconnected && state != VpnDisconnected) vpn->handle = world->next_handle++; // a new connection
  vpn->state = state;
  return tell(world, VpnsChanged), TRUE;
}

const CommandRow place_commands[] = {
  {"place", "|category|reach|cost|approaching|over|roaming|", set_place},
  {"vpn add", "|phonebook|", add_vpn},
  {"vpn remove", "", remove_vpn},
  {"vpn connecting", "|device|from|", set_vpn},
  {"vpn connect", "|device|from|", set_vpn},
  {"vpn disconnect", "", set_vpn},
  {NULL, NULL, NULL},
};

// The answer of the command "state".
#include "commands.h"
#include <stdio.h>

static void write_adapter(Text *answer, const Adapter *adapter) {
  char text[64];
  WCHAR guid[40];
  StringFromGUID2(&adapter->guid, guid, 40);
  lab_narrow(guid, text, sizeof text);
  text_key(answer, NULL);
  text_open(answer, '{');
  text_string(answer, "name", adapter->name);
  text_string(answer, "guid", text);
  text_number(answer, "index", adapter->index);
  text_number(answer, "luid", (long long)adapter->luid.Value);
  text_number(answer, "type", adapter->type);
  text_boolean(answer, "enabled", adapter->enabled);
  text_boolean(answer, "plugged", adapter->plugged);
  text_key(answer, "addresses");
  text_open(answer, '[');
  for (int i = 0; i < adapter->addresses; i++) {
    lab_format_address(&adapter->address[i].address, text);
    text_string(answer, NULL, text);
  }
  text_close(answer, ']');
  text_close(answer, '}');
}

static void write_station(Text *answer, const Station *station) {
  static const char *const phases[] = {"disconnected", "associating", "authenticating", "disconnecting", "connected"};
  char bssid[20];
  const BYTE *b = station->bssid;
  snprintf(bssid, sizeof bssid, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
  text_key(answer, NULL);
  text_open(answer, '{');
  text_string(answer, "adapter", station->adapter);
  text_string(answer, "phase", phases[station->phase]);
  text_string(answer, "profile", station->profile);
  text_boolean(answer, "temporary", station->temporary.name[0] != 0);
  text_string(answer, "ssid", station->ssid);
  text_string(answer, "bssid", bssid);
  text_boolean(answer, "radio", station->radio);
  text_close(answer, '}');
}

void state_write(World *world, Text *answer) {
  text_open(answer, '{');
  text_key(answer, "adapters");
  text_open(answer, '[');
  for (int i = 0; i < world->adapters; i++) write_adapter(answer, &world->adapter[i]);
  text_close(answer, ']');
  text_key(answer, "wifi");
  text_open(answer, '[');
  for (int i = 0; i < world->stations; i++) write_station(answer, &world->station[i]);
  text_close(answer, ']');
  text_key(answer, "networks");
  text_open(answer, '[');
  for (int i = 0; i < world->access_points; i++) text_string(answer, NULL, world->access_point[i].ssid);
  text_close(answer, ']');
  text_key(answer, "profiles");
  text_open(answer, '[');
  for (int i = 0; i < world->profiles; i++) text_string(answer, NULL, world->profile[i].name);
  text_close(answer, ']');
  text_number(answer, "events", (long long)world->emitted);
  text_close(answer, '}');
}

// How the world behaves: rights, consent, notifications that never come, the connectivity hint, and the reset.
#include "commands.h"

static BOOL set_admin(World *world, const Words *words, Text *answer) {
  (void)answer;
  return world->admin = words_yes(words_at(words, 1)), TRUE;
}

static BOOL set_consent(World *world, const Words *words, Text *answer) {
  (void)answer;
  return world->consent = words_yes(words_at(words, 1)), TRUE;
}

/** The service control manager notifies both: that the service is about to change, and that it has changed. */
static void emit_service(World *world, DWORD pending, DWORD done) {
  for (int i = 0; i < 2; i++) {
    Event event = {.happening = ServiceChanged, .value = i == 0 ? pending : done};
    lab_emit(world, &event);
  }
}

static BOOL set_service(World *world, const Words *words, Text *answer) {
  (void)answer;
  BOOL runs = words_yes(words_at(words, 1));
  if (runs == world->service) return TRUE;
  world->service = runs;
  if (runs) return emit_service(world, SERVICE_NOTIFY_START_PENDING, SERVICE_NOTIFY_RUNNING), TRUE;
  world->service_starts++;
  lab_stop_stations(world);
  Event event = {.happening = WlanStopped};
  lab_emit(world, &event);
  return emit_service(world, SERVICE_NOTIFY_STOP_PENDING, SERVICE_NOTIFY_STOPPED), TRUE;
}

static void emit_power(World *world, DWORD type) {
  Event event = {.happening = PowerChanged, .value = type};
  lab_emit(world, &event);
}

/** Every wake-up is notified as automatic, and once more if a user is there. */
static BOOL set_power(World *world, const Words *words, Text *answer) {
  int power = words_choice(words_at(words, 1), "asleep|awake|other");
  if (power < 0) return refuse(answer, "power asleep|awake|other [by=user]");
  emit_power(world, power == 0 ? PBT_APMSUSPEND : power == 1 ? PBT_APMRESUMEAUTOMATIC : PBT_APMPOWERSTATUSCHANGE);
  if (power == 1 && strcmp(words_option(words, "by", ""), "user") == 0) emit_power(world, PBT_APMRESUMESUSPEND);
  return TRUE;
}

static BOOL set_ip_helper(World *world, const Words *words, Text *answer) {
  (void)answer;
  return world->ip_helper = words_yes(words_at(words, 1)), TRUE;
}

static BOOL set_lie(World *world, const Words *words, Text *answer) {
  int lie = words_choice(words_at(words, 1), "overflow|short|pointers");
  if (lie < 0) return refuse(answer, "lie overflow|short|pointers on|off");
  return world->lies[lie] = words_yes(words_at(words, 2)), TRUE;
}

static BOOL set_manner(World *world, const Words *words, Text *answer) {
  int kind = words_choice(words_at(words, 1), "interface|address|route|hint|wlan|service|power|all");
  int manner = words_choice(words_at(words, 2), "fire|silent|refuse");
  if (kind < 0 || manner < 0) return refuse(answer, "notifications interface|address|route|hint|wlan|service|power|all fire|silent|refuse");
  for (int i = 0; i < KINDS; i++) {
    if (kind == i || kind == KINDS) world->manner[i] = (Manner)manner;
  }
  return TRUE;
}

static BOOL set_hint(World *world, const Words *words, Text *answer) {
  world->hint_said = strcmp(words_at(words, 1), "auto") != 0;
  if (world->hint_said) {
    int level = words_choice(words_option(words, "level", "internet"), "unknown|none|local|internet|constrained|hidden");
    int cost = words_choice(words_option(words, "cost", "unrestricted"), "unknown|unrestricted|fixed|variable");
    if (level < 0 || cost < 0) return refuse(answer, "hint auto | level=unknown|none|local|internet|constrained|hidden cost=unknown|unrestricted|fixed|variable");
    world->hint = (ConnectivityHint){
      .ConnectivityLevel = (DWORD)level,
      .ConnectivityCost = (DWORD)cost,
      .ApproachingDataLimit = (BOOLEAN)words_yes(words_option(words, "approaching", "")),
      .OverDataLimit = (BOOLEAN)words_yes(words_option(words, "over", "")),
      .Roaming = (BOOLEAN)words_yes(words_option(words, "roaming", "")),
    };
  }
  Event event = {.happening = TablesChanged};
  lab_emit(world, &event);
  return TRUE;
}

/** Removes everything with its usual notifications: connected clients are notified of the end. */
static BOOL reset(World *world, const Words *words, Text *answer) {
  (void)words, (void)answer;
  while (world->stations > 0) lab_remove_station(world, &world->station[0]);
  DWORD starts = world->service_starts;
  BOOL ran = world->service;
  lab_make(world);
  world->service_starts = starts; // a handle that was lost stays lost
  if (!ran) emit_service(world, SERVICE_NOTIFY_START_PENDING, SERVICE_NOTIFY_RUNNING);
  for (Happening happening = TablesChanged; happening <= PlacesChanged; happening++) {
    Event event = {.happening = happening};
    lab_emit(world, &event);
  }
  return TRUE;
}

static BOOL show_state(World *world, const Words *words, Text *answer) {
  (void)words;
  return state_write(world, answer), TRUE;
}

const CommandRow switch_commands[] = {
  {"admin", "", set_admin},
  {"consent", "", set_consent},
  {"service", "", set_service},
  {"power", "|by|", set_power},
  {"iphelper", "", set_ip_helper},
  {"lie", "", set_lie},
  {"notifications", "", set_manner},
  {"hint", "|level|cost|approaching|over|roaming|", set_hint},
  {"reset", "", reset},
  {"state", "", show_state},
  {NULL, NULL, NULL},
};

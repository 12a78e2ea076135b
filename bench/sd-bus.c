// What a C program does with sd-bus: it matches the signals of NetworkManager's objects and decodes each PropertiesChanged to values, and it
// asks for all objects and walks the answer. Texts stay where sd-bus has them; nothing is copied or kept. Commands come on standard input,
// as in dbus/client.mjs, and answers are microseconds of this process's CPU time.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-bus.h>

#define NM "org.freedesktop.NetworkManager"

typedef union {
  uint8_t y;
  int b;
  int16_t n;
  uint16_t q;
  int32_t i;
  uint32_t u;
  int64_t x;
  uint64_t t;
  double d;
  const char *s;
} Value;

static unsigned long received;
// What was found, so that the compiler can leave nothing out.
static uint64_t found;

static void check(int result, const char *what) {
  if (result >= 0) return;
  fprintf(stderr, "sd-bus: %s: %s\n", what, strerror(-result));
  exit(1);
}

static long long cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

// Reads one value of any type. Returns 0 at the end of a container.
static int value(sd_bus_message *message) {
  char type;
  const char *contents;
  int result = sd_bus_message_peek_type(message, &type, &contents);
  check(result, "peek");
  if (result == 0) return 0;
  if (type == SD_BUS_TYPE_ARRAY && strcmp(contents, "y") == 0) {
    const void *bytes;
    size_t length;
    check(sd_bus_message_read_array(message, 'y', &bytes, &length), "read bytes");
    found += length;
  } else if (strchr("avre", type) != NULL) {
    check(sd_bus_message_enter_container(message, type, contents), "enter");
    while (value(message) > 0) continue;
    check(sd_bus_message_exit_container(message), "exit");
  } else {
    Value one = {.t = 0};
    check(sd_bus_message_read_basic(message, type, &one), "read");
    found += strchr("sog", type) == NULL ? one.t : (uint64_t)one.s[0];
  }
  return 1;
}

static int changed(sd_bus_message *message, void *userdata, sd_bus_error *error) {
  (void)userdata;
  (void)error;
  const char *interface, *name, *contents;
  char type;
  if (!sd_bus_message_is_signal(message, "org.freedesktop.DBus.Properties", "PropertiesChanged")) return 0;
  check(sd_bus_message_read_basic(message, 's', &interface), "read");
  check(sd_bus_message_enter_container(message, 'a', "{sv}"), "enter");
  while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
    check(sd_bus_message_read_basic(message, 's', &name), "read");
    found += (uint64_t)name[0];
    check(sd_bus_message_peek_type(message, &type, &contents), "peek");
    check(sd_bus_message_enter_container(message, 'v', contents), "enter");
    value(message);
    check(sd_bus_message_exit_container(message), "exit");
    check(sd_bus_message_exit_container(message), "exit");
  }
  check(sd_bus_message_exit_container(message), "exit");
  check(sd_bus_message_enter_container(message, 'a', "s"), "enter");
  while (sd_bus_message_read_basic(message, 's', &name) > 0) found += (uint64_t)name[0];
  check(sd_bus_message_exit_container(message), "exit");
  received += 1;
  return 0;
}

static void receive(sd_bus *bus, unsigned long count) {
  received = 0;
  while (received < count) {
    int result = sd_bus_process(bus, NULL);
    check(result, "process");
    if (result == 0) check(sd_bus_wait(bus, UINT64_MAX), "wait");
  }
}

static void objects(sd_bus *bus, unsigned long count) {
  for (; count > 0; count -= 1) {
    sd_bus_message *answer = NULL;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    check(sd_bus_call_method(bus, NM, "/org/freedesktop", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects",
                             &error, &answer, ""), "call");
    while (value(answer) > 0) continue;
    sd_bus_message_unref(answer);
  }
}

int main(int argc, char **argv) {
  sd_bus *bus = NULL;
  char command[16];
  unsigned long count;
  if (argc != 2) return 2;
  check(sd_bus_new(&bus), "new");
  check(sd_bus_set_address(bus, argv[1]), "address");
  check(sd_bus_set_bus_client(bus, 1), "client");
  check(sd_bus_start(bus), "start");
  check(sd_bus_add_match(bus, NULL, "type='signal',sender='" NM "',path_namespace='/org/freedesktop'", changed, NULL), "match");
  puts("ready");
  fflush(stdout);
  while (scanf("%15s %lu", command, &count) == 2) {
    long long start = cpu();
    if (strcmp(command, "signals") == 0) {
      puts("go");
      fflush(stdout);
      receive(bus, count);
    } else objects(bus, count);
    printf("%lld\n", cpu() - start);
    fflush(stdout);
  }
  fprintf(stderr, found == 0 ? "sd-bus: nothing was found\n" : "");
  sd_bus_unref(bus);
  return found == 0;
}

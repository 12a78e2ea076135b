// LabCommand: from a line of text to what is done to the world.
#include "commands.h"
#include "counts.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const CommandRow *const tables[] = {adapter_commands, station_commands, air_commands, switch_commands, place_commands};

BOOL refuse(Text *answer, const char *format, ...) {
  char reason[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  text_write(answer, "%s", reason);
  return FALSE;
}

BOOL take_name(Text *answer, const char *given, Name name) {
  if (given[0] == 0) return refuse(answer, "a name is missing");
  if (strlen(given) > 60) return refuse(answer, "the name is longer than 60 bytes: %s", given);
  strcpy(name, given);
  return TRUE;
}

/** A command's name is its first word, or its first two. */
static const CommandRow *find(const Words *words) {
  char two[2 * LETTERS + 2];
  snprintf(two, sizeof two, "%s %s", words_at(words, 0), words_at(words, 1));
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    for (const CommandRow *row = tables[i]; row->name != NULL; row++) {
      if (strcmp(row->name, two) == 0 || strcmp(row->name, words_at(words, 0)) == 0) return row;
    }
  }
  return NULL;
}

/** Commands about this process run without holding the world. TRUE: it was one of these. */
static BOOL of_process(const Words *words, Text *answer, BOOL *done) {
  const char *name = words_at(words, 0);
  void (*write)(Text *) = strcmp(name, "calls") == 0    ? counts_calls
                          : strcmp(name, "held") == 0   ? counts_held
                          : strcmp(name, "storms") == 0 ? storms_write
                                                        : NULL;
  if (write != NULL) return write(answer), *done = TRUE;
  if (strcmp(name, "storm") != 0) return FALSE;
  long count = words_number(words_at(words, 1), 0), threads = words_number(words_option(words, "threads", "4"), 0);
  *done = storms_begin(count, threads, words_option(words, "kind", "signal"), answer);
  return TRUE;
}

static BOOL carry_out(const char *line, Text *answer) {
  Words *words = malloc(sizeof *words); // too large for a foreign thread's stack
  BOOL done = FALSE;
  if (!words_parse(words, line)) {
    refuse(answer, "not understood: %s", line);
  } else if (!of_process(words, answer, &done)) {
    const CommandRow *row = find(words);
    const char *unknown = row == NULL ? NULL : words_unknown(words, row->options);
    if (row == NULL) {
      refuse(answer, "no such command: %s", line);
    } else if (unknown != NULL) {
      refuse(answer, "%s has no option %s", row->name, unknown);
    } else {
      World *world = lab_take();
      done = row->command(world, words, answer);
      lab_wake(world); // what is due next may have changed
      lab_give();
    }
  }
  free(words);
  return done;
}

/** 0: done; 1: refused, for the reason in the answer; ERROR_MORE_DATA: it is done, but the answer does not fit. */
DWORD LabCommand(const char *line, char *answer, DWORD size) {
  Text text = {answer, size, 0, FALSE};
  lab_take(); // makes it, and runs the script, before a command that needs no world
  lab_give();
  BOOL done = carry_out(line, &text);
  if (size > 0 && text.length == 0) answer[0] = 0;
  if (text.length >= size) return ERROR_MORE_DATA;
  return done ? 0 : 1;
}

/** An error in the script ends the process: a test must not continue in a different world. */
static void run_line(const char *path, int number, char *line) {
  line[strcspn(line, "\r\n")] = 0;
  const char *start = line + strspn(line, " \t");
  if (*start == 0 || *start == '#') return;
  char said[1024] = "";
  Text answer = {said, sizeof said, 0, FALSE};
  if (carry_out(start, &answer)) return;
  fprintf(stderr, "labworld: %s:%d: %s\n", path, number, said);
  ExitProcess(99);
}

void commands_run_script(void) {
  char path[MAX_PATH];
  DWORD length = GetEnvironmentVariableA("ROAMKIT_LAB_SCRIPT", path, sizeof path);
  if (length == 0 || length >= sizeof path) return;
  FILE *script = fopen(path, "r");
  if (script == NULL) {
    fprintf(stderr, "labworld: no script %s\n", path);
    ExitProcess(99);
  }
  char line[1024];
  for (int number = 1; fgets(line, sizeof line, script) != NULL; number++) run_line(path, number, line);
  fclose(script);
}

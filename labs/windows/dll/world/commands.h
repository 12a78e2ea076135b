// The commands to the world. Each runs while the world is held, and answers JSON or nothing.
#ifndef ROAMKIT_LAB_COMMANDS_H
#define ROAMKIT_LAB_COMMANDS_H
#include "text.h"
#include "words.h"
#include "world.h"

/** TRUE: done. FALSE: refused, and the answer is the reason. */
typedef BOOL (*Command)(World *world, const Words *words, Text *answer);
typedef struct { const char *name; const char *options; Command command; } CommandRow; // options: "|one|two|"

extern const CommandRow adapter_commands[], station_commands[], air_commands[], switch_commands[], place_commands[];

void commands_run_script(void);
BOOL refuse(Text *answer, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));
BOOL take_name(Text *answer, const char *given, Name name); // refuses an empty one, and one that is too long
void state_write(World *world, Text *answer);

// storms.c
BOOL storms_begin(long count, int threads, const char *kind, Text *answer);
void storms_write(Text *answer);
#endif

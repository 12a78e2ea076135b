// The functions that this process has called, and the resources that it has not released.
#include "counts.h"

enum { FUNCTIONS = 128 };

static CRITICAL_SECTION lock;
static struct { const char *name; LONG times; } function[FUNCTIONS];
static int functions;
static volatile LONG held[HELD];

void counts_begin(void) {
  InitializeCriticalSection(&lock);
}

/** The name must stay where it is: `__func__`, by the macro COUNT. */
void lab_count(const char *name) {
  EnterCriticalSection(&lock);
  int i = 0;
  while (i < functions && function[i].name != name) i++;
  if (i == functions && functions < FUNCTIONS) function[functions++].name = name;
  if (i < functions) function[i].times++;
  LeaveCriticalSection(&lock);
}

void lab_hold(Held what, int by) {
  InterlockedExchangeAdd(&held[what], by);
}

void counts_calls(Text *answer) {
  EnterCriticalSection(&lock);
  text_open(answer, '{');
  for (int i = 0; i < functions; i++) text_number(answer, function[i].name, function[i].times);
  text_close(answer, '}');
  LeaveCriticalSection(&lock);
}

void counts_held(Text *answer) {
  text_open(answer, '{');
  text_number(answer, "handles", held[Handles]);
  text_number(answer, "registrations", held[Registrations]);
  text_number(answer, "memory", held[Memory]);
  text_number(answer, "objects", held[Objects]);
  text_close(answer, '}');
}

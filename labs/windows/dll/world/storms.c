// Storms: many notifications from several foreign threads at once. The end of the process does not wait for them.
#include "commands.h"
#include <stdlib.h>

enum { STORM_KINDS = 8, THREADS = 16, MOST = 1000000 };

static struct { const char *kind; StormDeliver deliver; } known[STORM_KINDS];
static volatile LONG kinds, running;
static volatile LONG64 begun, over;

typedef struct { StormDeliver deliver; LONG count; } Storm;

void lab_storm_kind(const char *kind, StormDeliver deliver) {
  LONG place = InterlockedIncrement(&kinds) - 1;
  if (place < STORM_KINDS) known[place].kind = kind, known[place].deliver = deliver;
}

static DWORD WINAPI blow(void *parameter) {
  Storm storm = *(Storm *)parameter;
  free(parameter);
  for (LONG i = 0; i < storm.count; i++) {
    storm.deliver();
    InterlockedIncrement64(&over);
  }
  InterlockedDecrement(&running);
  return 0;
}

BOOL storms_begin(long count, int threads, const char *kind, Text *answer) {
  StormDeliver deliver = NULL;
  for (LONG i = 0; i < kinds; i++) {
    if (strcmp(known[i].kind, kind) == 0) deliver = known[i].deliver;
  }
  if (deliver == NULL) return refuse(answer, "no storm of that kind, or its DLL is not loaded: %s", kind);
  if (count < 1 || count > MOST || threads < 1 || threads > THREADS) return refuse(answer, "a storm has 1 to %d notifications and 1 to %d threads", MOST, THREADS);
  InterlockedExchangeAdd64(&begun, count);
  for (int i = 0; i < threads; i++) {
    Storm *storm = malloc(sizeof *storm);
    storm->deliver = deliver;
    storm->count = count / threads + (i < count % threads);
    InterlockedIncrement(&running);
    CloseHandle(CreateThread(NULL, 0, blow, storm, 0, NULL));
  }
  return TRUE;
}

void storms_write(Text *answer) {
  text_open(answer, '{');
  text_number(answer, "running", running);
  text_number(answer, "begun", begun);
  text_number(answer, "over", over);
  text_close(answer, '}');
}

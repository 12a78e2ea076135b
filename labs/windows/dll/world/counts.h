#ifndef ROAMKIT_LAB_COUNTS_H
#define ROAMKIT_LAB_COUNTS_H
#include "text.h"
#include "world.h"

void counts_begin(void);
void counts_calls(Text *answer);
void counts_held(Text *answer);
#endif

#ifndef ROAMKIT_LAB_EVENTS_H
#define ROAMKIT_LAB_EVENTS_H
#include "world.h"

void events_before_giving(World *world);
void events_begin(World *world, const char *shared); // the world is held
#endif

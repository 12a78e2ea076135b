// References, and the enumerators.
#include <initguid.h>
#include "netlist.h"
#include <stdlib.h>

ULONG object_add(LONG *references) {
  return (ULONG)InterlockedIncrement(references);
}

ULONG object_release(void *object, LONG *references) {
  LONG left = InterlockedDecrement(references);
  if (left == 0) {
    lab_hold(Objects, -1);
    free(object);
  }
  return (ULONG)left;
}

void *object_allocate(size_t size) {
  lab_hold(Objects, 1);
  return calloc(1, size);
}

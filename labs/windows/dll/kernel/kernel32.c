// labkernel.dll, in place of kernel32.dll: Windows' own, but for the number of the logon session, which Wine has one of.
#include "world.h"
#include <stdlib.h>

BOOL WINAPI session_of(DWORD process, DWORD *session) {
  char number[16];
  DWORD length = GetEnvironmentVariableA("ROAMKIT_LAB_SESSION", number, sizeof number);
  if (length == 0 || length >= sizeof number) return ProcessIdToSessionId(process, session);
  *session = (DWORD)atoi(number);
  return TRUE;
}

// An answer as it is written: JSON, or a sentence.
#ifndef ROAMKIT_LAB_TEXT_H
#define ROAMKIT_LAB_TEXT_H
#include "world.h"

typedef struct { char *bytes; DWORD size, length; BOOL separate; } Text; // length: what it would need, without the 0

void text_write(Text *text, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));
void text_open(Text *text, char bracket);
void text_close(Text *text, char bracket);
void text_key(Text *text, const char *key); // NULL: in a list
void text_number(Text *text, const char *key, long long value);
void text_string(Text *text, const char *key, const char *value); // bytes that are no UTF-8 become U+0080 to U+00FF
void text_boolean(Text *text, const char *key, BOOL value);
#endif
